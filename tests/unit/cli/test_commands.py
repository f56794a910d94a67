"""What commands print and how they end, on replies as the API writes them."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run, Script, certificate, issued


def test_a_request_prints_its_records_as_a_table_and_as_lines_to_paste(run: Run, server: Script) -> None:
    """Absolute names, TXT quoted; what was left out is told; the body has only what was asked for."""
    server.say(certificate(), status=202)
    ran = run("request", "example.com", "*.example.com", "www.example.com")
    assert ran.code == 0
    lines = ran.output.splitlines()
    assert "  CNAME  _acme-challenge.example.com  u.acme.example.com  cname-missing" in lines
    assert "  acme.example.com. 300 IN NS ns.example.com." in lines
    assert "  _acme-challenge.example.com. 300 IN CNAME u.acme.example.com." in lines
    assert r'  _certwright.example.com. 300 IN TXT "a \"quoted\" \\ value"' in lines
    assert "  left out   www.example.com" in lines
    body = {"names": ["example.com", "*.example.com", "www.example.com"]}
    assert server.asked == [("POST", "/v1/certificates", body)]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (["--challenge", "dns-01"], {"challenge": "dns-01"}),
        (
            ["--challenge", "a.test=dns-01", "--challenge", "b.test=http-01"],
            {"challenge": {"a.test": "dns-01", "b.test": "http-01"}},
        ),
        (["--ca", "zerossl"], {"ca": "zerossl"}),
        (["--ca", "zerossl", "--ca", "letsencrypt"], {"cas": ["zerossl", "letsencrypt"]}),
        (["--key-type", "rsa-4096", "--reuse-key"], {"key_type": "rsa-4096", "reuse_key": True}),
    ],
)
def test_a_wish_goes_to_the_server_as_it_is(
    words: list[str], fields: dict[str, object], run: Run, server: Script
) -> None:
    """What a challenge or key type may be is not the client's to say."""
    server.say(certificate(), status=202)
    run("request", "a.test", *words)
    assert server.asked == [("POST", "/v1/certificates", {"names": ["a.test"], **fields})]


def test_wishes_that_contradict_each_other_are_not_sent(run: Run, server: Script) -> None:
    """A type for all names and one for a name can't both be meant."""
    ran = run("request", "a.test", "--challenge", "dns-01", "--challenge", "a.test=http-01")
    assert (ran.code, server.asked) == (2, [])


def test_waiting_names_each_missing_hop_once_and_ends_with_the_certificate(run: Run, server: Script) -> None:
    """Progress on standard error, a line for each change where nobody looks; records are looked at again meanwhile."""
    waiting, other = certificate(), certificate(message="Add the NS record.")
    server.say(waiting, waiting, waiting, other, certificate(state="issuing", message="The CA is asked."), issued())
    ran = run("request", "example.com", "--wait")
    assert ran.code == 0
    texts = [line.split("  ", 1)[1] for line in ran.errors.splitlines()]
    assert texts == ["waiting: Add the CNAME.", "waiting: Add the NS record.", "issuing: The CA is asked."]
    assert ran.output.splitlines()[-3:] == [
        "crt_1  issued, version 1",
        "  names        *.example.com example.com",
        "  valid until  2027-02-20T09:00:00Z",
    ]
    methods = [(method, path) for method, path, _ in server.asked]
    assert methods[:3] == [
        ("POST", "/v1/certificates"),
        ("GET", "/v1/certificates/crt_1"),
        ("POST", "/v1/certificates/crt_1/check"),
    ]


def test_waiting_with_json_prints_the_certificate_and_nothing_else(run: Run, server: Script) -> None:
    """One document on standard output; no progress to get between."""
    server.say(certificate(), certificate(), issued())
    ran = run("wait", "crt_1", "--json")
    assert (ran.code, json.loads(ran.output), ran.errors) == (0, issued(), "")


def test_a_renewal_can_be_waited_for(run: Run, server: Script) -> None:
    """The version that is there already is not the one."""
    server.say(issued(1), issued(1, attempt={"id": "att_1"}), issued(2, attempt={"id": "att_1"}), issued(2))
    assert run("wait", "crt_1", "--version", "2").code == 0
    assert len(server.asked) == 4


