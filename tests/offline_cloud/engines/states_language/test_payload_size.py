"""The limit on data is in bytes of UTF-8, and texts are compact."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_cloud.engines.states_language.payload_size import (
    MAX_BYTES,
    _deep_text,
    exceeds_limit,
    json_text,
)
from tests.offline_cloud.engines.states_language.definitions import machine
from tests.offline_cloud.engines.states_language.playing import Play


@pytest.mark.parametrize(
    ("value", "over"),
    [
        (None, False),
        (1, False),
        ("", False),
        ([], False),
        ("x" * (MAX_BYTES - 2), False),
        ("x" * (MAX_BYTES - 1), True),
        ("ü" * (MAX_BYTES // 2 - 1), False),
        ("ü" * (MAX_BYTES // 2), True),
        ("😀" * (MAX_BYTES // 4), True),
        ({"a": "x" * (MAX_BYTES - 8)}, False),
        ({"a": "x" * (MAX_BYTES - 7)}, True),
    ],
)
def test_what_is_over_the_limit(value: Any, over: bool) -> None:
    assert exceeds_limit(value) is over


def test_texts_are_compact_and_keep_letters() -> None:
    assert json_text({"a": [1, 1.5, None, "ü"]}) == '{"a":[1,1.5,null,"ü"]}'


def test_numbers_are_spelled_as_java_does() -> None:
    value = {"1e+5": '"0.0001', "a": [1e9, 12345678.5, 1.5e-7, 0.0005, 0.001, 9999999.5, -1e22, 1.0, 10**30]}
    assert json_text(value) == (
        '{"1e+5":"\\"0.0001","a":[1.0E9,1.23456785E7,1.5E-7,5.0E-4,0.001,9999999.5,-1.0E22,1.0,'
        "1000000000000000000000000000000]}"
    )
    assert json_text([float("inf"), "NaN"]) == '["Infinity","NaN"]'


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_way_without_recursion_gives_the_same_text(value: Any) -> None:
    assert _deep_text(value) == json_text(value)


def test_a_loop_may_nest_its_data_deeply() -> None:
    states = {
        "A": {
            "Type": "Pass",
            "Parameters": {"d": {"x.$": "$.d"}, "n.$": "States.MathAdd($.n, 1)"},
            "Next": "C",
        },
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 1100, "Next": "A"}],
            "Default": "Z",
        },
        "Z": {"Type": "Succeed"},
    }
    play = Play(machine(states), {"d": 0, "n": 0})
    text = json_text(play.output)
    assert text.count('{"x":') == 1100
    assert text.endswith(',"n":1100}')
