"""Where the time of one certificate goes: each step, each wait, each question to AWS, the CA and the DNS.

The work is done in this process, by the functions' own wiring, on the running system. What is missing beside the whole
are the request, the queue and the start of the function.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from certwright import bootstrap
from certwright.adapters import aws
from certwright.adapters.acme_network import AcmeNetwork
from certwright.adapters.clock import SystemClock
from certwright.adapters.dns_exchange import Exchange
from certwright.flows import advance_certificate as flow
from certwright.flows.world import Desk, Workshop
from tests.support.world import Internet
from tests.support.world_user import User

STEP = "step"
SETTLING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Something that took its time; instants of the monotonic clock."""

    kind: str
    what: str
    began: float
    ended: float


@dataclass(slots=True)
class Recorder:
    """Notes what the watched calls take."""

    spans: list[Span] = field(default_factory=list)

    def watch(self, owner: Any, name: str, kind: str, describe: Callable[..., str]) -> Any:
        """Patch one function so that its calls are noted."""
        call = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            began = time.monotonic()
            try:
                return call(*arguments, **named)
            finally:
                self.spans.append(Span(kind, describe(*arguments, **named), began, time.monotonic()))

        return patch.object(owner, name, watched)


def show(user: User, internet: Internet, rounds: int) -> None:
    """Issue some certificates, print the sums of each, and all of the last."""
    function = next(name for name in user.system.stack.template.functions if name.startswith("Issuance"))
    with patch.dict(os.environ, user.system.environment(function)):
        aws.reset()
        workshop, desk = bootstrap.build_workshop(), bootstrap.build_desk()
        taken = [_issue(user, internet, workshop, desk, f"t{number}.example.test") for number in range(rounds + 1)]
    aws.reset()
    _print_spans(*taken[-1])
    for spans, began in taken:
        _print_sums(spans, began)


def _issue(user: User, internet: Internet, workshop: Workshop, desk: Desk, domain: str) -> tuple[list[Span], float]:
    """Have a certificate wait for its CNAME, add that, and work on it here; returns what was noted since when."""
    certificate = user.api.ask_for((domain, f"*.{domain}"))
    user.api.wait_for_reason(certificate["id"], "cname-missing")
    (cname,) = (record for record in certificate["records"] if record["type"] == "CNAME")
    internet.add(**cname)
    time.sleep(SETTLING_SECONDS)
    desk.certificates.wake(certificate["id"], workshop.clock.now(), is_deleted=False)
    recorder = Recorder()
    with _watching(recorder):
        began = time.monotonic()
        outcome = flow.advance_certificate(workshop, certificate["id"], "bench")
    if outcome.code != "issued":
        raise RuntimeError(f"{domain} was not issued: {outcome}")
    return recorder.spans, began


@contextmanager
def _watching(recorder: Recorder) -> Iterator[None]:
    with ExitStack() as patches:
        for owner, name, kind, describe in (
            (flow, "perform", STEP, lambda _workshop, _job, step: type(step).__name__),
            (
                BaseClient,
                "_make_api_call",
                "AWS",
                lambda client, call, _: f"{client.meta.service_model.service_name} {call}",
            ),
            (AcmeNetwork, "request", "CA", lambda _, method, url, **_named: f"{method} {url.split('/')[3]}"),
            (Exchange, "ask", "DNS", lambda _, server, name, type_, **_named: f"{name} {type_} at {server}"),
            (SystemClock, "sleep", "wait", lambda _, seconds: f"{seconds:.3f} s"),
        ):
            patches.enter_context(recorder.watch(owner, name, kind, describe))
        yield


def _print_sums(spans: list[Span], began: float) -> None:
    """Print seconds by kind; what ran at the same time counts twice."""
    sums: defaultdict[str, float] = defaultdict(float)
    for span in spans:
        sums[span.kind] += span.ended - span.began
    whole = max(span.ended for span in spans) - began
    kinds = ", ".join(f"{kind} {sums[kind]:.2f}" for kind in sorted(sums.keys() - {STEP}))
    stored = next(span.ended for span in spans if span.what == "StoreVersion") - began
    print(f"stored after {stored:.2f} s, closed after {whole:.2f} s: {kinds}")


def _print_spans(spans: list[Span], began: float) -> None:
    print(f"{'at ms':>7}{'took ms':>9}")
    for span in sorted(spans, key=lambda span: span.began):
        indent = "" if span.kind == STEP else "    "
        at, took = 1000 * (span.began - began), 1000 * (span.ended - span.began)
        print(f"{at:>7.0f}{took:>9.1f}  {indent}{span.kind} {span.what}")