def test_a_wait_that_is_in_vain_says_what_was_missing(
    run: Run, server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 11, with the last sentence."""
    monkeypatch.setattr("certwright_cli.waiting.PAUSES_SECONDS", (2.0,))
    server.say(certificate())
    ran = run("wait", "crt_1", "--timeout", "1")
    assert (ran.code, "still waiting: Add the CNAME." in ran.errors) == (11, True), ran


def test_a_check_waits_for_a_newer_look(run: Run, server: Script) -> None:
    """10 with what is wrong, where, wanted and found; 0 when everything stands."""
    old, new = certificate(), certificate(checked_at="2026-11-22T09:01:00Z")
    server.say(old, old, certificate(checked_at=None), new)
    ran = run("check", "crt_1")
    assert ran.code == 10
    assert "example.com: cname-missing" in ran.output.splitlines()
    assert "  wanted    u.acme.example.com" in ran.output.splitlines()
    server.replies.clear()
    server.say(issued(checked_at=None), issued(checked_at=None), issued())
    assert run("check", "crt_1").code == 0


def test_a_check_that_the_server_puts_off_does_not_pass(
    run: Run, server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 11, not 0 for what was so the last time; `--last` asks for just that."""
    monkeypatch.setattr("certwright_cli.commands.watching.QUIET_SECONDS", 0)
    monkeypatch.setattr("certwright_cli.waiting.PAUSES_SECONDS", (2.0,))
    server.say(issued(), issued(), issued(checked_at=None))
    ran = run("check", "crt_1")
    assert (ran.code, "--last" in ran.errors) == (11, True), ran
    assert run("check", "crt_1", "--last").code == 0


def test_a_check_shows_every_hop_and_how_to_keep_others_out(run: Run, server: Script) -> None:
    """In the order in which a CA passes them; the CAA lock as lines to paste while it is open."""
    hops = [
        hop("domain", "example.com", "ok", found="served by 2 servers"),
        hop("alias", "_acme-challenge.example.com", "waiting", wanted="u.acme.example.com", code="cname-missing"),
    ]
    caa = {"type": "CAA", "name": "example.com", "value": '0 issue "ca.example; accounturi=https://ca/1"'}
    looked = {"identifier": "example.com", "stands": False, "problem": None, "hops": hops}
    server.say(certificate(checks=[{**looked, "caa_lock": {"closed": False, "records": [caa]}}]))
    lines = run("check", "crt_1", "--last").output.splitlines()
    rows = [line.split()[:3] for line in lines if line.startswith(("  ok", "  waiting"))]
    assert rows == [["ok", "domain", "example.com"], ["waiting", "alias", "_acme-challenge.example.com"]]
    assert '  example.com. 300 IN CAA 0 issue "ca.example; accounturi=https://ca/1"' in lines


def hop(
    part: str, name: str, state: str, *, wanted: str = "", found: str = "", code: str = ""
) -> dict[str, str | None]:
    """Write a hop as the API shows it."""
    return {
        "part": part,
        "name": name,
        "state": state,
        "wanted": wanted or None,
        "found": found or None,
        "code": code or None,
    }


def test_a_revocation_is_asked_about_and_sends_what_was_said(run: Run, server: Script) -> None:
    """Not without a word; what is left out is the server's to fill in."""
    assert run("revoke", "crt_1").code == 2
    assert server.asked == []
    server.say(issued(), status=202)
    assert run("revoke", "crt_1", "--yes").code == 0
    words = ["--yes", "--reason", "keyCompromise", "--version", "3", "--no-reissue"]
    assert run("revoke", "crt_1", *words).code == 0
    path = "/v1/certificates/crt_1/revoke"
    fields = {"reason": "keyCompromise", "version": 3, "reissue": False}
    assert server.asked == [("POST", path, {}), ("POST", path, fields)]


def test_a_certificate_is_revoked_with_its_key(run: Run, server: Script, tmp_path: Path) -> None:
    """Both files go to the server; the key is not printed; a file that is not there, or no text, sends nothing."""
    certificate_file, key_file = tmp_path / "found.pem", tmp_path / "key.pem"
    certificate_file.write_text("the certificate")
    assert run("revoke-with-key", str(certificate_file), str(key_file)).code == 2
    key_file.write_bytes(b"\xff\xfe")
    assert run("revoke-with-key", str(certificate_file), str(key_file)).code == 2
    assert server.asked == []
    key_file.write_text("the key")
    server.say({"revoked": True})
    ran = run("revoke-with-key", str(certificate_file), str(key_file), "--debug")
    assert server.asked == [("POST", "/v1/revocations", {"certificate": "the certificate", "private_key": "the key"})]
    assert (ran.code, "the key" in ran.output + ran.errors) == (0, False)


def test_a_request_of_ones_own_key_sends_the_csr(run: Run, server: Script, tmp_path: Path) -> None:
    """The file's text, and no key."""
    path = tmp_path / "csr.pem"
    path.write_text("a request")
    server.say(certificate(), status=202)
    run("request", "a.test", "--csr", str(path), "--preferred-chain", "Root X")
    body = {"names": ["a.test"], "csr": "a request", "preferred_chain": "Root X"}
    assert server.asked == [("POST", "/v1/certificates", body)]


ACCOUNT = {
    "name": "zerossl", "default": False, "directory": "https://ca.example/dir", "contact": "", "eab_kid": "kid",
    "terms_agreed": True, "terms_of_service": None, "terms_changed": True, "profile": "", "profiles": ["short"],
    "account_url": None, "settled": False, "deactivated": False, "problem": None,
}  # fmt: skip


def test_an_account_is_made_with_a_secret_from_a_file(run: Run, server: Script, tmp_path: Path) -> None:
    """The HMAC key is in no command line and no output; changed terms are told."""
    path = tmp_path / "hmac"
    path.write_text("TopSecret\n")
    server.say(ACCOUNT, status=202)
    options = ["--terms-agreed", "--eab-kid", "kid", "--eab-hmac-file", str(path), "--private"]
    ran = run("cas", "add", "zerossl", "https://ca.example/dir", *options)
    body = {"name": "zerossl", "directory": "https://ca.example/dir", "terms_agreed": True, "eab_kid": "kid"}
    assert server.asked == [("POST", "/v1/cas", {**body, "eab_hmac": "TopSecret", "public": False})]
    assert (ran.code, "new terms" in ran.output, "TopSecret" in ran.output + ran.errors) == (0, True, False)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["cas", "change", "z/x", "--contact", ""], ("PATCH", "/v1/cas/z%2Fx", {"contact": ""})),
        (["cas", "rollover", "zerossl", "--yes"], ("POST", "/v1/cas/zerossl/rollover", None)),
        (["cas", "delete", "zerossl", "--yes"], ("DELETE", "/v1/cas/zerossl", None)),
        (["owners", "change", "own_1", "--inactive"], ("PATCH", "/v1/owners/own_1", {"active": False})),
        (["owners", "change", "own_1", "--pattern", "a.test"], ("PATCH", "/v1/owners/own_1", {"patterns": ["a.test"]})),
        (["zones", "share", "zon_1", "--stop"], ("PATCH", "/v1/zones/zon_1", {"shared": False})),
    ],
)
def test_a_change_sends_only_what_was_said(
    words: list[str], asked: tuple[str, str, object], run: Run, server: Script
) -> None:
    """What is left out stays as it is."""
    server.say(ACCOUNT)
    ran = run(*words, "--json")
    assert (ran.code, json.loads(ran.output), server.asked) == (0, ACCOUNT, [asked])


