"""Folders that no killed process leaves for ever, and none is lost while its process lives."""

import subprocess
import sys
from pathlib import Path

import pytest

from offline_cloud import scratch

MAKES_ONE = (
    "import sys; from offline_cloud import scratch\n"
    "made = scratch.folder('labkit-test-'); (made / 'file').write_text('x')\n"
    "print(made, flush=True); sys.stdin.read()"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def process() -> tuple[subprocess.Popen[str], Path]:
    started = subprocess.Popen(
        [sys.executable, "-c", MAKES_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    return started, Path(started.stdout.readline().strip())


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked there")
def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(temporary: Path) -> None:
    living, kept = process()
    killed, left = process()
    killed.kill()
    killed.communicate()
    assert (left / "file").exists()
    own = scratch.folder("labkit-test-")
    assert not left.exists()
    assert (kept / "file").exists()
    assert sorted(temporary.glob("labkit-*")) == sorted([kept, own])
    living.communicate()
    scratch.remove(own)
    scratch.remove(scratch.folder("labkit-test-"))
    assert not list(temporary.iterdir())


def test_other_peoples_folders_and_links_are_let_be(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("x")
    (temporary / "labkit-test-link").symlink_to(elsewhere)
    (temporary / "labkit-other-1").mkdir()
    scratch.remove(scratch.folder("labkit-test-"))
    assert (elsewhere / "file").exists()
    assert (temporary / "labkit-other-1").exists()
