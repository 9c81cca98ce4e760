"""Parallel: branches over the same input; the result is the list of their outputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.branch import Branch, Flow
from offline_cloud.engines.states_language.retry import Failure
from offline_cloud.engines.states_language.state import Common, State

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = ["ParallelState"]


class ParallelState(State):
    """A Parallel."""

    __slots__ = ("flows",)

    def __init__(self, common: Common, flows: tuple[Flow, ...]) -> None:
        super().__init__(common)
        self.flows = flows

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        arguments = self.data.arguments(execution, branch)
        execution.record(branch, "ParallelStateStarted")
        join = branch.join = _Branches(branch, self.flows, arguments)
        execution.queue(*join.children.values())
        return False

    def joined(self, outputs: list[Any], execution: Interpreter, branch: Branch) -> bool:
        """All branches have succeeded."""
        execution.note(branch, "ParallelStateSucceeded")
        branch.join = None
        output, assigned = self.data.conclude(execution, branch, outputs)
        return execution.leave(branch, output, assigned, self.next)

    def failed(self, execution: Interpreter, branch: Branch) -> None:
        # A Parallel whose arguments can't be evaluated has never started.
        if branch.join is not None:
            execution.record(branch, "ParallelStateFailed")

    def aborted(self, execution: Interpreter, branch: Branch) -> None:
        execution.note(branch, "ParallelStateAborted")

    def redrive(self, execution: Interpreter, branch: Branch) -> bool:
        if branch.join is None:
            return self.enter(execution, branch)
        branch.join.redrive(execution)
        return False


class _Branches:
    """What a Parallel waits for."""

    __slots__ = ("children", "last", "outputs", "owner")

    def __init__(self, owner: Branch, flows: tuple[Flow, ...], data: Any) -> None:
        self.owner = owner
        self.outputs: list[Any] = [None] * len(flows)
        #: The last event of the branches that have succeeded.
        self.last = owner.previous
        self.children: Mapping[int, Branch] = {}
        children = {}
        for index, flow in enumerate(flows):
            first = flow.states[flow.start_at]
            children[index] = Branch(
                flow=flow,
                state=first,
                input=data,
                variables=owner.variables,
                step=first.enter,
                parent=self,
                index=index,
                previous=owner.previous,
                map_item=owner.map_item,
            )
        self.children = children

    def step(self, execution: Interpreter) -> None:
        """Branches begin together."""

    def child_succeeded(self, execution: Interpreter, child: Branch, output: Any) -> None:
        self.outputs[child.index] = output
        self.last = max(self.last, child.previous)
        del self.children[child.index]  # type: ignore[attr-defined]
        if not self.children:
            owner = self.owner
            owner.previous = self.last
            state = owner.state
            assert isinstance(state, ParallelState)
            owner.step = partial(state.joined, self.outputs)
            execution.queue(owner)

    def child_failed(self, execution: Interpreter, child: Branch, failure: Failure) -> None:
        execution.abort(self, child)
        self.owner.previous = child.previous
        execution.fail(self.owner, failure)

    def child_aborted(self, execution: Interpreter, child: Branch) -> None:
        """A branch of a Parallel has no events of its own."""

    def redrive(self, execution: Interpreter) -> None:
        execution.redrive_children(self)
