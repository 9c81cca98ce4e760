"""Set-up: what is pinned, and what `make` says and does, tried on a copy with nothing installed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
MAKE = shutil.which("make")
needs_make = pytest.mark.skipif(MAKE is None, reason="there is no `make` on this machine")

# What the Makefile takes from a machine, beside Python.
PROGRAMS = ("sh", "cat", "grep", "awk", "rm", "touch")


def pinned() -> dict[str, list[tuple[str, str]]]:
    """Name -> (version, marker) of each line of constraints.txt."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([a-z0-9][a-z0-9.-]*)==([0-9][\w.+!]*)(?: ; (.+))?", line)
        assert match, f"constraints.txt may hold `name==version` and a marker only: {line!r}"
        found.setdefault(match[1], []).append((match[2], match[3] or ""))
    return found


def test_constraints_name_versions_and_no_host() -> None:
    assert len(pinned()) > 100


def test_every_requirement_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + [
        text for extra in project["optional-dependencies"].values() for text in extra
    ]
    pins = pinned()
    for text in asked:
        requirement = Requirement(text)
        if requirement.name == project["name"]:
            continue
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{text}: not in constraints.txt; run `make constraints`"
        assert any(requirement.specifier.contains(version) for version, _ in versions), text


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with what `make` reads, in a path with a blank; nothing is installed in it."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def make(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "ARGS"))
    }
    if path is not None:
        environment["PATH"] = str(path)
    assert MAKE is not None
    return subprocess.run(
        [MAKE, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def machine(folder: Path, python3: str | None) -> Path:
    """A PATH with the programs of a bare machine and a `python3` that is this shell script."""
    programs = folder.parent / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    if python3 is not None:
        program(programs / "python3", python3)
    return programs


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@needs_make
def test_help_is_what_make_says_first(copy: Path) -> None:
    said = make(copy).stdout
    for word in ("start", "test", "check", "docs", "bench"):
        assert re.search(rf"^make {word}\s+\w", said, re.MULTILINE)
    assert not (copy / ".venv").exists()


@needs_make
@pytest.mark.parametrize(
    ("python3", "seen"),
    [(None, "no python3"), ('[ "$1" = --version ] && echo "Python 3.9.2" || exit 1', "Python 3.9.2")],
    ids=["none", "too old"],
)
def test_a_machine_without_a_new_python_is_told(copy: Path, python3: str | None, seen: str) -> None:
    done = make(copy, "start", path=machine(copy, python3))
    assert done.returncode != 0
    assert f"labkit needs Python 3.11 or newer; here is {seen}." in done.stdout
    assert "make start PYTHON=" in done.stdout


@needs_make
def test_a_python_without_venv_is_told_and_nothing_is_left(copy: Path) -> None:
    script = f'[ "$2" = venv ] && echo "ensurepip is not available" && exit 1\nexec "{sys.executable}" "$@"'
    done = make(copy, "start", path=machine(copy, script))
    assert done.returncode != 0
    assert "ensurepip is not available" in done.stdout
    assert "sudo apt install python3-venv" in done.stdout
    assert sorted(path.name for path in copy.iterdir()) == ["Makefile", "constraints.txt", "pyproject.toml"]


def installed(folder: Path, made_in: Path) -> None:
    """Stamps as an installation leaves them, in the order of their making."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    program(programs / "python", f'exec "{sys.executable}" "$@"')
    newest = (folder / "constraints.txt").stat().st_mtime
    for age, (name, text) in enumerate([(".made", str(made_in)), (".runtime", ""), (".test", "")], start=1):
        (folder / ".venv" / name).write_text(text)
        os.utime(folder / ".venv" / name, (newest + age, newest + age))


@needs_make
def test_a_second_start_installs_nothing_until_the_pins_change(copy: Path) -> None:
    installed(copy, made_in=copy)
    assert make(copy, "--dry-run", "start").stdout.splitlines() == ["exec .venv/bin/python -m labkit start "]
    later = (copy / "constraints.txt").stat().st_mtime + 60
    for name in ("constraints.txt", "pyproject.toml"):
        os.utime(copy / name, (later, later))
        assert "uv pip install" in make(copy, "--dry-run", "start").stdout
        os.utime(copy / name, (later - 60, later - 60))


@needs_make
def test_an_environment_from_another_folder_is_made_anew(copy: Path) -> None:
    installed(copy, made_in=copy.parent / "elsewhere")
    assert "-m venv" in make(copy, "--dry-run", "start").stdout
    assert not (copy / ".venv").exists()


def test_what_ci_runs_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text(encoding="utf-8").rstrip().endswith("\nmake test")
