"""Checks of E2, Hello World."""

from typing import Any

from grader import Lab, check, mistake

from . import output_of, word

HINTS = (
    "Compare input and output of each state. Where did the input go?",
    "Result replaces the input, unless ResultPath says where in the input it belongs.",
    '`"ResultPath": "$.first"` in the state Hello, and another one in World.',
)


def _given(lab: Lab) -> dict[str, Any]:
    return {word(lab): lab.random.randint(2, 99), word(lab): [word(lab), None]}


@check("E2", points=1, hints=HINTS)
def predicts_something(lab: Lab) -> None:
    """You wrote down what you expect, and the machine keeps the second word."""
    if lab.prediction("E2") is None:
        lab.fail(seen="none", expected="a prediction", where='labkit.predict("E2", …)')
    seen = output_of(lab, "hello", _given(lab))
    if not isinstance(seen, dict):
        lab.fail(seen=seen, expected="an object", where="the output of hello")
    lab.expect(seen.get("second"), "World", where="second in the output of hello")


@check("E2", points=2, hints=HINTS)
def keeps_words_and_input(lab: Lab) -> None:
    """The output has both words and the whole input."""
    for _ in range(2):
        given = _given(lab)
        expected = {**given, "first": "Hello", "second": "World"}
        lab.expect(output_of(lab, "hello", given), expected, where="the output of hello")


@mistake(
    "E2-pass-appends",
    exercise="E2",
    hints=(
        "Result replaces unless… unless what?",
        "A Pass with a Result throws its input away. ResultPath keeps the input, and puts the result "
        "into it.",
        '`"ResultPath": "$.first"` and `"ResultPath": "$.second"`.',
    ),
)
def pass_appends(lab: Lab) -> bool | str:
    return lab.execute("hello", _given(lab)).output == "World" and "only the last word is left"


@mistake(
    "E2-same-place",
    exercise="E2",
    hints=(
        "Two words, one place. Which of the two stays?",
        "The second state writes over what the first one wrote, because both name the same place.",
        "Two different names in the two ResultPaths: `first` and `second`.",
    ),
)
def same_place(lab: Lab) -> bool | str:
    given = _given(lab)
    seen = lab.execute("hello", given).output
    values = [seen[key] for key in seen if key not in given] if isinstance(seen, dict) else []
    return values == ["World"] and "World stands where Hello was"


@mistake(
    "E2-result-thrown-away",
    exercise="E2",
    hints=(
        "The input is all there. Where are the words?",
        "A ResultPath of null throws the result away and keeps the input. You want both.",
        "Name a place: a text that begins with `$.`.",
    ),
)
def result_thrown_away(lab: Lab) -> bool | str:
    given = _given(lab)
    return lab.execute("hello", given).output == given and "the output is the input"


@mistake(
    "E2-first-word-replaces",
    exercise="E2",
    hints=(
        "The second state has a ResultPath. Into what does it write: what came out of the first state?",
        "`Hello` gives out only its Result, a text. A text has no place for `second`.",
        'The first state needs a place for its word too: `"ResultPath": "$.first"`.',
    ),
)
def first_word_replaces(lab: Lab) -> bool | str:
    seen = lab.execute("hello", _given(lab))
    return seen.error == "States.ResultPathMatchFailure" and "the second word has no place in a text"
