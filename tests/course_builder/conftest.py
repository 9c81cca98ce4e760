"""A tiny course, as `labkit new course` makes it, for every test here."""

from pathlib import Path

import pytest

from course_builder import new_course
from grader.course import Course, load_course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A fresh scaffold in a folder of its own."""
    return new_course(tmp_path / "tiny", "A tiny course")


@pytest.fixture
def edit(course: Course):
    """Change a file of the course's first lab by replacing text, and load the course again."""

    def edited(name: str, *changes: tuple[str, str]) -> Course:
        file = course.labs[0].folder / name
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in {name}"
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        return load_course(course.folder)

    return edited
