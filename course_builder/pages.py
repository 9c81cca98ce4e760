"""Site pages from a course: one per lab for learners, one per lab for instructors, and the list of labs.

Data in, Markdown out. No lab is executed; what a solution shows is read from `solutions/`. A
solution is folded away and kept out of the site's search index.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from course_builder.lab_cells import Cell, Mistake, answer_cell, read_cells, read_mistakes
from course_builder.links import site_links
from course_builder.notebooks import INSTRUCTOR_ONLY, SOLUTION_ONLY, objective_line, solved
from course_builder.solution_marks import has_solution, learner_source
from grader.course import Course, LabSource

Hints = Mapping[str, Sequence[str]]
Notebook = Any

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONG_OUTPUT = 60


def site_pages(course: Course) -> dict[str, str | bytes]:
    """Every page of the course: path below the site's `docs/` → content."""
    from course_builder.build import committed_solution

    pages: dict[str, str | bytes] = {"labs/index.md": index_page(course)}
    for lab in course.labs:
        cells = read_cells(course, lab)
        mistakes = read_mistakes(lab, [])
        hints = _hints(lab)
        solution = committed_solution(course, lab)
        pages[f"labs/{lab.folder.name}.md"] = lab_page(course, lab, cells, solution, hints)
        pages[f"instructors/{lab.folder.name}.md"] = instructor_page(lab, cells, mistakes, hints)
    return pages


def _hints(lab: LabSource) -> dict[str, Sequence[str]]:
    """The hints of each exercise's first check: what a learner gets who makes no known mistake."""
    from grader import load_checks

    hints: dict[str, Sequence[str]] = {}
    for check in load_checks(lab).checks:
        hints.setdefault(check.exercise, check.hints)
    return hints


def index_page(course: Course) -> str:
    """`labs/index.md`: the labs in order, and the paths through them."""
    lines = [f"# {course.title}: the labs", "", course.story.strip(), ""]
    lines += ["| Lab | Minutes | Exercises | Points | Afterwards you can |", "|---|---:|---:|---:|---|"]
    for lab in course.labs:
        verbs = ", ".join(dict.fromkeys(objective.verb for objective in lab.objectives))
        link = f"[{lab.title}]({lab.folder.name}.md)"
        lines.append(f"| {link} | {lab.minutes.total} | {len(lab.exercises)} | {lab.points} | {verbs} |")
    if course.paths:
        titles = {lab.slug: f"[{lab.title}]({lab.folder.name}.md)" for lab in course.labs}
        minutes = {lab.slug: lab.minutes.total for lab in course.labs}
        lines += ["", "## Paths", "", "| Path | Labs | Minutes |", "|---|---|---:|"]
        for path in course.paths:
            named = ", ".join(titles.get(slug, slug) for slug in path.labs)
            lines.append(f"| {path.title} | {named} | {sum(minutes.get(slug, 0) for slug in path.labs)} |")
    return _page(lines)


def lab_page(course: Course, lab: LabSource, cells: Sequence[Cell], solution: Notebook, hints: Hints) -> str:
    """`labs/NN-slug.md`: the lab as a learner reads it; hints, solutions and outputs folded away."""
    lines = [f"# {lab.title}", "", *_summary(course, lab), ""]
    outputs = _Outputs(solution)
    shown = [cell for cell in cells if not cell.has(INSTRUCTOR_ONLY)]
    last = {cell.exercise: cell for cell in shown if cell.exercise}
    for number, cell in enumerate(shown):
        if cell.kind == "markdown":
            text = _without_title(cell.source) if number == 0 else cell.source
            text = site_links(text)
            lines += [*(_folded("A possible answer", text) if cell.has(SOLUTION_ONLY) else [text]), ""]
            continue
        if not cell.has(SOLUTION_ONLY):
            lines += [*_fence(learner_source(cell.source)), ""]
        seen = outputs.of(solved(cell))
        if has_solution(cell.source) or cell.has(SOLUTION_ONLY):
            body = "\n".join([*_fence(solved(cell)), *(["", *seen] if seen else [])])
            lines += [*_folded("Solution", body, "success"), ""]
        elif seen:
            lines += [*_folded("What it shows", "\n".join(seen), "example"), ""]
        if cell.exercise and last[cell.exercise] is cell:
            for step, hint in enumerate(hints.get(cell.exercise, ()), start=1):
                lines += [*_folded(f"{cell.exercise}, hint {step}", hint, "tip"), ""]
    lines += _closing(course, lab)
    return _page(lines)


def instructor_page(lab: LabSource, cells: Sequence[Cell], mistakes: Sequence[Mistake], hints: Hints) -> str:
    """`instructors/NN-slug.md`: timing, the notes, what goes wrong and the hint it brings up, the answers."""
    lines = [f"# {lab.title}: notes for instructors", "", f"[The lab](../labs/{lab.folder.name}.md)", ""]
    lines += ["## Timing", "", "| Part | Minutes |", "|---|---:|", f"| Recall | {lab.minutes.recall} |"]
    lines += [f"| Teach | {lab.minutes.teach} |"]
    lines += [f"| {exercise.id} {exercise.title} | {exercise.minutes} |" for exercise in lab.exercises]
    lines += [f"| Wrap up | {lab.minutes.wrap} |", f"| **Sum** | **{lab.minutes.total}** |", ""]
    notes = [cell for cell in cells if cell.has(INSTRUCTOR_ONLY)]
    if notes:
        lines += ["## Notes", "", *(line for cell in notes for line in (site_links(cell.source), ""))]
    lines += ["## Exercises", ""]
    for exercise in lab.exercises:
        lines += [f"### {exercise.id} {exercise.title}", ""]
        for step, hint in enumerate(hints.get(exercise.id, ()), start=1):
            lines.append(f"{step}. {hint}")
        lines.append("")
        for mistake in (mistake for mistake in mistakes if mistake.exercise == exercise.id):
            spoken = mistake.id.split("-", 1)[1].replace("-", " ")
            body = "\n".join([f"Brings up: *{mistake.hint}*", "", *_fence(mistake.source)])
            lines += [*_folded(f"Known wrong answer: {spoken}", body, "failure"), ""]
        answer = answer_cell(cells, exercise.id)
        if answer is not None:
            lines += [*_folded("Solution", "\n".join(_fence(solved(answer))), "success"), ""]
    return _page(lines)


