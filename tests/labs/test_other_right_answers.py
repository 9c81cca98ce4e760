"""Right answers that look different from the solution pass as well.

`other_right_answers/<lab>/E1-….py` replaces the cell of E1 in the solution. To be quick, the first answers of
all exercises are graded in one notebook, the second ones in the next, and so on.
"""

from itertools import zip_longest
from pathlib import Path

import pytest

from course_builder.lab_cells import Mistake, read_cells
from course_builder.notebooks import answer_cell, solution_notebook, to_text
from grader import find_course, grade

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


@pytest.mark.parametrize(
    ("slug", "files"), _sheets(), ids=lambda value: value if isinstance(value, str) else None
)
def test_passes(slug: str, files: tuple[Path, ...], tmp_path: Path) -> None:
    lab = COURSE.lab(slug)
    cells = read_cells(COURSE, lab)
    notebook = solution_notebook(lab, cells)
    for file in files:
        other = Mistake(
            file.stem, file.name.split("-")[0], "", file.read_text(encoding="utf-8").strip(), file
        )
        target = answer_cell(cells, other.exercise)
        assert target is not None
        place = next(cell for cell in notebook.cells if cell.metadata.get("tags") == list(target.tags))
        place.source = other.source
    submission = tmp_path / f"{slug}.ipynb"
    submission.write_text(to_text(notebook), encoding="utf-8")
    [report] = grade([submission], COURSE, seed=11)
    wrong = {
        exercise.id: [
            (check.name, check.expected, check.seen) for check in exercise.checks if check.status != "passed"
        ]
        for exercise in report.exercises
        if exercise.status != "passed"
    }
    assert not wrong, [file.name for file in files]


def test_three_for_each_exercise() -> None:
    for lab in COURSE.labs:
        for exercise in lab.exercises:
            assert len(list((ANSWERS / lab.slug).glob(f"{exercise.id}-*.py"))) >= 3, (lab.slug, exercise.id)
