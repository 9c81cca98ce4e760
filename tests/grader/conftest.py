"""Labs and notebooks to grade: the small lab beside this file, and every lab of the course."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from course_builder import notebooks
from course_builder.lab_cells import read_cells
from grader.course import Course, LabSource, load_course

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

Notebook = dict[str, Any]


class Workshop:
    """Labs by slug, and their notebooks as plain JSON that may be changed."""

    def __init__(self) -> None:
        found = [load_course(HERE / "course"), load_course(ROOT / "course")]
        self._courses = {lab.slug: course for course in found for lab in course.labs}

    def course(self, slug: str) -> Course:
        return self._courses[slug]

    def lab(self, slug: str) -> LabSource:
        return self._courses[slug].lab(slug)

    def starter(self, slug: str) -> Notebook:
        return copy.deepcopy(self._notebook(slug, "learner_notebook"))

    def solution(self, slug: str) -> Notebook:
        return copy.deepcopy(self._notebook(slug, "solution_notebook"))

    @cache  # noqa: B019 - one workshop for the session
    def _notebook(self, slug: str, kind: str) -> Notebook:
        lab = self.lab(slug)
        made = getattr(notebooks, kind)(lab, read_cells(self.course(slug), lab))
        return json.loads(notebooks.to_text(made))

    @staticmethod
    def cell(source: str, *tags: str) -> Notebook:
        return {
            "cell_type": "code",
            "source": source,
            "metadata": {"tags": list(tags)},
            "outputs": [],
            "execution_count": None,
        }

    def of(self, *sources: str | tuple[str, ...], lab: str = "attacked") -> Notebook:
        """A notebook of these code cells; a tuple is a source and its tags."""
        cells = [self.cell(*([one] if isinstance(one, str) else one)) for one in sources]
        return {
            "cells": cells,
            "metadata": {"labkit": {"lab": lab}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }

    @staticmethod
    def write(folder: Path, notebooks: Iterable[tuple[str, Notebook]]) -> list[Path]:
        paths = []
        for name, notebook in notebooks:
            paths.append(folder / f"{name}.ipynb")
            paths[-1].write_text(json.dumps(notebook), encoding="utf-8")
        return paths


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    return Workshop()
