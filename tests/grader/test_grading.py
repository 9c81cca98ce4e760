"""Whole submissions: what each file gives, what repeats, what is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader import Limits, Status, grade, load_course, to_json
from grader.learner import LearnerLimits

HERE = Path(__file__).parent
SETUP = 'import boto3\nimport labkit\ncloud = labkit.open("attacked")'
E1 = ('def double(number):\n    return 2 * number\nlabkit.submit(double, "E1")', "E1")
# The word comes out of a function URL, and `aws` opens it: neither is installed in the sandbox.
SPEAK = """
with open("speak.py", "w") as file:
    file.write("def lambda_handler(event, context): return {'statusCode': 200, 'body': 'harbour'}")
labkit.deploy("speak", "speak.py")
functions = boto3.client("lambda")
url = functions.create_function_url_config(FunctionName="speak", AuthType="NONE")["FunctionUrl"]
"""
OPEN = "!aws lambda add-permission --function-name speak --statement-id a --action 'lambda:*' --principal '*'"
REACHED = """
import urllib.request
labkit.answer("E2", {"word": urllib.request.urlopen(url).read().decode()})
"""
E2 = ('labkit.answer("E2", {"word": "harbour"})', "E2")


@pytest.fixture(scope="module")
def course(workshop):
    return workshop.course("attacked")


@pytest.fixture(scope="module")
def mixed(workshop, course, tmp_path_factory, warm):
    """A folder of everything, graded in one go with two jobs."""
    folder = tmp_path_factory.mktemp("mixed")
    files = workshop.write(
        folder,
        [
            ("good", workshop.solution("attacked")),
            ("again", workshop.solution("attacked")),
            ("starter", workshop.starter("attacked")),
            ("foreign", workshop.of("1", lab="no-such-lab")),
            ("nameless", {**workshop.of("1"), "metadata": {}}),
            ("one", workshop.of(SETUP, E1)),
            ("reached", workshop.of(SETUP, E1, SPEAK, OPEN, (REACHED, "E2"))),
            ("crooked", workshop.of(SETUP, ("import time\nassert 1 == 2, object()", "E1"), E2)),
        ],
    )
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    files += [folder / "broken.ipynb", folder / "none.ipynb"]
    done = []
    found = grade(
        files,
        course,
        jobs=2,
        on_progress=lambda done_, total, report: done.append((done_, total, report)),
        warm=warm,
    )
    assert [number for number, _, _ in done] == list(range(1, len(files) + 1))
    assert {total for _, total, _ in done} == {len(files)}
    return {Path(report.submission).stem: report for report in found}


def test_the_solution_earns_everything_and_the_starter_nothing(mixed):
    assert (mixed["good"].earned, mixed["good"].status) == (7, Status.PASSED)
    assert (mixed["starter"].earned, mixed["starter"].status) == (0, Status.FAILED)


def test_a_notebook_calls_function_urls_and_the_aws_cli(mixed):
    report = mixed["reached"]
    assert report.earned == 5, f"E1 and E2, whose word came over HTTP: {report}"


def test_what_cannot_be_graded_says_why_and_keeps_nobody_else(mixed):
    for name, words in (
        ("broken", "not JSON"),
        ("none", "can't be read"),
        ("foreign", "no such lab: it has attacked"),
        ("nameless", "--lab (attacked)"),
    ):
        report = mixed[name]
        assert report.status is Status.COULD_NOT_RUN
        assert report.earned == 0
        assert words in report.problems[0]


def test_what_is_missing_is_named_and_is_no_point(mixed):
    report = mixed["one"]
    assert (report.earned, report.points, report.status) == (3, 7, Status.FAILED)
    assert [line.split()[0] for line in report.problems] == ["E2", "E3"]


def test_an_error_of_a_cell_is_told_without_addresses(mixed):
    message = mixed["crooked"].exercise("E1").message
    assert "Cell 2 (E1), line 2: AssertionError: <object object at 0x…>" in message
    assert mixed["crooked"].exercise("E2").earned == 2


def test_the_same_code_has_the_same_seed(mixed):
    assert mixed["good"].seed == mixed["again"].seed != mixed["starter"].seed


def test_the_same_submission_and_seed_give_the_same_bytes(workshop, course, tmp_path, warm):
    named = [("starter", workshop.starter("attacked"))]
    texts = set()
    for _ in range(2):
        texts.add(to_json(grade(workshop.write(tmp_path, named), course, seed=5, warm=warm)))
    assert len(texts) == 1


def test_a_seed_for_each_file(workshop, course, tmp_path, warm):
    files = workshop.write(tmp_path, [("a", workshop.of(SETUP)), ("b", workshop.of(SETUP))])
    assert [report.seed for report in grade(files, course, seed=[3, 4])] == [3, 4]
    with pytest.raises(ValueError, match="1 seeds for 2 files"):
        grade(files, course, seed=[3], warm=warm)


def test_the_lab_can_be_named_from_outside(workshop, course, tmp_path, warm):
    files = workshop.write(tmp_path, [("a", {**workshop.of(SETUP, E1), "metadata": {}})])
    assert grade(files, course, lab="attacked", warm=warm)[0].earned == 3


def test_files_beside_the_notebook_are_the_labs_own(workshop, course, tmp_path, warm):
    seen = "import os\nassert sorted(os.listdir('.')) == ['notes.txt'], os.listdir('.')"
    notebook = workshop.of(SETUP, (seen, "E1"), E1)
    for name in ("boto3.py", "conftest.py", "checks.py", "notes.txt"):
        (tmp_path / name).write_text("raise SystemExit('imported')\n", encoding="utf-8")
    report = grade(workshop.write(tmp_path, [("a", notebook)]), course, warm=warm)[0]
    assert (report.earned, report.exercise("E1").message) == (3, "")


def test_a_kernel_that_is_gone_comes_back_with_the_lab_open(workshop, course, tmp_path, warm):
    notebook = workshop.of(SETUP, ("import os\nos._exit(3)", "E1"), E2)
    report = grade(workshop.write(tmp_path, [("a", notebook)]), course, warm=warm)[0]
    assert report.exercise("E1").status is Status.FAILED
    assert report.exercise("E2").earned == 2
    assert "Cell 2 (E1) ended the kernel" in report.problems[0]


def test_the_time_of_a_notebook_is_limited(workshop, course, tmp_path, warm):
    notebook = workshop.of(SETUP, "while True: pass", "while True: pass", "while True: pass", E1)
    limits = Limits(exercise_seconds=0.5, submission_seconds=1.0)
    report = grade(workshop.write(tmp_path, [("a", notebook)]), course, limits=limits, warm=warm)[0]
    assert report.earned == 0
    assert any("were used up before cell" in line for line in report.problems)
    assert report.exercise("E1").message == "Its cells were not reached."


def test_printing_without_end_costs_time_only(workshop, course, tmp_path):
    loud = ("for _ in range(100_000): print('x' * 3000)\n" + E1[0], "E1")
    limits = Limits(exercise_seconds=60, learner=LearnerLimits(memory_mb=200))
    report = grade(workshop.write(tmp_path, [("a", workshop.of(SETUP, loud))]), course, limits=limits)[0]
    assert report.exercise("E1").earned == 3


# ------------------------------------------------------------------ checks that are broken


def broken_course(folder: Path, change: tuple[str, str], file: str = "checks.py"):
    shutil.copytree(HERE / "course", folder / "course")
    path = folder / "course" / "01-attacked" / file
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    return load_course(folder / "course")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("lab.expect(lab.answer", "1 / 0; lab.expect(lab.answer"), "ZeroDivisionError"),
        (("lab.expect(lab.answer", "import os; os._exit(0); lab.expect(lab.answer"), "ended unexpectedly"),
    ],
)
def test_a_crash_of_a_check_is_no_failure_of_the_learner(workshop, tmp_path, change, words):
    course = broken_course(tmp_path, change)
    report = grade(workshop.write(tmp_path, [("a", workshop.solution("attacked"))]), course)[0]
    assert report.status is Status.COULD_NOT_RUN
    assert report.exercise("E2").status is Status.COULD_NOT_RUN
    assert words in report.exercise("E2").error
    assert report.exercise("E3").earned == 2


@pytest.mark.parametrize(
    ("file", "change"),
    [("checks.py", ("import Failure", "import Nothing")), ("start.py", ("client = ", "client = 1 / 0, "))],
)
def test_a_course_that_is_broken_could_not_run(workshop, tmp_path, file, change):
    course = broken_course(tmp_path, change, file)
    report = grade(workshop.write(tmp_path, [("a", workshop.solution("attacked"))]), course)[0]
    assert (report.status, report.earned) == (Status.COULD_NOT_RUN, 0)


# ------------------------------------------------------------------ nothing is left behind

GRADING = """
import sys
from grader import grade, load_course
print("begins", flush=True)
grade(sys.argv[2:], load_course(sys.argv[1]), jobs=2, on_progress=lambda *_: print("one", flush=True))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_grader_that_is_ended_leaves_no_process(workshop, tmp_path, number):
    loop = workshop.of("import subprocess, sys\nsubprocess.Popen(['sleep', '1000'])\nwhile True: pass")
    files = workshop.write(tmp_path, [("a", workshop.of(SETUP)), ("b", loop), ("c", loop)])
    command = [sys.executable, "-c", GRADING, str(HERE / "course"), *map(str, files)]
    grader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert grader.stdout is not None
    assert [grader.stdout.readline() for _ in range(2)] == ["begins\n", "one\n"]
    ours = _descendants(grader.pid)
    assert len(ours) > 3
    grader.send_signal(number)
    grader.wait(60)
    grader.stdout.close()
    for process in ours:
        _wait_for_the_end(process)


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for member in found:
        for thread in Path(f"/proc/{member}/task").glob("*"):
            with contextlib.suppress(OSError):  # it may end while we look
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found[1:]


def _wait_for_the_end(pid: int) -> None:
    """A pid that is gone, or another's by now, can't be opened as a child of ours would be."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    ready, _, _ = select.select([descriptor], [], [], 30)
    os.close(descriptor)
    assert ready, f"process {pid} lives on: {Path(f'/proc/{pid}/cmdline').read_bytes()!r}"


def test_reports_are_plain_data(mixed):
    json.loads(to_json(list(mixed.values()), timings=True))
