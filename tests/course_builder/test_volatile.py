"""Which output is kept although it differs."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_builder.volatile import keep_volatile, masked, same_but_volatile


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("id 7d9c3a52-1111-4222-8333-123456789abc", "id 00000000-1111-4222-8333-aaaaaaaaaaaa"),
        ("at 2026-11-23T03:19:17.789Z", "at 2027-01-02T10:00:00Z"),
        ("REPORT Duration: 1.53 ms Billed Duration: 2 ms", "REPORT Duration: 21 ms Billed Duration: 22 ms"),
        ("'remaining_before_ms': 2999", "'remaining_before_ms': 1993"),
        ("http://localhost:40123/x", "http://localhost:5000/x"),
        ("Mon, 23 Nov 2026 03:19:17 GMT", "Tue, 24 Nov 2026 04:00:00 GMT"),
        ("{'LastModified': datetime.datetime(2026, 11, 23, 3, tzinfo=tzutc())}",
         "{'LastModified': datetime.datetime(2026, 1, 2, 4, 5, tzinfo=tzutc())}"),
        ('<svg width="10"><rect x="3.5"/></svg>', '<svg width="12"><rect x="4"/></svg>'),
        ("2026/11/23/[$LATEST]0123456789abcdef0123", "2026/01/02/[$LATEST]fedcba98765432100123"),
    ],
)  # fmt: skip
def test_volatile_text_does_not_count(one, other):
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{'price': 101.5}", "{'price': 102.5}"),
        ("2 of 3 points", "3 of 3 points"),
        ("KeyError", "TypeError"),
        ("timeout 3", "timeout 4"),
        ("Status 200", "Status 202"),
        ("ABCD", "WXYZ"),
    ],
)
def test_what_a_lab_teaches_counts(one, other):
    assert masked(one) != masked(other)


def notebook(*cells):
    made = new_notebook(cells=list(cells))
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"
    return made


def printed(text, source="f()", tags=()):
    return new_code_cell(source, outputs=[new_output("stream", text=text)], metadata={"tags": list(tags)})


def test_an_old_output_is_kept_where_only_volatile_text_differs():
    old = notebook(printed("took 1.2 ms"), printed("3"), printed("took 1 ms", "g()"))
    new = notebook(printed("took 9.9 ms"), printed("4"), printed("took 2 ms", "h()"))
    kept = keep_volatile(new, old)
    assert [cell.outputs[0].text for cell in kept.cells] == ["took 1.2 ms", "4", "took 2 ms"]


def test_a_cell_tagged_volatile_keeps_its_picture():
    def picture(markup, tags):
        data = {"image/svg+xml": markup, "text/plain": markup}
        return new_code_cell(
            "draw()", outputs=[new_output("display_data", data=data)], metadata={"tags": tags}
        )

    old, new = (
        notebook(picture("<svg>a</svg>", ["volatile"])),
        notebook(picture("<svg>b c</svg>", ["volatile"])),
    )
    assert keep_volatile(new, old).cells[0].outputs == old.cells[0].outputs
    new = notebook(picture("<svg>b c</svg>", []))
    assert keep_volatile(new, old).cells[0].outputs != old.cells[0].outputs


def test_a_first_build_keeps_what_it_has():
    new = notebook(printed("took 1 ms"))
    assert keep_volatile(new, None) is new


def test_a_stream_in_pieces_is_the_same_stream():
    whole = [new_output("stream", text="ab\ncd\n")]
    pieces = [new_output("stream", text="ab\n"), new_output("stream", text="cd\n")]
    assert same_but_volatile(whole, pieces)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_building_twice_changes_nothing(texts):
    old = notebook(*(printed(text) for text in texts))
    new = nbformat.from_dict(old)
    assert keep_volatile(new, old) == old
    for text in texts:
        assert masked(masked(text)) == masked(text)
