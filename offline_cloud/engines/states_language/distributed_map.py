"""Map distributed: every item (or batch of items) is the input of a child execution of its own.

The items come from the state's data or are read by the driver; the children are started by the driver too.
Only the map run's events are in this execution's history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from offline_cloud.engines.states_language.branch import Branch
from offline_cloud.engines.states_language.effects import (
    CloseMapRun,
    ExecutionType,
    OpenMapRun,
    ReadItems,
    StartChild,
    Status,
    WriteResults,
)
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.expected_values import Value, compile_number
from offline_cloud.engines.states_language.item_source import (
    Pair,
    compile_batching,
    compile_items_or_object,
    compile_reader,
    compile_writer,
    source_of,
)
from offline_cloud.engines.states_language.map_run import MOST_CHILDREN, Child, MapRun, batches, transformed
from offline_cloud.engines.states_language.map_state import compile_selector
from offline_cloud.engines.states_language.retry import Failure
from offline_cloud.engines.states_language.state import Common, State

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.definition import Machine
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = ["DistributedMapState", "about_item"]

_READER: Final = "reader task"
_WRITER: Final = "writer task"
_CHILD: Final = "child"
#: How many children begin before others have their turn.
_AT_ONCE: Final = 100


class DistributedMapState(State):
    """A distributed Map."""

    __slots__ = (
        "batching",
        "execution_type",
        "exports",
        "items",
        "label",
        "max_concurrency",
        "processor",
        "reader",
        "selector",
        "tolerated_count",
        "tolerated_percentage",
        "transformation",
        "writer",
    )

    def __init__(self, common: Common, state: Mapping[str, Any], processor: Machine) -> None:
        super().__init__(common)
        jsonata = common.data.jsonata
        self.processor = processor
        config = processor.definition.get("ProcessorConfig", {})
        self.execution_type: ExecutionType = config.get("ExecutionType", "STANDARD")
        self.label: str | None = state.get("Label")
        self.reader = compile_reader(state, jsonata)
        self.items: Value = compile_items_or_object(state, jsonata)
        self.selector = compile_selector(state, jsonata)
        self.batching = compile_batching(state, jsonata)
        self.max_concurrency = compile_number(state, "MaxConcurrency", jsonata)
        self.tolerated_count = compile_number(state, "ToleratedFailureCount", jsonata)
        self.tolerated_percentage = compile_number(
            state, "ToleratedFailurePercentage", jsonata, fractions=True
        )
        writer = state.get("ResultWriter", {})
        self.transformation: Mapping[str, Any] = writer.get("WriterConfig", {})
        self.exports = "Resource" in writer
        self.writer = compile_writer(state, jsonata)

    # ---- start -------------------------------------------------------------------------------------

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        at_once = 0 if self.max_concurrency is None else self.max_concurrency(execution, branch)
        items: list[Any] = [] if self.reader is not None else self.items(execution, branch)
        execution.record(branch, "MapStateStarted", (len(items),))
        key = execution.new_map_run_key()
        label = self.label or execution.uuid()
        machine_arn = f"{execution.machine_arn}/{label}"
        run = MapRun(
            key=key,
            arn=f"{machine_arn.replace(':stateMachine:', ':mapRun:')}:{execution.uuid()}",
            machine_arn=machine_arn,
            max_concurrency=at_once,
            tolerated_count=_number(self.tolerated_count, execution, branch),
            tolerated_percentage=_number(self.tolerated_percentage, execution, branch),
            start_date=execution.now,
        )
        execution.map_runs[key] = run
        branch.join = children = _Children(branch, self, run)
        execution.ask(
            OpenMapRun(key=key, arn=run.arn, state=self.name, label=label, execution_type=self.execution_type)
        )
        execution.record(branch, "MapRunStarted", (run.arn,))
        if self.reader is not None:
            self._read(execution, branch, self.reader)
        else:
            children.begin(execution, items)
        return False

    def _read(self, execution: Interpreter, branch: Branch, reader: Value) -> None:
        described, most = reader(execution, branch)
        _children(branch).source = source_of(described)
        execution.ask(
            ReadItems(
                key=execution.new_key(branch, _READER),
                state=self.name,
                reader=described,
                max_items=most,
                credentials=None,
            )
        )

    # ---- answers -----------------------------------------------------------------------------------

    def items_read(self, execution: Interpreter, branch: Branch, key: int, items: list[Any]) -> None:
        """The reader's items."""
        execution.release(branch, key)
        _children(branch).begin(execution, items)

    def child_ended(self, execution: Interpreter, branch: Branch, key: int, ended: Mapping[str, Any]) -> None:
        """A child execution has ended; `ended` has status, output, error, cause, start."""
        execution.forget(branch, key)
        _children(branch).ended(execution, key, ended)

    def results_written(self, execution: Interpreter, branch: Branch, key: int, details: Any) -> bool:
        """The results are where ResultWriter wants them."""
        execution.release(branch, key)
        run = _children(branch).run
        return self._conclude(execution, branch, {"MapRunArn": run.arn, "ResultWriterDetails": details})

    def refused(
        self, execution: Interpreter, branch: Branch, key: int, failure: Failure, how: str = "Failed"
    ) -> bool:
        """The items could not be read, or the results not be written."""
        writing = branch.pending.get(key) == _WRITER
        execution.release(branch, key)
        if writing:
            execution.fail(branch, failure)
        else:
            self.run_failed(execution, branch, failure)
        return False

    # ---- end ---------------------------------------------------------------------------------------

    def finished(self, execution: Interpreter, branch: Branch) -> bool:
        """All children have ended, and no more failed than are tolerated."""
        children = _children(branch)
        run = children.run
        children.succeeded = execution.note(branch, "MapRunSucceeded")
        run.written()
        run.close("SUCCEEDED", execution.now)
        execution.ask(CloseMapRun(run.key, run.arn, "SUCCEEDED"))
        if not self.exports or self.writer is None:
            result = transformed(children.children_begun, self.transformation, run.machine_arn)
            return self._conclude(execution, branch, result)
        execution.ask(
            WriteResults(
                key=execution.new_key(branch, _WRITER),
                map_run_arn=run.arn,
                state=self.name,
                writer=self.writer(execution, branch),
                results=tuple(child.result() for child in children.children_begun),
                credentials=None,
            )
        )
        return False

    def _conclude(self, execution: Interpreter, branch: Branch, result: Any) -> bool:
        # It follows the map run's success; what leaves the state follows the map run's start.
        before, branch.previous = branch.previous, _children(branch).succeeded
        execution.note(branch, "MapStateSucceeded")
        branch.previous = before
        output, assigned = self.data.conclude(execution, branch, result)
        return execution.leave(branch, output, assigned, self.next)

    def run_failed(self, execution: Interpreter, branch: Branch, failure: Failure) -> None:
        """The map run has failed, and with it the state."""
        run = _children(branch).run
        execution.record(branch, "MapRunFailed", (failure.error, failure.cause))
        run.close("FAILED", execution.now)
        execution.ask(CloseMapRun(run.key, run.arn, "FAILED"))
        execution.fail(branch, failure)

    def failed(self, execution: Interpreter, branch: Branch) -> None:
        execution.record(branch, "MapStateFailed")

    def aborted(self, execution: Interpreter, branch: Branch) -> None:
        if branch.join is not None:
            execution.note(branch, "MapRunAborted")
            execution.close_map_run(_children(branch).run)
        execution.note(branch, "MapStateAborted")

    def redrive(self, execution: Interpreter, branch: Branch) -> bool:
        if branch.join is None:
            return self.enter(execution, branch)
        branch.join.redrive(execution)
        return False


