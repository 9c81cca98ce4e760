"""Exact comparison of JSON values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.comparison import first_difference

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_a_value_equals_itself(value):
    assert first_difference(value, value) is None


@given(JSON, JSON)
def test_it_is_the_same_from_both_sides(one, other):
    assert (first_difference(one, other) is None) == (first_difference(other, one) is None)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(True, 1), (0, False), ("50", 50), (None, ""), (None, 0), ([], {}), ({}, None), ("", False)],
)
def test_types_count(seen, expected):
    assert first_difference(seen, expected) == "$"


def test_json_has_one_kind_of_number():
    assert first_difference({"price": 50}, {"price": 50.0}) is None
    assert first_difference(math.nan, math.nan) is None
    assert first_difference(50.0000001, 50) == "$"


@pytest.mark.parametrize(
    ("seen", "expected", "path"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "$.a.b[1]"),
        ({"a": 1}, {"a": 1, "b": 2}, "$.b"),
        ({"a": 1, "c": 2}, {"a": 1}, "$.c"),
        ([1, 2], [1], "$[1]"),
        ({"two words": 1}, {"two words": 2}, "$['two words']"),
        ((1, 2), [1, 2], None),
    ],
)
def test_it_names_the_first_difference(seen, expected, path):
    assert first_difference(seen, expected) == path


def test_what_json_does_not_have_is_refused():
    class Equal:
        def __eq__(self, other):
            return True

        __hash__ = object.__hash__

    with pytest.raises(TypeError, match="JSON has no Equal"):
        first_difference(Equal(), 1)
    with pytest.raises(TypeError, match="JSON has no set"):
        first_difference({1}, {1})
