"""`new course` and `new lab`: folders that build and verify at once, with one small real exercise.

The exercise: a function that greets by name, deployed as a Lambda function and called by the check with names
that the learner has not seen; two known wrong answers, each with its hint.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from course_builder.scaffold_texts import CHECKS, COURSE, FACTS, IGNORE, LAB, MISTAKES
from grader.course import Course, load_course
from grader.front_matter import CourseError, Finding

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def new_course(folder: Path, title: str | None = None) -> Course:
    """Make a course in `folder`, which must be missing or empty, with a first lab `hello-cloud`.

    Raises `CourseError`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError([Finding(folder, None, "it is there and not empty: name a folder that isn't.")])
    title = title or _title(folder.resolve().name)
    (folder / "course").mkdir(parents=True)
    (folder / "course" / "course.yml").write_text(COURSE.format(title=_quoted(title)), encoding="utf-8")
    (folder / "course" / "facts.yml").write_text(FACTS, encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORE, encoding="utf-8")
    new_lab(folder, "hello-cloud")
    return load_course(folder)


def new_lab(course: Path, slug: str, title: str | None = None) -> Path:
    """Add a lab to the course in `course`: its folder, and its line in `course.yml`. Raises `CourseError`."""
    folder = course if (course / "course.yml").is_file() else course / "course"
    listing = folder / "course.yml"
    if not listing.is_file():
        message = "there is no course.yml: `labkit new course DIR` makes a course."
        raise CourseError([Finding(folder, None, message)])
    if not _SLUG.fullmatch(slug):
        message = f"`{slug}` is no slug: lower-case words with dashes, like first-function."
        raise CourseError([Finding(folder, None, message)])
    taken = [path for path in sorted(folder.glob("*")) if re.fullmatch(rf"(\d+-)?{slug}", path.name)]
    if taken:
        raise CourseError([Finding(taken[0], None, "this lab is there already: choose another slug.")])
    numbers = [int(found[1]) for path in folder.glob("*-*/") if (found := re.match(r"(\d+)-", path.name))]
    lab = folder / f"{max(numbers, default=-1) + 1:02d}-{slug}"
    listed = with_lab(listing.read_text(encoding="utf-8"), lab.name)
    title = title or _title(slug)
    (lab / "mistakes").mkdir(parents=True)
    (lab / "lab.md").write_text(LAB.format(slug=slug, title=title, quoted=_quoted(title)), encoding="utf-8")
    (lab / "checks.py").write_text(CHECKS.format(title=title.replace('"', "'")), encoding="utf-8")
    for name, text in MISTAKES.items():
        (lab / "mistakes" / name).write_text(text, encoding="utf-8")
    listing.write_text(listed, encoding="utf-8")
    return lab


def with_lab(listing: str, name: str) -> str:
    """The text of a `course.yml` with one more entry under `labs`; comments and style stay as they are."""
    root = yaml.compose(listing, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    labs = next((value for key, value in pairs if key.value == "labs"), None)
    if not isinstance(labs, yaml.SequenceNode):
        return f"{listing.rstrip()}\nlabs:\n  - {name}\n"
    if labs.flow_style:
        end = labs.end_mark.index - 1
        comma = ", " if labs.value else ""
        return f"{listing[:end].rstrip()}{comma}{name}{listing[end:]}"
    last = labs.value[-1]
    lines = listing.split("\n")
    indent = lines[last.start_mark.line][: last.start_mark.column].split("-")[0]
    lines.insert(last.start_mark.line + 1, f"{indent}- {name}")
    return "\n".join(lines)


def _title(name: str) -> str:
    return re.sub(r"[-_.]+", " ", name).strip().capitalize() or "A course"


def _quoted(text: str) -> str:
    """A text as it can stand in YAML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
