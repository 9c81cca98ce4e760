"""The `labkit` command: real subprocesses where what matters is the process, Typer's runner elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labkit.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A scaffolded course, with the working folder inside it."""
    monkeypatch.delenv("LABKIT_COURSE", raising=False)
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(app, ["new", "course", "tiny"])
    assert made.exit_code == 0, made.output
    monkeypatch.chdir(tmp_path / "tiny")
    return tmp_path / "tiny"


def run(*arguments, folder=None):
    """The command as a person runs it."""
    command = [sys.executable, "-W", "error", "-m", "labkit", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_every_command_says_what_it_does():
    runner = CliRunner()
    for words in ([], ["new"]):
        listed = runner.invoke(app, [*words, "--help"])
        assert listed.exit_code == 0
    commands = [
        "start",
        "cloud",
        "check",
        "grade",
        "build",
        "verify",
        "docs",
        "doctor",
        "new course",
        "new lab",
    ]
    for command in commands:
        shown = runner.invoke(app, [*command.split(), "--help"])
        assert shown.exit_code == 0, command
        assert len(shown.output.split("\n")[2].strip()) > 20, command


def test_version():
    import labkit

    assert run("--version").stdout == f"labkit {labkit.__version__}\n"


def test_building_writes_then_finds_everything_in_place(course):
    runner = CliRunner()
    first = runner.invoke(app, ["build", "--no-execute"])
    assert (first.exit_code, first.output.count("wrote ")) == (0, 2), first.output
    assert "labs/00-hello-cloud/hello-cloud.ipynb" in first.output
    second = runner.invoke(app, ["build", "--no-execute", "--check"])
    assert (second.exit_code, second.output) == (
        0,
        "Everything is up to date: 2 files, 2 of them unchanged.\n",
    )


def test_a_difference_is_exit_code_1_and_ends_in_what_to_do(course):
    runner = CliRunner()
    runner.invoke(app, ["build", "--no-execute"])
    notebook = course / "labs" / "00-hello-cloud" / "hello-cloud.ipynb"
    notebook.write_text(notebook.read_text().replace("Hello cloud", "Hello all"))
    for option in ("--check", "--no-check"):
        options = ["build", "--no-execute", *(["--check"] if option == "--check" else [])]
        shown = runner.invoke(app, options)
        assert shown.exit_code == 1
        assert "labs/00-hello-cloud/hello-cloud.ipynb: it" in shown.output
        assert "labkit build" in shown.output
    assert "Hello all" in notebook.read_text()


def test_verify_reports_all_findings_as_text_or_json(course):
    lab = course / "course" / "00-hello-cloud" / "lab.md"
    lab.write_text(
        lab.read_text().replace("verb: write", "verb: know").replace("exercises: 5,", "exercises: 6,")
    )
    runner = CliRunner()
    shown = runner.invoke(app, ["verify", "--no-grade"])
    assert shown.exit_code == 1
    assert "course/00-hello-cloud/lab.md:5: `minutes.exercises` is 6" in shown.output
    assert "course/00-hello-cloud/lab.md:10: `know` can't be seen" in shown.output
    assert shown.output.endswith("2 findings.\n")
    shown = runner.invoke(app, ["verify", "--no-grade", "--json"])
    assert [found["line"] for found in json.loads(shown.stdout)] == [5, 10]


def test_a_new_lab_is_listed(course):
    shown = CliRunner().invoke(app, ["new", "lab", "second-lab"])
    assert shown.exit_code == 0
    assert "labkit verify second-lab" in shown.output
    assert "01-second-lab" in (course / "course" / "course.yml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build"], "no course.yml here or above"),
        (["verify", "--course", "gone"], "course.yml: the file is not there"),
        (["new", "lab", "x"], "no course.yml here or above"),
        (["cloud", "--clock", "fast"], "--clock is `fast`: it can be live or skip."),
        (["new", "course", "."], "it is there and not empty"),
    ],
)
def test_a_persons_mistake_is_one_sentence_and_exit_code_2(arguments, said, tmp_path):
    (tmp_path / "something").touch()
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_unknown_lab_names_those_that_there_are(course):
    done = run("build", "gone", folder=course)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no lab 'gone': it has hello-cloud." in done.stderr


def test_importing_labkit_is_light():
    """Beside boto3, which a notebook imports anyway, nothing heavy may come with `import labkit`."""
    code = "import sys, labkit; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "moto",
        "jupytext",
        "nbformat",
        "IPython",
        "rich",
        "typer",
        "yaml",
        "boto3",
        "botocore",
        "grader",
    }
    assert not heavy & {name.split(".")[0] for name in loaded}
    assert "course_builder" not in loaded
