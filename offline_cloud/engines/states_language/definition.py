"""A state machine, parsed and compiled once; its executions share it.

The definition is known to be valid (validation.py): what is wrong raises KeyError or ValueError here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offline_cloud.engines.states_language.branch import Flow
from offline_cloud.engines.states_language.data_flow import is_jsonata
from offline_cloud.engines.states_language.map_state import compile_map
from offline_cloud.engines.states_language.parallel_state import ParallelState
from offline_cloud.engines.states_language.simple_states import (
    ChoiceState,
    FailState,
    PassState,
    SucceedState,
    WaitState,
)
from offline_cloud.engines.states_language.state import State, compile_common
from offline_cloud.engines.states_language.task_state import TaskState

__all__ = ["Machine", "compile_machine"]

_SIMPLE: Mapping[str, Any] = {
    "Pass": PassState,
    "Fail": FailState,
    "Choice": ChoiceState,
    "Wait": WaitState,
    "Task": TaskState,
}


@dataclass(frozen=True, slots=True)
class Machine:
    """A compiled machine, or the item processor of a distributed Map; `timeout` in seconds."""

    flow: Flow
    timeout: float | None
    definition: Mapping[str, Any]


def compile_machine(definition: Mapping[str, Any], jsonata: bool = False) -> Machine:
    """The machine with this definition; `jsonata` is the language around it (an item processor's machine)."""
    return Machine(
        flow=_compile_flow(definition, is_jsonata(definition, jsonata)),
        timeout=definition.get("TimeoutSeconds"),
        definition=definition,
    )


def _compile_flow(definition: Mapping[str, Any], jsonata: bool) -> Flow:
    states = {name: _compile_state(name, state, jsonata) for name, state in definition["States"].items()}
    return Flow(definition["StartAt"], states)


def _compile_state(name: str, state: Mapping[str, Any], inherited: bool) -> State:
    jsonata = is_jsonata(state, inherited)
    common = compile_common(name, state, jsonata)
    kind = state["Type"]
    if kind == "Succeed":
        return SucceedState(common)
    if kind == "Parallel":
        return ParallelState(common, tuple(_compile_flow(branch, inherited) for branch in state["Branches"]))
    if kind == "Map":
        processor = state["ItemProcessor"] if "ItemProcessor" in state else state["Iterator"]
        return compile_map(common, state, compile_machine(processor, inherited))
    compiled: State = _SIMPLE[kind](common, state)
    return compiled