def test_budgets_show_what_is_left_and_what_the_ca_said(run: Run, server: Script) -> None:
    """Room, the next place, how many wait; a CA that wants nobody is quoted."""
    spent = {
        "limit": "domain",
        "subject": "example.com",
        "room": 0,
        "next_at": "2026-11-22T10:00:00Z",
        "waiting": [{"owner": "own_a", "renewals": 1, "requests": 4}],
        "closed_until": "2026-11-22T12:00:00Z",
        "said": "too many",
    }
    limits = {"domain": {"at_once": 50, "one_more_every_seconds": 12_096.0}}
    server.say({"ca": "Let's Encrypt", "limits": limits, "renewals_spared": True, "items": [spent]})
    lines = run("budgets").output.splitlines()
    assert "  domain  50       12096 s" in lines
    assert "  domain  example.com  0     2026-11-22T10:00:00Z  5" in lines
    assert lines[-1] == "! Closed until 2026-11-22T12:00:00Z by the CA: too many"
    run("budgets", "--ca", "backup")
    assert server.asked[-1] == ("GET", "/v1/budgets?ca=backup", None)


def test_an_account_is_not_given_up_without_a_word(run: Run, server: Script) -> None:
    """Nor its key replaced, nor anything changed to nothing."""
    for words in (["cas", "delete", "zerossl"], ["cas", "rollover", "zerossl"], ["cas", "change", "zerossl"]):
        assert run(*words).code == 2, words
    assert server.asked == []