def _number(value: Value | None, execution: Interpreter, branch: Branch) -> Any:
    return None if value is None else value(execution, branch)


def about_item(index: int, item: Any, source: str) -> dict[str, Any]:
    """What the context object of a distributed Map has as Map.Item."""
    if isinstance(item, Pair):
        return {"Index": index, "Key": item["Key"], "Value": item["Value"], "Source": source}
    return {"Index": index, "Value": item, "Source": source}


def _children(branch: Branch) -> _Children:
    join = branch.join
    assert isinstance(join, _Children)
    return join


class _Children:
    """What a distributed Map waits for. It has no branches: its children are executions."""

    __slots__ = (
        "_inputs",
        "_running",
        "_waiting",
        "children",
        "children_begun",
        "owner",
        "run",
        "source",
        "state",
        "succeeded",
    )

    def __init__(self, owner: Branch, state: DistributedMapState, run: MapRun) -> None:
        self.owner = owner
        self.state = state
        self.run = run
        self.source = source_of(None)
        #: The id of MapRunSucceeded.
        self.succeeded = 0
        self.children: dict[int, Branch] = {}
        self.children_begun: list[Child] = []
        self._running: dict[int, Child] = {}
        #: Children that are to be started, in order; inputs are made when their turn comes.
        self._waiting: list[Child] = []
        self._inputs: Iterator[tuple[Any, int]] | None = None

    def begin(self, execution: Interpreter, items: list[Any]) -> None:
        """Start the children for these items."""
        inputs = self._item_inputs(execution, items)
        batching = self.state.batching
        if batching is None:
            self._inputs = ((value, 1) for value in inputs)
            for _ in items:
                self.run.planned(1)
        else:
            # How many children there will be is known when the items are grouped.
            try:
                grouped = list(batches(inputs, batching(execution, self.owner)))
            except StatesError as error:
                failure = execution.evaluation_failure(self.owner, error)
                self.state.run_failed(execution, self.owner, failure)
                return
            for _, size in grouped:
                self.run.planned(size)
            self._inputs = iter(grouped)
        execution.queue(self)

    def _item_inputs(self, execution: Interpreter, items: list[Any]) -> Iterator[Any]:
        selector = self.state.selector
        if selector is None:
            yield from items
            return
        owner = self.owner
        for index, item in enumerate(items):
            around = owner.map_item
            owner.map_item = about_item(index, item, self.source)
            try:
                value = selector(execution, owner)
            finally:
                owner.map_item = around
            yield value

    def step(self, execution: Interpreter) -> None:
        """Start some children, as far as there is room."""
        if self.run.status != "RUNNING":
            return
        room = (self.run.max_concurrency or MOST_CHILDREN) - len(self._running)
        try:
            for _ in range(min(room, _AT_ONCE)):
                child = self._next(execution)
                if child is None:
                    break
                self._start(execution, child)
        except StatesError as error:
            failure = execution.evaluation_failure(self.owner, error)
            self.state.run_failed(execution, self.owner, failure)
            return
        if self._more and room > _AT_ONCE:
            execution.queue(self)
        elif not self._running and not self._more:
            self.owner.step = self.state.finished
            execution.queue(self.owner)

    @property
    def _more(self) -> bool:
        return bool(self._waiting) or self._inputs is not None

    def _next(self, execution: Interpreter) -> Child | None:
        if self._waiting:
            return self._waiting.pop(0)
        if self._inputs is None:
            return None
        following = next(self._inputs, None)
        if following is None:
            self._inputs = None
            return None
        name = execution.uuid()
        arn = f"{self.run.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        child = Child(arn=arn, name=name, input=following[0], size=following[1])
        self.children_begun.append(child)
        return child

    def _start(self, execution: Interpreter, child: Child) -> None:
        key = execution.new_key(self.owner, _CHILD)
        self._running[key] = child
        again, child.status = child.status is not None, "RUNNING"
        child.start, child.stop = execution.now, None
        self.run.moved(child.size, "pending", "running")
        execution.ask(
            StartChild(
                key=key,
                map_run_key=self.run.key,
                map_run_arn=self.run.arn,
                arn=child.arn,
                name=child.name,
                machine=self.state.processor,
                input=child.input,
                execution_type=self.state.execution_type,
                again=again,
            )
        )

    def ended(self, execution: Interpreter, key: int, ended: Mapping[str, Any]) -> None:
        """A child has ended."""
        child = self._running.pop(key)
        child.status, child.output = ended["status"], ended["output"]
        child.error, child.cause = ended["error"], ended["cause"]
        child.stop = execution.now
        self.run.ended(child, ended["status"])
        if not self.run.exceeded:
            execution.queue(self)
            return
        self._give_up()
        failure = Failure(
            "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
        )
        self.state.run_failed(execution, self.owner, failure)

    def _give_up(self) -> None:
        """What runs is stopped by the release of the state's keys; a redrive will start it again."""
        for child in self._running.values():
            self.run.moved(child.size, "running", "aborted")
            child.status = "ABORTED"
        self._running.clear()

    def redrive(self, execution: Interpreter) -> None:
        """Start those children again that did not succeed, and those that never began."""
        run = self.run
        self._give_up()
        run.status, run.stop_date = "RUNNING", None
        run.redrive_count += 1
        run.redrive_date = execution.now
        counts: dict[Status | None, str] = {"FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
        self._waiting = [child for child in self.children_begun if child.status in counts]
        for child in self._waiting:
            run.moved(child.size, counts[child.status], "pending")
        execution.record(self.owner, "MapRunRedriven", (run.arn, run.redrive_count))
        execution.queue(self)

    def child_succeeded(self, execution: Interpreter, child: Branch, output: Any) -> None:
        raise AssertionError("a distributed Map has no branches")

    def child_failed(self, execution: Interpreter, child: Branch, failure: Failure) -> None:
        raise AssertionError("a distributed Map has no branches")

    def child_aborted(self, execution: Interpreter, child: Branch) -> None:
        raise AssertionError("a distributed Map has no branches")
