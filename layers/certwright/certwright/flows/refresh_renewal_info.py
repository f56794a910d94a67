"""Ask the CA when a certificate should be renewed (RFC 9773)."""

from dataclasses import replace

from certwright.domain.certificate import Current, Work
from certwright.domain.errors import CertwrightError, Unavailable
from certwright.domain.next_step import RENEWAL_DUE
from certwright.domain.renewal import HOUR, RENEWAL_INFO_INTERVAL, SECOND, fallback_window, pick_time
from certwright.domain.steps import Wait
from certwright.domain.watching import shown_trouble
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import RenewalWindow

RENEWALS_APART = HOUR
"""How long a renewed certificate is kept at the least: a CA that suggests what has passed every time gets no loop."""

AFTER_SILENCE = HOUR
AFTER_REFUSAL = 6 * HOUR
"""How long to wait after an error that lasts (RFC 9773 §4.3.3)."""


def refresh_renewal_info(workshop: Workshop, job: Job) -> Effect:
    """Set `renew_at` within the suggested window, or keep what is set where the CA has no answer, for any reason.

    A renewal that turns out to be due is left to the sweep: a CA that moves a million windows at once must not make a
    million orders at once.
    """
    current, now = job.work.current, workshop.clock.now()
    if current is None:
        raise ValueError(f"{job.desired.id} has no certificate to renew.")
    try:
        window = _fetch(workshop, current)
    except Unavailable as silence:
        delay = int(silence.retry_after_seconds * SECOND) or AFTER_SILENCE
        return Effect(replace(job, work=replace(job.work, window_check_at=now + delay)))
    except CertwrightError:
        return Effect(replace(job, work=replace(job.work, window_check_at=now + AFTER_REFUSAL)))
    work = _schedule(workshop, job.work, current, window)
    interval = int(window.retry_after_seconds * SECOND) if window else RENEWAL_INFO_INTERVAL
    job = replace(job, work=replace(work, window_check_at=now + interval))
    is_due = now >= work.renew_at
    return Effect(job, Wait(now, RENEWAL_DUE, shown_trouble(work), is_for_sweep=True) if is_due else None)


def _fetch(workshop: Workshop, current: Current) -> RenewalWindow | None:
    stored = workshop.accounts.read(current.account)
    if stored is None:
        return None
    return workshop.cas.renewal_information(stored.directory).fetch_window(current.ari_id)


def _schedule(workshop: Workshop, work: Work, current: Current, suggested: RenewalWindow | None) -> Work:
    """Draw a time in a window that is new; a time drawn once is kept while its window stands (RFC 9773 §4.2).

    A window that does not end before the certificate does is no answer.
    """
    if suggested and suggested.end < current.not_after:
        window = (suggested.start, suggested.end)
    else:
        window = fallback_window(current.not_before, current.not_after)
    explanation = suggested.explanation_url if suggested else ""
    if window == work.window:
        return replace(work, window_explanation=explanation)
    renew_at = pick_time(window, workshop.chance.fraction())
    if current.version > 1:
        renew_at = max(renew_at, current.stored_at + RENEWALS_APART)
    return replace(work, window=window, renew_at=renew_at, window_explanation=explanation)
