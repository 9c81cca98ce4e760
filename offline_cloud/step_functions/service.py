"""Step Functions of one cloud: its parts put together, and the API's operations by name."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.validation import validate
from offline_cloud.ids import Ids
from offline_cloud.meter import MachineUsage
from offline_cloud.step_functions.activities import Activities, QueuedTask, handed_out
from offline_cloud.step_functions.aliases import Aliases
from offline_cloud.step_functions.arns import Home, parts
from offline_cloud.step_functions.catalogue import Catalogue
from offline_cloud.step_functions.execution_driver import ExecutionDriver
from offline_cloud.step_functions.execution_log import ExecutionLog
from offline_cloud.step_functions.executions import Executions, milliseconds
from offline_cloud.step_functions.faults import ApiError, resource_missing
from offline_cloud.step_functions.integrations import Integrations
from offline_cloud.step_functions.lane import Lane
from offline_cloud.step_functions.request_rules import check
from offline_cloud.step_functions.state_machines import StateMachines, read_tags
from offline_cloud.step_functions.task_tokens import TaskTokens, read_output
from offline_cloud.step_functions.waits import Waits
from offline_cloud.work_pool import WorkPool

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.executions import ExecutionRecord

__all__ = ["StepFunctions"]

Request = Mapping[str, Any]
Answer = dict[str, Any]
_POLL_SECONDS = 60.0
_DIAGNOSTICS = 100
_STREAM = 0x57A7E5


class StepFunctions:
    """Answers requests; `answer` is its only door."""

    def __init__(self, context: CloudContext) -> None:
        # Ids and chance of its own: how often a client looks must not change what executions are called.
        self._context = copy.copy(context)
        self._context.ids = Ids(context.ids.seed ^ _STREAM)
        self._lane = Lane(context.scheduler)
        self._pool = WorkPool(context.scheduler)
        self._waits = Waits(context)
        self._catalogue = Catalogue()
        self._begin()

    def _begin(self) -> None:
        """Have nothing yet."""
        context = self._context
        context.ids.reset()
        self._integrations = Integrations(context, self._lane, self._catalogue.refusal)
        self._tokens = TaskTokens(context)
        self.machines = StateMachines(context, self._catalogue)
        self._aliases = Aliases(context, self.machines)
        self._activities = Activities(context, self._waits, self.machines.tags)
        self._driver = ExecutionDriver(
            context, self._lane, self._pool, self._tokens, self._activities, self._integrations
        )
        self.executions = Executions(context, self.machines, self._aliases, self._driver)
        self.executions.log = ExecutionLog(context, self._integrations.calls, self._pool)
        self._integrations.executions = self.executions
        self._driver.map_runs.executions = self.executions
        self._operations = self._named_operations()

    def reset(self) -> None:
        """Forget everything: what runs is told nothing any more, and who waits is let go."""

        def forget() -> None:
            self._driver.forget_all()
            self._begin()

        self._lane.call(forget)
        self._waits.wake_all()

    def usage(self) -> MachineUsage:
        """What all executions used so far."""
        return self.executions.usage()

    def answer(self, operation: str, home: Home, caller: str, request: Request) -> Answer:
        """Serve one request; `caller` is its access key.

        Raises ApiError, or NotImplementedError for an operation that there is not.
        """
        if operation == "GetActivityTask":
            check(operation, request)
            return self._get_activity_task(request, caller)
        if operation == "StartSyncExecution":
            check(operation, request)
            return self._start_sync(home, request, caller)
        if operation == "TestState":
            from offline_cloud.step_functions.state_test import test_state

            check(operation, request)
            return test_state(self._context, self._integrations, self._catalogue, home, request)
        if operation not in self._operations:
            raise NotImplementedError(f"no operation {operation}")
        perform = self._operations[operation]
        check(operation, request)
        return self._lane.call(lambda: perform(home, request))

    def create_state_machine(self, home: Home, request: Request) -> Answer:
        """CreateStateMachine for who comes without a request, as CloudFormation does."""
        return self._lane.call(lambda: self.machines.create(home, request))

    # ------------------------------------------------------------------ operations

    def _named_operations(self) -> Mapping[str, Callable[[Home, Request], Answer]]:
        machines, aliases, executions = self.machines, self._aliases, self.executions
        activities, runs = self._activities, self._driver.map_runs

        def of(perform: Callable[[Request], Answer]) -> Callable[[Home, Request], Answer]:
            return lambda home, request: perform(request)

        return {
            "CreateStateMachine": machines.create,
            "UpdateStateMachine": of(machines.update),
            "DescribeStateMachine": of(machines.describe),
            "ListStateMachines": machines.list,
            "DeleteStateMachine": of(self._delete_machine),
            "ValidateStateMachineDefinition": of(self._validate),
            "PublishStateMachineVersion": of(machines.publish),
            "ListStateMachineVersions": of(machines.list_versions),
            "DeleteStateMachineVersion": of(machines.delete_version),
            "CreateStateMachineAlias": of(aliases.create),
            "UpdateStateMachineAlias": of(aliases.update),
            "DescribeStateMachineAlias": of(aliases.describe),
            "ListStateMachineAliases": of(aliases.list),
            "DeleteStateMachineAlias": of(aliases.delete),
            "StartExecution": self._start,
            "DescribeExecution": of(executions.describe),
            "DescribeStateMachineForExecution": of(executions.machine_of),
            "ListExecutions": of(executions.list),
            "GetExecutionHistory": of(executions.history),
            "StopExecution": of(executions.stop),
            "RedriveExecution": of(executions.redrive),
            "DescribeMapRun": of(runs.describe),
            "ListMapRuns": of(runs.list),
            "UpdateMapRun": of(runs.update),
            "CreateActivity": activities.create,
            "DescribeActivity": of(activities.describe),
            "ListActivities": activities.list,
            "DeleteActivity": of(activities.delete),
            "SendTaskSuccess": of(self._task_success),
            "SendTaskFailure": of(self._task_failure),
            "SendTaskHeartbeat": of(self._task_heartbeat),
            "TagResource": of(self._tag),
            "UntagResource": of(self._untag),
            "ListTagsForResource": of(self._tags),
        }

    def _start(self, home: Home, request: Request) -> Answer:
        record = self.executions.start(home, request)
        return {"executionArn": record.arn, "startDate": milliseconds(record.execution.start_date)}

    def _start_sync(self, home: Home, request: Request, caller: str) -> Answer:
        wait = self._waits.make()

        def start() -> ExecutionRecord:
            self.executions.check_sync(request)
            record = self.executions.start(home, request)
            if record.execution.status == "RUNNING":
                record.listeners.append(lambda _: wait.wake())
            else:
                wait.wake()
            return record

        try:
            record = self._lane.call(start)
        except ApiError:
            wait.wake()
            raise
        finally:
            if wait.woken:
                self._waits.drop(wait)
        if not wait.woken:
            self._waits.sleep(wait, caller)
        if record.forgotten:
            raise ApiError(
                "ServiceUnavailable", "The offline cloud was reset while the execution was running."
            )
        return self.executions.sync_result(record, request)

    def _delete_machine(self, request: Request) -> Answer:
        machine = self.machines.delete(request)
        if machine is not None and not self.executions.running(machine):
            self.machines.remove(machine)
        return {}

    def _validate(self, request: Request) -> Answer:
        """ValidateStateMachineDefinition."""
        findings = validate(
            request["definition"],
            machine_type="EXPRESS" if request.get("type") == "EXPRESS" else "STANDARD",
            catalogue=self._catalogue,
        )
        failed = any(finding.severity == "ERROR" for finding in findings)
        if request.get("severity", "ERROR") == "ERROR":
            findings = [finding for finding in findings if finding.severity == "ERROR"]
        most = request.get("maxResults") or _DIAGNOSTICS
        shown = []
        for finding in findings[:most]:
            diagnostic = {"severity": finding.severity, "code": finding.code, "message": finding.message}
            if finding.location is not None:
                diagnostic["location"] = finding.location
            shown.append(diagnostic)
        return {
            "result": "FAIL" if failed else "OK",
            "diagnostics": shown,
            "truncated": len(findings) > most,
        }

    # ------------------------------------------------------------------ workers

    def _get_activity_task(self, request: Request, caller: str) -> Answer:
        """GetActivityTask: waits for a task for up to a minute of cloud time."""
        activities = self._activities
        found = self._lane.call(lambda: activities.begin_poll(request))
        if isinstance(found, QueuedTask):
            return handed_out(found)
        self._waits.sleep(found.wait, caller, self._context.clock.now() + _POLL_SECONDS)
        self._lane.call(lambda: activities.end_poll(request, found))
        return handed_out(found.task)

    def _task_success(self, request: Request) -> Answer:
        record, key = self._tokens.owner(request["taskToken"])
        output = read_output(request)
        self._driver.finish(record, key, lambda execution, now: execution.task_succeeded(key, output, now))
        return {}

    def _task_failure(self, request: Request) -> Answer:
        record, key = self._tokens.owner(request["taskToken"])
        error, cause = request.get("error"), request.get("cause")
        self._driver.finish(record, key, lambda execution, now: execution.task_failed(key, error, cause, now))
        return {}

    def _task_heartbeat(self, request: Request) -> Answer:
        record, key = self._tokens.owner(request["taskToken"])
        self._driver.step(record, lambda execution, now: execution.task_heartbeat(key, now))
        return {}

    # ------------------------------------------------------------------ tags

    def _tag(self, request: Request) -> Answer:
        tags = self._tagged(request["resourceArn"])
        merged = {**tags, **read_tags(request["tags"])}
        if len(merged) > 50:
            raise ApiError("TooManyTags", "There are more than 50 tags on this resource.")
        self.machines.tags[request["resourceArn"]] = merged
        return {}

    def _untag(self, request: Request) -> Answer:
        tags = self._tagged(request["resourceArn"])
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return {}

    def _tags(self, request: Request) -> Answer:
        tags = self._tagged(request["resourceArn"])
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tagged(self, arn: str) -> dict[str, str]:
        parts(arn, "stateMachine", "activity")
        if arn not in self.machines.by_arn and arn not in self._activities.by_arn:
            raise resource_missing(arn)
        return self.machines.tags.setdefault(arn, {})
