"""Choice rules: 39 comparators, joins, wildcards, instants."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.states_language.choice import COMPARATORS, compile_rule, instant
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.scope import Scope

SCOPE = Scope({"Execution": {"Name": "e"}}, {"limit": 5}, lambda: "", random.Random(1))


def matches(rule: dict[str, Any], data: Any) -> bool:
    return compile_rule(rule).matches(data, SCOPE)


def holds(comparator: str, operand: Any, value: Any, **others: Any) -> bool:
    return matches({"Variable": "$.v", comparator: operand, "Next": "N"}, {"v": value, **others})


def test_there_are_39_comparators() -> None:
    assert len(COMPARATORS) == 39


VALUES: dict[str, list[Any]] = {
    "Numeric": [-1, 0.5, 2],
    "String": ["", "B", "a", "ä"],
    "Timestamp": ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", "2024-01-01T02:00:00+01:00"],
}
ORDERS = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("order", ORDERS)
def test_comparators_order_as_listed(kind: str, order: str) -> None:
    for place, value in enumerate(VALUES[kind]):
        for other_place, other in enumerate(VALUES[kind]):
            expected = ORDERS[order](place, other_place)
            assert holds(f"{kind}{order}", other, value) is expected
            assert holds(f"{kind}{order}Path", "$.w", value, w=other) is expected


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("wrong", [None, True, [], {}, [1], "2024", 7, "x"])
def test_another_type_does_not_match_and_is_no_error(kind: str, wrong: Any) -> None:
    own: tuple[type, ...] = {"Numeric": (int, float), "String": (str,), "Timestamp": ()}[kind]
    if isinstance(wrong, own) and not isinstance(wrong, bool):
        return
    assert not holds(f"{kind}Equals", VALUES[kind][0], wrong)
    assert not holds(f"{kind}LessThanEqualsPath", "$.w", VALUES[kind][0], w=wrong)


def test_booleans_and_types() -> None:
    assert holds("BooleanEquals", True, True)
    assert not holds("BooleanEquals", True, 1)
    assert not holds("BooleanEquals", False, None)
    assert holds("BooleanEqualsPath", "$.w", False, w=False)
    samples: dict[str, Any] = {
        "IsNull": None,
        "IsNumeric": 1.5,
        "IsString": "x",
        "IsBoolean": False,
        "IsTimestamp": "2024-01-01T00:00:00Z",
    }
    for name in samples:
        for other, value in samples.items():
            expected = name == other or (name == "IsString" and other == "IsTimestamp")
            assert holds(name, True, value) is expected
            assert holds(name, False, value) is not expected


def test_presence_never_fails() -> None:
    for path, present in {"$.v": True, "$.w": False, "$.v.x": False, "$limit": True, "$no": False}.items():
        assert matches({"Variable": path, "IsPresent": True}, {"v": None}) is present
        assert matches({"Variable": path, "IsPresent": False}, {"v": None}) is not present
    assert not matches({"Variable": "$.v", "IsPresent": True}, None)
    assert not matches({"Variable": "$.l[?(@.a)]", "IsPresent": True}, {"l": []})


@pytest.mark.parametrize("comparator", ["NumericEquals", "StringMatches", "IsNull", "IsString"])
def test_a_missing_variable_fails(comparator: str) -> None:
    operand = {"NumericEquals": 1, "StringMatches": "*"}.get(comparator, True)
    with pytest.raises(StatesError) as caught:
        matches({"Variable": "$.none", comparator: operand}, {"v": 1})
    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == (
        "Invalid path '$.none': The choice state's condition path references an invalid value."
    )
    with pytest.raises(StatesError, match=r"Invalid path '\$\.w'"):
        holds("NumericEqualsPath", "$.w", 1)


def test_joins_stop_at_the_first_rule_that_decides() -> None:
    missing = {"Variable": "$.none", "NumericEquals": 1}
    present = {"Variable": "$.none", "IsPresent": True}
    assert not matches({"And": [present, missing]}, {})
    assert matches({"Or": [{"Not": present}, missing]}, {})
    assert matches({"Not": {"And": [present, {"Or": [missing]}]}}, {})
    assert matches({"And": [{"Variable": "$$.Execution.Name", "StringEquals": "e"}]}, {})


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("a*", "abc", True),
        ("a*", "ba", False),
        ("*.txt", "x.txt", True),
        ("log-*-*.txt", "log-1-2.txt", True),
        ("log-*-*.txt", "log-1.txt", False),
        ("a*a", "a", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\*", "a\\x", True),
        ("a.c", "abc", False),
        ("*\n*", "x\ny", True),
        ("**", "x", True),
    ],
)
def test_wildcards(pattern: str, text: str, expected: bool) -> None:
    assert holds("StringMatches", pattern, text) is expected
    assert not holds("StringMatches", pattern, 1)


def test_many_stars_take_no_time() -> None:
    assert not holds("StringMatches", "*a" * 60 + "b", "a" * 100_000)


@given(st.lists(st.text("ab*\\", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=4))
def test_what_stands_for_the_stars_matches(parts: list[str], middle: str) -> None:
    pattern = "*".join(part.replace("\\", "\\\\").replace("*", "\\*") for part in parts)
    assert holds("StringMatches", pattern, middle.join(parts))


def test_instants() -> None:
    assert instant("1970-01-01T00:00:01Z") == 10**9
    assert instant("1970-01-01T01:00:00.25+01:00") == 250_000_000
    assert instant("1969-12-31T23:59:59-00:00") == -(10**9)
    for text in (
        "1970-01-01",
        "1970-01-01t00:00:00Z",
        "1970-02-30T00:00:00Z",
        "1970-01-01T00:00:00",
        "x",
        "",
    ):
        assert instant(text) is None


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"Variable": "$.a"},
        {"NumericEquals": 1},
        {"Variable": "$.a", "NumericEquals": 1, "StringEquals": "x"},
        {"Variable": "$.a", "NumericEquals": "1"},
        {"Variable": "$.a", "TimestampEquals": "today"},
        {"Variable": "$.a", "IsNull": 1},
        {"Variable": "$.a", "StringEqualsPath": "x"},
        {"Variable": "a", "IsNull": True},
        {"And": []},
        {"Not": 1},
    ],
)
def test_an_impossible_rule_is_said_when_it_is_compiled(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compile_rule(rule)
