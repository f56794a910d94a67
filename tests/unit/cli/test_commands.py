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
        (["--key-type", "rsa4096", "--owner", "own_b"], {"key_type": "rsa4096", "owner": "own_b"}),
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
    assert "  example.com  cname-missing" in ran.output.splitlines()
    assert "  wanted    u.acme.example.com" in ran.output.splitlines()
    server.replies.clear()
    server.say(issued(checked_at=None), issued(checked_at=None), issued())
    assert run("check", "crt_1").code == 0


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