def test_a_certificate_that_was_never_looked_at_does_not_pass(run: Run, server: Script) -> None:
    """No look, no verdict: exit code 10."""
    server.say(certificate(problem=None, checks=[], checked_at=None))
    assert run("check", "crt_1", "--last").code == 10


def test_a_name_stands_for_the_one_certificate_that_has_it(run: Run, server: Script) -> None:
    """Found on any page; none is 5 and several are 6, each with what to do."""
    pages = [
        {"items": [{"id": "crt_2", "names": ["b.test"]}], "cursor": "next page"},
        {
            "items": [{"id": "crt_1", "names": ["*.a.test", "a.test"]}, {"id": "crt_3", "names": ["b.test"]}],
            "cursor": "",
        },
    ]
    server.say(*pages, issued())
    assert run("show", "A.test.").code == 0
    assert [path for _, path, _ in server.asked[1:]] == [
        "/v1/certificates?limit=1000&cursor=next+page",
        "/v1/certificates/crt_1",
    ]
    server.replies.clear()
    server.say(*pages, *pages)
    assert run("show", "c.test").code == 5
    several = run("show", "b.test")
    assert (several.code, "crt_2, crt_3" in several.errors) == (6, True), several


def test_an_id_is_one_segment_of_the_path(run: Run, server: Script) -> None:
    """Whatever is typed can't reach another route."""
    server.say(issued())
    run("show", "crt_../zones?x=1#y")
    assert server.asked[0][1] == "/v1/certificates/crt_..%2Fzones%3Fx%3D1%23y"


def test_a_deletion_is_not_made_without_a_word(run: Run, server: Script) -> None:
    """Nobody can be asked where standard input is no terminal: nothing is sent."""
    assert run("delete", "crt_1").code == 2
    assert server.asked == []
    server.say(certificate(state="deleting"))
    assert run("delete", "crt_1", "--yes").code == 0


def test_a_token_for_a_file_is_never_printed_and_overwrites_nothing(run: Run, server: Script, tmp_path: Path) -> None:
    """Refused before it is made, where the file is there; else 0600, and not in the output."""
    path = tmp_path / "token"
    path.write_text("precious")
    words = ["tokens", "create", "--owner", "own_a", "--role", "viewer", "--json", "--out", str(path)]
    assert run(*words).code == 2
    assert (server.asked, path.read_text()) == ([], "precious")
    path.unlink()
    server.say({"id": "tok1", "owner": "own_a", "role": "viewer", "token": "cw_tok1_s"}, status=201)
    ran = run(*words)
    assert (ran.code, path.read_text(), path.stat().st_mode & 0o777) == (0, "cw_tok1_s\n", 0o600)
    assert "cw_tok1_s" not in ran.output + ran.errors


@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["unknown"],
        ["list", "--limit", "-1"],
        ["pull", "crt_1"],
        ["pull", "crt_1", "--bundle", "b", "--mode", "0644"],
        ["pull", "crt_1", "--bundle", "b", "--mode", "rw"],
        ["pull", "crt_1", "--bundle", "b", "--key", "b"],
        ["pull", "crt_1", "--bundle", "b", "--owner", "nobody-of-that-name"],
        ["pull", "crt_1", "--bundle", "b", "--reload", "sh -c 'open"],
        ["pull", "crt_1", "--bundle", "b", "--reload", ""],
        ["zones", "rename", "zon_1"],
    ],
)
def test_a_wrong_command_line_is_told_and_sends_nothing(words: list[str], run: Run, server: Script) -> None:
    """Exit code 2 and a sentence; with --json, a document."""
    ran = run(*words)
    assert (ran.code, ran.output, server.asked) == (2, "", [])
    assert ran.errors.startswith("certwright: ")
    assert json.loads(run(*words, "--json").errors)["error"]["code"] == "usage"


def test_json_may_stand_before_the_command_too(run: Run, server: Script) -> None:
    """Where people put it."""
    server.say(issued())
    assert json.loads(run("--json", "show", "crt_1").output) == issued()
