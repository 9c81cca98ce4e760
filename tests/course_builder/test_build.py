"""The whole pass, with solutions executed in a real kernel against a real cloud."""

import nbformat
import pytest

from course_builder import build, new_lab, site_pages
from grader.course import load_course


def there(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_solutions_are_executed_and_building_again_changes_nothing(course):
    seen = []
    changes = build(course, on_lab=lambda lab: seen.append(lab.slug))
    assert seen == ["hello-cloud"]
    assert [str(found) for found in changes.findings] == []
    solution = nbformat.read(course.root / "solutions/00-hello-cloud/hello-cloud.ipynb", as_version=4)
    nbformat.validate(solution)
    checked = [cell for cell in solution.cells if 'labkit.check("E1")' in cell.source]
    assert checked[0].outputs[0].data["text/plain"].startswith("✔ E1 Greet by name: passed, 2 of 2 points")
    assert [c.execution_count for c in solution.cells if c.cell_type == "code"] == [1, 2, 3]
    before = there(course.root)
    assert not build(course, check=True).findings
    assert build(course, execute_solutions=False).written == [], "outputs are kept without running anything"
    assert there(course.root) == before
    pages = site_pages(course)
    assert set(pages) == {"labs/index.md", "labs/00-hello-cloud.md", "instructors/00-hello-cloud.md"}
    assert "passed, 2 of 2 points" in pages["labs/00-hello-cloud.md"]


def test_a_solution_that_fails_is_found_at_its_line(course, edit):
    course = edit(
        "lab.md", ('return f"Hello, {name}!"', "return lambda: name.missing"), ("greeting, ", "greet, ")
    )
    (found,) = build(course).findings
    lines = course.labs[0].lab_file.read_text().split("\n")
    assert lines[found.line - 1] == "def greeting(name):"
    assert "NameError: name 'greet' is not defined" in found.message
    assert not (course.root / "labs").exists()


def test_a_lab_with_findings_does_not_keep_the_others_from_being_built(course, edit):
    new_lab(course.folder, "second")
    edit("lab.md", ("    # END SOLUTION\n", ""))
    course = load_course(course.folder)
    changes = build(course, execute_solutions=False)
    assert [found.file.parent.name for found in changes.findings] == ["00-hello-cloud"]
    assert [path.parent.name for path in changes.written] == ["01-second", "01-second"]


def test_files_lie_beside_the_notebooks(course):
    folder = course.labs[0].files_folder
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "prices.csv").write_text("a,1\n")
    build(course, execute_solutions=False)
    for out in ("labs", "solutions"):
        assert (course.root / out / "00-hello-cloud" / "data" / "prices.csv").read_text() == "a,1\n"


def test_a_removed_lab_is_removed(course):
    new_lab(course.folder, "second")
    course = load_course(course.folder)
    build(course, execute_solutions=False)
    assert (course.root / "labs" / "01-second").is_dir()
    listing = course.folder / "course.yml"
    listing.write_text(listing.read_text().replace(", 01-second", ""))
    (course.folder / "01-second").rename(course.root / "elsewhere")
    changes = build(load_course(course.folder), execute_solutions=False)
    assert len(changes.removed) == 2
    assert not (course.root / "labs" / "01-second").exists()


@pytest.mark.parametrize("only", [["hello-cloud"], ["00-hello-cloud"]])
def test_one_lab_can_be_built_alone(course, only):
    new_lab(course.folder, "second")
    changes = build(load_course(course.folder), execute_solutions=False, only=only)
    assert {path.parent.name for path in changes.written} == {"00-hello-cloud"}
