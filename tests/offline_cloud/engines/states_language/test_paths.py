"""Paths: definite ones follow names and positions, the rest is Jayway's dialect."""

import contextlib
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.paths import PathMissing, compile_path, compile_reference
from offline_cloud.engines.states_language.scope import Scope

STORE: dict[str, Any] = {
    "order": {"id": 7, "lines": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}, {"sku": "C"}]},
    "prices": [3, 1.5, 2],
    "name": "shop",
    "gone": None,
    "odd name": {"it's": 1},
}

SCOPE = Scope({"Execution": {"Id": "e"}}, {"cart": {"n": [5, 6]}}, lambda: "id", random.Random(1))


def read(path: str, data: Any = STORE) -> Any:
    return compile_path(path).read(data, SCOPE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", STORE),
        ("$.order.id", 7),
        ("$['order']['id']", 7),
        ('$["order"].lines[0].sku', "A"),
        ("$.order.lines[-1].sku", "C"),
        ("$['odd name']['it\\'s']", 1),
        ("$.gone", None),
        ("$.order.lines[1]['sku','n']", {"sku": "B", "n": 2}),
        ("$.order.lines.length()", 3),
        ("$.prices.sum()", 6.5),
        ("$.prices.max()", 3.0),
        ("$.prices.avg()", 6.5 / 3),
        ("$.name.length()", None),
        ("$$.Execution.Id", "e"),
        ("$$", {"Execution": {"Id": "e"}}),
        ("$cart.n[1]", 6),
        ("$cart", {"n": [5, 6]}),
    ],
)
def test_a_definite_path_reads_the_value(path: str, value: Any) -> None:
    assert read(path) == value
    assert compile_path(path).is_definite


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.order.lines[*].sku", ["A", "B", "C"]),
        ("$.order.lines[*].n", [1, 2]),
        ("$..sku", ["A", "B", "C"]),
        ("$.order.lines[0:2].sku", ["A", "B"]),
        ("$.order.lines[-2:].sku", ["B", "C"]),
        ("$.order.lines[:1].sku", ["A"]),
        ("$.order.lines[0,2].sku", ["A", "C"]),
        ("$.order.lines[?(@.n > 1)].sku", ["B"]),
        ("$.order.lines[?(@.n)].sku", ["A", "B"]),
        ("$.order.lines[?(!@.n)].sku", ["C"]),
        ("$.order.lines[?(@.n == '2')].sku", ["B"]),
        ("$.order.lines[?(@.n != 1)].sku", ["B", "C"]),
        ("$.order.lines[?(@.sku in ['A', 'C'] && @.n)].sku", ["A"]),
        ("$.order.lines[?(@.sku == 'A' || (@.n >= 2 && @.sku =~ /b/i))].sku", ["A", "B"]),
        ("$.order.lines[?(@.n == $.order.lines[1].n)].sku", ["B"]),
        ("$.order.lines[?(@.sku nin ['A'])].sku", ["B", "C"]),
        ("$.order.lines[?(@.size() == 1)].sku", ["C"]),
        ("$.order.lines[?(@.none == null)]", []),
        ("$.prices[?(@ < 3)]", [1.5, 2]),
        ("$.order[?(@.sku)]", []),
        ("$.order.lines[7:]", []),
        ("$.order.*", [7, STORE["order"]["lines"]]),
        ("$..lines[0].sku", ["A"]),
        ("$..nothing", []),
    ],
)
def test_any_other_path_reads_a_list(path: str, value: Any) -> None:
    assert read(path) == value
    assert not compile_path(path).is_definite


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.none", "No results for path: $['none']"),
        ("$.none.deeper", "Missing property in path $['none']"),
        ("$.order.none", "No results for path: $['order']['none']"),
        ("$.order.lines[9]", "No results for path: $['order']['lines'][9]"),
        ("$.none[*].x", "Missing property in path $['none']"),
        ("$.order[0]", 'Filter: [0] can only be applied to arrays. Current context is: {"id":7'),
        ("$.name[0]", 'Filter: [0] can only be applied to arrays. Current context is: "shop"'),
        ("$.name.x", "Expected to find an object with property ['x'] in path $['name'] but found"),
        ("$.gone.x", "Expected to find an object with property ['x'] in path $['gone'] but found"),
        ("$.order.lines[0:1].none[0]", None),
    ],
)
def test_a_miss_has_jayways_reason(path: str, reason: str | None) -> None:
    if reason is None:
        assert read(path) == []
        return
    with pytest.raises(PathMissing) as caught:
        read(path)
    assert caught.value.error == "States.Runtime"
    assert caught.value.reason.startswith(reason)
    assert caught.value.cause == f"Invalid path '{path}' : {caught.value.reason}"


