"""The cells of a lab: `lab.md` read through jupytext, each cell with its role, its exercise and its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_builder.solution_marks import has_solution
from grader.course import Course, Fact, LabSource
from grader.front_matter import Finding

ROLES = ("predict", "run", "explain", "worked", "exercise", "check", "quiz", "slide", "notes", "solution")
MARKS = ("volatile", "raises-exception")
EXERCISE = re.compile(r"E\d+")
FACT = re.compile(r"\{fact:([^{}\s]+)\}")


@dataclass(frozen=True)
class Cell:
    """One cell of `lab.md`: `kind` is `markdown`, `code` or `raw`; `line` is where it stands in the file."""

    kind: str
    source: str
    tags: tuple[str, ...]
    line: int | None

    @property
    def exercise(self) -> str | None:
        """The id of the exercise that the cell belongs to, such as `E1`."""
        return next((tag for tag in self.tags if EXERCISE.fullmatch(tag)), None)

    def has(self, *tags: str) -> bool:
        """Whether the cell has one of these tags."""
        return any(tag in self.tags for tag in tags)


def read_cells(course: Course, lab: LabSource) -> tuple[Cell, ...]:
    """The lab's cells in order, solutions and notes included; `{fact:F14}` written out in Markdown."""
    import jupytext

    notebook = jupytext.reads(lab.document.body, fmt="md")
    lines = lab.document.body.split("\n")
    facts = {fact.id: fact for fact in course.facts}
    cells: list[Cell] = []
    position = 0
    for read in notebook.cells:
        found = _find(read.source, lines, position)
        line = None
        if found is not None:
            line, position = found + lab.document.body_line, found + 1 + read.source.count("\n")
        tags = read.metadata.get("tags", [])
        tags = tuple(str(tag) for tag in tags) if isinstance(tags, list) else (str(tags),)
        source = read.source.replace("\r\n", "\n")
        if read.cell_type == "markdown":
            source = FACT.sub(lambda named: _spoken_fact(named, facts), source)
        cells.append(Cell(read.cell_type, source, tags, line))
    return tuple(cells)


def _spoken_fact(named: re.Match[str], facts: Mapping[str, Fact]) -> str:
    """A fact with its source and date; an unknown one stays as it is, for lint to find."""
    fact = facts.get(named[1])
    if fact is None:
        return named[0]
    source = f"[source]({fact.source})" if fact.source.startswith("http") else fact.source
    return f"{fact.text.strip()} ({source}, as of {fact.as_of})"


def _find(source: str, lines: Sequence[str], start: int) -> int | None:
    """Index of the line where a cell's source begins; jupytext keeps no positions."""
    wanted = source.split("\n")
    if wanted and wanted[0].startswith(
        "%%"
    ):  # a ```bash fence became a magic line that the file doesn't have
        plain = _find("\n".join(wanted[1:]), lines, start) if len(wanted) > 1 else None
        here = _find_lines(wanted, lines, start)
        return here if here is not None else plain
    return _find_lines(wanted, lines, start)


def _find_lines(wanted: Sequence[str], lines: Sequence[str], start: int) -> int | None:
    for index in range(start, len(lines) - len(wanted) + 1):
        if lines[index].rstrip() == wanted[0].rstrip() and all(
            lines[index + n].rstrip() == text.rstrip() for n, text in enumerate(wanted)
        ):
            return index
    return None


def answer_cell(cells: Iterable[Cell], exercise: str) -> Cell | None:
    """The cell in which an exercise is answered: tagged `exercise`, else the first of it with a solution."""
    candidates = [cell for cell in cells if cell.kind == "code" and cell.exercise == exercise]
    named = [cell for cell in candidates if cell.has("exercise")]
    solved_cells = [cell for cell in candidates if has_solution(cell.source)]
    return next(iter(named or solved_cells), None)


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: a file that replaces an exercise's cell, and the hint it must bring up."""

    id: str
    exercise: str
    hint: str
    source: str
    file: Path


def read_mistakes(lab: LabSource, findings: list[Finding]) -> tuple[Mistake, ...]:
    """The lab's `mistakes/*.py` in order of their names; what can't be read goes to `findings`."""
    mistakes = []
    for file in sorted((lab.folder / "mistakes").glob("*.py")):
        name = re.fullmatch(r"(E\d+)-[a-z0-9-]+", file.stem)
        text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
        first, _, rest = text.partition("\n")
        hint = re.fullmatch(r"#\s*hint:\s*(\S.*)", first.strip())
        if name is None:
            findings.append(
                Finding(file, None, "call it like `E1-returns-a-set.py`: the exercise, then words.")
            )
        if hint is None:
            findings.append(
                Finding(file, 1, "the first line must be `# hint: …`, the hint that has to appear.")
            )
        if name is not None and hint is not None:
            mistakes.append(Mistake(file.stem, name[1], hint[1].strip(), rest.strip("\n"), file))
    return tuple(mistakes)
