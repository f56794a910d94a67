"""Events as the certificates table's stream shows them."""

from collections.abc import Mapping
from typing import Any

from certwright.adapters.dynamodb_account_events import PARTITION, read_account_event
from certwright.adapters.dynamodb_certificate_items import read_event
from certwright.adapters.dynamodb_values import unmarshal
from certwright.domain.account_event import AccountEvent
from certwright.domain.certificate import Event


def read_event_image(image: Mapping[str, Mapping[str, Any]]) -> tuple[str, Event] | AccountEvent:
    """Read a certificate's event with the certificate's id, or a CA account's; raises `BadItem`."""
    item = unmarshal(image)
    owner = str(item["pk"])
    return read_account_event(item) if owner.startswith(PARTITION) else (owner, read_event(item))
