"""What listeners are told: enough to act on, little enough to fit an event."""

import json
from dataclasses import replace

from certwright.domain.announcement import MOST_NAMED, announce_digest, needs_attention
from certwright.domain.shown import Hearer, Summary

NOW = 1_800_000_000_000
ISSUED = Summary(
    "crt_1", "own_a", ("*.example.test",), 1, "issued", "issued", "dns-01", "pebble", 1, 2, NOW + 9, 3, late_at=NOW + 1
)
MOST_BYTES = 256 * 1024


def test_a_digest_counts_states_and_names_what_needs_somebody() -> None:
    """First what expires first."""
    late = replace(ISSUED, id="crt_2", late_at=NOW, late_for=Hearer.USER, reason="cname-missing")
    failing = replace(ISSUED, id="crt_3", state="failing", expires_at=0, late_at=NOW + 99)
    detail = announce_digest([failing, ISSUED, late], NOW).detail
    assert detail["states"] == {"failing": 1, "issued": 2}
    needy = detail["needing_attention"]
    assert isinstance(needy, list)
    assert [(found["certificate"], found["must_act"]) for found in needy] == [("crt_2", "user"), ("crt_3", "operator")]


def test_a_digest_fits_an_event_whatever_there_is() -> None:
    """What it leaves out it counts."""
    long = ("*." + "a" * 60 + ".") * 1 + ("b" * 60 + ".") * 3
    many = [replace(ISSUED, id=f"crt_{at:032}", names=(long,) * 3, late_at=NOW) for at in range(MOST_NAMED + 50)]
    detail = announce_digest(many, NOW).detail
    assert detail["needing_attention_total"] == MOST_NAMED + 50
    assert len(json.dumps(detail)) < MOST_BYTES


def test_who_is_well_or_only_waits_needs_nobody() -> None:
    """An expired one does, whoever must act."""
    assert not needs_attention(ISSUED, NOW)
    assert not needs_attention(replace(ISSUED, state="waiting", expires_at=0), NOW)
    assert needs_attention(replace(ISSUED, state="expired"), NOW)
    assert needs_attention(replace(ISSUED, reason="cname-missing", is_troubled=True), NOW)
