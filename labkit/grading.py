"""`labkit grade` and `labkit check`: find the notebooks, grade them, show and write the reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from labkit.errors import refuse

if TYPE_CHECKING:
    from grader import Report
    from grader.course import Course


def own_notebook(what: str | None, course: Course) -> Path:
    """The learner's notebook: a file, a lab's slug, or the one in this folder. Raises `LabkitError`."""
    if what is None:
        here = [path for path in sorted(Path.cwd().glob("*.ipynb")) if _lab_of(path)]
        if len(here) != 1:
            known = ", ".join(lab.slug for lab in course.labs)
            refuse(f"there are {len(here)} lab notebooks in this folder: name one, or a lab ({known}).")
        return here[0]
    if Path(what).is_file():
        return Path(what)
    try:
        lab = course.lab(what)
    except KeyError as error:
        refuse(f"there is no file {what}, and {error.args[0]}")
    path = course.root / "labs" / lab.folder.name / f"{lab.slug}.ipynb"
    if not path.is_file():
        refuse(f"there is no {path}: `labkit build` makes it.")
    return path


def check_own(path: Path, course: Course, console: Console) -> int:
    """Grade one's own notebook and show the report. Returns an exit code."""
    from grader import exit_code, grade, print_report

    with console.status(f"Running {path.name} in a new cloud"):
        reports = grade([path], course)
    for report in reports:
        print_report(report, console)
    return int(exit_code(reports))


def grade_files(
    paths: Sequence[Path],
    course: Course,
    *,
    lab: str | None,
    jobs: int,
    seed: int | None,
    json_out: str | None,
    junit: Path | None,
    timings: bool,
    console: Console,
) -> int:
    """Grade files and folders, show the reports, write what was asked for. Returns an exit code."""
    from grader import exit_code, grade, print_report, to_json, to_junit

    files = list(notebooks_in(paths))
    if not files:
        refuse(
            f"there is no notebook in {', '.join(map(str, paths))}: name .ipynb files, or folders with them."
        )
    if lab is not None:
        try:
            course.lab(lab)
        except KeyError as error:
            refuse(str(error.args[0]))
    reports: list[Report] = []
    with _progress(console, len(files)) as progress:
        task = progress.add_task("Grading", total=len(files))
        reports = grade(
            files,
            course,
            lab=lab,
            jobs=jobs,
            seed=seed,
            on_progress=lambda done, total, report: progress.update(task, completed=done, total=total),
        )
    if json_out == "-":
        print(to_json(reports, timings=timings), end="")
    else:
        for report in reports:
            print_report(report, console)
        if json_out is not None:
            _write(Path(json_out), to_json(reports, timings=timings))
    if junit is not None:
        _write(junit, to_junit(reports))
    return int(exit_code(reports))


def notebooks_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Every file that was named (whatever it is: its report says so), and every notebook of a folder."""
    for path in paths:
        if path.is_dir():
            yield from (
                found
                for found in sorted(path.rglob("*.ipynb"))
                if not any(part.startswith(".") for part in found.relative_to(path).parts)
            )
        else:
            yield path


def _progress(console: Console, total: int) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal or total < 2)


def _lab_of(path: Path) -> str | None:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8")).get("metadata", {})
        return str(metadata["labkit"]["lab"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{path} can't be written ({error.strerror}): name another place.")
