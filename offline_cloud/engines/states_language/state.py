"""What all states have in common: their names in the history, Retry and Catch, and how they end.

A state is compiled once and never changes; what changes is kept by the branch that runs it. `enter` and the
other steps return True if the branch can go on at once; StatesError raised by any of them fails the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.data_flow import DataFlow, compile_data_flow
from offline_cloud.engines.states_language.retry import (
    ErrorNames,
    Failure,
    Retrier,
    compile_error_names,
    compile_retriers,
)

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.branch import Branch
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = ["Catcher", "Common", "State", "compile_common"]


@dataclass(frozen=True, slots=True)
class Catcher:
    """One catcher."""

    errors: ErrorNames
    next: str
    data: DataFlow


@dataclass(frozen=True, slots=True)
class Common:
    """The fields that every state has; `next` is None if the state ends its flow."""

    name: str
    kind: str
    next: str | None
    data: DataFlow
    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]


def compile_common(name: str, state: Mapping[str, Any], jsonata: bool) -> Common:
    return Common(
        name=name,
        kind=state["Type"],
        next=None if state.get("End") else state.get("Next"),
        data=compile_data_flow(state, jsonata),
        retriers=compile_retriers(state.get("Retry", [])),
        catchers=tuple(
            Catcher(
                errors=compile_error_names(rule),
                next=rule["Next"],
                data=compile_data_flow(rule, jsonata, f"Catch[{at}]/"),
            )
            for at, rule in enumerate(state.get("Catch", []))
        ),
    )


class State:
    """A compiled state. Subclasses do the work of their type."""

    __slots__ = (
        "catchers",
        "data",
        "entered_type",
        "exited_type",
        "kind",
        "name",
        "next",
        "retriers",
        "retries",
    )

    def __init__(self, common: Common) -> None:
        self.name = common.name
        self.kind = common.kind
        self.next = common.next
        self.data = common.data
        self.retriers = common.retriers
        #: Whether states of this type can have a Retry.
        self.retries = common.kind in ("Task", "Parallel", "Map")
        self.catchers = common.catchers
        self.entered_type = f"{self.kind}StateEntered"
        self.exited_type = f"{self.kind}StateExited"

    def enter(self, execution: Interpreter, branch: Branch) -> bool:
        """Begin: record the entry and work as far as possible."""
        execution.enter(branch)
        return self.run(execution, branch)

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        """Do the state's work; a retry does it again, without a new entry."""
        raise NotImplementedError

    def timer(self, execution: Interpreter, branch: Branch, purpose: str) -> bool:
        """A timer of this state has fired; a retry's is handled for all states alike."""
        raise NotImplementedError

    def failed(self, execution: Interpreter, branch: Branch) -> None:
        """Record that the state has failed for good, before it is caught or fails what it is in."""

    def aborted(self, execution: Interpreter, branch: Branch) -> None:
        """Record that the state was stopped because another branch failed."""

    def redrive(self, execution: Interpreter, branch: Branch) -> bool:
        """Do again what failed or was stopped: a state is entered anew, a Map or Parallel goes on."""
        return self.enter(execution, branch)

    def catch(self, execution: Interpreter, branch: Branch, failure: Failure, catcher: Catcher) -> bool:
        """Leave by a catcher."""
        output, assigned = catcher.data.caught(execution, branch, failure.output())
        return execution.leave(branch, output, assigned, catcher.next)
