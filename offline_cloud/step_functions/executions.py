"""Executions as the API shows them: started, described, listed, stopped, redriven, with their history.

Rule 1: a name is used once per machine, but for StartExecution with the same input while that one still runs.
Rule 2: an Express execution is known only while it runs, and nothing but its logs tells of it afterwards.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.execution import Execution
from offline_cloud.engines.states_language.interpreter import EVENT_LIMIT
from offline_cloud.engines.states_language.payload_size import MAX_BYTES, json_text
from offline_cloud.meter import MachineUsage
from offline_cloud.step_functions.arns import Home, page, parts
from offline_cloud.step_functions.faults import (
    ApiError,
    execution_missing,
    invalid,
    invalid_arn,
    resource_missing,
)
from offline_cloud.step_functions.names import check_name, parse_json

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.effects import StartTask
    from offline_cloud.scheduler import Timer
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.aliases import Aliases
    from offline_cloud.step_functions.execution_driver import ExecutionDriver
    from offline_cloud.step_functions.execution_log import ExecutionLog
    from offline_cloud.step_functions.state_machines import Revision, StateMachine, StateMachines

__all__ = ["ExecutionRecord", "Executions", "milliseconds"]

_REDRIVE_DAYS = 14
_REDRIVES = 1_000
_BILLED_STEP = 100  # milliseconds
_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")
_BILLED_MEMORY = 64  # MB: the least, and more than any machine of a lab uses


@dataclass(slots=True, eq=False)
class ExecutionRecord:
    """An execution and what the driver keeps beside it, by the keys of the execution's effects."""

    revision: Revision
    execution: Execution
    input_text: str
    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None
    map_run_arn: str | None = None
    label: str | None = None
    redrive_date: float | None = None
    timers: dict[int, Timer] = field(default_factory=dict)
    tasks: dict[int, StartTask] = field(default_factory=dict)
    children: dict[int, ExecutionRecord] = field(default_factory=dict)
    listeners: list[Callable[[ExecutionRecord], None]] = field(default_factory=list)
    forgotten: bool = False

    @property
    def arn(self) -> str:
        """The execution's ARN."""
        return self.execution.arn


