"""Checks that no variable of an inner scope has the name of one of a scope around it.

A machine, each branch of a Parallel and a Map's processor have a scope each. A variable is in the scope of
the states that assign it; a Map's or Parallel's own Assign and its catchers' belong to the scope around it.
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html ("Variable scope")
"""

from collections.abc import Iterator, Mapping
from typing import Any

from offline_cloud.engines.states_language.diagnostics import Findings
from offline_cloud.engines.states_language.map_rules import processor_of


def check_scopes(
    findings: Findings, machine: Any, location: str = "", outer: Mapping[str, str] | None = None
) -> None:
    """Check one machine and those in it; `outer` are the variables around it, each with who assigns it."""
    states = machine.get("States") if isinstance(machine, dict) else None
    if not isinstance(states, dict):
        return
    around = outer or {}
    own: dict[str, str] = {}
    for state_name, state in states.items():
        if not isinstance(state, dict):
            continue
        for variable, step in _assigned(state):
            if variable in around:
                findings.schema(
                    f"Variable '{variable}' is already assigned in an outer scope",
                    f"{location}/States/{state_name}{step}",
                    f"{around[variable]} assigns {variable} too, around this scope: rename one of them.",
                )
            else:
                own.setdefault(variable, state_name)
    for state_name, state in states.items():
        for inner, step in _inner_machines(state):
            check_scopes(findings, inner, f"{location}/States/{state_name}{step}", {**around, **own})


def _assigned(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every variable that a state assigns, and where in it."""
    holders: list[tuple[Any, str]] = [(state, "")]
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        if isinstance(rules, list):
            holders += [(rule, f"/{field}[{at}]") for at, rule in enumerate(rules)]
    for holder, step in holders:
        variables = holder.get("Assign") if isinstance(holder, dict) else None
        if isinstance(variables, dict):
            for name in variables:
                yield name.removesuffix(".$"), f"{step}/Assign"


def _inner_machines(state: Any) -> Iterator[tuple[Any, str]]:
    if not isinstance(state, dict):
        return
    if state.get("Type") == "Parallel" and isinstance(state.get("Branches"), list):
        for at, branch in enumerate(state["Branches"]):
            yield branch, f"/Branches[{at}]"
    elif state.get("Type") == "Map" and (processor := processor_of(state)):
        name, inner = processor
        yield inner, f"/{name}"
