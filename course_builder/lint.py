"""What is wrong with a course by reading it alone: every finding at once, each ending in what to do.

What only shows when solutions, starters and mistakes are graded is in `proof`.
"""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from course_builder import solution_marks
from course_builder.lab_cells import EXERCISE, FACT, MARKS, ROLES, Cell, Mistake, answer_cell
from course_builder.links import bad_links
from grader.course import Course, LabSource
from grader.front_matter import Finding

HINT_STEPS = 3
HINT_WORDS = 60
UNWELCOME = ("just", "simply", "obviously")
VAGUE_VERBS = ("understand", "know", "learn", "appreciate", "grasp")
TELLING = 16  # a solution line shorter than this gives nothing away
_HARMLESS = re.compile(r"(import |from \S+ import |#|def \w+\(event, context\)|%%|@)")


class Hinted(Protocol):
    """A check or a mistake's detector, as far as lint looks at it."""

    @property
    def name(self) -> str: ...
    @property
    def exercise(self) -> str: ...
    @property
    def hints(self) -> Sequence[str]: ...


def cell_findings(lab: LabSource, cells: Iterable[Cell]) -> list[Finding]:
    """What would make a broken notebook: marks, tags, missing exercises, code that can't be read."""
    cells = list(cells)
    findings: list[Finding] = []
    known = {exercise.id for exercise in lab.exercises}

    def add(cell: Cell, message: str, line: int = 1) -> None:
        findings.append(Finding(lab.lab_file, None if cell.line is None else cell.line + line - 1, message))

    if not cells or cells[0].kind != "markdown" or not cells[0].source.startswith("# "):
        where = cells[0].line if cells else None
        findings.append(Finding(lab.lab_file, where, "the first cell must be the title: begin it with `# `."))
    sound = True
    for cell in cells:
        for tag in cell.tags:
            if EXERCISE.fullmatch(tag) and tag not in known:
                add(cell, f"`{tag}` is no exercise of the front matter: add it there, or take the tag away.")
            elif not EXERCISE.fullmatch(tag) and tag not in (*ROLES, *MARKS):
                add(cell, f"the tag `{tag}` means nothing: one of {', '.join((*ROLES, *MARKS))}, or E1.")
        if cell.kind == "raw":
            add(cell, "a raw cell: make it Markdown or code.")
        elif cell.kind == "code":
            try:
                learner = solution_marks.learner_source(cell.source)
            except solution_marks.MarkError as error:
                sound = False
                add(cell, str(error), error.line)
                continue
            problem = None if cell.has("raises-exception") else _python_problem(learner)
            if problem:
                message = f"the learner's copy of this cell is no Python ({problem}): add a PROMPT block."
                add(cell, message)
        else:
            for link in bad_links(cell.source, lab):
                add(cell, f"the link `{link}` leads nowhere: name a lab, a file of this lab or a docs page.")
    for exercise in lab.exercises if sound else ():
        findings += _exercise_cells(lab, exercise.id, cells)
    return findings


def _exercise_cells(lab: LabSource, exercise: str, cells: Sequence[Cell]) -> list[Finding]:
    target = answer_cell(cells, exercise)
    position = [item.id for item in lab.exercises].index(exercise)
    line = lab.document.line("labkit", "exercises", position)
    if target is None:
        message = f'{exercise} has no cell: add a code cell with `tags=["exercise","{exercise}"]`.'
        return [Finding(lab.lab_file, line, message)]
    named = [
        cell for cell in cells if cell.kind == "code" and cell.exercise == exercise and cell.has("exercise")
    ]
    if len(named) > 1:
        message = f"{exercise} has a second cell tagged `exercise`: keep the tag on the one that is answered."
        return [Finding(lab.lab_file, named[1].line, message)]
    if not solution_marks.has_solution(target.source):
        message = f"{exercise} has no solution: write one between `# BEGIN SOLUTION` and `# END SOLUTION`."
        return [Finding(lab.lab_file, target.line, message)]
    return []


def _python_problem(source: str) -> str | None:
    if source.lstrip().startswith("%%"):
        magic, _, rest = source.lstrip().partition("\n")
        if not re.match(r"%%(writefile|file)\s+(-a\s+)?\S+\.py\s*$", magic):
            return None
        source = rest
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError as error:
        return f"{error.msg}, line {error.lineno} of it"
    return None


