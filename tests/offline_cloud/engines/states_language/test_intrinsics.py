"""Intrinsic functions: what each answers, escapes, limits, and the words of a failure."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.intrinsics import FUNCTIONS, compile_intrinsic, spelled
from offline_cloud.engines.states_language.scope import Scope

SCOPE = Scope({"Execution": {"Id": "e-1"}}, {"v": [4, 5]}, lambda: "an-id", random.Random(3))
DATA: dict[str, Any] = {
    "n": 3,
    "name": "Ana",
    "template": "{} has {}",
    "list": [1, 2, 2, "2", True, {"a": 1}, {"a": 1}],
    "one": {"a": 1, "b": 2},
    "two": {"b": {"c": 3}},
    "json": '{"k": [1, null]}',
    "long": "x" * 10_001,
    "mixed": {"Arg1": 1, "Arg2": ["a", None, True, 1.5e10]},
}


def evaluate(text: str) -> Any:
    return compile_intrinsic(text).evaluate(DATA, SCOPE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Format('Hello {}, {} times', $.name, $.n)", "Hello Ana, 3 times"),
        ("States.Format($.template, $.name, 2)", "Ana has 2"),
        (r"States.Format('it\'s \{\} \\ {}', 1)", r"it's {} \ 1"),
        ("States.Format('{}', $.mixed)", "{Arg1=1, Arg2=[a, null, true, 1.5E10]}"),
        ("States.Format('{} {} {}', null, true, 1.0)", "null true 1.0"),
        ("States.Format('plain')", "plain"),
        ("States.StringToJson($.json)", {"k": [1, None]}),
        ("States.StringToJson('  ')", None),
        ("States.JsonToString($.one)", '{"a":1,"b":2}'),
        ("States.Array()", []),
        ("States.Array(1, 'a', $.n, $v, null)", [1, "a", 3, [4, 5], None]),
        ("States.ArrayPartition($.list, 4)", [[1, 2, 2, "2"], [True, {"a": 1}, {"a": 1}]]),
        ("States.ArrayContains($.list, 2)", True),
        ("States.ArrayContains($.list, false)", False),
        ("States.ArrayContains($.list, $.list[5])", True),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayRange(3, 1, 1)", []),
        ("States.ArrayGetItem($.list, 3)", "2"),
        ("States.ArrayLength($.list[*])", 7),
        ("States.ArrayUnique($.list)", [1, 2, "2", True, {"a": 1}]),
        ("States.Base64Encode('Größe')", "R3LDtsOfZQ=="),
        ("States.Base64Decode('R3LDtsOfZQ==')", "Größe"),
        ("States.Hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("States.Hash('a', 'SHA-1')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("States.JsonMerge($.one, $.two, false)", {"a": 1, "b": {"c": 3}}),
        ("States.MathAdd(1.5, -1.5)", 1),
        ("States.StringSplit('a,b;;c', ',;')", ["a", "b", "c"]),
        ("States.StringSplit('a-b]c', ']-')", ["a", "b", "c"]),
        ("States.UUID()", "an-id"),
        ("States.Format('{}', $$.Execution.Id)", "e-1"),
        ("States.ArrayGetItem(States.StringSplit(States.Format('{}-b', $.name), '-'), 1)", "b"),
        ("  States.Array( 1 ,2 )".strip(), [1, 2]),
        ("States.Array($.list[?(@.a == 1)], $['name'])", [[{"a": 1}, {"a": 1}], "Ana"]),
    ],
)
def test_what_it_answers(text: str, value: Any) -> None:
    assert evaluate(text) == value


def test_there_are_eighteen_functions() -> None:
    assert len(FUNCTIONS) == 18


def test_a_seed_gives_the_same_number_as_in_java() -> None:
    """new java.util.Random(42).nextInt(10) is 0, then 3; the second draw shows the first one's state."""
    assert evaluate("States.MathRandom(0, 10, 42)") == 0
    assert {evaluate("States.MathRandom(5, 9)") for _ in range(60)} == {5, 6, 7, 8}


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("States.Format('{} {}', 1)", "States.Format"),
        ("States.StringToJson('{')", "States.StringToJson"),
        ("States.StringToJson($.n)", "States.StringToJson"),
        ("States.ArrayPartition($.list, 0)", "States.ArrayPartition"),
        ("States.ArrayPartition($.n, 1)", "States.ArrayPartition"),
        ("States.ArrayRange(1, 1001, 1)", None),
        ("States.ArrayRange(1, 1002, 1)", "States.ArrayRange"),
        ("States.ArrayRange(1, 99999999999, 1)", "States.ArrayRange"),
        ("States.ArrayRange(1, 2, 0)", "States.ArrayRange"),
        ("States.ArrayGetItem($.list, 7)", "States.ArrayGetItem"),
        ("States.ArrayGetItem($.list, -1)", "States.ArrayGetItem"),
        ("States.Base64Encode($.long)", "States.Base64Encode"),
        ("States.Base64Decode('%%')", "States.Base64Decode"),
        ("States.Hash('a', 'CRC')", "States.Hash"),
        ("States.Hash($.long, 'MD5')", "States.Hash"),
        ("States.JsonMerge($.one, $.two, true)", "States.JsonMerge"),
        ("States.MathAdd('1', 1)", "States.MathAdd"),
        ("States.MathAdd(2147483648, 1)", "States.MathAdd"),
        ("States.MathRandom(5, 5)", "States.MathRandom"),
        ("States.StringSplit(1, ',')", "States.StringSplit"),
        ("States.Array(States.ArrayLength('x'))", "States.ArrayLength"),
    ],
)
def test_wrong_arguments_are_named(text: str, function: str | None) -> None:
    if function is None:
        # One past a round number would be 1,001 items.
        with pytest.raises(StatesError):
            evaluate(text)
        return
    with pytest.raises(StatesError) as caught:
        evaluate(text)
    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == (
        f"The function '{text}' had the following error: Invalid arguments in {function}"
    )


def test_an_argument_that_meets_nothing_is_named() -> None:
    with pytest.raises(StatesError) as caught:
        compile_intrinsic("States.Format('{}', $.nope)").evaluate({"other": 1}, SCOPE)
    assert caught.value.cause == (
        "The function 'States.Format('{}', $.nope)' had the following error: "
        "The JsonPath argument for the field '$.nope' could not be found in the input '{\"other\":1}'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "States.Format(",
        "States.Format('a)",
        "States.Format('a' 'b')",
        "States.Format()",
        "States.Nothing()",
        "States.UUID(1)",
        "States.Array(1,)",
        "States.Array(a)",
        "States.Array(1) x",
        "States.Array($.a[)",
        r"States.Format('a\n')",
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_bad_text_is_said_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ValueError, match=r"column|JSONPath"):
        compile_intrinsic(text)


@given(st.text(max_size=40))
def test_any_text_can_be_quoted(text: str) -> None:
    quoted = "".join("\\" + sign if sign in "'{}\\" else sign for sign in text)
    assert evaluate(f"States.ArrayGetItem(States.Array('{quoted}'), 0)") == text
    assert evaluate(f"States.Format('{quoted}{{}}', 1)") == text + "1"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_spelled_so_that_they_read_the_same(number: float) -> None:
    assert float(spelled(number)) == number
