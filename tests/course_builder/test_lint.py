"""What reading alone finds: the right file and line, and what to do."""

import datetime
from dataclasses import dataclass

import pytest

from course_builder import lint
from course_builder.lab_cells import read_cells, read_mistakes

TODAY = datetime.date(2026, 11, 23)


def all_findings(course):
    lab = course.labs[0]
    cells = read_cells(course, lab)
    broken = lint.cell_findings(lab, cells)
    found = [*broken, *lint.lab_findings(course, lab, cells), *lint.course_findings(course, TODAY)]
    return found if broken else [*found, *lint.leak_findings(lab, cells)]


def line_of(course, text):
    lines = course.labs[0].lab_file.read_text().split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_scaffold_has_no_findings(course):
    assert all_findings(course) == []


@pytest.mark.parametrize(
    ("change", "at", "said"),
    [
        (("exercises: 5, wrap", "exercises: 7, wrap"), "minutes: {", "the exercises add up to 5"),
        (("exercises: [E1]}", "exercises: []}"), "id: hello-cloud.O1", "no exercise proves hello-cloud.O1"),
        (("verb: write", "verb: understand"), "id: hello-cloud.O1", "can't be seen"),
        (("exercises: [E1]}", "exercises: [E1, E2]}"), "id: hello-cloud.O1", "E2, which is no exercise"),
        (("facts: []", "facts: [F9]"), "facts:", "F9 is not in facts.yml"),
        (("the cloud runs it.", "the cloud runs it. {fact:F9}"), "{fact:F9}", "F9 is not in facts.yml"),
        (('tags=["run"]', 'tags=["rum"]'), "import labkit", "the tag `rum` means nothing"),
        (('"exercise", "E1"', '"exercise", "E7"'), "def greeting(", "`E7` is no exercise"),
        (
            ('labkit.open("hello-cloud")', 'labkit.open("other")'),
            "import labkit",
            "this lab is `hello-cloud`",
        ),
        (("    # END SOLUTION\n", ""), "# BEGIN PROMPT", "inside a SOLUTION block"),
        (
            ("    # BEGIN PROMPT\n    # return None  # YOUR CODE HERE\n    # END PROMPT\n", ""),
            "def greeting(",
            "is no Python",
        ),
        (("# Hello cloud\n", "Good day\n"), "Good day", "must be the title"),
        (("In this lab you", "In [this](nowhere.md) lab you"), "# Hello cloud", "`nowhere.md` leads nowhere"),
        (
            ("**Explain.**", '**Explain.** `return f"Hello, {name}!"`'),
            "**Explain.**",
            "a learner reads a solution's line here",
        ),
    ],
)
def test_each_finding_names_its_line(course, edit, change, at, said):
    course = edit("lab.md", change)
    found = [finding for finding in all_findings(course) if said in finding.message]
    assert found, [str(finding) for finding in all_findings(course)]
    assert found[0].file == course.labs[0].lab_file
    assert found[0].line == line_of(course, at)


def test_an_exercise_needs_a_cell_with_a_solution(course, edit):
    found = all_findings(
        edit("lab.md", ('tags=["exercise", "E1"]', 'tags=["run"]'), ('"check", "E1"', '"check"'))
    )
    assert any('tags=["exercise","E1"]' in finding.message for finding in found)
    found = all_findings(
        edit(
            "lab.md",
            ('```python tags=["run"]\ndef', '```python tags=["exercise","E1"]\nx = 1\n```\n\n```python\ndef'),
        )
    )
    assert any("E1 has no solution" in finding.message for finding in found)


def test_a_worked_example_may_hold_a_solutions_line(course, edit):
    region = (
        '<!-- #region tags=["worked"] -->\nLike `return f"Hello, {name}!"`.\n<!-- #endregion -->\n\n## E1'
    )
    assert all_findings(edit("lab.md", ("## E1", region))) == []


def test_a_solutions_line_in_files_is_a_leak(course):
    folder = course.labs[0].files_folder
    folder.mkdir()
    (folder / "help.py").write_text('x = 1\n    return f"Hello, {name}!"\n')
    found = all_findings(course)
    assert [(finding.file.name, finding.line) for finding in found] == [("help.py", 2)]


def test_old_facts_and_wrong_sums_are_found(course):
    (course.folder / "facts.yml").write_text(
        "F1: {text: Old., as_of: 2020-01-01, source: here}\n"
        "F2: {text: New., as_of: 2026-11-01, source: here}\n"
        "F3: {text: Later., as_of: 2027-01-01, source: here}\n"
    )
    listing = course.folder / "course.yml"
    listing.write_text(
        listing.read_text() + "paths:\n  short: {title: Short, labs: [hello-cloud, gone], minutes: 99}\n"
    )
    from grader.course import load_course

    said = [str(found) for found in lint.course_findings(load_course(course.folder), TODAY)]
    assert len(said) == 4
    assert "facts.yml:1: F1 is of 2020-01-01" in said[0]
    assert "facts.yml:3: F3 is of 2027-01-01, which is still to come" in said[1]
    assert "has `gone`, which is no lab" in said[2]
    assert "states 99 minutes, its labs add up to 11" in said[3]


@dataclass(frozen=True)
class Hinted:
    name: str
    exercise: str
    hints: tuple[str, ...]


GOOD = ("Why?", "Because, see there.", "`return …`")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (Hinted("greets_by_name", "E1", GOOD[:2]), "it has 2 hints: write 3"),
        (Hinted("greets_by_name", "E1", ("Simply look.", *GOOD[1:])), "hint 1 says “simply”"),
        (Hinted("greets_by_name", "E1", ("word " * 61, *GOOD[1:])), "hint 1 has 61 words"),
        (Hinted("greets_by_name", "E1", ("", *GOOD[1:])), "hint 1 is empty"),
        (Hinted("greets_by_name", "E9", GOOD), "E9, which is no exercise"),
    ],
)
def test_hints_are_short_plain_and_three(course, item, said):
    lab = course.labs[0]
    mistakes = read_mistakes(lab, [])
    ok = Hinted("prints", "E1", GOOD)
    found = [str(f) for f in lint.hint_findings(lab, [item, ok], [], mistakes)]
    assert len(found) == 1
    assert said in found[0]
    assert "checks.py:" in found[0]


def test_an_adjusted_word_is_no_unwelcome_word(course):
    hints = ("Is it adjusted?", "Injustice is no reason.", "x")
    found = lint.hint_findings(
        course.labs[0], [Hinted("a", "E1", hints)], [], read_mistakes(course.labs[0], [])
    )
    assert found == []


def test_checks_mistakes_and_detectors_need_each_other(course):
    lab = course.labs[0]
    said = [str(f) for f in lint.hint_findings(lab, [], [Hinted("E1-new", "E1", GOOD)], [])]
    assert any("E1 has no check" in text for text in said)
    assert any("E1 has no known wrong answer" in text for text in said)
    assert any("add mistakes/E1-new.py" in text for text in said)
