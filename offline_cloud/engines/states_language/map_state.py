"""Map inline: the same states over every item, in the execution itself; the result is the list of outputs.

At most 40 iterations run at once (or MaxConcurrency, if that is less). An iteration that ends makes room for
the next one, whose first event follows the last one of the iteration that made room.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from offline_cloud.engines.states_language.branch import Branch, Flow
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.expected_values import (
    QUERY_ERROR,
    Value,
    array_result,
    compile_number,
    jsonata_expression,
    type_name,
)
from offline_cloud.engines.states_language.jsonata import compile_template as compile_jsonata
from offline_cloud.engines.states_language.paths import compile_path
from offline_cloud.engines.states_language.payload_template import compile_template
from offline_cloud.engines.states_language.retry import RUNTIME, Failure
from offline_cloud.engines.states_language.state import Common, State

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.definition import Machine
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = ["MapState", "compile_items", "compile_map", "compile_selector"]

#: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
_MOST_AT_ONCE: Final = 40


def compile_map(common: Common, state: Mapping[str, Any], processor: Machine) -> State:
    """An inline or a distributed Map."""
    config = processor.definition.get("ProcessorConfig", {})
    if config.get("Mode") == "DISTRIBUTED":
        from offline_cloud.engines.states_language.distributed_map import DistributedMapState

        return DistributedMapState(common, state, processor)
    return MapState(common, state, processor.flow)


def compile_items(state: Mapping[str, Any], jsonata: bool) -> Value:
    """What gives the items; anything but a list fails the state."""
    if jsonata:
        if "Items" not in state:
            return lambda execution, branch: _list(branch.input)
        node = state["Items"]
        if isinstance(node, str):
            return jsonata_expression(node, "Items", array_result)
        evaluate = compile_jsonata(node, "Items").evaluate
        return lambda execution, branch: _list(evaluate(execution.states_scope(branch)))
    path = compile_path(state.get("ItemsPath", "$"))

    def items(execution: Interpreter, branch: Branch) -> Any:
        data = branch.state.data.effective_input(execution, branch)
        scope = None if path.variable is None else execution.scope(branch)
        found = path.read(data, scope)
        if not isinstance(found, list):
            raise StatesError(RUNTIME, f'Reference path "{path.text}" must point to array.')
        return found

    return items


def _list(value: Any) -> Any:
    if not isinstance(value, list):
        raise StatesError(QUERY_ERROR, f"Map state input must be an array but was: {type_name(value)}")
    return value


def compile_selector(state: Mapping[str, Any], jsonata: bool) -> Value | None:
    """What makes an iteration's input, evaluated in the iteration's own branch; None: the item itself."""
    for name in ("ItemSelector", "Parameters"):
        if name not in state:
            continue
        if jsonata:
            evaluate = compile_jsonata(state[name], name).evaluate
            return lambda execution, branch: evaluate(execution.states_scope(branch))
        template = compile_template(state[name])
        return lambda execution, branch: template.evaluate(
            branch.state.data.effective_input(execution, branch), execution.scope(branch)
        )
    return None


class MapState(State):
    """An inline Map."""

    __slots__ = ("flow", "items", "max_concurrency", "selector")

    def __init__(self, common: Common, state: Mapping[str, Any], flow: Flow) -> None:
        super().__init__(common)
        jsonata = common.data.jsonata
        self.flow = flow
        self.items = compile_items(state, jsonata)
        self.selector = compile_selector(state, jsonata)
        self.max_concurrency = compile_number(state, "MaxConcurrency", jsonata)

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        at_once = 0 if self.max_concurrency is None else self.max_concurrency(execution, branch)
        items = self.items(execution, branch)
        execution.record(branch, "MapStateStarted", (len(items),))
        join = branch.join = _Iterations(branch, self, items, min(at_once or _MOST_AT_ONCE, _MOST_AT_ONCE))
        execution.queue(join)
        return False

    def joined(self, outputs: list[Any], execution: Interpreter, branch: Branch) -> bool:
        """All iterations have succeeded."""
        execution.note(branch, "MapStateSucceeded")
        output, assigned = self.data.conclude(execution, branch, outputs)
        return execution.leave(branch, output, assigned, self.next)

    def failed(self, execution: Interpreter, branch: Branch) -> None:
        execution.record(branch, "MapStateFailed")

    def aborted(self, execution: Interpreter, branch: Branch) -> None:
        execution.note(branch, "MapStateAborted")

    def redrive(self, execution: Interpreter, branch: Branch) -> bool:
        if branch.join is None:
            return self.enter(execution, branch)
        branch.join.redrive(execution)
        return False


class _Iterations:
    """What an inline Map waits for: iterations that run, and items that have not begun."""

    __slots__ = ("_first", "_free", "at_once", "children", "items", "next_index", "outputs", "owner", "state")

    def __init__(self, owner: Branch, state: MapState, items: list[Any], at_once: int) -> None:
        self.owner = owner
        self.state = state
        self.items = items
        self.outputs: list[Any] = [None] * len(items)
        self.children: dict[int, Branch] = {}
        self.next_index = 0
        self.at_once = at_once
        #: The events after which the next iterations begin.
        self._free = [owner.previous] * min(at_once, len(items))
        self._first = state.flow.states[state.flow.start_at]

    def step(self, execution: Interpreter) -> None:
        """Begin one iteration, if there is an item and room for it."""
        if self.next_index < len(self.items):
            if self._free:
                self._begin(execution)
        elif not self.items:
            self._finish(execution, self.owner.previous)

    def _begin(self, execution: Interpreter) -> None:
        index = self.next_index
        self.next_index += 1
        item = self.items[index]
        owner = self.owner
        iteration = Branch(
            flow=self.state.flow,
            state=self._first,
            input=item,
            variables=owner.variables,
            step=self._first.enter,
            parent=self,
            index=index,
            previous=self._free.pop(0),
            map_item={"Index": index, "Value": item},
        )
        self.children[index] = iteration
        execution.record(iteration, "MapIterationStarted", (self.state.name, index))
        # The next one begins when this one has to wait.
        execution.queue(self)
        if self.state.selector is not None and not self._select(execution, iteration):
            return
        execution.queue(iteration)

    def _select(self, execution: Interpreter, iteration: Branch) -> bool:
        """Make the iteration's input, which is the Map's own business: it sees the Map's input."""
        owner = self.owner
        around, owner.map_item = owner.map_item, iteration.map_item
        try:
            iteration.input = self.state.selector(execution, owner)  # type: ignore[misc]
        except StatesError as error:
            owner.map_item = around
            failure = execution.evaluation_failure(owner, error, iteration)
            if failure.error == RUNTIME:
                owner.previous = iteration.previous
                execution.fail(owner, failure)
            else:
                self.child_failed(execution, iteration, failure)
            return False
        owner.map_item = around
        return True

    def child_succeeded(self, execution: Interpreter, child: Branch, output: Any) -> None:
        index = child.index
        self.outputs[index] = output
        del self.children[index]
        event = execution.note(child, "MapIterationSucceeded", (self.state.name, index))
        self._free.append(child.previous)
        if self.children or self.next_index < len(self.items):
            execution.queue(self)
        else:
            self._finish(execution, event)

    def _finish(self, execution: Interpreter, last_event: int) -> None:
        self.owner.previous = last_event
        self.owner.step = partial(self.state.joined, self.outputs)
        execution.queue(self.owner)

    def child_failed(self, execution: Interpreter, child: Branch, failure: Failure) -> None:
        execution.note(child, "MapIterationFailed", (self.state.name, child.index))
        # What has not begun will not begin, but a redrive may do so.
        self._free.clear()
        execution.abort(self, child)
        self.owner.previous = child.previous
        execution.fail(self.owner, failure)

    def child_aborted(self, execution: Interpreter, child: Branch) -> None:
        execution.note(child, "MapIterationAborted", (self.state.name, child.index))

    def redrive(self, execution: Interpreter) -> None:
        running = len(self.children)
        self._free = [self.owner.previous] * max(0, min(self.at_once, len(self.items)) - running)
        execution.redrive_children(self)
        execution.queue(self)
