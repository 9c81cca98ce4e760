"""How long the grader takes for the lab `first-function`: one exercise, one submission, a class of thirty.

"Beside the cloud" is what is left when the time in which the grader waits for the cloud is taken off: for an
exercise the calls of its checks; for a submission its cells and its checks, which do nothing else.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.httpsession

from benchmarks.rows import Row
from course_builder import notebooks
from course_builder.lab_cells import read_cells
from grader import Warm, build_start_state, check_exercise, grade, load_course
from grader.check_process import CheckProcess
from grader.learner import LearnerProcess
from offline_cloud import Cloud

ROOT = Path(__file__).resolve().parent.parent
LAB, CLASS_SIZE, JOBS = "first-function", 30, 2


def run(*, quick: bool = False) -> list[Row]:
    """Rows in milliseconds and seconds."""
    repeats, size = (3, 6) if quick else (10, CLASS_SIZE)
    course = load_course(ROOT)
    lab = course.lab(LAB)
    text = notebooks.to_text(notebooks.solution_notebook(lab, read_cells(course, lab)))
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        files = []
        for number in range(size):
            files.append(Path(folder) / f"s{number:02}.ipynb")
            # Another comment, so another seed: a class doesn't hand in thirty equal files.
            files[-1].write_text(text.replace("import json", f"import json  # {number}", 1), encoding="utf-8")
        return [*_exercise(repeats), *_submission(files[0], repeats), _class(files)]


def _exercise(repeats: int) -> list[Row]:
    lab = load_course(ROOT).lab(LAB)
    with Cloud.start(clock="live", seed=1) as cloud:
        build_start_state(lab, cloud)
        cloud.client("ssm").put_parameter(
            Name=f"/labkit/{LAB}/E6/answer", Value='{"services": {}}', Type="String"
        )
        check_exercise(lab, "E6", cloud)
        whole, waited = _measured(lambda: check_exercise(lab, "E6", cloud), repeats, _calls_of_this_process)
    beside = [(one - other) * 1000 for one, other in zip(whole, waited, strict=True)]
    return [
        Row("check of one exercise in a notebook (E6)", statistics.median(whole) * 1000),
        Row("… beside the cloud", statistics.median(beside), goal_ours=50),
    ]


def _submission(file: Path, repeats: int) -> list[Row]:
    course = load_course(ROOT)
    with Warm() as warm:
        grade([file], course, warm=warm)
        whole, waited = _measured(lambda: grade([file], course, warm=warm), repeats, _cells_and_checks)
    beside = [one - other for one, other in zip(whole, waited, strict=True)]
    return [
        Row("one submission of L03, warm", statistics.median(whole), unit="s"),
        Row("… beside the cloud", statistics.median(beside), unit="s", goal_ours=0.5),
    ]


def _class(files: list[Path]) -> Row:
    command = [sys.executable, "-m", "labkit", "grade", "--jobs", str(JOBS), *map(str, files)]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    goal = 10.0 * len(files) / CLASS_SIZE
    return Row(f"{len(files)} submissions of L03, {JOBS} jobs, cold", seconds, unit="s", goal_ours=goal)


Timed = Callable[[list[float]], Any]


def _measured(work: Callable[[], object], repeats: int, meter: Timed) -> tuple[list[float], list[float]]:
    """Seconds of each run, and of each what `meter` counts in it."""
    whole, waited = [], []
    for _ in range(repeats):
        counted: list[float] = []
        with meter(counted):
            began = time.perf_counter()
            work()
            whole.append(time.perf_counter() - began)
        waited.append(sum(counted))
    return whole, waited


def _calls_of_this_process(counted: list[float]) -> Any:
    return _timing(counted, (botocore.httpsession.URLLib3Session, "send"), (Cloud, "_call"))


def _cells_and_checks(counted: list[float]) -> Any:
    return _timing(
        counted, (LearnerProcess, "run_cell"), (CheckProcess, "check"), (CheckProcess, "build_start_state")
    )


@contextmanager
def _timing(counted: list[float], *methods: tuple[type, str]) -> Iterator[None]:
    """Add to `counted` the seconds of every call of these methods."""
    before = [(owner, name, getattr(owner, name)) for owner, name in methods]

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                counted.append(time.perf_counter() - began)

        return call

    for owner, name, method in before:
        setattr(owner, name, timed(method))
    try:
        yield
    finally:
        for owner, name, method in before:
            setattr(owner, name, method)
