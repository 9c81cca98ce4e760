"""A course as the grader sees it: which labs there are, and what each lab's front matter promises.

Layout of a course (its folder is called `course`, or holds `course.yml` itself):

    course/course.yml          title, story, labs (folder names in order), paths
    course/facts.yml           dated facts: id -> {text, as_of, source}
    course/NN-slug/lab.md      the lab; front matter under the key `labkit`
    course/NN-slug/checks.py   its checks, or checks/ with a file for each exercise
    course/NN-slug/start.py    optional: `start(session)` builds the state in which the lab begins
    course/NN-slug/files/      optional: what lies beside the learner's notebook
    course/NN-slug/mistakes/   known wrong answers

Only structure is read here; nothing of a course is executed.
"""

from __future__ import annotations

import datetime
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.front_matter import CourseError, Document, Finding, read_front_matter, read_yaml

__all__ = [
    "Course",
    "CourseError",
    "Exercise",
    "Fact",
    "Finding",
    "LabSource",
    "LearningPath",
    "Minutes",
    "Objective",
    "find_course",
    "load_course",
]

CONTROLS = ("clock", "reset")
_SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_LAB_KEYS = (
    "slug",
    "title",
    "minutes",
    "prerequisites",
    "questions",
    "objectives",
    "keypoints",
    "exercises",
    "seed",
    "facts",
    "controls",
    "files",
    "concurrency",
)


@dataclass(frozen=True)
class Minutes:
    """How long the parts of a lab take in class."""

    recall: int = 0
    teach: int = 0
    exercises: int = 0
    wrap: int = 0

    @property
    def total(self) -> int:
        """The whole lab."""
        return self.recall + self.teach + self.exercises + self.wrap


@dataclass(frozen=True)
class Objective:
    """What a learner can do afterwards: a verb, a sentence, and the exercises that prove it."""

    id: str
    verb: str
    text: str
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """One graded exercise of a lab."""

    id: str
    title: str
    points: int
    minutes: int


@dataclass(frozen=True)
class Fact:
    """A dated statement about the world: what, since when it is known to be so, and where it is written."""

    id: str
    text: str
    as_of: datetime.date
    source: str


@dataclass(frozen=True)
class LearningPath:
    """A selection of labs for one audience; `minutes` is the sum that it states, if it states one."""

    id: str
    title: str
    labs: tuple[str, ...]
    minutes: int | None


@dataclass(frozen=True)
class LabSource:
    """One lab's folder and its front matter. `document` knows the lines; `body` is the Markdown below it.

    `concurrency` is Lambda's limit in the lab's cloud; None leaves it at AWS's 1,000.
    """

    folder: Path
    slug: str
    title: str
    minutes: Minutes
    prerequisites: tuple[str, ...]
    questions: tuple[str, ...]
    objectives: tuple[Objective, ...]
    keypoints: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    seed: tuple[str, ...]
    facts: tuple[str, ...]
    controls: tuple[str, ...]
    files: tuple[str, ...]
    document: Document = field(repr=False, compare=False)
    concurrency: int | None = None

    @property
    def lab_file(self) -> Path:
        """`lab.md`."""
        return self.folder / "lab.md"

    @property
    def checks_files(self) -> tuple[Path, ...]:
        """`checks.py`; or, in a lab with many checks, `checks/__init__.py` and then its neighbours."""
        files = sorted(
            (self.folder / "checks").glob("*.py"), key=lambda file: (file.stem != "__init__", file)
        )
        return tuple(files) or (self.folder / "checks.py",)

    @property
    def start_file(self) -> Path | None:
        """`start.py`, or None where the lab begins in an empty cloud."""
        file = self.folder / "start.py"
        return file if file.is_file() else None

    @property
    def files_folder(self) -> Path:
        """`files/`, which may be missing."""
        return self.folder / "files"

    @property
    def points(self) -> int:
        """The sum of the exercises' points."""
        return sum(exercise.points for exercise in self.exercises)

    def exercise(self, exercise_id: str) -> Exercise:
        """The exercise of that id. Raises `KeyError` with a sentence that names those that there are."""
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        known = ", ".join(exercise.id for exercise in self.exercises) or "none"
        raise KeyError(f"{self.slug} has no exercise {exercise_id!r}: it has {known}.")