def test_a_miss_is_worded_for_fields_and_choices() -> None:
    with pytest.raises(PathMissing) as caught:
        read("$.x", {"ü": [1, None]})
    assert caught.value.for_field("name.$").cause == (
        "The JSONPath '$.x' specified for the field 'name.$' "
        "could not be found in the input '{\"ü\":[1,null]}'"
    )
    assert caught.value.for_choice().cause == (
        "Invalid path '$.x': The choice state's condition path references an invalid value."
    )


def test_a_missing_variable_and_null_input_fail() -> None:
    with pytest.raises(PathMissing):
        read("$nobody.x")
    with pytest.raises(StatesError, match=r"Unable to apply Path transformation to null or empty input\."):
        read("$.x", None)
    assert read("$", None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "$.",
        "$..",
        "$.a.",
        "$a b",
        "$.a[",
        "$.a[x]",
        "$.a['x",
        "$.a[?(@.x)",
        "$.a[?(@.x == )]",
        "$.a.no()",
        "$.a[?(@.x like 1)]",
        "$.a[?(@ =~ /(/)]",
        "$.a]",
        "$$x",
        "$.a[?(" + "(" * 80 + "@.x" + ")" * 80 + ")]",
    ],
)
def test_a_bad_path_is_said_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ValueError, match="JSONPath"):
        compile_path(text)


def test_reference_paths_are_told_apart() -> None:
    assert compile_path("$.a[0]['b c']").is_reference
    for text in ("$.a[-1]", "$.a[*]", "$..a", "$.a[0,1]", "$.a.length()"):
        assert not compile_path(text).is_reference
        with pytest.raises(ValueError, match="Reference Path"):
            compile_reference(text)
    with pytest.raises(ValueError, match="variable"):
        compile_reference("$$.a")


def test_writing_makes_what_is_missing_and_shares_the_rest() -> None:
    data = {"a": {"l": [1, {"x": 1}]}, "rest": {"big": []}}
    new = compile_reference("$.a.l[1].y").write(data, 2)
    assert new == {"a": {"l": [1, {"x": 1, "y": 2}]}, "rest": {"big": []}}
    assert data == {"a": {"l": [1, {"x": 1}]}, "rest": {"big": []}}
    assert new["rest"] is data["rest"]
    assert compile_reference("$.p.q").write({}, None) == {"p": {"q": None}}
    assert compile_reference("$").write(data, 3) == 3


@pytest.mark.parametrize(("path", "data"), [("$.a", "text"), ("$.a.b", {"a": 1}), ("$.a[3]", {"a": [1]})])
def test_writing_fails_where_nothing_can_be_made(path: str, data: Any) -> None:
    with pytest.raises(StatesError) as caught:
        compile_reference(path).write(data, 1)
    assert caught.value.error == "States.ResultPathMatchFailure"


NAMES = st.text(min_size=1, max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def spelled(steps: list[str | int]) -> str:
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else "['" + step.replace("\\", "\\\\").replace("'", "\\'") + "']"
        for step in steps
    )


def places(value: Any, steps: list[str | int]) -> list[list[str | int]]:
    found = [steps]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        found += places(item, [*steps, step])
    return found


@given(JSON, st.data())
def test_each_place_can_be_read_and_written(data: Any, draw: st.DataObject) -> None:
    steps = draw.draw(st.sampled_from(places(data, [])))
    path = spelled(steps)
    value = data
    for step in steps:
        value = value[step]
    assert compile_path(path).read(data, None) == value or not steps
    written = compile_reference(path).write(data, "new")
    assert compile_path(path).read(written, None) == "new"


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_a_plain_refusal(text: str) -> None:
    try:
        path = compile_path("$" + text)
    except ValueError:
        return
    with contextlib.suppress(StatesError):
        path.read({"a": [1, {"b": 2}]}, SCOPE)