class Executions:
    """All executions of a cloud, in the order of their start."""

    def __init__(
        self, context: CloudContext, machines: StateMachines, aliases: Aliases, driver: ExecutionDriver
    ) -> None:
        self._context = context
        self._machines = machines
        self._aliases = aliases
        self._driver = driver
        self.log: ExecutionLog
        self._express_requests = 0
        self._express_gb_seconds = 0.0
        self.by_arn: dict[str, ExecutionRecord] = {}
        self._of_machine: dict[str, list[ExecutionRecord]] = {}
        self._of_map_run: dict[str, list[ExecutionRecord]] = {}

    # ------------------------------------------------------------------ start

    def start(self, home: Home, request: Mapping[str, Any]) -> ExecutionRecord:
        """StartExecution; `started` is its answer. On the lane."""
        machine, revision, version_arn, alias_arn = self._startable(request["stateMachineArn"])
        name = request.get("name")
        if name is not None:
            check_name(name)
        text = request.get("input")
        value = _input(text if text is not None else "{}")
        if machine.deleting:
            raise ApiError("StateMachineDeleting", f"State Machine is being deleted: '{machine.arn}'")
        name = name or self._context.ids.uuid()
        kind = "express" if revision.express else "execution"
        arn = f"{machine.arn.replace(':stateMachine:', f':{kind}:', 1)}:{name}"
        if revision.express:
            arn = f"{arn}:{self._context.ids.uuid()}"
        there = self.by_arn.get(arn)
        if there is not None:
            if there.execution.status == "RUNNING" and there.execution.input == value:
                return there
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        record = self._driver.record(
            revision, arn, name, value, text if text is not None else "{}", version_arn, alias_arn
        )
        record.trace_header = request.get("traceHeader")
        self.keep(record, machine.arn)
        record.listeners.append(self._ended)
        self._driver.start(record)
        return record

    def keep(self, record: ExecutionRecord, machine_arn: str) -> None:
        """Know this execution from now on."""
        self.by_arn[record.arn] = record
        if record.map_run_arn is not None:
            self._of_map_run.setdefault(record.map_run_arn, []).append(record)
        else:
            self._of_machine.setdefault(machine_arn, []).append(record)

    def check_sync(self, request: Mapping[str, Any]) -> None:
        """StartSyncExecution is for Express machines only."""
        _, revision, _, _ = self._startable(request["stateMachineArn"])
        if not revision.express:
            raise _wrong_type()

    def sync_result(self, record: ExecutionRecord, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of StartSyncExecution."""
        execution = record.execution
        shown = self._shown(record, request)
        for name in ("redriveCount", "redriveStatus", "redriveStatusReason", "redriveDate"):
            shown.pop(name, None)
        for name in ("stateMachineVersionArn", "stateMachineAliasArn"):
            shown.pop(name, None)
        shown["billingDetails"] = {
            "billedMemoryUsedInMB": _BILLED_MEMORY,
            "billedDurationInMilliseconds": _billed(execution),
        }
        return shown

    # ------------------------------------------------------------------ look

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeExecution."""
        return self._shown(self.find(request["executionArn"]), request)

    def machine_of(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeStateMachineForExecution: the revision that it runs, not what became of the machine."""
        record = self.find(request["executionArn"])
        revision = record.revision
        shown = {
            "stateMachineArn": revision.arn,
            "name": revision.name,
            "updateDate": milliseconds(revision.date),
            **revision.settings(),
        }
        if record.map_run_arn is not None:
            shown |= {"mapRunArn": record.map_run_arn, "label": record.label}
        if request.get("includedData") == "METADATA_ONLY":
            shown["definition"] = ""
        return shown

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListExecutions of a machine, version, alias or map run, the newest first."""
        machine_arn, run_arn = request.get("stateMachineArn"), request.get("mapRunArn")
        if (machine_arn is None) == (run_arn is None):
            raise invalid("Must specify exactly one of the following parameters: stateMachineArn, mapRunArn.")
        if run_arn is not None:
            parts(run_arn, "mapRun")
            if run_arn not in self._driver.map_runs.by_arn:
                raise resource_missing(run_arn)
            records: Sequence[ExecutionRecord] = self._of_map_run.get(run_arn, [])
        else:
            records = self._listed(machine_arn or "")
        status, redriven = request.get("statusFilter"), request.get("redriveFilter")
        chosen, following = page(
            [
                record
                for record in reversed(records)
                if (not status or record.execution.status == status)
                and (not redriven or (record.execution.redrive_count > 0) == (redriven == "REDRIVEN"))
            ],
            dict(request),
        )
        listed = [self._listing(record) for record in chosen]
        return {"executions": listed, **({"nextToken": following} if following else {})}

    def history(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """GetExecutionHistory."""
        history = self.find(request["executionArn"]).execution.history
        places = range(len(history))
        if request.get("reverseOrder"):
            places = places[::-1]
        chosen, following = page(places, dict(request))
        if not chosen:
            return {"events": []}
        with_data = request.get("includeExecutionData", True) is not False
        events = history.events(min(chosen), max(chosen) + 1, with_data)
        for event in events:
            event["timestamp"] = milliseconds(event["timestamp"])
        if request.get("reverseOrder"):
            events.reverse()
        return {"events": events, **({"nextToken": following} if following else {})}

    # ------------------------------------------------------------------ stop and redrive

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StopExecution; of one that has ended, it says when."""
        record = self.find(request["executionArn"])
        if record.execution.status == "RUNNING":
            self._driver.stop(record, request.get("error"), request.get("cause"))
        return {"stopDate": milliseconds(record.execution.stop_date or self._context.clock.now())}

    def redrive(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """RedriveExecution: what did not succeed runs again."""
        record = self.find(request["executionArn"])
        status, why = self._redrive_status(record)
        if status != "REDRIVABLE":
            raise ApiError("ExecutionNotRedrivable", why or "Execution is not redrivable")
        record.redrive_date = self._context.clock.now()
        record.listeners.append(self._ended)
        self._driver.redrive(record)
        return {"redriveDate": milliseconds(record.redrive_date)}

    def usage(self) -> MachineUsage:
        """What all executions used so far."""
        counted = sum(
            _transitions(record.execution.history.types())
            for record in list(self.by_arn.values())
            if not record.revision.express
        )
        return MachineUsage(counted, self._express_requests, self._express_gb_seconds)

    def running(self, machine: StateMachine) -> bool:
        """Whether any execution of this machine runs."""
        records = self._of_machine.get(machine.arn, [])
        return any(record.execution.status == "RUNNING" for record in records)

    def find(self, arn: str) -> ExecutionRecord:
        """The execution with this ARN; raises ExecutionDoesNotExist or InvalidArn."""
        _, names = parts(arn, "execution")
        if len(names) != 2:
            raise invalid_arn(f"Invalid ARN: {arn}")
        record = self.by_arn.get(arn)
        if record is None:
            raise execution_missing(arn)
        return record

    # ------------------------------------------------------------------ inside

    def _startable(self, arn: str) -> tuple[StateMachine, Revision, str | None, str | None]:
        parts(arn, "stateMachine")
        if routed := self._aliases.version_for(arn):
            machine, version, alias = routed
            return machine, version.revision, version.arn, alias.arn
        machine, revision, found = self._machines.find(arn)
        return machine, revision, found.arn if found else None, None

    def _listed(self, arn: str) -> Sequence[ExecutionRecord]:
        machine, revision, version_arn, alias_arn = self._startable(arn)
        if revision.express:
            raise _wrong_type()
        records = self._of_machine.get(machine.arn, [])
        if alias_arn is not None:
            return [record for record in records if record.alias_arn == alias_arn]
        if version_arn is not None:
            return [record for record in records if record.version_arn == version_arn]
        return records

    def _ended(self, record: ExecutionRecord) -> None:
        arn = record.revision.arn
        self.log.ended(record)
        if record.revision.express:
            self._express_requests += 1
            self._express_gb_seconds += _billed(record.execution) / 1000 * _BILLED_MEMORY / 1024
            self.by_arn.pop(record.arn, None)
            self._of_machine[arn].remove(record)
        machine = self._machines.by_arn.get(arn)
        if machine is not None and machine.deleting and not self.running(machine):
            self._machines.remove(machine)

    def _listing(self, record: ExecutionRecord) -> dict[str, Any]:
        execution = record.execution
        shown: dict[str, Any] = {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": milliseconds(execution.start_date),
            "redriveCount": execution.redrive_count,
        }
        optional = {
            "stopDate": execution.stop_date,
            "redriveDate": record.redrive_date,
        }
        shown |= {name: milliseconds(value) for name, value in optional.items() if value is not None}
        links = {
            "mapRunArn": record.map_run_arn,
            "stateMachineVersionArn": record.version_arn,
            "stateMachineAliasArn": record.alias_arn,
        }
        return shown | {name: value for name, value in links.items() if value is not None}

    def _shown(self, record: ExecutionRecord, request: Mapping[str, Any]) -> dict[str, Any]:
        execution = record.execution
        status, why = self._redrive_status(record)
        shown = {**self._listing(record), "redriveStatus": status}
        if why is not None:
            shown["redriveStatusReason"] = why
        if request.get("includedData") != "METADATA_ONLY":
            shown |= {"input": record.input_text, "inputDetails": {"included": True}}
            if execution.status == "SUCCEEDED":
                shown |= {"output": output_text(record), "outputDetails": {"included": True}}
        optional = {
            "traceHeader": record.trace_header,
            "error": execution.error,
            "cause": execution.cause,
        }
        return shown | {name: value for name, value in optional.items() if value is not None}

    def _redrive_status(self, record: ExecutionRecord) -> tuple[str, str | None]:
        execution = record.execution
        if execution.status in ("RUNNING", "SUCCEEDED"):
            return "NOT_REDRIVABLE", f"Execution is {execution.status} and cannot be redriven"
        if record.map_run_arn is not None:
            return "REDRIVABLE_BY_MAP_RUN", None
        ended = execution.stop_date or 0.0
        if self._context.clock.now() > ended + _REDRIVE_DAYS * 86_400:
            return "NOT_REDRIVABLE", "Execution redrivable period exceeded"
        if len(execution.history) >= EVENT_LIMIT - 1:
            return "NOT_REDRIVABLE", "Execution history event limit exceeded"
        if execution.redrive_count >= _REDRIVES:
            return "NOT_REDRIVABLE", "Execution redrive count limit exceeded"
        return "REDRIVABLE", None


def output_text(record: ExecutionRecord) -> str:
    """The output's JSON; input that came through untouched keeps its spaces, as in the history."""
    execution = record.execution
    return record.input_text if execution.output is execution.input else json_text(execution.output)


def _billed(execution: Execution) -> int:
    """Billed milliseconds of an Express execution."""
    took = ((execution.stop_date or execution.start_date) - execution.start_date) * 1000
    return max(1, math.ceil(round(took) / _BILLED_STEP)) * _BILLED_STEP


def milliseconds(moment: float) -> float:
    """A moment as the API gives it."""
    return round(moment, 3)


def _input(text: str) -> Any:
    if len(text) * 4 > MAX_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ApiError(
            "InvalidExecutionInput",
            "Invalid State Machine Execution Input: 'Length of the input exceeds the maximum of "
            f"{MAX_BYTES} bytes'",
        )
    return parse_json(text, "InvalidExecutionInput", "Invalid State Machine Execution Input")


def _wrong_type() -> ApiError:
    return ApiError(
        "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
    )


def _transitions(types: Iterable[str]) -> int:
    """What the service bills: each state that was entered, and each retry of one."""
    seen = Counter(types)
    entered = sum(count for event_type, count in seen.items() if event_type.endswith("StateEntered"))
    tasks = sum(seen[event_type] for event_type in _SCHEDULED)
    retries = [
        tasks - seen["TaskStateEntered"],
        seen["ParallelStateStarted"] - seen["ParallelStateEntered"],
        seen["MapStateStarted"] - seen["MapStateEntered"],
    ]
    return entered + sum(max(0, count) for count in retries)
