"""What a learner sees: the same facts as text and as HTML, and nothing of theirs as markup."""

import html
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.results import NOT_GIVEN
from labkit import views
from labkit.errors import LabkitError, refuse


def check(status="failed", **changes):
    fields = {
        "name": "answers",
        "description": "Your function answers with the price.",
        "status": status,
        "points": 1,
        "earned": 0,
        "expected": {"price": 1},
        "seen": {"price": "1"},
        "where": "the payload of Invoke",
        "hidden": False,
    }
    return SimpleNamespace(**(fields | changes))


def result(*checks, status="failed", **changes):
    fields = {
        "id": "E1",
        "title": "Price checker",
        "status": status,
        "points": 2,
        "earned": 1,
        "checks": list(checks),
        "hints": ("Why?",),
        "mistake": None,
        "message": "",
        "error": None,
    }
    return SimpleNamespace(**(fields | changes))


def words(markup):
    """The text of some HTML, as a reader hears it."""
    return html.unescape(re.sub(r"<[^>]*>", " ", markup))


def test_a_failure_shows_expected_seen_and_where_of_the_first_check_that_failed():
    view = views.exercise_result(result(check("passed"), check(), check(seen="other", where="elsewhere")))
    assert repr(view).split("\n") == [
        "✘ E1 Price checker: not yet, 1 of 2 points",
        "  ✔ Your function answers with the price. (passed)",
        "  ✘ Your function answers with the price. (not yet)",
        "  ✘ Your function answers with the price. (not yet)",
        '    expected: {"price": 1}',
        '    seen: {"price": "1"}',
        "    where: the payload of Invoke",
        '  Help: labkit.hint("E1")',
    ]


@pytest.mark.parametrize(
    ("expected", "seen", "told"),
    [
        (["next"], None, ['expected: ["next"]', "seen: null (None in Python)"]),
        ({"a": 1}, '{"a": 1}', ['expected: {"a": 1}', 'seen: "{\\"a\\": 1}" (a text)']),
        ("5", 5, ['expected: "5" (a text)', "seen: 5"]),
        ("a number", {"a": 1}, ["expected: a number", 'seen: {"a": 1}']),
        ("ask", "", ["expected: ask", 'seen: "" (an empty text)']),
        ("a text", "PK\x03", ["expected: a text", 'seen: "PK\\u0003"']),
        (NOT_GIVEN, NOT_GIVEN, []),
    ],
)
def test_what_differs_also_reads_differently(expected, seen, told):
    view = views.exercise_result(result(check(expected=expected, seen=seen)))
    lines = [line.strip() for line in view.text.split("\n")]
    assert [line for line in lines if line.startswith(("expected", "seen"))] == told


def test_a_check_after_a_refused_deployment_says_what_it_saw():
    view = views.exercise_result(result(check(), status="failed"), "trade")
    assert "trade was refused a moment ago" in view.text
    assert "trade was refused a moment ago" in view.html


def test_text_and_html_tell_the_same():
    view = views.exercise_result(result(check("passed"), check(), message="Look again."))
    bundle = view._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    for line in bundle["text/plain"].split("\n"):
        for word in re.findall(r"\w+", line):
            assert word in words(bundle["text/html"])


def test_a_hidden_check_shows_neither_expected_nor_seen():
    view = views.exercise_result(result(check(hidden=True, expected="secret-1", seen="secret-2")))
    assert "secret" not in view.text + view.html
    assert "the payload of Invoke" in view.text


@pytest.mark.parametrize(
    ("status", "sign", "word"),
    [("passed", "✔", "passed"), ("failed", "✘", "not yet"), ("could-not-run", "–", "could not run")],
)
def test_a_state_has_a_sign_and_a_word_not_only_a_colour(status, sign, word):
    for text in (
        views.exercise_result(result(status=status)).text,
        views.exercise_result(result(status=status)).html,
    ):
        assert sign in text
        assert word in text


def test_a_long_value_is_cut():
    view = views.exercise_result(result(check(seen="x" * 10_000)))
    assert "(10000 characters)" in view.text
    assert len(view.text) < 2000


TEXT = st.text(st.sampled_from("<>&\"'/abc= \n"), max_size=30)


@given(TEXT, TEXT, TEXT)
def test_nothing_of_a_learners_becomes_markup(one, two, three):
    shown = [
        views.note(one, two),
        views.hint("E1", 1, 3, three),
        views.exercise_result(
            result(
                check(expected=one, seen={two: three}, where=one, description=two),
                title=one,
                message=two,
                error=three,
            )
        ),
    ]
    for view in shown:
        tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", view.html))
        assert tags <= {"div", "b", "ul", "li", "span", "table", "tr", "th", "td", "code"}
        assert "&lt;script" in views.note("<script>").html


def test_a_learners_mistake_is_one_sentence_in_a_notebook(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.user_ns["refuse"] = refuse
    shell.run_cell("refuse('no lab is open: run the cell with labkit.open(…) first.')")
    shown = capsys.readouterr()
    assert shown.out.strip() == "no lab is open: run the cell with labkit.open(…) first."
    assert "Traceback" not in shown.out + shown.err
    with pytest.raises(LabkitError) as caught:
        refuse("x")
    assert caught.value.__suppress_context__


def test_code_in_a_hint_is_shown_as_code_and_stays_escaped():
    view = views.hint("E1", 1, 3, "Print `a < b` and `<b>`, not <i>`.")
    assert "<code>a &lt; b</code>" in view.html
    assert "<code>&lt;b&gt;</code>" in view.html
    assert "<i>" not in view.html
    assert view.text.endswith("Print `a < b` and `<b>`, not <i>`.")
