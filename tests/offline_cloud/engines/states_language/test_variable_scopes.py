"""Variables of inner scopes have names of their own."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.validation import validate


def of(inner: dict[str, Any], **outer: Any) -> dict[str, Any]:
    """A machine whose first state assigns `total`, and a Parallel with `inner` as its one state."""
    branch = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True, **inner}}}
    return {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"total.$": "$.n"}, "Next": "P"},
            "P": {"Type": "Parallel", "Branches": [branch, branch | {"States": {"J": branch["States"]["I"]}}]}
            | {"End": True}
            | outer,
        },
    }


def found(machine: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [
        (each.message, each.location)
        for each in validate(machine)
        if each.severity == "ERROR" and "Variable" in each.message
    ]


def test_a_name_of_an_outer_scope_is_taken() -> None:
    said = "Variable 'total' is already assigned in an outer scope"
    assert found(of({"Assign": {"total": 1}})) == [
        (said, "/States/P/Branches[0]/States/I/Assign"),
        (said, "/States/P/Branches[1]/States/J/Assign"),
    ]


def test_branches_do_not_see_each_other_and_a_catcher_is_outside() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Assign": {"total": 0}, "Next": "A"}]
    assert found(of({"Assign": {"mine": 1}}, Catch=catch, Assign={"total": 2})) == []


@pytest.mark.parametrize(
    "machine", [None, {"States": 5}, {"States": {"A": 5}}, {"States": {"A": {"Assign": 5}}}]
)
def test_it_takes_anything(machine: Any) -> None:
    assert found(machine or {}) == []
