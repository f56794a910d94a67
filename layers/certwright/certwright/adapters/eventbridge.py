"""Announcements as events of EventBridge's default bus."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from certwright.adapters.aws import translating
from certwright.domain.announcement import Announcement
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "certwright"


class EventBridge:
    """Fills in `ports.Bus`."""

    def __init__(self, client: "EventBridgeClient", deployment: str) -> None:
        self._client = client
        self._deployment = deployment

    def announce(self, announcement: Announcement) -> None:
        """Put one event; `Unavailable` where it was not taken."""
        with translating("events"):
            answer = self._client.put_events(Entries=[build_entry(announcement, self._deployment)])  # type: ignore[list-item]  # plain values
        if answer["FailedEntryCount"]:
            code = answer["Entries"][0].get("ErrorCode", "no reason")
            raise Unavailable(f"AWS events refused an event ({code}): try again.")


def build_entry(announcement: Announcement, deployment: str) -> dict[str, Any]:
    """Build the entry; the resources are what rules can match beside the detail."""
    resources = [deployment, *([announcement.certificate] if announcement.certificate else [])]
    return {
        "Time": datetime.fromtimestamp(announcement.at / 1000, UTC),
        "Source": SOURCE,
        "DetailType": announcement.kind,
        "Resources": resources,
        "Detail": json.dumps({"deployment": deployment, **announcement.detail}, ensure_ascii=False),
    }