def course_findings(course: Course, today: datetime.date) -> list[Finding]:
    """Facts that are too old, paths whose sums are wrong."""
    findings: list[Finding] = []
    oldest = today - datetime.timedelta(days=course.facts_max_age_days)
    for fact in course.facts:
        document = next(d for d in course.documents if fact.id in d.data and d.file.name == "facts.yml")
        line = document.line(fact.id, "as_of")
        if fact.as_of < oldest:
            message = (
                f"{fact.id} is of {fact.as_of}, older than {course.facts_max_age_days} days: "
                "look at its source again, then change its text or its as_of."
            )
            findings.append(Finding(document.file, line, message))
        elif fact.as_of > today:
            message = f"{fact.id} is of {fact.as_of}, which is still to come: give the day you looked."
            findings.append(Finding(document.file, line, message))
    slugs = {lab.slug: lab for lab in course.labs}
    document = course.documents[0]
    for path in course.paths:
        for number, slug in enumerate(path.labs):
            if slug not in slugs:
                line = document.line("paths", path.id, "labs", number)
                message = f"the path {path.id} has `{slug}`, which is no lab: one of {', '.join(slugs)}."
                findings.append(Finding(document.file, line, message))
        total = sum(slugs[slug].minutes.total for slug in path.labs if slug in slugs)
        if path.minutes is not None and path.minutes != total:
            line = document.line("paths", path.id, "minutes")
            message = (
                f"the path {path.id} states {path.minutes} minutes, its labs add up to {total}: write that."
            )
            findings.append(Finding(document.file, line, message))
    return findings


def lab_findings(course: Course, lab: LabSource, cells: Sequence[Cell]) -> list[Finding]:
    """Minutes, objectives, facts, seed items, files and the call that opens the lab."""
    return [
        *_exercise_findings(lab),
        *_reference_findings(course, lab),
        *_fact_findings(course, lab),
        *_opening_findings(lab, cells),
    ]


def _exercise_findings(lab: LabSource) -> list[Finding]:
    """Minutes add up; objectives and exercises serve each other."""
    findings: list[Finding] = []
    ids = [exercise.id for exercise in lab.exercises]
    proved = {exercise for objective in lab.objectives for exercise in objective.exercises}
    total = sum(exercise.minutes for exercise in lab.exercises)

    def add(message: str, *path: str | int) -> None:
        findings.append(Finding(lab.lab_file, lab.document.line("labkit", *path), message))

    if total != lab.minutes.exercises:
        stated = lab.minutes.exercises
        message = f"`minutes.exercises` is {stated}, the exercises add up to {total}: write that."
        add(message, "minutes", "exercises")
    if not ids:
        add("the lab has no exercises: add one under `exercises`.", "exercises")
    for number, objective in enumerate(lab.objectives):
        where = ("objectives", number)
        if not objective.exercises:
            add(f"no exercise proves {objective.id}: name one under its `exercises`.", *where)
        for exercise in objective.exercises:
            if exercise not in ids:
                add(
                    f"{objective.id} names {exercise}, which is no exercise: one of {', '.join(ids)}.", *where
                )
        if objective.verb.lower() in VAGUE_VERBS:
            add(f"`{objective.verb}` can't be seen: take a verb such as write, predict, configure.", *where)
    for number, identifier in enumerate(ids):
        if identifier not in proved:
            add(f"{identifier} serves no objective: name it under one of them.", "exercises", number)
    return findings


def _reference_findings(course: Course, lab: LabSource) -> list[Finding]:
    """Facts, seed items and files that the front matter names are there."""
    facts = {fact.id for fact in course.facts}
    seed = set(lab.seed) if course.seed_items is None else set(course.seed_items)
    files = {name for name in lab.files if (lab.files_folder / name).is_file()}
    findings: list[Finding] = []
    for key, names, known, message in (
        ("facts", lab.facts, facts, "{} is not in facts.yml: add it there with its date and source."),
        ("seed", lab.seed, seed, "{} is not in seed.yml: add it there, or take it off."),
        ("files", lab.files, files, "there is no files/{}: create it, or take it off."),
    ):
        for number, name in enumerate(names):
            if name not in known:
                line = lab.document.line("labkit", key, number)
                findings.append(Finding(lab.lab_file, line, message.format(name)))
    return findings


def _fact_findings(course: Course, lab: LabSource) -> list[Finding]:
    """Every `{fact:F14}` of the text is a fact, and the front matter says that the lab uses it."""
    findings: list[Finding] = []
    known = {fact.id for fact in course.facts}
    for number, text in enumerate(lab.document.body.split("\n"), start=lab.document.body_line):
        for named in FACT.findall(text):
            if named not in known:
                message = f"{named} is not in facts.yml: add it there with its date and source."
                findings.append(Finding(lab.lab_file, number, message))
            elif named not in lab.facts:
                message = f"{named} is not under `facts` in the front matter: add it there."
                findings.append(Finding(lab.lab_file, number, message))
    return findings


