"""Cells become notebooks: the learner's, the solution, and one per known wrong answer.

Invariant: the same lab gives the same bytes. A cell's id is a hash of the lab's slug and of a key that
survives edits elsewhere: the exercise and tags of a cell, or else the heading above it and its number there.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from course_builder.lab_cells import Cell, Mistake, answer_cell
from course_builder.solution_marks import learner_source, solution_source
from grader.course import LabSource

SCHEMA = 1
INSTRUCTOR_ONLY = "notes"
SOLUTION_ONLY = "solution"

Notebook = Any  # nbformat's NotebookNode; nbformat has no types


def learner_notebook(lab: LabSource, cells: Iterable[Cell]) -> Notebook:
    """What a learner opens: solutions cut, notes left out, no outputs."""
    shown = [cell for cell in cells if not cell.has(INSTRUCTOR_ONLY, SOLUTION_ONLY)]
    return _notebook(
        lab, [(cell, learner_source(cell.source) if cell.kind == "code" else cell.source) for cell in shown]
    )


def solution_notebook(lab: LabSource, cells: Iterable[Cell]) -> Notebook:
    """The same, solved; not yet executed."""
    shown = [cell for cell in cells if not cell.has(INSTRUCTOR_ONLY)]
    return _notebook(lab, [(cell, solved(cell)) for cell in shown])


def mistake_notebook(lab: LabSource, cells: Iterable[Cell], mistakes: Iterable[Mistake]) -> Notebook:
    """The solution, but with each mistake's source in place of its exercise's cell."""
    cells = list(cells)
    sources = {id(answer_cell(cells, mistake.exercise)): mistake.source for mistake in mistakes}
    shown = [cell for cell in cells if not cell.has(INSTRUCTOR_ONLY)]
    return _notebook(lab, [(cell, sources.get(id(cell)) or solved(cell)) for cell in shown])


def solved(cell: Cell) -> str:
    """A cell's source as the solution shows it."""
    return solution_source(cell.source) if cell.kind == "code" else cell.source


def to_text(notebook: Notebook) -> str:
    """A notebook as the text of its file."""
    import nbformat

    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)).rstrip("\n") + "\n"


def overview(lab: LabSource) -> str:
    """The cell that the builder adds below the title: minutes, questions, objectives."""
    counts = (_counted(len(lab.exercises), "exercise"), _counted(lab.points, "point"))
    lines = [f"**{lab.minutes.total} minutes**, {', '.join(counts)}."]
    if lab.prerequisites:
        lines += ["", "Before this lab: " + ", ".join(f"`{slug}`" for slug in lab.prerequisites) + "."]
    if lab.questions:
        lines += ["", "**Questions**", "", *(f"- {question}" for question in lab.questions)]
    if lab.objectives:
        lines += [
            "",
            "**Afterwards you can**",
            "",
            *(f"- {objective_line(o.verb, o.text)}" for o in lab.objectives),
        ]
    return "\n".join(lines)


def key_points(lab: LabSource) -> str | None:
    """The cell that the builder adds at the end, if the lab has key points."""
    if not lab.keypoints:
        return None
    return "\n".join(["## Key points", "", *(f"- {point}" for point in lab.keypoints)])


def objective_line(verb: str, text: str) -> str:
    """An objective as one line; its text may or may not begin with its verb."""
    if text.lower().startswith(verb.lower()):
        return f"**{text[: len(verb)]}**{text[len(verb) :]}"
    return f"**{verb}** {text}"


def _notebook(lab: LabSource, sources: list[tuple[Cell, str]]) -> Notebook:
    import nbformat

    keys = _Keys(lab.slug)
    made = []
    for position, (cell, source) in enumerate(sources):
        made.append(_cell(cell.kind, source, cell.tags, keys.next(cell)))
        if position == 0:
            made.append(_cell("markdown", overview(lab), (), keys.of("overview")))
    points = key_points(lab)
    if points is not None:
        made.append(_cell("markdown", points, (), keys.of("key points")))
    notebook = nbformat.v4.new_notebook(
        cells=made,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "labkit": {"lab": lab.slug, "schema": SCHEMA},
            "language_info": {"name": "python"},
        },
    )
    notebook.nbformat_minor = 5
    return notebook


def _cell(kind: str, source: str, tags: tuple[str, ...], identifier: str) -> Any:
    import nbformat

    make = getattr(nbformat.v4, f"new_{kind}_cell")
    cell = make(source=source, metadata={"tags": list(tags)} if tags else {})
    cell["id"] = identifier
    return cell


class _Keys:
    """Stable ids: see the invariant at the head."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.heading = ""
        self.seen: Counter[str] = Counter()

    def of(self, key: str) -> str:
        """A hash of the lab and this key."""
        return hashlib.sha256(f"{self.slug}\n{key}".encode()).hexdigest()[:12]

    def next(self, cell: Cell) -> str:
        """The id of the next cell."""
        if cell.kind == "markdown":
            heading = re.search(r"^#{1,6} +(.+)$", cell.source, re.MULTILINE)
            if heading is not None:
                self.heading = heading[1].strip()
        if cell.exercise is not None:
            key = " ".join((cell.exercise, cell.kind, *sorted(cell.tags)))
        else:
            key = " ".join((self.heading, cell.kind, *sorted(cell.tags)))
        self.seen[key] += 1
        return self.of(f"{key} {self.seen[key]}")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
