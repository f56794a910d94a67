"""Keeping files current: what is written and when, and what happens after a run that was cut off."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from certwright_cli import pull as pulling
from certwright_cli.files import Prepared
from tests.support.bundles import make_bundle
from tests.support.cli_program import Ran
from tests.unit.cli.conftest import Run, Script

FIRST, SECOND = make_bundle("example.com"), make_bundle("example.com")


@dataclass(frozen=True)
class Site:
    """A server's folder, and how its bundle is kept current there."""

    folder: Path
    run: Run

    @property
    def bundle(self) -> Path:
        """The file."""
        return self.folder / "b.pem"

    @property
    def reloads(self) -> int:
        """How often the command ran well; it fails while a file `broken` is there."""
        path = self.folder / "reloads"
        return len(path.read_text().splitlines()) if path.exists() else 0

    @property
    def waiting(self) -> list[Path]:
        """What lies about under another name."""
        return list(self.folder.glob(".*.certwright-new"))

    def pull(self, *options: str) -> Ran:
        """Bring it up to date."""
        command = f"sh -c 'test ! -e {self.folder}/broken && echo reloaded >> {self.folder}/reloads'"
        return self.run("pull", "crt_1", "--bundle", str(self.bundle), "--reload", command, *options)


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Site:
    """A server with nothing on it yet."""
    return Site(tmp_path, run)


def test_a_reload_comes_with_a_new_version_only(site: Site, server: Script) -> None:
    """First fetch and renewal; not while nothing is new, whether the server says so or sends the same again."""
    server.say(FIRST, etag='"1"')
    assert site.pull().code == 0
    server.replies.clear()
    server.say(b"", status=304)
    assert site.pull().output == ""
    server.replies.clear()
    server.say(FIRST, etag='"other tag, same bundle"')
    assert (site.pull().output, site.reloads) == ("", 1)
    server.replies.clear()
    server.say(SECOND, etag='"2"')
    assert site.pull().code == 0
    assert (site.bundle.read_bytes(), site.reloads) == (SECOND, 2)


def test_a_reload_that_failed_is_tried_again_until_it_works(site: Site, server: Script) -> None:
    """Exit code 12 each time, though nothing is new any more; then once, and no more."""
    (site.folder / "broken").touch()
    server.say(FIRST, etag='"1"')
    assert site.pull().code == 12
    server.replies.clear()
    server.say(b"", status=304)
    assert site.pull().code == 12
    (site.folder / "broken").unlink()
    assert [site.pull().code for _ in range(2)] == [0, 0]
    assert site.reloads == 1


def test_files_that_were_changed_or_lost_are_written_again(site: Site, server: Script) -> None:
    """No tag is sent then, so that the whole bundle comes; permissions are part of how a file shall be."""
    path = site.bundle
    server.say(FIRST, etag='"1"')
    site.pull()
    spoilers: list[Callable[[], object]] = [
        path.unlink,
        lambda: path.write_bytes(b"x"),
        lambda: path.chmod(0o644),
    ]
    for times, spoil in enumerate(spoilers, 2):
        spoil()
        assert site.pull().code == 0
        assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), site.reloads) == (FIRST, 0o600, times)


