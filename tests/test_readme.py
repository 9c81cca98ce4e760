"""What the README and its neighbours say is so: their transcript runs, their commands and links exist."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

import labkit
from labkit.cli import app

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_transcript_runs_and_shows_what_it_says() -> None:
    # In a process of its own: the guard against real AWS can't be taken off again.
    command = [sys.executable, "-W", "error", "-m", "doctest", str(ROOT / "README.md")]
    done = subprocess.run(
        command, cwd=ROOT / "course", capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert read("README.md").count(">>> ") > 5


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", read(name))
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_exist(name: str) -> None:
    text = read(name)
    made = set(re.findall(r"^make (\w+)|`make (\w+)", text, re.MULTILINE))
    rules = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert {first or second for first, second in made} <= rules
    words = set(re.findall(r"(?:bin[/\\]|`|&& )labkit (\w+)", text))
    assert words <= set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_in_code_exist(name: str) -> None:
    """`course/…`, `tests/…` and the packages' files, as the texts name them."""
    rooms = "labkit|offline_cloud|grader|course_builder|course|labs|solutions|tests|docs|benchmarks"
    paths = re.findall(rf"`((?:{rooms})/[\w./-]*)`", read(name))
    missing = [path for path in paths if "NN" not in path and not (ROOT / path).exists()]
    assert missing == []


def test_each_module_of_the_reading_order_is_in_its_room() -> None:
    order = read("README.md").split("## The code, in reading order")[1].split("\n## ")[0]
    items = re.findall(r"^\d+\. `([\w/-]+/)`(.*?)(?=^\d+\. |\n\n)", order, re.MULTILINE | re.DOTALL)
    assert [room for room, _ in items][1:5] == ["labkit/", "offline_cloud/", "grader/", "course_builder/"]
    named = [(room, name) for room, text in items for name in re.findall(r"`([\w-]+\.(?:py|md))`", text)]
    assert len(named) > 5
    assert [room + name for room, name in named if not (ROOT / room / name).exists()] == []


def test_the_version_is_one() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    newest = re.findall(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", read("CHANGELOG.md"), re.MULTILINE)[0]
    assert project["version"] == labkit.__version__ == newest


def test_the_licence_is_the_whole_one() -> None:
    text = read("LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
