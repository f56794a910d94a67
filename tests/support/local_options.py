"""What whole systems that tests start have in common."""

from typing import Any

from local.system import Options
from tests.support.stack import ON_DYNAMODB_LOCAL


def local_options(**chosen: Any) -> Options:
    """Choose options for a system, whose tables are where the tests of this run are told to keep them."""
    return Options(has_dynamodb_local=ON_DYNAMODB_LOCAL, **chosen)
