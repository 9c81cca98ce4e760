"""A course is proved by grading it: what is wrong in each way is found."""

import pytest

from course_builder import new_lab, verify
from grader.course import load_course


def said(course, **options):
    return [str(found) for found in verify(course, seeds=(1, 2), jobs=2, **options)]


def test_a_scaffold_is_proved(course):
    new_lab(course.folder, "second")
    assert said(load_course(course.folder)) == []


def test_a_wrong_solution_is_found(course, edit):
    course = edit("lab.md", ('return f"Hello, {name}!"', 'return f"Hallo, {name}!"'))
    found = said(course)
    assert any("the solution earns 0 of 2 points with seed 1" in text for text in found), found
    assert any("00-hello-cloud/lab.md:" in text for text in found)


def test_a_starter_that_earns_points_is_found(course, edit):
    course = edit("lab.md", ("# return None  # YOUR CODE HERE", '# return f"Hello, {name}!"'))
    found = [text for text in said(course) if "leaks" not in text and "a learner reads" not in text]
    assert any("the starter earns 2 of 2 points" in text for text in found), found


def test_a_mistake_that_passes_is_found(course):
    file = course.labs[0].folder / "mistakes" / "E1-prints.py"
    file.write_text(file.read_text().replace("print(", "return ("))
    (text,) = said(course)
    assert "mistakes/E1-prints.py:1: E1 passes with this wrong answer" in text


def test_a_mistake_that_brings_up_another_hint_is_found(course):
    file = course.labs[0].folder / "mistakes" / "E1-prints.py"
    file.write_text(file.read_text().replace("# hint: Where", "# hint: Why"))
    (text,) = said(course)
    assert "mistakes/E1-prints.py:1: it brings up “Where does your text go" in text


def test_points_of_checks_and_exercise_must_agree(course, edit):
    course = edit("lab.md", ("points: 2", "points: 3"))
    (text,) = said(course, grade=False)
    assert "E1 has 3 points, its checks add up to 2" in text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("from grader import", "from grader import nothing,"), "checks.py:"),
        (("Where does your text go", "Simply: where does your text go"), "says “simply”"),
        (('@check("E1", points=1, hints=HINTS)', '@check("E1", points=1)'), "it has 0 hints"),
    ],
)
def test_what_is_wrong_in_the_checks_is_found(course, edit, change, expected):
    course = edit("checks.py", change)
    assert any(expected in text for text in said(course, grade=False)), said(course, grade=False)


def test_everything_is_reported_at_once(course, edit):
    edit("checks.py", ("Where does your text go", "Simply: where does your text go"))
    course = edit("lab.md", ("exercises: 5,", "exercises: 6,"), ("verb: write", "verb: know"))
    (course.folder / "facts.yml").write_text("F1: {text: Old., as_of: 2020-01-01, source: here}\n")
    found = said(load_course(course.folder), grade=False)
    assert len(found) == 4
    assert [text.split(":")[0].rsplit("/", 1)[1] for text in found] == [
        "checks.py",
        "lab.md",
        "lab.md",
        "facts.yml",
    ]
