"""One execution of a state machine, without a clock, a thread or a network.

Every call takes the time, runs what can run, and returns the effects that a driver has to perform
(effects.py); the driver hands in what comes of them. How it runs is in interpreter.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline_cloud.engines.states_language.branch import Branch
from offline_cloud.engines.states_language.effects import Effect, Status
from offline_cloud.engines.states_language.history import JsonText
from offline_cloud.engines.states_language.interpreter import EVENT_LIMIT, RETRY, Interpreter
from offline_cloud.engines.states_language.retry import Failure

__all__ = ["EVENT_LIMIT", "Execution"]


class Execution(Interpreter):
    """A running or ended execution.

    `input` and `output` are values, not texts; `history` has what GetExecutionHistory shows. Calls are not
    reentrant. A call with a key that is no longer waited for does nothing.
    """

    __slots__ = ()

    def start(self, now: float, input_text: str | None = None) -> list[Effect]:
        """Begin; `input_text` is the input as it was sent, to be shown with its spaces."""
        self.now = now
        if input_text is not None:
            self._input_text = JsonText(input_text)
        self.history.append(
            now, "ExecutionStarted", 0, (self._shown(self.input), self.role_arn, *self.version)
        )
        self._set_limit()
        self._ready.append(self.root)
        return self._run()

    def go_on(self, now: float) -> list[Effect]:
        """Run on after Continue."""
        self.now = now
        return self._run()

    def timer_fired(self, key: int, now: float) -> list[Effect]:
        """The time of a SetTimer has come."""
        self.now = now
        if key == self._limit_key and self.status == "RUNNING":
            self._time_out()
            return self._run()
        branch = self._pending.pop(key, None)
        if branch is None:
            return []
        purpose = branch.pending.pop(key)
        if purpose == RETRY:
            branch.step = branch.state.run
        else:
            state = branch.state
            branch.step = lambda execution, branch: state.timer(execution, branch, purpose)
        self.queue(branch)
        return self._run()

    def task_started(self, key: int, now: float, worker: str | None = None) -> list[Effect]:
        """Somebody works on a task; `worker` is the name that an activity's worker gave."""
        return self._answer(key, now, lambda state, branch: state.started(self, branch, key, worker))

    def task_submitted(self, key: int, output: Any, now: float) -> list[Effect]:
        """The job of a `.sync` or `.waitForTaskToken` task was accepted; `output` is the service's reply."""
        return self._answer(key, now, lambda state, branch: state.submitted(self, branch, key, output))

    def task_heartbeat(self, key: int, now: float) -> list[Effect]:
        """A worker says that it is at work."""
        return self._answer(key, now, lambda state, branch: state.beat(self, branch))

    def task_succeeded(self, key: int, output: Any, now: float) -> list[Effect]:
        """A task's result."""
        return self._answer(key, now, lambda state, branch: state.succeeded(self, branch, key, output))

    def task_failed(self, key: int, error: str | None, cause: str | None, now: float) -> list[Effect]:
        """A task (or a ReadItems, a WriteResults) has failed."""
        failure = Failure(error, cause)
        return self._answer(key, now, lambda state, branch: state.refused(self, branch, key, failure))

    def task_not_scheduled(self, key: int, error: str, cause: str, now: float) -> list[Effect]:
        """A task could not be queued (LambdaFunctionScheduleFailed, ActivityScheduleFailed)."""
        failure = Failure(error, cause)
        return self._answer(
            key, now, lambda state, branch: state.refused(self, branch, key, failure, "ScheduleFailed")
        )

    def task_not_started(self, key: int, error: str, cause: str, now: float) -> list[Effect]:
        """A task could not be started (TaskStartFailed, LambdaFunctionStartFailed)."""
        failure = Failure(error, cause)
        return self._answer(
            key, now, lambda state, branch: state.refused(self, branch, key, failure, "StartFailed")
        )

    def task_not_submitted(self, key: int, error: str, cause: str, now: float) -> list[Effect]:
        """The job of a `.sync` or `.waitForTaskToken` task was not accepted (TaskSubmitFailed)."""
        failure = Failure(error, cause)
        return self._answer(
            key, now, lambda state, branch: state.refused(self, branch, key, failure, "SubmitFailed")
        )

    def items_read(self, key: int, items: list[Any], now: float) -> list[Effect]:
        """The items of a ReadItems."""
        return self._answer(key, now, lambda state, branch: state.items_read(self, branch, key, items))

    def child_ended(  # noqa: PLR0917 - what an execution ends with
        self,
        key: int,
        status: Status,
        output: Any,
        error: str | None,
        cause: str | None,
        now: float,
    ) -> list[Effect]:
        """A child execution has ended."""
        ended = {"status": status, "output": output, "error": error, "cause": cause}
        return self._answer(key, now, lambda state, branch: state.child_ended(self, branch, key, ended))

    def results_written(self, key: int, details: Any, now: float) -> list[Effect]:
        """The results of a WriteResults are written; `details` are its ResultWriterDetails."""
        return self._answer(key, now, lambda state, branch: state.results_written(self, branch, key, details))

    def update_map_run(
        self,
        key: int,
        now: float,
        *,
        max_concurrency: int | None = None,
        tolerated_count: int | None = None,
        tolerated_percentage: float | None = None,
    ) -> list[Effect]:
        """UpdateMapRun; None leaves a setting as it is."""
        self.now = now
        run = self.map_runs[key]
        if max_concurrency is not None:
            run.max_concurrency = max_concurrency
        if tolerated_count is not None:
            run.tolerated_count = tolerated_count
        if tolerated_percentage is not None:
            run.tolerated_percentage = tolerated_percentage
        return self._run()

    def stop(self, error: str | None, cause: str | None, now: float) -> list[Effect]:
        """StopExecution."""
        self.now = now
        if self.status == "RUNNING":
            self.history.append(now, "ExecutionAborted", 0, (error, cause))
            self._end("ABORTED", None, error, cause)
        return self._run()

    def redrive(self, now: float) -> list[Effect]:
        """Run again what did not succeed; the execution has to have ended otherwise than by success."""
        self.now = now
        self.redrive_count += 1
        self.status, self.output, self.error, self.cause, self.stop_date = "RUNNING", None, None, None, None
        self._about = self._describe(now)
        event = self.history.append(now, "ExecutionRedriven", len(self.history), (self.redrive_count,))
        self._set_limit()
        self.root.previous = event
        self.resume(self.root)
        return self._run()

    def _answer(self, key: int, now: float, tell: Callable[[Any, Branch], bool | None]) -> list[Effect]:
        """Hand an answer to the state that waits for it."""
        self.now = now
        branch = self._pending.get(key)
        if branch is None:
            return []

        def step(_: Interpreter, branch: Branch) -> bool:
            return bool(tell(branch.state, branch))

        branch.step = step
        self.queue(branch)
        return self._run()
