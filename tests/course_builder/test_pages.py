"""Site pages: what is on them, what is folded, what links lead to."""

import re

import pytest
from nbformat.v4 import new_output

from course_builder import notebooks
from course_builder.lab_cells import read_cells, read_mistakes
from course_builder.links import bad_links, site_links
from course_builder.pages import index_page, instructor_page, lab_page

HINTS = {"E1": ("Why?", "Because.", "`return`")}


def page(course, outputs=()):
    lab = course.labs[0]
    cells = read_cells(course, lab)
    solution = notebooks.solution_notebook(lab, cells)
    for cell in solution.cells:
        if "def greeting" in cell.source:
            cell.outputs = list(outputs)
    return lab_page(course, lab, cells, solution, HINTS)


def unfolded(text):
    return re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)


def test_a_lab_page_tells_its_front_matter_and_folds_solutions_and_hints(course):
    text = page(course)
    assert text.startswith("# Hello cloud\n")
    assert text.count("\n# ") == 0
    assert "**11 minutes**" in text
    assert "| E1 Greet by name | 2 | 5 |" in text
    assert 'return f"Hello, {name}!"' in text
    assert 'return f"Hello, {name}!"' not in unfolded(text)
    assert "YOUR CODE HERE" in unfolded(text)
    assert "hint 1" not in unfolded(text)
    assert text.count("<summary>E1, hint") == 3
    assert "For instructors" not in text


def test_everything_folded_stays_out_of_the_search_index(course):
    folded = re.findall(r"<details[^>]*>", page(course))
    assert len(folded) == 4
    assert all("data-search-exclude" in tag for tag in folded)


def test_outputs_are_shown_with_the_solution_and_pictures_have_a_text_twin(course):
    picture = new_output(
        "display_data", {"image/svg+xml": "<svg>\n\n<path/></svg>", "text/plain": "a <b> picture"}
    )
    text = page(course, [new_output("stream", text="\x1b[31mprinted ``` text\x1b[0m\n"), picture])
    assert "````text\nprinted ``` text\n````" in text
    assert '<div class="labkit-picture">\n<svg>\n<path/></svg>\n</div>' in text
    assert "<pre>a &lt;b&gt; picture</pre>" in text
    assert "printed" not in unfolded(text)


def test_a_learners_markup_in_an_output_is_text(course):
    html = new_output(
        "execute_result", {"text/html": "<script>1</script>", "text/plain": "<script>2</script>"}
    )
    text = page(course, [html])
    assert "<script>1" not in text
    assert "```text\n<script>2</script>\n```" in text


def test_the_instructors_page_has_notes_timing_mistakes_and_answers(course):
    lab = course.labs[0]
    text = instructor_page(lab, read_cells(course, lab), read_mistakes(lab, []), HINTS)
    assert "**Goal in one sentence.**" in text
    assert "| **Sum** | **11** |" in text
    assert "Known wrong answer: knows one name" in text
    assert "Brings up: *Where does your text go" in text
    assert 'return f"Hello, {name}!"' in text


def test_the_index_lists_labs_and_paths(course):
    text = index_page(course)
    assert "| [Hello cloud](00-hello-cloud.md) | 11 | 1 | 2 | write |" in text


@pytest.mark.parametrize(
    ("written", "on_the_site"),
    [
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](#part)", "[a](#part)"),
        ("[b](../00-orientation/orientation.ipynb#e1)", "[b](00-orientation.md#e1)"),
        ("[`c.py`](c.py)", "`c.py`"),
        ("[the file](data/c.csv)", "`the file`"),
        ("[d](../../docs/reference/limits.md#time)", "[d](../reference/limits.md#time)"),
        ("`[e](f.py)` and\n```\n[e](f.py)\n```", "`[e](f.py)` and\n```\n[e](f.py)\n```"),
        ("<details><summary>x</summary>", "<details markdown><summary>x</summary>"),
    ],
)
def test_links_become_the_sites(written, on_the_site):
    assert site_links(written) == on_the_site


def test_links_that_lead_nowhere_are_found(course):
    lab = course.labs[0]
    lab.files_folder.mkdir()
    (lab.files_folder / "c.py").touch()
    good = "[a](https://x.org) [c](c.py) [l](../00-hello-cloud/hello-cloud.ipynb) `[q](q)`"
    text = f"{good} [n](n.py) [m](../9-x/x.ipynb)"
    assert list(bad_links(text, lab)) == ["n.py", "../9-x/x.ipynb"]