def _opening_findings(lab: LabSource, cells: Sequence[Cell]) -> list[Finding]:
    """The notebook opens its own lab."""
    opened = [
        (cell, match[2])
        for cell in cells
        if cell.kind == "code"
        for match in re.finditer(r"\blabkit\.open\(\s*(['\"])(.*?)\1", cell.source)
    ]
    if not opened:
        return [Finding(lab.lab_file, None, f'no cell opens the lab: add `labkit.open("{lab.slug}")`.')]
    return [
        Finding(lab.lab_file, cell.line, f"labkit.open has `{slug}`, this lab is `{lab.slug}`: write that.")
        for cell, slug in opened
        if slug != lab.slug
    ]


def hint_findings(
    lab: LabSource, checks: Sequence[Hinted], detectors: Sequence[Hinted], mistakes: Sequence[Mistake]
) -> list[Finding]:
    """Hints in three steps and of few words; a check and a mistake per exercise; a proof per detector."""
    findings: list[Finding] = []
    first = lab.checks_files[0]
    lines = [
        (file, number, text)
        for file in lab.checks_files
        for number, text in enumerate(file.read_text(encoding="utf-8").split("\n"), 1)
    ]
    ids = [exercise.id for exercise in lab.exercises]
    for item in (*checks, *detectors):
        word = re.compile(rf"\b{re.escape(item.name)}\b")
        place = next(((file, number) for file, number, text in lines if word.search(text)), (first, None))
        messages = list(_hint_problems(item.hints))
        if item.exercise not in ids:
            messages.append(f"it is for {item.exercise}, which is no exercise: one of {', '.join(ids)}.")
        if item in detectors and not any(mistake.id == item.name for mistake in mistakes):
            messages.append(f"no known wrong answer proves it: add mistakes/{item.name}.py.")
        findings += [Finding(place[0], place[1], f"`{item.name}`: {message}") for message in messages]
    for identifier in ids:
        if not any(item.exercise == identifier for item in checks):
            message = f'{identifier} has no check: write one with `@check("{identifier}", …)`.'
            findings.append(Finding(first, None, message))
        if not any(mistake.exercise == identifier for mistake in mistakes):
            message = f"{identifier} has no known wrong answer: add mistakes/{identifier}-….py."
            findings.append(Finding(lab.folder / "mistakes", None, message))
    for mistake in mistakes:
        if mistake.exercise not in ids:
            message = f"{mistake.exercise} is no exercise: one of {', '.join(ids)}."
            findings.append(Finding(mistake.file, None, message))
    return findings


def _hint_problems(hints: Sequence[str]) -> Iterator[str]:
    if len(hints) != HINT_STEPS:
        steps = "a question, a concept with its place, partial code"
        yield f"it has {len(hints)} hints: write {HINT_STEPS} ({steps})."
    for step, hint in enumerate(hints, start=1):
        words = len(hint.split())
        if not words:
            yield f"hint {step} is empty: write it."
        if words > HINT_WORDS:
            yield f"hint {step} has {words} words: cut it to {HINT_WORDS}."
        for word in UNWELCOME:
            if re.search(rf"\b{word}\b", hint, re.IGNORECASE):
                yield f"hint {step} says “{word}”: leave the word out."


def leak_findings(lab: LabSource, cells: Sequence[Cell]) -> list[Finding]:
    """Solution lines that a learner could read elsewhere: in another cell's given text, or in `files/`.

    Cells tagged `worked` (a complete example) may hold them.
    """
    telling = {
        line.strip()
        for cell in cells
        if cell.kind == "code"
        for line in solution_marks.solution_lines(cell.source)
        if len(line.strip()) >= TELLING and not _HARMLESS.match(line.strip())
    }
    findings: list[Finding] = []

    def search(file: Path, line: int | None, text: str) -> None:
        for number, shown in enumerate(text.split("\n")):
            for secret in telling:
                if secret in shown:
                    place = None if line is None else line + number
                    message = (
                        f"a learner reads a solution's line here, `{secret}`: reword it, or tag it `worked`."
                    )
                    findings.append(Finding(file, place, message))

    for cell in cells:
        if not cell.has("notes", "solution", "worked"):
            learner = solution_marks.learner_source(cell.source) if cell.kind == "code" else cell.source
            search(lab.lab_file, cell.line, learner)
    for file in sorted(lab.files_folder.rglob("*")) if lab.files_folder.is_dir() else ():
        if file.is_file():
            search(file, 1, file.read_text(encoding="utf-8", errors="replace"))
    return sorted(set(findings), key=lambda found: (found.file, found.line or 0, found.message))