@dataclass(frozen=True)
class Course:
    """A course: its labs in order, its facts, its paths."""

    folder: Path
    title: str
    story: str
    labs: tuple[LabSource, ...]
    facts: tuple[Fact, ...]
    paths: tuple[LearningPath, ...]
    seed_items: tuple[str, ...] | None
    facts_max_age_days: int
    documents: tuple[Document, ...] = field(repr=False, compare=False, default=())

    @property
    def root(self) -> Path:
        """The folder that holds `course/`, `labs/` and `solutions/`."""
        return self.folder.parent if self.folder.name == "course" else self.folder

    def lab(self, slug: str) -> LabSource:
        """The lab of that slug (or folder name). Raises `KeyError` with a sentence that names them all."""
        for lab in self.labs:
            if slug in {lab.slug, lab.folder.name}:
                return lab
        known = ", ".join(lab.slug for lab in self.labs) or "none"
        raise KeyError(f"the course {self.title!r} has no lab {slug!r}: it has {known}.")


def find_course(start: Path | None = None) -> Course:
    """The course around `start` (default: the working folder), or the one that `LABKIT_COURSE` names.

    Climbs until a folder holds `course/course.yml` or `course.yml`. Raises `CourseError`.
    """
    named = os.environ.get("LABKIT_COURSE")
    if named:
        return load_course(Path(named))
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "course" / "course.yml").is_file():
            return load_course(folder / "course")
        if (folder / "course.yml").is_file():
            return load_course(folder)
    message = "no course.yml here or above: go to the folder of a course, or set LABKIT_COURSE to it."
    raise CourseError([Finding(here, None, message)])


def load_course(path: Path | str) -> Course:
    """Read the course in `path` (a folder with `course.yml`, or one that holds `course/course.yml`).

    Raises `CourseError` with every finding about its structure at once.
    """
    folder = Path(path).resolve()
    if folder.name == "course.yml":
        folder = folder.parent
    if not (folder / "course.yml").is_file() and (folder / "course" / "course.yml").is_file():
        folder = folder / "course"
    document = read_yaml(folder / "course.yml")
    findings: list[Finding] = []
    document.unknown_keys((), ("title", "story", "labs", "paths", "facts_max_age_days"))
    labs = _load_labs(document, findings)
    facts, facts_document = _load_facts(folder / "facts.yml")
    seed_items = _load_seed(folder / "seed.yml")
    course = Course(
        folder=folder,
        title=document.take(("title",), str),
        story=document.take(("story",), str, ""),
        labs=tuple(labs),
        facts=facts,
        paths=tuple(_load_paths(document)),
        seed_items=seed_items,
        facts_max_age_days=document.take(("facts_max_age_days",), int, 400),
        documents=(document, *([facts_document] if facts_document else [])),
    )
    for read in (*course.documents, *(lab.document for lab in labs)):
        findings += read.findings
    if findings:
        raise CourseError(list(dict.fromkeys(findings)))
    return course


def _load_labs(document: Document, findings: list[Finding]) -> list[LabSource]:
    folder = document.file.parent
    labs: list[LabSource] = []
    names = document.texts(("labs",), r"[A-Za-z0-9][A-Za-z0-9._-]*", "03-first-function")
    for index, name in enumerate(names):
        if not (folder / name).is_dir():
            message = (
                f"there is no folder `{name}`: `labkit new lab SLUG` makes one, or take it off the list."
            )
            document.finding(message, "labs", index)
            continue
        try:
            labs.append(_load_lab(folder / name))
        except CourseError as error:
            findings += error.findings
    for stray in sorted(folder.glob("*/lab.md")):
        if stray.parent.name not in names:
            document.finding(f"`{stray.parent.name}` is not in `labs`: add it there, or remove it.", "labs")
    slugs = [lab.slug for lab in labs]
    for lab in labs:
        if slugs.count(lab.slug) > 1:
            lab.document.finding(f"`{lab.slug}` is the slug of two labs: rename one.", "labkit", "slug")
        for number, slug in enumerate(lab.prerequisites):
            if slug not in slugs:
                message = (
                    f"the prerequisite `{slug}` is no lab of this course: name one of {', '.join(slugs)}."
                )
                lab.document.finding(message, "labkit", "prerequisites", number)
    return labs


