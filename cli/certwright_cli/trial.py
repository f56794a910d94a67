"""A trial order: a dry run, which keeps nothing."""

from uuid import uuid4

from certwright_cli.base import Json, Session
from certwright_cli.waiting import Patience, wait_for


def order_a_trial(session: Session, name: str, ca: str, timeout: int) -> tuple[bool, str]:
    """Request a name as a dry run and wait for its verdict: whether it passed, and a sentence; raises `CliError`.

    One that is delegated is proven by DNS-01, which a plain name is not where nothing else is said.
    """
    body: Json = {"names": [name], "dry_run": True, **({"ca": ca} if ca else {})}
    listed = session.api.list_delegations("")["items"]
    if name.lower().rstrip(".") in {item["domain"] for item in listed if not item["deleted_at"]}:
        body["challenge"] = "dns-01"
    made = session.api.request_certificate(body, uuid4().hex)
    patience = Patience(timeout, is_nudging=True)
    ended = wait_for(session.api, session.output, made["id"], lambda seen: bool(seen["verdict"]), patience)
    verdict = ended["verdict"]
    problem = verdict.get("problem") or {}
    return bool(verdict["passed"]), str(problem.get("message") or ended["message"])
