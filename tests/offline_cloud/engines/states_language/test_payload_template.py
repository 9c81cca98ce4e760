"""Payload templates: `.$` members are filled in, everything else stands."""

import random
from typing import Any

import pytest

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.payload_template import compile_template
from offline_cloud.engines.states_language.scope import Scope

SCOPE = Scope({"State": {"Name": "S"}}, {"v": 9}, lambda: "an-id", random.Random(1))


def fill(node: Any, data: Any) -> Any:
    return compile_template(node).evaluate(data, SCOPE)


def test_members_are_filled_in_at_any_depth_and_keep_their_order() -> None:
    node = {
        "z.$": "$.a",
        "fixed": [1, {"x": 1}],
        "deep": [{"in.$": "$.b[*]"}, "$.a", {"id.$": "States.UUID()"}],
        "name.$": "$$.State.Name",
        "v.$": "$v",
    }
    filled = fill(node, {"a": 1, "b": [2, 3]})
    assert filled == {
        "z": 1,
        "fixed": [1, {"x": 1}],
        "deep": [{"in": [2, 3]}, "$.a", {"id": "an-id"}],
        "name": "S",
        "v": 9,
    }
    assert list(filled) == ["z", "fixed", "deep", "name", "v"]
    assert filled["fixed"] is node["fixed"]


def test_a_template_without_paths_is_static_and_shared() -> None:
    node = {"a": {"b": ["$.x"]}}
    template = compile_template(node)
    assert template.is_static
    assert template.evaluate(None, SCOPE) is node
    assert fill("$.x", {"x": 1}) == "$.x"


def test_data_is_shared_and_left_alone() -> None:
    data = {"big": {"l": [1]}}
    assert fill({"all.$": "$", "big.$": "$.big"}, data)["big"] is data["big"]
    assert data == {"big": {"l": [1]}}


def test_a_miss_names_path_field_and_input() -> None:
    with pytest.raises(StatesError) as caught:
        fill({"outer": {"total.$": "$.none"}}, {"a": "ü"})
    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == (
        "The JSONPath '$.none' specified for the field 'total.$' "
        'could not be found in the input \'{"a":"ü"}\''
    )
    with pytest.raises(StatesError, match=r"in the input '.*State"):
        fill({"x.$": "$$.None"}, {})


@pytest.mark.parametrize("path", ["$.l[1]", "$.l[-2]", "$.l[0][0]"])
def test_a_position_past_the_end_is_null(path: str) -> None:
    """Seen on AWS in September 2026; a member of what isn't there is a miss, as elsewhere."""
    data = {"l": [[]]}
    assert fill({"a.$": path}, data) == {"a": None}
    assert fill({"a.$": f"States.Array({path})"}, data) == {"a": [None]}
    with pytest.raises(StatesError, match="could not be found"):
        fill({"a.$": f"{path}.b"}, data)


def test_null_input_has_no_paths() -> None:
    with pytest.raises(StatesError, match="null or empty input"):
        fill({"x.$": "$"}, None)
    assert fill({"x.$": "$$.State.Name"}, None) == {"x": "S"}


@pytest.mark.parametrize(
    "node",
    [
        {"a.$": 1},
        {"a.$": "x"},
        {"a.$": "$."},
        {"a.$": "States.No()"},
        {"a": 1, "a.$": "$.a"},
        [{"a.$": None}],
    ],
)
def test_a_bad_member_is_said_when_it_is_compiled(node: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compile_template(node)


def test_depth_is_bounded() -> None:
    node: Any = {"a.$": "$"}
    for _ in range(1_000):
        node = [node]
    with pytest.raises(ValueError, match="deep"):
        compile_template(node)
