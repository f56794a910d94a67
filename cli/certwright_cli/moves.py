"""A move of an account's certificates: how far it is, and waiting for its end."""

from certwright_cli.api import Api
from certwright_cli.connection import Json
from certwright_cli.output import Output, day, warning
from certwright_cli.waiting import Patience, read_patiently, wait_until


def show_move(output: Output, moved: Json) -> None:
    if output.is_json:
        output.document(moved)
        return
    output.line(f"{moved['from']} → {moved['to']}  {describe(moved)}")
    output.fields(
        {
            "handed over": moved["handed_over_at"],
            "a minute": moved["per_minute"],
            "replaced": "at once" if moved["reissue"] else "when due",
            "expires first": moved["next_expiry"],
        }
    )
    if moved["held_up"]:
        output.line()
        output.line(warning(f"{moved['held_up']} are held up; `certwright show` tells of each what is to be done."))
        rows = [(item["id"], item["reason"], day(item["expires_at"]), " ".join(item["names"])) for item in _held(moved)]
        output.table(("ID", "REASON", "EXPIRES", "NAMES"), rows, indent="  ")


def _held(moved: Json) -> list[Json]:
    items: list[Json] = moved["held_up_items"]
    return items


def describe(moved: Json) -> str:
    """Tell in a line how far it is."""
    if moved["complete"]:
        return f"complete: all {moved['total']} certificates"
    parts = f"{moved['left']} to hand over, {moved['under_way']} under way"
    return f"{moved['done']} of {moved['total']} done, {parts}, {moved['held_up']} of them held up"


def wait_until_moved(api: Api, output: Output, path: str, patience: Patience) -> Json:
    """Look until nothing depends on the old account; raises `CliError` when the time is up, or the server refuses."""

    def look() -> tuple[str, Json | None]:
        moved = read_patiently(lambda: api.get(path))
        return (moved, None) if isinstance(moved, str) else (describe(moved), moved)

    return wait_until(output, look, lambda moved: bool(moved["complete"]), patience, "the move")