@pytest.mark.parametrize("cut", ["before the files are in place", "after them"])
def test_a_run_that_was_cut_off_is_made_good_by_the_next(
    cut: str,
    site: Site,
    server: Script,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files are right and the reload has run, once, wherever the first run was killed."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    server.say(FIRST, etag='"1"')
    with monkeypatch.context() as patched:
        if cut == "after them":
            patched.setattr(pulling, "_reload", killed)
        else:
            patched.setattr(Prepared, "put_in_place", killed)
        assert site.pull().code == 130
    assert site.bundle.exists() == (cut == "after them")
    assert not site.waiting
    if cut == "after them":
        server.replies.clear()
        server.say(b"", status=304)
    assert site.pull().code == 0
    assert (site.bundle.read_bytes(), site.reloads) == (FIRST, 1)


def test_what_a_killed_run_left_lying_is_cleared_away(site: Site, server: Script) -> None:
    """A key must not lie about under another name."""
    waiting = site.folder / ".b.pem.certwright-new"
    waiting.write_bytes(b"half a key")
    server.say(FIRST, etag='"1"')
    assert site.pull().code == 0
    assert not waiting.exists()


def mismatched() -> bytes:
    """A key, and a chain that is another key's."""
    border = b"-----BEGIN CERTIFICATE-----"
    return FIRST.partition(border)[0] + border + SECOND.partition(border)[2]


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html></html>", id="HTML"),
        pytest.param(FIRST[: len(FIRST) // 2], id="half of it"),
        pytest.param(FIRST.partition(b"-----BEGIN C")[0], id="a key only"),
        pytest.param(FIRST + b"more", id="more after it"),
        pytest.param(FIRST * 2, id="twice"),
        pytest.param(mismatched(), id="another key"),
    ],
)
def test_what_is_no_sound_bundle_is_not_put_in_place(pem: bytes, site: Site, server: Script) -> None:
    """Exit code 8; the file that served till now stands, nothing is reloaded, nothing is left lying about."""
    path = site.bundle
    path.write_bytes(b"the old bundle")
    server.say(pem, etag='"1"')
    ran = site.pull()
    assert (ran.code, "as they were" in ran.errors) == (8, True), ran
    assert (path.read_bytes(), site.reloads) == (b"the old bundle", 0)
    assert not site.waiting


def test_several_files_hold_the_parts(run: Run, server: Script, tmp_path: Path) -> None:
    """Key and full chain are the bundle; certificate and chain are the full chain; only the key is hidden."""
    server.say(FIRST, etag='"1"')
    names = ("key", "fullchain", "cert", "chain")
    options = [word for name in names for word in (f"--{name}", str(tmp_path / name))]
    assert run("pull", "crt_1", *options).code == 0
    key, fullchain, leaf, chain = ((tmp_path / name).read_bytes() for name in names)
    assert (key + fullchain, leaf + chain) == (FIRST, fullchain)
    assert leaf.count(b"BEGIN") == 1
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names] == [0o600, 0o644, 0o644, 0o644]


def test_a_bundle_without_a_key_fills_what_needs_none(run: Run, server: Script, tmp_path: Path) -> None:
    """A certificate by CSR: its key is its owner's, so `--key` is refused and the chain is kept current."""
    chain = FIRST[FIRST.index(b"-----BEGIN CERTIFICATE") :]
    server.say(chain, etag='"1"')
    assert run("pull", "crt_1", "--key", str(tmp_path / "key"), "--fullchain", str(tmp_path / "full")).code == 2
    assert run("pull", "crt_1", "--fullchain", str(tmp_path / "full")).code == 0
    assert (tmp_path / "full").read_bytes() == chain


def test_a_second_run_at_the_same_time_stands_back(site: Site, server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 6, at once: a timer and a person can't write the same files."""
    inner: list[int] = []

    def again(*arguments: object) -> str:
        with monkeypatch.context() as once:
            once.setattr(pulling, "_reload", lambda *_: "done")
            inner.append(site.pull().code)
        return "done"

    server.say(FIRST, etag='"1"')
    monkeypatch.setattr(pulling, "_reload", again)
    assert site.pull().code == 0
    assert inner == [6]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told(run: Run, server: Script, tmp_path: Path) -> None:
    """Exit code 13 and who should run it."""
    tmp_path.joinpath("closed").mkdir(mode=0o500)
    server.say(FIRST, etag='"1"')
    ran = run("pull", "crt_1", "--bundle", str(tmp_path / "closed/b.pem"))
    assert (ran.code, "permission denied" in ran.errors) == (13, True), ran


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_files_can_belong_to_another_user(site: Site, server: Script) -> None:
    """From before there is a byte in them; as numbers too, where there is no such user."""
    server.say(FIRST, etag='"1"')
    assert site.pull("--owner", "65533:65532", "--mode", "0640").code == 0
    found = site.bundle.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (65533, 65532, 0o640)
