"""The program `aws` on a notebook's path."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from labkit.aws_cli import shim


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shim, first on a path with nothing but the shell's own programs."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv(shim.SHIM_FOLDER, raising=False)
    made = tmp_path / "bin"
    made.mkdir()
    shim.put_on_path(made)
    return made


def other(folder: Path, version: str) -> None:
    """Another `aws` behind the shim, which says its version and what it was asked."""
    folder.mkdir()
    program = folder / "aws"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "aws-cli/{version}" || echo "real $@"\n')
    program.chmod(0o755)
    os.environ["PATH"] += os.pathsep + str(folder)


def aws(*words: str) -> str:
    ended = subprocess.run(["aws", *words], capture_output=True, text=True, check=False, timeout=60)
    return ended.stdout + ended.stderr


def test_it_is_found_first_and_only_once(folder: Path) -> None:
    shim.put_on_path(folder)
    assert os.environ["PATH"].split(os.pathsep) == [str(folder), "/usr/bin", "/bin"]


@pytest.mark.usefixtures("folder")
def test_without_an_aws_cli_it_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert aws("--version").startswith("aws-cli/2 (labkit/")
    assert "AWS_ENDPOINT_URL names none" in aws("lambda", "list-functions")


@pytest.mark.usefixtures("folder")
def test_version_2_is_called_instead(tmp_path: Path) -> None:
    other(tmp_path / "other", "2.31.0 Python/3.13")
    assert aws("lambda", "list-functions") == "real lambda list-functions\n"
    assert aws("s3", "ls") == "real s3 ls\n"


@pytest.mark.usefixtures("folder")
def test_version_1_is_left_aside(tmp_path: Path) -> None:
    other(tmp_path / "other", "1.46.3 Python/3.11")
    assert aws("--version").startswith("aws-cli/2 (labkit/")
