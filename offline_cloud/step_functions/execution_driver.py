"""Performs what executions ask for, and tells them what came of it.

Everything here happens on the lane, but for the jobs that are handed to the pool. An execution may ask for
something, end, and never hear of it: what comes too late is ignored by the execution itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language import effects
from offline_cloud.engines.states_language.effects import Effect
from offline_cloud.engines.states_language.execution import Execution
from offline_cloud.engines.states_language.resources import Kind, Pattern, parse_resource
from offline_cloud.scheduler import TimerKind
from offline_cloud.step_functions.activities import Activities, QueuedTask
from offline_cloud.step_functions.executions import ExecutionRecord
from offline_cloud.step_functions.integrations import TaskFault
from offline_cloud.step_functions.map_runs import MapRuns

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.resources import Resource
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.integrations import Integrations
    from offline_cloud.step_functions.lane import Lane
    from offline_cloud.step_functions.state_machines import Revision
    from offline_cloud.step_functions.task_tokens import TaskTokens
    from offline_cloud.work_pool import WorkPool

__all__ = ["ExecutionDriver"]

#: What an execution is told, and when.
Tell = Callable[[Execution, float], list[Effect]]

_KINDS: Mapping[str, TimerKind] = {
    "wait": TimerKind.WAIT,
    "limit": TimerKind.LIMIT,
    "guard": TimerKind.GUARD,
}
_FAR = 1e9  # seconds: a timer that is further away than thirty years may as well fire then
_log = logging.getLogger(__name__)


class ExecutionDriver:
    """The driver of all executions of a cloud."""

    def __init__(  # noqa: PLR0917 - the parts that it drives
        self,
        context: CloudContext,
        lane: Lane,
        pool: WorkPool,
        tokens: TaskTokens,
        activities: Activities,
        integrations: Integrations,
    ) -> None:
        self._context = context
        self._lane = lane
        self._pool = pool
        self._tokens = tokens
        self._activities = activities
        self._integrations = integrations
        self.map_runs = MapRuns(self)
        self._running: set[ExecutionRecord] = set()
        self._performers: Mapping[type, Callable[[ExecutionRecord, Any], None]] = {
            effects.SetTimer: self._set_timer,
            effects.CancelTimer: self._cancel_timer,
            effects.StartTask: self._start_task,
            effects.CancelTask: self._cancel_task,
            effects.ReadItems: self._read_items,
            effects.WriteResults: self._write_results,
            effects.OpenMapRun: self.map_runs.open,
            effects.CloseMapRun: self.map_runs.close,
            effects.StartChild: self.map_runs.start_child,
            effects.StopChild: self.map_runs.stop_child,
            effects.Ended: self._ended,
            effects.Continue: self._continue,
        }

    # ------------------------------------------------------------------ for those who have executions

    def record(  # noqa: PLR0917 - what an execution begins with
        self,
        revision: Revision,
        arn: str,
        name: str,
        value: Any,
        text: str,
        version_arn: str | None = None,
        alias_arn: str | None = None,
    ) -> ExecutionRecord:
        """A new execution, not started."""
        ids = self._context.ids
        execution = Execution(
            revision.machine,
            arn=arn,
            name=name,
            role_arn=revision.role,
            machine_arn=revision.arn,
            machine_name=revision.name,
            input=value,
            start=self._context.clock.now(),
            uuid=ids.uuid,
            random=ids.random,
            token=self._tokens.new,
            express=revision.express,
            alias_arn=alias_arn,
            version_arn=version_arn,
            refusal=self._integrations.refusal,
        )
        return ExecutionRecord(revision, execution, text, version_arn, alias_arn)

    def start(self, record: ExecutionRecord) -> None:
        """Begin."""
        self._running.add(record)
        self.step(record, lambda execution, now: execution.start(now, record.input_text))

    def start_soon(self, record: ExecutionRecord) -> None:
        """Begin, when what is being performed now has been performed."""
        self._lane.queue(lambda: self.start(record))

    def redrive_soon(self, record: ExecutionRecord) -> None:
        """`redrive`, when what is being performed now has been performed."""
        self._lane.queue(lambda: self.redrive(record))

    def stop(self, record: ExecutionRecord, error: str | None, cause: str | None) -> None:
        """Stop it where it is."""
        self.step(record, lambda execution, now: execution.stop(error, cause, now))

    def redrive(self, record: ExecutionRecord) -> None:
        """Run again what did not succeed."""
        self._running.add(record)
        self.step(record, Execution.redrive)

    def forget_all(self) -> None:
        """Tell no execution anything any more: the cloud is reset."""
        for record in self._running:
            record.forgotten = True
            for timer in record.timers.values():
                timer.cancel()
        self._running.clear()

    def step(self, record: ExecutionRecord, tell: Tell) -> None:
        """Tell the execution something and perform what it asks for then. On the lane."""
        if record.forgotten:
            return
        now = self._context.clock.now()
        try:
            asked = tell(record.execution, now)
        except Exception as error:
            _log.exception("%s failed", record.arn)
            cause = f"The offline cloud stumbled over this execution: {type(error).__name__}: {error}"
            asked = record.execution.stop("States.Runtime", cause, now)
        performers = self._performers
        for effect in asked:
            performers[type(effect)](record, effect)

    def finish(self, record: ExecutionRecord, key: int, tell: Tell) -> None:
        """`step` with what ends a task: its token is good for nothing any more. On the lane."""
        record.children.pop(key, None)
        task = record.tasks.pop(key, None)
        if task is not None and task.token is not None:
            self._tokens.close(task.token)
        self.step(record, tell)

    def _finish(self, record: ExecutionRecord, key: int, tell: Tell) -> None:
        """`finish`, from a thread that is not on the lane."""
        self._lane.call(lambda: self.finish(record, key, tell))

    def soon(self, record: ExecutionRecord, tell: Tell) -> None:
        """`step`, when what is being performed now has been performed."""
        self._lane.queue(lambda: self.step(record, tell))

    # ------------------------------------------------------------------ timers

    def _set_timer(self, record: ExecutionRecord, effect: effects.SetTimer) -> None:
        scheduler = self._context.scheduler
        if (old := record.timers.pop(effect.key, None)) is not None:
            old.cancel()
        record.timers[effect.key] = scheduler.call_at(
            min(effect.when, self._context.clock.now() + _FAR),
            partial(self._timer_fired, record, effect.key),
            kind=_KINDS[effect.kind],
            label=record.execution.name,
        )

    def _cancel_timer(self, record: ExecutionRecord, effect: effects.CancelTimer) -> None:
        if (timer := record.timers.pop(effect.key, None)) is not None:
            timer.cancel()

    def _timer_fired(self, record: ExecutionRecord, key: int) -> None:
        """On the scheduler's thread."""

        def fire() -> None:
            if record.timers.pop(key, None) is not None:
                self.step(record, lambda execution, now: execution.timer_fired(key, now))

        self._lane.call(fire)

    # ------------------------------------------------------------------ tasks

    def _start_task(self, record: ExecutionRecord, task: effects.StartTask) -> None:
        record.tasks[task.key] = task
        if task.token is not None:
            self._tokens.open(task.token, record, task.key)
        resource = parse_resource(task.resource)
        if resource.kind is Kind.ACTIVITY:
            self._schedule_activity(record, task)
            return
        self.soon(record, lambda execution, now: execution.task_started(task.key, now))
        self._pool.submit(
            f"{task.state} of {record.execution.name}", partial(self._perform, record, task, resource)
        )

    def _schedule_activity(self, record: ExecutionRecord, task: effects.StartTask) -> None:
        key = task.key

        def fetched(worker: str | None) -> None:
            self.soon(record, lambda execution, now: execution.task_started(key, now, worker))

        queued = QueuedTask(task.token or "", task.parameters, fetched)
        if not self._activities.schedule(task.resource, queued):
            cause = f"The activity {task.resource} does not exist."
            self._lane.queue(
                lambda: self.finish(
                    record,
                    key,
                    lambda execution, now: execution.task_not_scheduled(
                        key, "ActivityDoesNotExist", cause, now
                    ),
                )
            )

    def _perform(self, record: ExecutionRecord, task: effects.StartTask, resource: Resource) -> None:
        """Call the function or the service; on a thread of the pool."""
        key = task.key
        if key not in record.tasks or record.forgotten:
            return
        try:
            result = self._integrations.perform(record, task, resource)
        except TaskFault as fault:
            error, cause = fault.error, fault.cause
            if resource.pattern:
                self._finish(
                    record, key, lambda execution, now: execution.task_not_submitted(key, error, cause, now)
                )
            else:
                self._finish(
                    record, key, lambda execution, now: execution.task_failed(key, error, cause, now)
                )
            return
        except Exception as error:
            self._stumbled(record, key, "this task", error)
            return
        if not resource.pattern:
            self._finish(record, key, lambda execution, now: execution.task_succeeded(key, result, now))
        elif resource.pattern is Pattern.TOKEN:
            self._lane.call(
                lambda: self.step(record, lambda execution, now: execution.task_submitted(key, result, now))
            )
        else:
            self._lane.call(partial(self._submitted_job, record, task, resource, result))

    def _submitted_job(
        self, record: ExecutionRecord, task: effects.StartTask, resource: Resource, submitted: Any
    ) -> None:
        """An execution that this one waits for has started, and may have ended already."""
        if record.forgotten:
            return
        self.step(record, lambda execution, now: execution.task_submitted(task.key, submitted, now))
        inner = self._integrations.executions.by_arn.get(submitted["ExecutionArn"])
        if inner is None or task.key not in record.tasks:
            return

        def ended(inner: ExecutionRecord) -> None:
            output, fault = self._integrations.nested_result(inner, parsed=resource.pattern is Pattern.SYNC_2)
            key = task.key
            if fault is None:
                tell: Tell = lambda execution, now: execution.task_succeeded(key, output, now)  # noqa: E731
            else:
                error, cause = fault.error, fault.cause
                tell = lambda execution, now: execution.task_failed(key, error, cause, now)  # noqa: E731
            self._lane.queue(lambda: self.finish(record, key, tell))

        record.children[task.key] = inner
        if inner.execution.status == "RUNNING":
            inner.listeners.append(ended)
        else:
            ended(inner)

    def _cancel_task(self, record: ExecutionRecord, effect: effects.CancelTask) -> None:
        task = record.tasks.pop(effect.key, None)
        if task is None:
            return
        if task.token is not None:
            self._tokens.close(task.token)
            self._activities.withdraw(task.resource, task.token)
        inner = record.children.pop(effect.key, None)
        if inner is not None and inner.execution.status == "RUNNING":
            self._lane.queue(lambda: self.stop(inner, None, None))

    # ------------------------------------------------------------------ items and results

    def _read_items(self, record: ExecutionRecord, effect: effects.ReadItems) -> None:
        self._pool.submit(f"items of {effect.state}", partial(self._read, record, effect))

    def _read(self, record: ExecutionRecord, effect: effects.ReadItems) -> None:
        key = effect.key
        try:
            items = self._integrations.read_items(record, effect)
        except TaskFault as fault:
            self._failed(record, key, fault)
        except Exception as error:
            self._stumbled(record, key, "the items", error)
        else:
            self._finish(record, key, lambda execution, now: execution.items_read(key, items, now))

    def _failed(self, record: ExecutionRecord, key: int, fault: TaskFault) -> None:
        error, cause = fault.error, fault.cause
        self._finish(record, key, lambda execution, now: execution.task_failed(key, error, cause, now))

    def _stumbled(self, record: ExecutionRecord, key: int, over: str, error: Exception) -> None:
        """A fault of the kit's own: it ends the execution, so that nothing waits for ever."""
        _log.exception("%s of %s failed", over, record.arn)
        said = f"The offline cloud stumbled over {over}: {type(error).__name__}: {error}"
        self._failed(record, key, TaskFault("States.Runtime", said))

    def _write_results(self, record: ExecutionRecord, effect: effects.WriteResults) -> None:
        self._pool.submit(f"results of {effect.state}", partial(self._write, record, effect))

    def _write(self, record: ExecutionRecord, effect: effects.WriteResults) -> None:
        key = effect.key
        try:
            details = self._integrations.write_results(record, effect)
        except TaskFault as fault:
            self._failed(record, key, fault)
        except Exception as error:
            self._stumbled(record, key, "the results", error)
        else:
            self._finish(record, key, lambda execution, now: execution.results_written(key, details, now))

    # ------------------------------------------------------------------ the rest

    def _continue(self, record: ExecutionRecord, _: effects.Continue) -> None:
        self._lane.later(lambda: self.step(record, Execution.go_on))

    def _ended(self, record: ExecutionRecord, _: effects.Ended) -> None:
        self._running.discard(record)
        for timer in record.timers.values():
            timer.cancel()
        record.timers.clear()
        for key in list(record.tasks):
            self._cancel_task(record, effects.CancelTask(key))
        listeners, record.listeners = record.listeners, []
        for listener in listeners:
            listener(record)
