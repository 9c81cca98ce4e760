"""A course is proved by grading it: what is wrong in each way is found."""

import pytest

from course_builder import new_lab, verify
from grader.course import load_course


def said(course, **options):
    return [str(found) for found in verify(course, seeds=(1, 2), jobs=2, **options)]


def changed(lab, name, old, new):
    """Replace text in one of the lab's files."""
    file = lab / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_what_only_grading_shows_is_found_lab_by_lab(course):
    """Five labs, one sound and four wrong in one way each, proved in one go."""
    labs = {slug: new_lab(course.folder, slug) for slug in ("wrong", "kind", "passing", "other")}
    changed(labs["wrong"], "lab.md", 'return f"Hello, {name}!"', 'return f"Hallo, {name}!"')
    changed(labs["kind"], "lab.md", "# return None  # YOUR CODE HERE", "# return 'Hello, ' + name + '!'")
    changed(labs["passing"], "mistakes/E1-prints.py", "print(", "return (")
    changed(labs["other"], "mistakes/E1-prints.py", "# hint: Where", "# hint: Why")
    found = said(load_course(course.folder))
    for slug, expected in (
        ("wrong", "the solution earns 0 of 2 points with seed 2"),
        ("kind", "the starter earns 2 of 2 points"),
        ("passing", "mistakes/E1-prints.py:1: E1 passes with this wrong answer"),
        ("other", "mistakes/E1-prints.py:1: it brings up “Where does your text go"),
    ):
        assert any(labs[slug].name in text and expected in text for text in found), (expected, found)
    assert not any("00-hello-cloud" in text for text in found)
    assert all(sum(lab.name in text for text in found) == 1 for slug, lab in labs.items() if slug != "wrong")


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
