"""Task: work that others do.

A task is scheduled, usually starts at once, may be submitted (`.sync`, `.waitForTaskToken`), and succeeds,
fails or times out. Which events tell so depends on who performs it: a function named by its ARN, an activity,
or a service integration. Every attempt evaluates its parameters anew, with $$.State.RetryCount as it then is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from offline_cloud.engines.states_language.effects import StartTask, TimerPurpose
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.expected_values import compile_number
from offline_cloud.engines.states_language.jsonata import compile_template as compile_jsonata
from offline_cloud.engines.states_language.payload_size import exceeds_limit, json_text
from offline_cloud.engines.states_language.payload_template import compile_template
from offline_cloud.engines.states_language.resources import Kind, Pattern, parse_resource
from offline_cloud.engines.states_language.retry import DATA_LIMIT, RUNTIME, TIMEOUT, Failure
from offline_cloud.engines.states_language.state import Common, State

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.branch import Branch
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = ["TaskState"]

#: What a task's `pending` says of its keys.
_TASK: Final = "task"
_STARTED: Final = "started task"
_TIMEOUT: Final = "timeout"
_HEARTBEAT: Final = "heartbeat"

_PREFIX: Final = {Kind.FUNCTION: "LambdaFunction", Kind.ACTIVITY: "Activity"}


class TaskState(State):
    """A Task."""

    __slots__ = (
        "credentials",
        "heartbeat",
        "identity",
        "kind_of_work",
        "prefix",
        "resource",
        "takes_nothing",
        "timeout",
        "wants_token",
        "watched_by",
    )

    def __init__(self, common: Common, state: Mapping[str, Any]) -> None:
        super().__init__(common)
        jsonata = common.data.jsonata
        self.resource: str = state["Resource"]
        work = parse_resource(self.resource)
        self.kind_of_work = work.kind
        self.prefix = _PREFIX.get(work.kind, "Task")
        service = f"aws-sdk:{work.service}" if work.kind is Kind.SDK else work.service
        action = f"{work.action}.{work.pattern}" if work.pattern else work.action
        # What the events of an integration begin with.
        self.identity: tuple[str, ...] = (service, action) if self.prefix == "Task" else ()
        # The state's input is for functions and activities; an integration gets what is written for it.
        self.takes_nothing = self.prefix == "Task" and not state.keys() & {"Parameters", "Arguments"}
        self.wants_token = work.kind is Kind.ACTIVITY or work.pattern is Pattern.TOKEN
        # A deadline for a person or a worker is not to be jumped over.
        self.watched_by: TimerPurpose = "guard" if self.wants_token else "limit"
        self.timeout = compile_number(state, "TimeoutSeconds", jsonata, positive=True)
        self.heartbeat = compile_number(state, "HeartbeatSeconds", jsonata, positive=True)
        self.credentials = _compile_credentials(state, jsonata)

    # ---- start -------------------------------------------------------------------------------------

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        branch.token = execution.new_token() if self.wants_token else None
        parameters = {} if self.takes_nothing else self.data.arguments(execution, branch)
        if exceeds_limit(parameters):
            raise StatesError(
                DATA_LIMIT,
                f"The state/task '{self.name}' provided parameters with a size exceeding the maximum number "
                "of bytes service limit.",
            )
        if self.prefix == "Task" and execution.refusal is not None:
            why = execution.refusal(self.resource, parameters)
            if why is not None:
                raise StatesError(
                    RUNTIME,
                    f"The Parameters '{json_text(parameters)}' could not be used to start the Task: [{why}]",
                )
        timeout = None if self.timeout is None else self.timeout(execution, branch)
        heartbeat = None if self.heartbeat is None else self.heartbeat(execution, branch)
        branch.heartbeat = heartbeat
        credentials = None if self.credentials is None else self.credentials(execution, branch)
        self._record_schedule(
            execution,
            branch,
            parameters=parameters,
            timeout=timeout,
            heartbeat=heartbeat,
            credentials=credentials,
        )
        key = execution.new_key(branch, _TASK)
        execution.ask(
            StartTask(
                key=key,
                resource=self.resource,
                parameters=parameters,
                state=self.name,
                token=branch.token,
                timeout=timeout,
                heartbeat=heartbeat,
                credentials=credentials,
                context=execution.context(branch),
            )
        )
        if timeout is not None:
            execution.set_timer(branch, execution.now + timeout, self.watched_by, _TIMEOUT)
        return False

    def _record_schedule(
        self,
        execution: Interpreter,
        branch: Branch,
        *,
        parameters: Any,
        timeout: float | None,
        heartbeat: float | None,
        credentials: Any,
    ) -> None:
        shown_credentials = None
        if isinstance(credentials, Mapping) and "RoleArn" in credentials:
            shown_credentials = {"roleArn": credentials["RoleArn"]}
        if self.prefix == "Task":
            details: tuple[Any, ...] = (
                *self.identity,
                execution.region,
                parameters,
                timeout,
                heartbeat,
                shown_credentials,
            )
        elif self.kind_of_work is Kind.FUNCTION:
            details = (self.resource, parameters, timeout, shown_credentials)
        else:
            details = (self.resource, parameters, timeout, heartbeat)
        execution.record(branch, f"{self.prefix}Scheduled", details)

    # ---- answers -----------------------------------------------------------------------------------

    def started(self, execution: Interpreter, branch: Branch, key: int, worker: str | None = None) -> None:
        """Somebody works on the task."""
        if branch.pending[key] == _STARTED:
            return
        branch.pending[key] = _STARTED
        details = (worker,) if self.kind_of_work is Kind.ACTIVITY else self.identity
        execution.record(branch, f"{self.prefix}Started", details)
        if self.kind_of_work is Kind.ACTIVITY:
            self.beat(execution, branch)

    def submitted(self, execution: Interpreter, branch: Branch, key: int, output: Any) -> None:
        """The job was accepted; its end is still to come."""
        self._ensure_started(execution, branch, key)
        execution.record(branch, "TaskSubmitted", (*self.identity, output))
        self.beat(execution, branch)

    def beat(self, execution: Interpreter, branch: Branch) -> None:
        """The time to the next heartbeat begins anew."""
        if branch.heartbeat is None:
            return
        when = execution.now + branch.heartbeat
        for key, purpose in branch.pending.items():
            if purpose == _HEARTBEAT:
                execution.move_timer(key, when, "guard")
                return
        execution.set_timer(branch, when, "guard", _HEARTBEAT)

    def succeeded(self, execution: Interpreter, branch: Branch, key: int, output: Any) -> bool:
        """The task's result has come."""
        self._ensure_started(execution, branch, key)
        execution.release(branch)
        if exceeds_limit(output):
            of_task = self.identity[0] if self.identity else self.resource
            self._fail(
                execution,
                branch,
                Failure(
                    DATA_LIMIT,
                    f"The state/task '{of_task}' returned a result with a size exceeding the maximum number "
                    "of bytes service limit.",
                ),
                "Failed",
            )
            return False
        execution.record(branch, f"{self.prefix}Succeeded", (*self.identity, output))
        result, assigned = self.data.conclude(execution, branch, output)
        branch.token = None
        return execution.leave(branch, result, assigned, self.next)

    def refused(
        self, execution: Interpreter, branch: Branch, key: int, failure: Failure, how: str = "Failed"
    ) -> bool:
        """The task has failed; `how` is the end of the event's name: Failed, StartFailed, SubmitFailed."""
        if how in ("Failed", "SubmitFailed"):
            self._ensure_started(execution, branch, key)
        execution.release(branch)
        self._fail(execution, branch, failure, how)
        return False

    def timer(self, execution: Interpreter, branch: Branch, purpose: str) -> bool:
        execution.release(branch)
        self._fail(execution, branch, Failure(TIMEOUT, None, purpose == _HEARTBEAT), "TimedOut")
        return False

    def _ensure_started(self, execution: Interpreter, branch: Branch, key: int) -> None:
        # An activity's start is a fact about a worker; that of others goes without saying.
        if self.kind_of_work is not Kind.ACTIVITY:
            self.started(execution, branch, key)

    def _fail(self, execution: Interpreter, branch: Branch, failure: Failure, how: str) -> None:
        execution.record(branch, f"{self.prefix}{how}", (*self.identity, failure.error, failure.cause))
        execution.fail(branch, failure)

    def aborted(self, execution: Interpreter, branch: Branch) -> None:
        execution.note(branch, "TaskStateAborted")


def _compile_credentials(state: Mapping[str, Any], jsonata: bool) -> Any:
    if "Credentials" not in state:
        return None
    node = state["Credentials"]
    if jsonata:
        evaluate = compile_jsonata(node, "Credentials").evaluate
        return lambda execution, branch: evaluate(execution.states_scope(branch))
    template = compile_template(node)
    return lambda execution, branch: template.evaluate(
        branch.state.data.effective_input(execution, branch), execution.scope(branch)
    )
