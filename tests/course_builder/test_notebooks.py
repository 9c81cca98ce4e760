"""From lab.md to notebooks."""

import json

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from course_builder.lab_cells import Cell, read_cells, read_mistakes
from course_builder.notebooks import learner_notebook, mistake_notebook, solution_notebook, to_text


def made(course, view=learner_notebook):
    lab = course.labs[0]
    return view(lab, read_cells(course, lab))


def test_cells_know_their_lines_roles_and_exercises(course):
    lab = course.labs[0]
    lines = lab.lab_file.read_text().split("\n")
    cells = read_cells(course, lab)
    for cell in cells:
        assert lines[cell.line - 1] == cell.source.split("\n")[0]
    assert [cell.exercise for cell in cells if cell.exercise] == ["E1", "E1"]
    assert [cell.tags for cell in cells if cell.has("exercise")] == [("exercise", "E1")]


def test_a_learners_notebook_is_valid_and_says_what_it_is(course):
    notebook = nbformat.reads(to_text(made(course)), as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.labkit == {"lab": "hello-cloud", "schema": 1}
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(
        not cell.outputs and cell.execution_count is None for cell in notebook.cells if "outputs" in cell
    )


def test_learner_sees_no_solution_and_no_notes_but_all_the_rest(course):
    text = to_text(made(course))
    assert "Hello, {name}!" not in text
    assert "For instructors" not in text
    assert "YOUR CODE HERE" in text
    assert "**Explain.**" in text


def test_the_solution_has_both_solution_and_prose(course):
    notebook = made(course, solution_notebook)
    text = to_text(notebook)
    assert 'return f\\"Hello, {name}!\\"' in text
    assert "YOUR CODE HERE" not in text
    assert "For instructors" not in text
    assert not any("SOLUTION" in cell.source for cell in notebook.cells)


def test_the_front_matter_is_told_after_the_title_and_at_the_end(course):
    cells = made(course).cells
    assert cells[0].source.startswith("# Hello cloud")
    assert cells[1].source.startswith("**11 minutes**, 1 exercise, 2 points.")
    assert "**write** a function" in cells[1].source
    assert cells[-1].source.startswith("## Key points")


def test_a_mistake_takes_the_place_of_its_exercise_only(course):
    lab = course.labs[0]
    cells, findings = read_cells(course, lab), []
    mistakes = read_mistakes(lab, findings)
    assert [mistake.id for mistake in mistakes] == ["E1-knows-one-name", "E1-prints"]
    assert not findings
    with_mistake = mistake_notebook(lab, cells, [mistakes[1]])
    solved = solution_notebook(lab, cells)
    changed = [
        (one.source, other.source)
        for one, other in zip(with_mistake.cells, solved.cells, strict=True)
        if one.source != other.source
    ]
    assert len(changed) == 1
    assert 'print(f"Hello, {name}!")' in changed[0][0]
    assert "hint:" not in changed[0][0]


def test_a_mistake_without_hint_or_with_a_strange_name_is_found(course):
    folder = course.labs[0].folder / "mistakes"
    (folder / "E1-prints.py").write_text("print(1)\n")
    (folder / "other.py").write_text("# hint: Why?\n")
    findings = []
    assert [mistake.id for mistake in read_mistakes(course.labs[0], findings)] == ["E1-knows-one-name"]
    assert [(found.file.name, found.line) for found in findings] == [("E1-prints.py", 1), ("other.py", None)]


def test_facts_are_written_out_with_source_and_date(course, edit):
    (course.folder / "facts.yml").write_text(
        "F1: {text: Water is wet., as_of: 2026-11-01, source: 'https://example.org/water'}\n"
    )
    course = edit(
        "lab.md", ("and the cloud runs it.", "and {fact:F1} {fact:F2}"), ("facts: []", "facts: [F1]")
    )
    assert (
        "and Water is wet. ([source](https://example.org/water), as of 2026-11-01) {fact:F2}"
        in made(course).cells[0].source
    )


def test_ids_stay_when_other_parts_change(course, edit):
    before = {cell.source: cell["id"] for cell in made(course).cells}
    course = edit(
        "lab.md",
        ("## E1 Greet", '## New\n\nText.\n\n```python tags=["run"]\n1 + 1\n```\n\n## E1 Greet'),
    )
    after = {cell.source: cell["id"] for cell in made(course).cells}
    assert len(set(after.values())) == len(after)
    assert {source: after.get(source) for source in before} == before


CELLS = st.builds(
    Cell,
    kind=st.sampled_from(["markdown", "code"]),
    source=st.text(max_size=30),
    tags=st.lists(st.sampled_from(["run", "E1", "exercise", "notes", "solution"]), unique=True).map(tuple),
    line=st.none(),
)


@given(st.lists(CELLS, max_size=8))
def test_any_cells_give_unique_ids_and_the_same_bytes_twice(cells):
    lab = _Lab()
    one, two = (to_text(learner_notebook(lab, cells)) for _ in range(2))
    assert one == two
    read = json.loads(one)
    identifiers = [cell["id"] for cell in read["cells"]]
    assert len(set(identifiers)) == len(identifiers)
    kept = [cell for cell in cells if not cell.has("notes", "solution")]
    assert len(read["cells"]) == len(kept) + bool(kept)


class _Lab:
    """The part of a lab that notebooks are made from."""

    slug, title, prerequisites, questions, objectives, keypoints, exercises = (
        "tiny",
        "Tiny",
        (),
        (),
        (),
        (),
        (),
    )
    points = 0

    class minutes:
        total = 1
