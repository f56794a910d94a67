"""What callers get: plain values for JSON, instants as RFC 3339 in UTC."""

from certwright.domain.certificate import Attempt, ClosedAttempt, Desired, Event, Work
from certwright.domain.dead_letter import DeadLetter
from certwright.domain.dry_run import Rehearsal, Verdict, dry_run_goes_at
from certwright.domain.hop import Hop
from certwright.domain.identifier import display_name
from certwright.domain.instants import instant
from certwright.domain.key_types import find_key_type
from certwright.domain.owner import Owner, Token, Zone
from certwright.domain.problem import Problem
from certwright.domain.record_sets import Addition
from certwright.domain.records import Lock, Record
from certwright.domain.revocation import Revocation
from certwright.domain.shown import Summary, is_renewal_asked
from certwright.flows.ca_accounts import AccountView
from certwright.flows.read_certificate import CertificateView

type Json = dict[str, object]


def certificate(view: CertificateView) -> Json:
    """Show one certificate with its state, the records it needs and its current version."""
    desired, work = view.desired, view.work
    return {  # long, but one line for each field
        "id": desired.id,
        "owner": desired.owner,
        "names": list(desired.names),
        "display_names": [display_name(name) for name in desired.names],
        "dropped_names": list(desired.dropped_names),
        "challenges": {}
        if desired.is_self_signed
        else {name: desired.challenge_type(name).value for name in desired.names},
        "challenge_reason": desired.reason,
        "key_type": find_key_type(desired.key_type),
        "reuse_key": desired.reuses_key,
        "has_csr": bool(desired.csr),
        "preferred_chain": desired.preferred_chain or None,
        "profile": desired.profile,
        "ca": desired.account,
        "cas": [wish.account for wish in desired.cas] or [desired.account],
        "untrusted": desired.is_untrusted,
        "dry_run": bool(desired.dry_run_of),
        "verdict": _verdict(desired, work.verdict),
        "rehearse_days": desired.rehearse_days if desired.rehearse_days >= 0 else None,
        "rehearsal": _rehearsal(work.rehearsal),
        "state": view.status.state,
        "reason": view.status.reason,
        "message": view.status.sentence,
        "problem": problem(view.status.problem),
        "records": [record(item) for item in view.records],
        "checks": [
            {
                "identifier": check.identifier,
                "stands": check.problem is None,
                "problem": problem(check.problem),
                "caa_lock": _lock(check.lock),
                "hops": [hop(item) for item in check.hops],
            }
            for check in work.checks
        ],
        "checked_at": instant(work.checked_at),
        "created_at": instant(desired.created_at),
        "next_look_at": instant(work.due_at),
        "starts_at": instant(min((place.at for place in work.places if not place.is_reserved), default=0)),
        "current": _current(view),
        "renew_at": instant(work.renew_at),
        "renewal_requested_at": instant(_asked_at(view)),
        "renewal_explanation_url": work.window_explanation or None,
        "revocations": [_revocation(item, work) for item in desired.revocations],
        "failed_attempts": work.failures,
        "attempt": _attempt(work.attempt),
    }


def _asked_at(view: CertificateView) -> int:
    asked = view.desired.renewal
    return asked.asked_at if asked and is_renewal_asked(view.desired, view.work) else 0


def _verdict(desired: Desired, verdict: Verdict | None) -> Json | None:
    if verdict is None:
        return None
    return {
        "passed": verdict.problem is None,
        "at": instant(verdict.at),
        "problem": problem(verdict.problem),
        "issuer": verdict.issuer or None,
        "not_after": instant(verdict.not_after),
        "goes_at": instant(dry_run_goes_at(desired.created_at, verdict)),
    }


def _rehearsal(value: Rehearsal | None) -> Json | None:
    if value is None:
        return None
    return {
        "version": value.version,
        "dry_run": value.id if value.is_made else None,
        "begun_at": instant(value.begun_at),
        "ended_at": instant(value.ended_at),
        "problem": problem(value.problem),
    }


def hop(value: Hop) -> Json:
    """Show one hop on a CA's way, with how it was found."""
    return {
        "part": value.part.value,
        "name": value.name,
        "state": value.state.value,
        "wanted": value.wanted or None,
        "found": value.found or None,
        "code": value.code or None,
    }


def _lock(lock: Lock | None) -> Json | None:
    if lock is None:
        return None
    return {"closed": lock.is_closed, "records": [record(item) for item in lock.records]}


def _revocation(asked: Revocation, work: Work) -> Json:
    done = next((item for item in work.revoked if item.version == asked.version), None)
    return {
        "version": asked.version,
        "reason": asked.reason.value,
        "reissue": asked.reissues,
        "asked_at": instant(asked.asked_at),
        "revoked_at": instant(done.at) if done and done.problem is None else None,
        "problem": problem(done.problem) if done else None,
    }


