"""`labkit grade` and `labkit check`, as people and CI run them."""

import json
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from course_builder import build, new_course
from grader.course import load_course
from labkit.errors import LabkitError
from labkit.grading import notebooks_in, own_notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A built scaffold; its solution is not executed, for grading runs it anyway."""
    made = new_course(tmp_path_factory.mktemp("course") / "tiny")
    build(made, execute_solutions=False)
    return made


def run(*arguments, folder):
    command = [sys.executable, "-m", "labkit", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_a_folder_of_submissions_good_bad_and_broken(course, tmp_path):
    folder = tmp_path / "submissions"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    shutil.copy(course.root / "solutions/00-hello-cloud/hello-cloud.ipynb", folder / "ada.ipynb")
    shutil.copy(course.root / "labs/00-hello-cloud/hello-cloud.ipynb", folder / "ben.ipynb")
    shutil.copy(course.root / "labs/00-hello-cloud/hello-cloud.ipynb", folder / ".ipynb_checkpoints/x.ipynb")
    (folder / "cyd.ipynb").write_text("{ not json")
    done = run("grade", folder, "--jobs", 2, "--json", tmp_path / "r.json", "--junit", tmp_path / "r.xml",
               "--seed", 5, folder=course.root)  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    reports = {
        r["submission"].rsplit("/", 1)[1]: r for r in json.loads((tmp_path / "r.json").read_text())["reports"]
    }
    assert {name: (r["status"], r["earned"]) for name, r in reports.items()} == {
        "ada.ipynb": ("passed", 2),
        "ben.ipynb": ("failed", 0),
        "cyd.ipynb": ("could-not-run", 0),
    }
    assert reports["ada.ipynb"]["seed"] == 5
    suites = ElementTree.parse(tmp_path / "r.xml").getroot().findall("testsuite")
    assert len(suites) == 3
    for name in reports:
        assert name in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_json_on_the_screen_is_nothing_but_json(course):
    done = run("grade", "solutions/00-hello-cloud/hello-cloud.ipynb", "--json", "-", folder=course.root)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["reports"][0]["earned"] == 2


def test_your_own_notebook_from_its_folder(course):
    done = run("check", folder=course.root / "labs" / "00-hello-cloud")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 of 2 points" in done.stdout


def test_what_cannot_be_graded_is_a_sentence(course, tmp_path):
    for arguments, said in (
        (["grade", tmp_path], "there is no notebook in"),
        (["grade", "labs", "--lab", "gone"], "has no lab 'gone': it has hello-cloud."),
        (["check", "gone"], "there is no file gone, and the course"),
    ):
        done = run(*arguments, folder=course.root)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_folders_give_their_notebooks_and_files_give_themselves(tmp_path):
    for name in ("b/x.ipynb", "a.ipynb", "b/.hidden/y.ipynb", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = list(notebooks_in([tmp_path, tmp_path / "notes.txt", tmp_path / "gone.ipynb"]))
    assert [path.name for path in found] == ["a.ipynb", "x.ipynb", "notes.txt", "gone.ipynb"]


def test_ones_own_notebook_is_found_by_file_by_slug_or_by_place(course, monkeypatch, tmp_path):
    course = load_course(course.folder)
    expected = course.root / "labs/00-hello-cloud/hello-cloud.ipynb"
    assert own_notebook("hello-cloud", course) == expected
    assert own_notebook(str(expected), course) == expected
    monkeypatch.chdir(expected.parent)
    assert own_notebook(None, course) == expected
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match="there are 0 lab notebooks in this folder"):
        own_notebook(None, course)
