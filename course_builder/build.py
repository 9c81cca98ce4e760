"""`build`: course/ → labs/ and solutions/, in one readable pass.

read the course → read each lab's cells → lint what would make a broken notebook → make the learner's notebook
and the solution → execute the solution → keep volatile output → write, or compare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from course_builder import lint, notebooks, output_folder
from course_builder.execution import execute
from course_builder.lab_cells import Cell, read_cells
from course_builder.output_folder import Changes
from course_builder.volatile import keep_volatile
from grader.course import Course, LabSource
from grader.front_matter import Finding

LABS, SOLUTIONS = "labs", "solutions"


def build(
    course: Course,
    out: Path | None = None,
    *,
    check: bool = False,
    execute_solutions: bool = True,
    force: bool = False,
    only: Sequence[str] | None = None,
    on_lab: Callable[[LabSource], None] | None = None,
) -> Changes:
    """Write `labs/` and `solutions/` below `out` (default: beside the course's folder).

    `check` writes nothing and reports each difference. `only` restricts the work to labs of these slugs.
    A lab with findings is not written; the others are. Solutions that are not executed keep their outputs.
    """
    out = (out or course.root).resolve()
    changes = Changes()
    chosen = [lab for lab in course.labs if only is None or lab.slug in only or lab.folder.name in only]
    learner_files: dict[str, bytes] = {}
    solution_files: dict[str, bytes] = {}
    built: list[str] = []
    for lab in chosen:
        if on_lab is not None:
            on_lab(lab)
        cells = read_cells(course, lab)
        findings = lint.cell_findings(lab, cells)
        if not findings:
            learner, solution, findings = _make(course, lab, cells, out, run=execute_solutions, force=force)
        changes.findings += findings
        if findings:
            continue
        built.append(lab.folder.name)
        name = f"{lab.folder.name}/{lab.slug}.ipynb"
        beside = _files(lab)
        learner_files |= {name: learner.encode(), **beside}
        solution_files |= {name: solution.encode(), **beside}
    for folder, files in ((LABS, learner_files), (SOLUTIONS, solution_files)):
        whole = only is None and len(built) == len(course.labs)
        changes.add(
            output_folder.write(
                out / folder, files, force=force, check=check, only=None if whole else tuple(built)
            )
        )
    return changes


def committed_solution(course: Course, lab: LabSource, out: Path | None = None) -> Any:
    """The solution notebook as it lies in `solutions/`, or None."""
    import nbformat

    path = (out or course.root) / SOLUTIONS / lab.folder.name / f"{lab.slug}.ipynb"
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return None


def _make(
    course: Course, lab: LabSource, cells: tuple[Cell, ...], out: Path, *, run: bool, force: bool
) -> tuple[str, str, list[Finding]]:
    learner = notebooks.learner_notebook(lab, cells)
    solution = notebooks.solution_notebook(lab, cells)
    old = committed_solution(course, lab, out)
    findings: list[Finding] = []
    if run:
        findings = execute(course, lab, solution, cells)
        if not force:
            solution = keep_volatile(solution, old)
    elif old is not None:
        _take_over_outputs(solution, old)
    return notebooks.to_text(learner), notebooks.to_text(solution), findings


def _take_over_outputs(solution: Any, old: Any) -> None:
    known = {cell.get("id"): cell for cell in old.cells if cell.cell_type == "code"}
    for cell in solution.cells:
        before = known.get(cell.get("id"))
        if cell.cell_type == "code" and before is not None and before.source == cell.source:
            cell.outputs, cell.execution_count = before.outputs, before.execution_count


def _files(lab: LabSource) -> dict[str, bytes]:
    """What lies in the lab's `files/`, under the path beside the notebook."""
    if not lab.files_folder.is_dir():
        return {}
    return {
        f"{lab.folder.name}/{path.relative_to(lab.files_folder).as_posix()}": path.read_bytes()
        for path in sorted(lab.files_folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }
