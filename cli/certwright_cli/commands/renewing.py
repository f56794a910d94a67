"""Renewals ahead of their time."""

from collections.abc import Sequence

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.commands.certificates import WAIT_SECONDS, confirm, owner_option, seconds_option
from certwright_cli.errors import ApiProblem, CliError, usage_error
from certwright_cli.output import clean, state
from certwright_cli.views import show_issued
from certwright_cli.waiting import Patience, wait_for

FIRST = 3
"""So many that failed are named in one sentence."""


@click.command(cls=Command)
@click.argument("certificates", metavar="CERTIFICATE...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Renew all issued certificates of an owner.")
@owner_option
@click.option("--new-key", is_flag=True, help="Make a new key also where --reuse-key was chosen.")
@click.option("--yes", "is_sure", is_flag=True, help="With --all: do not ask.")
@click.option("--wait", "is_waiting", is_flag=True, help="Wait until the new versions are there.")
@seconds_option(WAIT_SECONDS)
@pass_session
def renew(
    session: Session,
    *,
    certificates: tuple[str, ...],
    is_all: bool,
    owner: str,
    new_key: bool,
    is_sure: bool,
    is_waiting: bool,
    timeout: int,
) -> None:
    """Have new versions issued now, ahead of their time.

    The current version stays until the new one is stored, and stays valid. Renewals need no such help: they happen by
    themselves.
    """
    ids = _choose(session, certificates, owner, is_all=is_all, is_sure=is_sure)
    seen, failures = _ask(session, ids, {"new_key": True} if new_key else {})
    if failures and len(ids) == 1:
        raise failures[ids[0]]
    if is_waiting:
        seen = _wait(session, seen, timeout)
    _show(session, seen, failures, is_waiting=is_waiting)
    if failures:
        sentence = f"{len(failures)} of {len(ids)} certificates can't be renewed: {_first(failures)}"
        raise CliError(sentence, next(iter(failures.values())).exit_code, "not-renewed")


def _choose(session: Session, references: tuple[str, ...], owner: str, *, is_all: bool, is_sure: bool) -> list[str]:
    """Find the certificates that are meant, each once; raises `CliError`."""
    if is_all == bool(references):
        raise usage_error("Name the certificates to renew, or give --all.")
    if owner and not is_all:
        raise usage_error("--owner goes with --all: a certificate's id is enough.")
    if not is_all:
        return list(dict.fromkeys(session.certificate_id(reference) for reference in references))
    ids = [item["id"] for item in session.api.list_certificates(owner, 0) if _is_renewable(item)]
    if ids and not is_sure:
        confirm(f"Renew {len(ids)} certificates now?")
    return ids


def _is_renewable(summary: Json) -> bool:
    return bool(summary["issued_at"]) and summary["state"] not in ("revoked", "deleting")


def _ask(session: Session, ids: Sequence[str], body: Json) -> tuple[list[Json], dict[str, ApiProblem]]:
    """Ask for each; one that can't be renewed does not keep the others from it, but what all would meet ends it."""
    seen, failures = [], {}
    for id in ids:
        try:
            seen.append(session.api.renew_certificate(id, body))
        except ApiProblem as error:
            if error.status in (401, 403) or error.status >= 500:
                raise
            failures[id] = error
    return seen, failures


def _wait(session: Session, asked: list[Json], timeout: int) -> list[Json]:
    """Wait for one after the other, for so long in all."""
    patience = Patience(timeout)
    deadline = patience.clock() + timeout
    done = []
    for item in asked:
        left = max(1.0, deadline - patience.clock())
        done.append(wait_for(session.api, session.output, item["id"], _is_renewed, Patience(left)))
    return done


def _is_renewed(seen: Json) -> bool:
    return not seen["renewal_requested_at"] and not seen["attempt"]


def _show(session: Session, seen: list[Json], failures: dict[str, ApiProblem], *, is_waiting: bool) -> None:
    if session.output.is_json:
        failed = [{"id": id, "code": error.code, "message": str(error)} for id, error in failures.items()]
        session.output.document({"items": seen, "failed": failed})
        return
    for item in seen:
        if is_waiting:
            show_issued(session.output, item)
        else:
            session.output.line(f"{item['id']}  {state(item['state'])}: {clean(item['message'])}")
    for id, error in failures.items():
        session.output.line(f"{id}  {state('failed')}: {clean(str(error))}")


def _first(failures: dict[str, ApiProblem]) -> str:
    """Begin the list of those that failed."""
    return ", ".join(list(failures)[:FIRST]) + (" …" if len(failures) > FIRST else ".")


COMMANDS = (renew,)