def _attempt(attempt: Attempt | None) -> Json | None:
    if attempt is None:
        return None
    stages = [{"name": stage.name, "at": instant(stage.at)} for stage in attempt.stages]
    return {"id": attempt.id, "started_at": instant(attempt.started_at), "stages": stages}


def closed_attempt(closed: ClosedAttempt) -> Json:
    """Show an attempt that is over."""
    attempt = closed.attempt
    return {
        **(_attempt(attempt) or {}),
        "closed_at": instant(closed.closed_at),
        "ca": attempt.account,
        "issued": attempt.is_stored,
        "problem": problem(attempt.problem),
    }


def _current(view: CertificateView) -> Json | None:
    current = view.work.current
    if current is None:
        return None
    return {
        "version": current.version,
        "ca": current.account,
        "names": list(current.names),
        "serial": current.serial,
        "issuer": current.issuer,
        "root": current.root or None,
        "not_before": instant(current.not_before),
        "not_after": instant(current.not_after),
        "stored_at": instant(current.stored_at),
        "ari_id": current.ari_id,
        "replaces": current.replaces or None,
    }


def problem(value: Problem | None) -> Json | None:
    """Show what is wrong, who must act, and the evidence."""
    if value is None:
        return None
    return {
        "code": value.code,
        "message": value.sentence,
        "actor": value.actor.value,
        "subject": value.subject or None,
        "wanted": value.wanted or None,
        "found": value.found or None,
        "ca_problem": value.ca_problem or None,
    }


def record(value: Record) -> Json:
    """Show one record to add."""
    return {"type": value.type, "name": value.name, "value": value.value}


def summary(value: Summary) -> Json:
    """Show a certificate in a list."""
    return {
        "id": value.id,
        "names": list(value.names),
        "display_names": [display_name(name) for name in value.names],
        "names_total": value.names_total,
        "state": value.state,
        "reason": value.reason,
        "untrusted": value.is_untrusted,
        "dry_run": value.is_dry_run,
        "challenge": value.challenge,
        "ca": value.account,
        "created_at": instant(value.created_at),
        "issued_at": instant(value.issued_at),
        "expires_at": instant(value.expires_at),
        "renew_at": instant(value.renew_at),
    }


def addition(value: Addition) -> Json:
    """Show what came of adding a record."""
    return {
        **record(value.record),
        "outcome": value.outcome.value,
        "message": value.sentence,
        "found": list(value.found),
    }


def event(value: Event) -> Json:
    """Show something that happened."""
    return {"at": instant(value.at), "state": value.state, "reason": value.reason, "message": value.sentence}


def zone(value: Zone, records: tuple[Record, ...]) -> Json:
    """Show a zone with the records that delegate it to us."""
    return {
        "id": value.id,
        "owner": value.owner,
        "origin": value.origin,
        "name_server": value.name_server,
        "retiring": value.is_retiring,
        "shared": value.is_shared,
        "records": [record(item) for item in records],
        "created_at": instant(value.created_at),
        "last_used_at": instant(value.used_at),
        "looked_at": instant(value.looked_at),
        "problem": problem(value.problem),
    }


def ca(view: AccountView) -> Json:
    """Show an account at a CA; secrets are left out."""
    wanted, stands, offer = view.definition, view.standing, view.offer
    return {
        "name": wanted.name,
        "default": view.is_default,
        "directory": wanted.entry.directory,
        "contact": wanted.contact,
        "terms_agreed": wanted.is_terms_agreed,
        "terms_of_service": view.terms_now or None,
        "terms_changed": view.has_new_terms,
        "kind": "self-signed" if wanted.entry.is_self_signed else "acme",
        "untrusted": wanted.entry.is_untrusted,
        "key": wanted.key.value,
        "staging": wanted.staging or None,
        "limits": wanted.limits or None,
        "eab_kid": wanted.eab_kid or None,
        "profile": wanted.profile,
        "profiles": list(offer.profiles) if offer else None,
        "account_url": view.url or None,
        "settled": bool(stands and stands.settled >= wanted.changes),
        "deactivated": wanted.is_deactivated,
        "problem": problem(stands.problem if stands else None),
    }


def dead_letter(value: DeadLetter) -> Json:
    """Show a message that failed again and again."""
    return {
        "id": value.id,
        "kind": value.kind.value,
        "about": value.about,
        "sent_at": instant(value.sent_at),
        "redrivable": value.kind.is_redrivable,
    }


def owner(value: Owner) -> Json:
    """Show an owner, with the value that proves names for it."""
    return {
        "id": value.id,
        "name": value.name,
        "patterns": list(value.patterns),
        "proof": value.token,
        "active": value.is_active,
        "current_zone": value.current_zone or None,
        "created_at": instant(value.created_at),
    }


def token(value: Token) -> Json:
    """Show a token without its secret."""
    return {
        "id": value.id,
        "owner": value.owner,
        "role": value.role,
        "label": value.label,
        "created_at": instant(value.created_at),
        "expires_at": instant(value.expires_at),
    }