def _summary(course: Course, lab: LabSource) -> list[str]:
    lines = [
        f"**{lab.minutes.total} minutes** · {len(lab.exercises)} exercises · {lab.points} points · "
        f"notebook `labs/{lab.folder.name}/{lab.slug}.ipynb`"
    ]
    if lab.prerequisites:
        needed = [course.lab(slug) for slug in lab.prerequisites]
        lines += [
            "",
            "Before this lab: " + ", ".join(f"[{b.title}]({b.folder.name}.md)" for b in needed) + ".",
        ]
    if lab.questions:
        lines += ["", '!!! question "Questions"', "", *(f"    - {question}" for question in lab.questions)]
    if lab.objectives:
        objectives = [
            f"    - {objective_line(o.verb, o.text)} ({', '.join(o.exercises)})" for o in lab.objectives
        ]
        lines += ["", '!!! abstract "Afterwards you can"', "", *objectives]
    lines += ["", "| Exercise | Points | Minutes |", "|---|---:|---:|"]
    lines += [f"| {e.id} {e.title} | {e.points} | {e.minutes} |" for e in lab.exercises]
    return lines


def _closing(course: Course, lab: LabSource) -> list[str]:
    lines: list[str] = []
    if lab.keypoints:
        lines += ["## Key points", "", *(f"- {point}" for point in lab.keypoints), ""]
    facts = [fact for fact in course.facts if fact.id in lab.facts]
    if facts:
        lines += ["## Facts and their dates", "", "| Fact | As of | Source |", "|---|---|---|"]
        for fact in facts:
            source = f"<{fact.source}>" if fact.source.startswith("http") else fact.source
            lines.append(f"| {fact.text} | {fact.as_of} | {source} |")
    return lines


def _without_title(source: str) -> str:
    return re.sub(r"\A# .*\n*", "", source)


def _folded(title: str, body: str, kind: str = "note") -> list[str]:
    """A folded block. Not `???`: an attribute keeps it out of the search index."""
    head = f'<details class="{kind}" markdown data-search-exclude>'
    return [head, f"<summary>{html.escape(title)}</summary>", "", body, "", "</details>"]


def _fence(source: str, language: str | None = None) -> list[str]:
    """A code block that its content can't end; a `%%writefile` cell is shown in its file's language."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", source)), default=0))
    return [f"{ticks}{language or _language(source)}", *source.split("\n"), ticks]


def _language(source: str) -> str:
    magic = re.match(r"%%(writefile|file)\s+(?:-a\s+)?\S+\.(\w+)|%%(\w+)", source)
    if magic is None:
        return "python"
    known = {"py": "python", "yml": "yaml", "yaml": "yaml", "json": "json", "sh": "bash", "js": "js"}
    return (
        known.get(magic[2] or "", "text") if magic[2] else ("bash" if magic[3] in {"bash", "sh"} else "text")
    )


class _Outputs:
    """What the solution's cells show, found by their source, in order."""

    def __init__(self, solution: Notebook) -> None:
        self.cells = [] if solution is None else [c for c in solution.cells if c.cell_type == "code"]
        self.position = 0

    def of(self, source: str) -> list[str]:
        """The outputs of the next cell with this source, as Markdown lines."""
        for position in range(self.position, len(self.cells)):
            if self.cells[position].source == source:
                self.position = position + 1
                return [line for output in self.cells[position].outputs for line in _output(output)]
        return []


def _output(output: Any) -> list[str]:
    if output.output_type == "stream":
        return _text(output.text)
    if output.output_type == "error":
        return _text("\n".join(output.traceback) or f"{output.ename}: {output.evalue}")
    data = output.get("data", {})
    picture = data.get("image/svg+xml") or _picture_in(str(data.get("text/html", "")))
    if picture:
        lines = [
            '<div class="labkit-picture">',
            *(line for line in picture.split("\n") if line.strip()),
            "</div>",
            "",
        ]
        return [*lines, *_text_twin(str(data.get("text/plain", "")))]
    return _text(str(data.get("text/plain", "")))


def _picture_in(markup: str) -> str:
    found = re.search(r"<svg\b.*</svg>", markup, re.DOTALL)
    return found[0] if found else ""


def _text_twin(text: str) -> list[str]:
    if not text.strip():
        return []
    body = html.escape(_COLOUR.sub("", text).rstrip())
    return ["<details>", "<summary>The picture as text</summary>", f"<pre>{body}</pre>", "</details>", ""]


def _text(text: str) -> list[str]:
    text = _COLOUR.sub("", text).rstrip("\n")
    lines = text.split("\n")
    if len(lines) > _LONG_OUTPUT:
        lines = [*lines[:_LONG_OUTPUT], f"… ({len(lines) - _LONG_OUTPUT} more lines)"]
    return [*_fence("\n".join(lines), "text"), ""] if text.strip() else []


def _page(lines: Sequence[str]) -> str:
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).rstrip("\n") + "\n"
