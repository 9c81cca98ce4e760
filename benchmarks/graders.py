"""One submission and thirty, graded by labkit, by nbgrader and by otter on the same five exercises.

The five exercises are plain functions, because that is what the other two can grade. Ours deploys each
as a Lambda function and calls it over the network of a cloud of its own, so it does more work per
exercise. nbgrader and otter live in environments of their own, made once under `.labkit/bench-envs`.
Every run of a command-line grader is a whole process, cold, as a CI job starts it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from benchmarks.rows import Row

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".labkit" / "bench-envs"
COURSE = Path(__file__).parent / "five_exercises"
PINS = {"nbgrader": ["nbgrader==0.9.6"], "otter": ["otter-grader==7.0.0", "ipykernel"]}
CLASS_SIZE = 30
JOBS = 2
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

# id -> (the learner's function, the test that the other graders run in the learner's own process)
EXERCISES = {
    "E1": (
        'def price(symbol):\n    return {"symbol": symbol, "stock_price": 50}',
        'assert price("TRW") == {"symbol": "TRW", "stock_price": 50}',
    ),
    "E2": ("def kind(event):\n    return type(event).__name__", 'assert kind([1]) == "list"'),
    "E3": ("def total(event):\n    return sum(event)", "assert total([1, 2, 3]) == 6"),
    "E4": (
        'def decide(event):\n    return "BUY" if event <= 50 else "SELL"',
        'assert decide(50) == "BUY" and decide(51) == "SELL"',
    ),
    "E5": ("def turned(event):\n    return event[::-1]", "assert turned([1, 2]) == [2, 1]"),
}


def run(*, quick: bool = False) -> list[Row]:
    """Rows in seconds: one submission and a class with two jobs, beside each grader that is here."""
    repeats, size = (1, 6) if quick else (3, CLASS_SIZE)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        ours = _Labkit(Path(folder) / "labkit", size)
        peers: list[_Nbgrader | _Otter] = []
        for kind in (_Nbgrader, _Otter):
            try:
                peers.append(kind(Path(folder) / kind.name, size))
            except (subprocess.CalledProcessError, OSError) as error:
                print(f"{kind.name} left out: it could not be set up ({error})", file=sys.stderr)
        for peer in peers:
            ones, theirs = _in_turn(ours.one, peer.one, repeats)
            rows.append(Row(f"one submission, beside {peer.name}", ones, theirs, "s", goal_ratio=1.0))
            crowd, their_crowd = _in_turn(ours.many, peer.many, 1)
            rows.append(
                Row(f"{size} submissions, beside {peer.name}", crowd, their_crowd, "s", goal_ratio=0.5)
            )
        if not peers:
            rows.append(
                Row("one submission", statistics.median(_seconds(ours.one) for _ in range(repeats)), unit="s")
            )
    return rows


class _Labkit:
    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir(parents=True)
        cells = [new_code_cell('import labkit\nlabkit.open("five-exercises")')]
        for name, (source, _) in EXERCISES.items():
            function = source.split("(")[0].removeprefix("def ")
            cells.append(
                new_code_cell(
                    f'{source}\n\nlabkit.submit({function}, "{name}")', metadata={"tags": ["exercise", name]}
                )
            )
        notebook = new_notebook(cells=cells, metadata=KERNEL | {"labkit": {"lab": "five-exercises"}})
        self.files = [folder / f"s{number:02}.ipynb" for number in range(size)]
        for file in self.files:
            nbformat.write(notebook, file)

    def one(self) -> None:
        self._grade(self.files[:1], 1)

    def many(self) -> None:
        self._grade(self.files, JOBS)

    @staticmethod
    def _grade(files: list[Path], jobs: int) -> None:
        command = [sys.executable, "-m", "labkit", "grade", "--course", str(COURSE), "--jobs", str(jobs)]
        _command([*command, *map(str, files)], ROOT)


class _Nbgrader:
    name = "nbgrader"

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.bin = folder, _environment(self.name)
        source = folder / "source" / "ps1" / "lab.ipynb"
        source.parent.mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.course_id = "bench"\n'
        )
        cells = []
        for name, (solution, test) in EXERCISES.items():
            cells.append(
                new_code_cell(
                    f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION", metadata=_nbgrader_cell(name)
                )
            )
            cells.append(new_code_cell(test, metadata=_nbgrader_cell(f"{name}-test", points=1)))
        nbformat.write(new_notebook(cells=cells, metadata=KERNEL), source)
        self._nbgrader("generate_assignment", "ps1")
        solved = nbformat.read(folder / "release" / "ps1" / "lab.ipynb", as_version=4)
        for cell in solved.cells:
            if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) in EXERCISES:
                cell.source = EXERCISES[name][0]
        self.students = [f"{'ab'[number % JOBS]}{number:02}" for number in range(size)]
        for student in self.students:
            target = folder / "submitted" / student / "ps1" / "lab.ipynb"
            target.parent.mkdir(parents=True)
            nbformat.write(solved, target)

    def one(self) -> None:
        self._autograde(self.students[0])

    def many(self) -> None:
        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(self._autograde, ("a*", "b*")))

    def _autograde(self, students: str) -> None:
        self._nbgrader("autograde", "ps1", "--force", f"--student={students}")

    def _nbgrader(self, *arguments: str) -> None:
        _command([str(self.bin / "nbgrader"), *arguments], self.folder, self.bin)


class _Otter:
    name = "otter"

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.bin, self.size = folder, _environment(self.name), size
        folder.mkdir(parents=True)
        cells = [new_raw_cell("# ASSIGNMENT CONFIG\ngenerate: true\nexport_cell: false")]
        for name, (solution, test) in EXERCISES.items():
            cells += [
                new_raw_cell(f"# BEGIN QUESTION\nname: {name}\npoints: 1"),
                new_markdown_cell(name),
                new_raw_cell("# BEGIN SOLUTION"),
                new_code_cell(solution),
                new_raw_cell("# END SOLUTION"),
                new_raw_cell("# BEGIN TESTS"),
                new_code_cell(test),
                new_raw_cell("# END TESTS"),
                new_raw_cell("# END QUESTION"),
            ]
        nbformat.write(new_notebook(cells=cells, metadata=KERNEL), folder / "lab.ipynb")
        self._otter("assign", "--no-run-tests", "--no-pdfs", "lab.ipynb", "dist")
        self.autograder = next((folder / "dist" / "autograder").glob("*.zip"))
        for number in range(size):
            (folder / f"out{number}").mkdir()

    def one(self) -> None:
        self._grade(0)

    def _grade(self, number: int) -> None:
        submission = self.folder / "dist" / "autograder" / "lab.ipynb"
        self._otter("run", "-a", str(self.autograder), "-o", f"out{number}", str(submission))

    def many(self) -> None:
        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(self._grade, range(self.size)))

    def _otter(self, *arguments: str) -> None:
        _command([str(self.bin / "otter"), *arguments], self.folder, self.bin)


def _nbgrader_cell(name: str, points: int | None = None) -> dict[str, object]:
    graded = points is not None
    cell: dict[str, object] = {"grade": graded, "solution": not graded, "locked": graded, "grade_id": name}
    cell |= {"schema_version": 3, "task": False} | ({"points": points} if graded else {})
    return {"nbgrader": cell}


def _environment(name: str) -> Path:
    """The `bin` folder of the environment that holds this grader, made on first use."""
    folder = ENVIRONMENTS / name
    binaries = folder / "bin"
    if not (folder / "ready").exists():
        uv = [sys.executable, "-m", "uv"]
        _command([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], ROOT)
        _command([*uv, "pip", "install", "--quiet", "--python", str(binaries / "python"), *PINS[name]], ROOT)
        (folder / "ready").touch()
    return binaries


def _command(command: list[str], folder: Path, binaries: Path | None = None) -> None:
    path = os.environ["PATH"] if binaries is None else f"{binaries}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True, capture_output=True)


def _in_turn(ours: Callable[[], None], theirs: Callable[[], None], repeats: int) -> tuple[float, float]:
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(repeats)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
