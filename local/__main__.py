"""Keep the whole system running on this machine: `make local`, or `python -m local`."""

import sys
import time
from collections.abc import Sequence

from local.errors import LocalError
from local.interrupts import interrupt_when_told
from local.options import parse
from local.system import LocalSystem


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, or until a part ends."""
    options = parse(arguments)
    interrupt_when_told()
    try:
        with LocalSystem(options) as system:
            print(describe(system), flush=True)
            while True:
                system.check()
                time.sleep(0.5)
    except LocalError as error:
        print(f"local: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.")
        return 0


def describe(system: LocalSystem) -> str:
    """Say where everything is, with examples to try."""
    lines = [
        ("API", system.api_url),
        ("Dashboard", f"{system.api_url}/ (sign in with the token)"),
        ("Admin token", system.admin_token),
        ("ACME directory", system.acme_directory),
        ("Pebble's management", system.pebble_management_url),
        ("DNS provider (add records here)", system.provider_url),
        ("Node", f"{system.plan.node_listen} (DNS), {system.plan.node_http_listen} (HTTP-01)"),
        ("AWS endpoint", system.endpoints.general),
        ("DynamoDB endpoint", system.endpoints.tables),
        ("Logs", str(system.run_folder)),
    ]
    adding = f"  curl -s -d type=TYPE -d name=NAME -d value=VALUE {system.provider_url}/records\n"
    table = "\n".join(f"  {name + ':':33}{value}" for name, value in lines if value)
    return f"""Certwright is running. Ctrl-C stops it.

{table}

Try (TYPE, NAME, VALUE and ID are in the first answer):

  export CERTWRIGHT={system.api_url} TOKEN={system.admin_token}
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"names": ["example.test", "*.example.test"]}}' $CERTWRIGHT/v1/certificates
{adding if system.provider_url else ""}\
  curl -s -H "Authorization: Bearer $TOKEN" $CERTWRIGHT/v1/certificates
  curl -s -H "Authorization: Bearer $TOKEN" -X POST $CERTWRIGHT/v1/certificates/ID/check
  curl -s -H "Authorization: Bearer $TOKEN" $CERTWRIGHT/v1/certificates/ID/bundle
"""


if __name__ == "__main__":
    sys.exit(main())
