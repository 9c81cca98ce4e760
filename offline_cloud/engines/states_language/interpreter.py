"""What runs an execution: its branches, its history, its failures and its end.

Branches that can go on stand in one queue: a branch runs until it has to wait, so that nothing recurses and
equal calls give equal histories, byte for byte. States use what is public here; a driver uses execution.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from offline_cloud.engines.states_language.branch import Branch, Join
from offline_cloud.engines.states_language.context_object import about_execution, about_state
from offline_cloud.engines.states_language.effects import (
    CancelTask,
    CancelTimer,
    CloseMapRun,
    Continue,
    Effect,
    Ended,
    SetTimer,
    Status,
    StopChild,
    TimerPurpose,
)
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.expected_values import QUERY_ERROR
from offline_cloud.engines.states_language.history import History, JsonText
from offline_cloud.engines.states_language.payload_size import exceeds_limit, json_text
from offline_cloud.engines.states_language.retry import DATA_LIMIT, RUNTIME, TIMEOUT, Failure
from offline_cloud.engines.states_language.scope import Scope

if TYPE_CHECKING:
    import random as _random  # noqa: TID251 - the type alone; the instance comes from outside, seeded

    from offline_cloud.engines.states_language.definition import Machine
    from offline_cloud.engines.states_language.map_run import MapRun

__all__ = ["EVENT_LIMIT", "EXPRESS_SECONDS", "YEAR_SECONDS", "Interpreter"]

#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
EVENT_LIMIT: Final = 25_000
YEAR_SECONDS: Final = 365 * 86_400
EXPRESS_SECONDS: Final = 300

#: How many steps one call may take, so that an endless loop does not keep other executions waiting.
_STEPS_PER_CALL: Final = 2_000
RETRY: Final = "retry"


def _cancel(key: int, purpose: str) -> Effect:
    if purpose == "child":
        return StopChild(key)
    return CancelTask(key) if purpose.endswith("task") else CancelTimer(key)


class _HistoryFull(Exception):
    """There is no room for another event."""


class Interpreter:
    """An execution as its states see it."""

    __slots__ = (
        "_about",
        "_about_machine",
        "_effects",
        "_event_limit",
        "_input_text",
        "_last_key",
        "_limit_key",
        "_pending",
        "_ready",
        "arn",
        "cause",
        "error",
        "express",
        "history",
        "input",
        "machine",
        "machine_arn",
        "map_runs",
        "name",
        "new_token",
        "now",
        "output",
        "random",
        "redrive_count",
        "refusal",
        "region",
        "role_arn",
        "root",
        "start_date",
        "status",
        "stop_date",
        "uuid",
        "version",
    )

    def __init__(
        self,
        machine: Machine,
        *,
        arn: str,
        name: str,
        role_arn: str,
        machine_arn: str,
        machine_name: str,
        input: Any,  # noqa: A002 - the service's own word
        start: float,
        uuid: Callable[[], str],
        random: _random.Random,
        token: Callable[[], str],
        express: bool = False,
        alias_arn: str | None = None,
        version_arn: str | None = None,
        refusal: Callable[[str, Any], str | None] | None = None,
    ) -> None:
        """`refusal` says what is wrong with a task's parameters, for its Resource."""
        self.machine = machine
        self.refusal = refusal
        self.arn = arn
        self.name = name
        self.role_arn = role_arn
        self.machine_arn = machine_arn
        self.version = (alias_arn, version_arn)
        self.region = arn.split(":", 4)[3] if arn.count(":") >= 4 else ""
        self.input = input
        self.uuid = uuid
        self.random = random
        self.new_token = token
        self.express = express
        self.history = History()
        self.status: Status = "RUNNING"
        self.output: Any = None
        self.error: str | None = None
        self.cause: str | None = None
        self.start_date = start
        self.stop_date: float | None = None
        self.redrive_count = 0
        self.now = start
        self.map_runs: dict[int, MapRun] = {}
        first = machine.flow.states[machine.flow.start_at]
        self.root = Branch(flow=machine.flow, state=first, input=input, variables={}, step=first.enter)
        self._event_limit: float = float("inf") if express else EVENT_LIMIT
        self._about_machine = {"Id": machine_arn, "Name": machine_name}
        self._about = self._describe(None)
        self._effects: list[Effect] = []
        self._ready: deque[Branch | Join] = deque()
        self._pending: dict[int, Branch] = {}
        self._last_key = 0
        self._limit_key = 0
        self._input_text: JsonText | None = None

    # ---- what states use: events -------------------------------------------------------------------

    def enter(self, branch: Branch) -> None:
        """Record that the branch has entered its state."""
        shown = self._shown(branch.input)
        branch.entered = self.record(branch, branch.state.entered_type, (branch.state.name, shown))
        branch.entered_at = self.now
        branch.attempts = None
        branch.retry_count = 0

    def record(self, branch: Branch, event_type: str, details: tuple[Any, ...] = ()) -> int:
        """Add an event that the branch's next event follows; returns its id."""
        branch.previous = event = self.note(branch, event_type, details)
        return event

    def note(self, branch: Branch, event_type: str, details: tuple[Any, ...] = ()) -> int:
        """Add an event beside the branch's chain: its next event follows the one before."""
        if len(self.history) + 1 >= self._event_limit:
            raise _HistoryFull
        return self.history.append(self.now, event_type, branch.previous, details)

    def leave(
        self, branch: Branch, output: Any, assigned: Mapping[str, Any] | None, next_name: str | None
    ) -> bool:
        """Leave the branch's state; True if there is a next one."""
        state = branch.state
        if output is not branch.input and exceeds_limit(output):
            raise StatesError(
                DATA_LIMIT,
                f"The state/task '{state.name}' returned a result with a size exceeding the maximum number "
                "of bytes service limit.",
            )
        if assigned and exceeds_limit(assigned):
            raise StatesError(
                DATA_LIMIT,
                f"The state/task '{state.name}' assigned variables with a size exceeding the maximum number "
                "of bytes service limit.",
            )
        self.record(branch, state.exited_type, (state.name, self._shown(output), assigned or None))
        if assigned:
            branch.variables = {**branch.variables, **assigned}
        branch.join = None
        if next_name is not None:
            branch.state = following = branch.flow.states[next_name]
            branch.input = output
            branch.step = following.enter
            return True
        if branch.parent is not None:
            branch.parent.child_succeeded(self, branch, output)
        else:
            self.history.append(self.now, "ExecutionSucceeded", branch.previous, (self._shown(output),))
            self._end("SUCCEEDED", output, None, None)
        return False

    # ---- what states use: effects and answers ------------------------------------------------------

    def ask(self, effect: Effect) -> None:
        """Give an effect to the driver."""
        self._effects.append(effect)

    def new_key(self, branch: Branch, purpose: str) -> int:
        """A key whose answer the branch waits for."""
        self._last_key += 1
        self._pending[self._last_key] = branch
        branch.pending[self._last_key] = purpose
        return self._last_key

    def set_timer(self, branch: Branch, when: float, kind: TimerPurpose, purpose: str) -> None:
        """Have `timer` of the branch's state called at that time."""
        self._effects.append(SetTimer(self.new_key(branch, purpose), when, kind))

    def move_timer(self, key: int, when: float, kind: TimerPurpose) -> None:
        self._effects.append(SetTimer(key, when, kind))

    def release(self, branch: Branch, answered: int | None = None) -> None:
        """Wait for nothing any more; `answered` is the key whose answer has just come."""
        for key, purpose in branch.pending.items():
            if self._pending.pop(key, None) is not None and key != answered:
                self._effects.append(_cancel(key, purpose))
        branch.pending.clear()

    def forget(self, branch: Branch, answered: int) -> None:
        """Wait no more for one key, whose answer has come."""
        del self._pending[answered], branch.pending[answered]

    def new_map_run_key(self) -> int:
        self._last_key += 1
        return self._last_key

    def close_map_run(self, run: MapRun) -> None:
        """A map run was stopped from outside."""
        if run.status == "RUNNING":
            run.close("ABORTED", self.now)
            self._effects.append(CloseMapRun(run.key, run.arn, "ABORTED"))

    def queue(self, *items: Branch | Join) -> None:
        """Run these next, in this order."""
        self._ready.extendleft(reversed(items))

    # ---- what states use: failures -----------------------------------------------------------------

    def fail(self, branch: Branch, failure: Failure) -> None:
        """The branch's state has failed: retry it, catch it, or fail what the branch belongs to."""
        self.release(branch)
        state = branch.state
        if failure.error == RUNTIME:
            self._end_failed(branch, failure)
            return
        if state.retriers and self._retry(branch, failure):
            return
        state.failed(self, branch)
        for catcher in state.catchers:
            if catcher.errors.match(failure):
                try:
                    if state.catch(self, branch, failure, catcher):
                        self.queue(branch)
                except StatesError as error:
                    failure = self.evaluation_failure(branch, error)
                    break
                return
        if branch.parent is None or failure.error == RUNTIME:
            self._end_failed(branch, failure)
        else:
            branch.parent.child_failed(self, branch, failure)

    def abort(self, join: Join, failed: Branch | None) -> None:
        """Stop the branches of a join because one of them has failed."""
        for child in list(join.children.values()):
            if child is not failed:
                self._stop_branch(child)
                join.child_aborted(self, child)

    def redrive_children(self, join: Join) -> None:
        """Run the branches of a join that failed or were stopped again."""
        for child in join.children.values():
            self.resume(child)

    def resume(self, branch: Branch) -> None:
        """Run a branch that failed or was stopped again."""
        branch.stopped = False
        branch.pending.clear()
        branch.attempts = None
        branch.step = branch.state.redrive if branch.entered else branch.state.enter
        self._ready.append(branch)

    # ---- what states use: evaluation ---------------------------------------------------------------

    def scope(self, branch: Branch) -> Scope:
        """The surroundings of a JSONPath expression."""
        return Scope(self.context(branch), branch.variables, self.uuid, self.random)

    def states_scope(self, branch: Branch, **known: Any) -> Scope:
        """The surroundings of a JSONata expression; `known` are result or errorOutput."""
        context = self.context(branch)
        states = {"input": branch.input, "context": context, **known}
        return Scope(context, branch.variables, self.uuid, self.random, states, self.now)

    def context(self, branch: Branch) -> dict[str, Any]:
        """The context object as the branch's state sees it."""
        return about_state(
            self._about,
            self._about_machine,
            name=branch.state.name,
            entered=branch.entered_at,
            retry_count=branch.retry_count if branch.state.retries else None,
            token=branch.token,
            map_item=branch.map_item,
        )

    # ---- inside ------------------------------------------------------------------------------------

    def _shown(self, value: Any) -> Any:
        """Data as events show it: the input, as long as nothing was done to it, keeps its own spaces."""
        return value if value is not self.input or self._input_text is None else self._input_text

    def _run(self) -> list[Effect]:
        ready = self._ready
        left = _STEPS_PER_CALL
        try:
            while ready:
                if left <= 0:
                    self._effects.append(Continue())
                    break
                item = ready.popleft()
                if isinstance(item, Branch):
                    left = self._run_branch(item, left)
                else:
                    left -= 1
                    item.step(self)
        except _HistoryFull:
            self._end_full()
        effects, self._effects = self._effects, []
        return effects

    def _run_branch(self, branch: Branch, left: int) -> int:
        """Step the branch until it waits or `left` steps are taken; returns what is left."""
        if branch.stopped:
            return left
        try:
            while branch.step(self, branch):
                left -= 1
                if left <= 0:
                    self._ready.appendleft(branch)
                    return 0
        except StatesError as error:
            self.fail(branch, self.evaluation_failure(branch, error))
        return left - 1

    def evaluation_failure(self, branch: Branch, error: StatesError, chain: Branch | None = None) -> Failure:
        """An error of the interpreter's own, with AWS's words around it.

        `chain` is the branch whose events it belongs to, if that is not the one whose state it is.
        """
        if error.error == DATA_LIMIT:
            return Failure(error.error, error.cause)
        state = branch.state
        said = error.cause
        if branch.input is self.input and self._input_text is not None:
            said = said.replace(f"'{json_text(self.input)}'", f"'{self._input_text}'")
        where = f"the state '{state.name}' (entered at the event id #{branch.entered})"
        cause = f"An error occurred while executing {where}. {said}"
        if error.error == QUERY_ERROR:
            location = getattr(error, "location", None)
            details = (error.error, cause, location, state.name)
            self.record(chain or branch, "EvaluationFailed", details)
        return Failure(error.error, cause)

    def _retry(self, branch: Branch, failure: Failure) -> bool:
        retriers = branch.state.retriers
        if branch.attempts is None:
            branch.attempts = [0] * len(retriers)
        for place, retrier in enumerate(retriers):
            if retrier.errors.match(failure):
                attempt = branch.attempts[place]
                if attempt >= retrier.max_attempts:
                    return False
                branch.attempts[place] += 1
                branch.retry_count += 1
                self.set_timer(branch, self.now + retrier.delay(attempt, self.random), "wait", RETRY)
                return True
        return False

    def _stop_branch(self, branch: Branch) -> None:
        branch.stopped = True
        self.release(branch)
        if branch.join is not None:
            self.abort(branch.join, None)
        if branch.entered:
            branch.state.aborted(self, branch)

    def _describe(self, redriven: float | None) -> dict[str, Any]:
        return about_execution(
            arn=self.arn,
            data=self.input,
            name=self.name,
            role_arn=self.role_arn,
            start=self.start_date,
            redrive_count=self.redrive_count,
            redriven=redriven,
        )

    def _set_limit(self) -> None:
        longest = EXPRESS_SECONDS if self.express else YEAR_SECONDS
        seconds = longest if self.machine.timeout is None else min(self.machine.timeout, longest)
        self._last_key += 1
        self._limit_key = self._last_key
        self._effects.append(SetTimer(self._limit_key, self.now + seconds, "limit"))

    def _time_out(self) -> None:
        self.history.append(self.now, "ExecutionTimedOut", 0, (TIMEOUT, None))
        self._end("TIMED_OUT", None, None, None)

    def _end_failed(self, branch: Branch, failure: Failure) -> None:
        self.history.append(self.now, "ExecutionFailed", branch.previous, (failure.error, failure.cause))
        self._end("FAILED", None, failure.error, failure.cause)

    def _end_full(self) -> None:
        cause = f"The execution reached the maximum number of history events ({EVENT_LIMIT})."
        self.history.append(self.now, "ExecutionFailed", len(self.history), (RUNTIME, cause))
        self._end("FAILED", None, RUNTIME, cause)

    def _end(self, status: Status, output: Any, error: str | None, cause: str | None) -> None:
        self.status, self.output, self.error, self.cause = status, output, error, cause
        self.stop_date = self.now
        for key, branch in self._pending.items():
            self._effects.append(_cancel(key, branch.pending[key]))
        self._pending.clear()
        self._ready.clear()
        for run in self.map_runs.values():
            self.close_map_run(run)
        self._effects.append(CancelTimer(self._limit_key))
        self._effects.append(Ended(status, output, error, cause))
