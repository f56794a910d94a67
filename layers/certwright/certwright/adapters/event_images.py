"""Events as the certificates table's stream shows them."""

from collections.abc import Mapping
from typing import Any

from certwright.adapters.dynamodb_account_events import PARTITION, read_account_event
from certwright.adapters.dynamodb_certificate_items import read_event
from certwright.adapters.dynamodb_notices import PARTITION as NOTICES
from certwright.adapters.dynamodb_notices import read_notice
from certwright.adapters.dynamodb_values import unmarshal
from certwright.domain.account_event import AccountEvent
from certwright.domain.certificate import Event
from certwright.domain.notice import Notice


def read_event_image(image: Mapping[str, Mapping[str, Any]]) -> tuple[str, Event] | AccountEvent | Notice:
    """Read a certificate's event with the certificate's id, a CA account's, or a notice; raises `BadItem`."""
    item = unmarshal(image)
    owner = str(item["pk"])
    if owner.startswith(NOTICES):
        return read_notice(item)
    return read_account_event(item) if owner.startswith(PARTITION) else (owner, read_event(item))
