"""How far a certificate is on its way, stage by stage."""

from certwright.domain.certificate import Attempt
from certwright.domain.records import first_problem
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.chain import Hop, draw_chain
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.words import Tone, count, span

STAGES = (
    ("begun", "Key", "made and kept"),
    ("ordered", "Order", "placed at the CA"),
    ("visible", "Answers", "on every node"),
    ("answered", "Validation", "by the CA"),
    ("finalized", "Signing", "by the CA"),
    ("stored", "Certificate", "stored"),
)


def progress_card(view: CertificateView, ca: str) -> Html | None:
    """Draw the way from the records to the certificate; None once it is issued and nothing is under way."""
    work = view.work
    if work.current and not work.attempt:
        return None
    if view.desired.is_deleted or (view.status.state == "failing" and not work.attempt):
        return None
    title = "What happens now" if work.attempt else "What happens next"
    return h.section(h.h2(title), draw_chain(_stages(view, ca), "Stages"), class_="card")


def _stages(view: CertificateView, ca: str) -> list[Hop]:
    names = count(len(view.desired.names), "name")
    notes = {"ordered": f"at {ca}", "answered": f"{names}, by the CA"}
    hops = [_records_hop(view)]
    hops.extend(
        Hop(words, _time_of(view.work.attempt, stage) or notes.get(stage, note), tone, at)
        for at, (stage, words, note), tone in zip(range(2, 8), STAGES, _tones(view), strict=True)
    )
    return hops


def _records_hop(view: CertificateView) -> Hop:
    work = view.work
    if work.attempt:
        return Hop("Records", "stand", Tone.OK)
    if first_problem(work.checks) or work.ownership_problem:
        return Hop("Records", "waiting for you", Tone.WAIT)
    if not work.checked_at:
        return Hop("Records", "being looked at", Tone.WORK)
    return Hop("Records", "stand", Tone.OK)


def _tones(view: CertificateView) -> list[Tone]:
    """Colour the stages: done, the first that is not done under way, the rest to come."""
    attempt = view.work.attempt
    if attempt is None:
        return [Tone.QUIET] * len(STAGES)
    done = {stage.name for stage in attempt.stages}
    last = max((at for at, (name, *_) in enumerate(STAGES) if name in done), default=-1)
    now = Tone.BROKEN if attempt.problem else Tone.WORK
    return [Tone.OK if at <= last else now if at == last + 1 else Tone.QUIET for at in range(len(STAGES))]


def _time_of(attempt: Attempt | None, name: str) -> str:
    """Tell how long after its beginning an attempt got something done."""
    at = next((stage.at for stage in attempt.stages if stage.name == name), 0) if attempt else 0
    return f"after {span(at - attempt.started_at)}" if attempt and at > attempt.started_at else "done" if at else ""
