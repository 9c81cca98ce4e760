"""Right answers that look different from the solution pass as well.

`other_right_answers/<lab>/E1-….py` replaces the cell of E1 in the solution. To be quick, the first answers of
all exercises are graded in one notebook, the second ones in the next, and so on.
"""

from itertools import zip_longest
from pathlib import Path

import pytest

from course_builder.lab_cells import read_cells
from course_builder.notebooks import answer_cell, solution_notebook, to_text
from grader import Report, Warm, find_course, grade

ANSWERS = Path(__file__).parent / "other_right_answers"
COURSE = find_course(Path(__file__))


def _sheets() -> list[tuple[str, tuple[Path, ...]]]:
    sheets: list[tuple[str, tuple[Path, ...]]] = []
    for folder in sorted(ANSWERS.iterdir()):
        by_exercise: dict[str, list[Path]] = {}
        for file in sorted(folder.glob("E*.py")):
            by_exercise.setdefault(file.name.split("-")[0], []).append(file)
        rounds = zip_longest(*by_exercise.values())
        sheets.extend((folder.name, tuple(file for file in files if file is not None)) for files in rounds)
    return sheets


SHEETS = _sheets()


def _notebook(slug: str, files: tuple[Path, ...]) -> str:
    lab = COURSE.lab(slug)
    cells = read_cells(COURSE, lab)
    notebook = solution_notebook(lab, cells)
    for file in files:
        target = answer_cell(cells, file.name.split("-")[0])
        assert target is not None
        place = next(cell for cell in notebook.cells if cell.metadata.get("tags") == list(target.tags))
        place.source = file.read_text(encoding="utf-8").strip()
    return to_text(notebook)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> list[Report]:
    """All sheets, graded."""
    folder = tmp_path_factory.mktemp("submissions")
    submissions = []
    for number, (slug, files) in enumerate(SHEETS):
        submissions.append(folder / f"{number}-{slug}.ipynb")
        submissions[-1].write_text(_notebook(slug, files), encoding="utf-8")
    return grade(submissions, COURSE, jobs=2, seed=11, warm=warm)


@pytest.mark.parametrize("number", range(len(SHEETS)))
def test_passes(number: int, reports: list[Report]) -> None:
    wrong = {
        exercise.id: [
            (check.name, check.expected, check.seen) for check in exercise.checks if check.earned == 0
        ]
        for exercise in reports[number].exercises
        if exercise.earned < exercise.points
    }
    assert not wrong, [file.name for file in SHEETS[number][1]]
    assert reports[number].earned == reports[number].points > 0


@pytest.mark.parametrize(
    "slug",
    [
        "orientation",
        "first-function",
        "package-and-publish",
        "concurrency-cold-starts-bill",
        "first-state-machine",
        "flow-control",
        "errors-and-recovery",
    ],
)
def test_three_for_each_exercise(slug: str) -> None:
    for exercise in COURSE.lab(slug).exercises:
        assert len(list((ANSWERS / slug).glob(f"{exercise.id}-*.py"))) >= 3, exercise.id
