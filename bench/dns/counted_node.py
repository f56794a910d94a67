"""The node with its calls to AWS counted: `python -m bench.dns.counted_node`, with the node's options.

Variable BENCH_CALLS: the file that is written after each call, with the number of calls by operation.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from dnsnode.__main__ import main


def count_calls(path: Path) -> None:
    """Count every call that any client makes from now on."""
    calls: Counter[str] = Counter()
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore keeps it private

    def counted(client: BaseClient, operation: str, parameters: Any) -> Any:
        calls[operation] += 1
        path.with_suffix(".new").write_text(json.dumps(calls))
        path.with_suffix(".new").replace(path)
        return send(client, operation, parameters)

    BaseClient._make_api_call = counted  # type: ignore[attr-defined]


if __name__ == "__main__":
    count_calls(Path(os.environ["BENCH_CALLS"]))
    sys.exit(main())