def _load_lab(folder: Path) -> LabSource:
    document = read_front_matter(folder / "lab.md")
    document.unknown_keys(("labkit",), _LAB_KEYS)
    document.unknown_keys(("labkit", "minutes"), ("recall", "teach", "exercises", "wrap"))
    take = document.take
    slug = take(("labkit", "slug"), str)
    if slug and not re.fullmatch(_SLUG, slug):
        message = f"`{slug}` is no slug: lower-case words with dashes, like first-function."
        document.finding(message, "labkit", "slug")
    elif slug and folder.name != slug and not re.fullmatch(rf"\d+-{re.escape(slug)}", folder.name):
        message = f"the folder `{folder.name}` should be called NN-{slug}: rename the folder or the slug."
        document.finding(message, "labkit", "slug")
    exercises = tuple(
        Exercise(
            id=_identifier(document, ("labkit", "exercises", n), r"E\d+", "E1"),
            title=take(("labkit", "exercises", n, "title"), str),
            points=document.positive(("labkit", "exercises", n, "points")),
            minutes=document.positive(("labkit", "exercises", n, "minutes")),
        )
        for n in range(len(take(("labkit", "exercises"), list)))
    )
    ids = [exercise.id for exercise in exercises]
    for n, identifier in enumerate(ids):
        if identifier and identifier in ids[:n]:
            message = f"the exercise `{identifier}` is there twice: give one another id."
            document.finding(message, "labkit", "exercises", n)
    objectives = tuple(
        Objective(
            id=_identifier(document, ("labkit", "objectives", n), r"[A-Za-z0-9.-]+", "L03.O1"),
            verb=take(("labkit", "objectives", n, "verb"), str),
            text=take(("labkit", "objectives", n, "text"), str),
            exercises=document.texts(("labkit", "objectives", n, "exercises"), r"E\d+", "E1"),
        )
        for n in range(len(take(("labkit", "objectives"), list)))
    )
    controls = document.texts(("labkit", "controls"))
    for control in controls:
        if control not in CONTROLS:
            message = f"`{control}` is no control: one of {', '.join(CONTROLS)}."
            document.finding(message, "labkit", "controls")
    lab = LabSource(
        folder=folder,
        slug=slug,
        title=take(("labkit", "title"), str),
        minutes=Minutes(
            *(take(("labkit", "minutes", part), int, 0) for part in ("recall", "teach", "exercises", "wrap"))
        ),
        prerequisites=document.texts(("labkit", "prerequisites"), _SLUG, "first-function"),
        questions=document.texts(("labkit", "questions")),
        objectives=objectives,
        keypoints=document.texts(("labkit", "keypoints")),
        exercises=exercises,
        seed=document.texts(("labkit", "seed"), r"I\d+", "I41"),
        facts=document.texts(("labkit", "facts"), r"F\d+", "F15"),
        controls=controls,
        files=document.texts(("labkit", "files")),
        document=document,
        concurrency=_concurrency(document),
    )
    if not lab.checks_files[0].is_file():
        document.finding("there is no `checks.py` beside it: an exercise needs one check at least.")
    return lab


def _concurrency(document: Document) -> int | None:
    path = ("labkit", "concurrency")
    return document.positive(path) if document.take(path, int, -1) != -1 else None


def _identifier(document: Document, path: tuple[str | int, ...], pattern: str, example: str) -> str:
    value = document.take((*path, "id"), str)
    if value and not re.fullmatch(pattern, value):
        document.finding(f"the id `{value}` should look like {example}.", *path, "id")
    return value


def _load_facts(file: Path) -> tuple[tuple[Fact, ...], Document | None]:
    if not file.is_file():
        return (), None
    document = read_yaml(file)
    facts = []
    for identifier in document.data:
        document.unknown_keys((identifier,), ("text", "as_of", "source"))
        as_of: Any = document.take((identifier,), dict, {}).get("as_of")
        if not isinstance(as_of, datetime.date):
            document.finding(f"`{identifier}.as_of` must be a date like 2026-11-01.", identifier, "as_of")
            as_of = datetime.date.min
        text, source = (document.take((identifier, key), str) for key in ("text", "source"))
        facts.append(Fact(identifier, text, as_of, source))
    return tuple(facts), document


def _load_seed(file: Path) -> tuple[str, ...] | None:
    return tuple(read_yaml(file).data) if file.is_file() else None


def _load_paths(document: Document) -> list[LearningPath]:
    paths = []
    for identifier in document.take(("paths",), dict, {}):
        where = ("paths", str(identifier))
        document.unknown_keys(where, ("title", "labs", "minutes"))
        minutes = document.take((*where, "minutes"), int, -1)
        paths.append(
            LearningPath(
                id=str(identifier),
                title=document.take((*where, "title"), str),
                labs=document.texts((*where, "labs")),
                minutes=None if minutes < 0 else minutes,
            )
        )
    return paths
