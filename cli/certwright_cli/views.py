"""A certificate as people read it."""

from certwright_cli.connection import Json
from certwright_cli.output import Output, clean, state, warning
from certwright_cli.records import codes_of, show_records, zone_line


def show_issued(output: Output, certificate: Json) -> None:
    if output.is_json:
        output.document(certificate)
        return
    current = certificate["current"]
    output.line(f"{certificate['id']}  {state(certificate['state'])}, version {current['version']}")
    output.fields({"names": " ".join(current["names"]), "valid until": current["not_after"], **_renewal(certificate)})


def _renewal(certificate: Json) -> dict[str, object]:
    return {"renewal": certificate["renew_at"], "the CA's reason": certificate["renewal_explanation_url"]}


def show_certificate(output: Output, certificate: Json) -> None:
    if output.is_json:
        output.document(certificate)
        return
    output.line(f"{certificate['id']}  {state(certificate['state'])}{_label(certificate)}")
    output.fields(_fields(certificate))
    problem = certificate["problem"]
    if problem:
        show_problem(output, problem)
    elif certificate["message"]:
        output.line(f"  {certificate['message']}")
    for item in certificate.get("revocations") or []:
        done = f"revoked {item['revoked_at']}" if item["revoked_at"] else "the CA is asked"
        output.line(f"  version {item['version']}: {done}, {clean(item['reason'])}")
    if certificate["records"]:
        output.line()
        output.line("Records that must stand, once and for good:")
        output.line()
        show_records(output, certificate["records"], codes_of(certificate))


def _label(certificate: Json) -> str:
    """Say of what nobody is to trust that it is so."""
    if certificate.get("dry_run"):
        return ", a dry run"
    return ", untrusted: for tests only" if certificate.get("untrusted") else ""


def _fields(certificate: Json) -> Json:
    current = certificate["current"] or {}
    issued = {
        "version": current.get("version"),
        "serial": current.get("serial"),
        "issuer": current.get("issuer"),
        "valid until": current.get("not_after"),
    }
    return {
        "names": " ".join(certificate.get("display_names") or certificate["names"]),
        "left out": " ".join(certificate["dropped_names"]),
        "challenge": certificate["challenge_reason"],
        "key": certificate["key_type"],
        "profile": certificate["profile"],
        "CA": certificate["ca"],
        "owner": certificate["owner"],
        **issued,
        **_renewal(certificate),
        "failed": certificate["failed_attempts"] or None,
        "starts about": certificate.get("starts_at"),
        "next look": certificate["next_look_at"],
    }


def show_problem(output: Output, problem: Json) -> None:
    """Print what is wrong, who must act, and the evidence."""
    output.line()
    output.line(warning(problem["message"]))
    evidence = {"at": problem["subject"], "wanted": problem["wanted"], "found": problem["found"]}
    output.fields({**evidence, "code": problem["code"], "who acts": problem["actor"], "the CA": problem["ca_problem"]})


def show_checks(output: Output, seen: Json, problems: list[Json]) -> None:
    output.line(f"{seen['id']}  {state(seen['state'])}, looked at {seen['checked_at'] or 'not yet'}")
    for item in seen["checks"]:
        output.line()
        verdict = "ok" if item["stands"] else (item["problem"] or {}).get("code", "broken")
        output.line(f"{clean(item['identifier'])}: {state(verdict)}")
        _show_hops(output, item.get("hops") or [])
    for problem in problems:
        show_problem(output, problem)
    if problems and seen["records"]:
        output.line()
        output.line("Records that must stand:")
        show_records(output, seen["records"], codes_of(seen))
    for item in seen["checks"]:
        _show_lock(output, item["identifier"], item.get("caa_lock"))


def _show_hops(output: Output, hops: list[Json]) -> None:
    """Print what a CA passes on its way to the answer."""
    rows = [
        (hop["state"], hop["part"], hop["name"], hop["found"] or "", hop["code"] or hop["wanted"] or "") for hop in hops
    ]
    if rows:
        output.table(("STATE", "HOP", "NAME", "FOUND", "WANTED, OR WHAT IS WRONG"), rows, indent="  ", state_at=0)


def _show_lock(output: Output, identifier: str, lock: Json | None) -> None:
    """Print the CAA records that keep every other account out, where they are not there yet."""
    if lock and not lock["closed"]:
        output.line()
        output.line(f"To let nobody but this deployment have certificates for {clean(identifier)}, add:")
        for record in lock["records"]:
            output.line(f"  {zone_line(record)}")
