"""What a machine's loggingConfiguration sends to CloudWatch Logs: one JSON line for each event.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from offline_cloud.engines.states_language.payload_size import json_text

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.service_calls import ServiceCalls
    from offline_cloud.step_functions.executions import ExecutionRecord
    from offline_cloud.work_pool import WorkPool

__all__ = ["ExecutionLog"]

_FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
_ERRORS = (
    frozenset(
        f"{work}{end}"
        for work in ("Activity", "LambdaFunction", "Task")
        for end in ("Failed", "ScheduleFailed", "StartFailed", "SubmitFailed", "TimedOut")
    )
    | frozenset(
        f"{state}State{end}" for state in ("Map", "Parallel", "Task", "Wait") for end in ("Aborted", "Failed")
    )
    | {"MapIterationAborted", "MapIterationFailed", "MapRunAborted", "MapRunFailed", "EvaluationFailed"}
    | {"FailStateEntered"}
    | _FATAL
)
_AT_ONCE = 1_000  # events of one PutLogEvents
_log = logging.getLogger(__name__)


class ExecutionLog:
    """Writes down executions when they have ended, if their machine says so."""

    def __init__(self, context: CloudContext, calls: ServiceCalls, pool: WorkPool) -> None:
        self._context = context
        self._calls = calls
        self._pool = pool

    def ended(self, record: ExecutionRecord) -> None:
        """An execution has ended. On the lane."""
        level = record.revision.logging.get("level", "OFF")
        destinations = record.revision.logging.get("destinations")
        if level == "OFF" or not destinations:
            return
        arn = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        group = arn.split(":log-group:")[-1].removesuffix(":*")
        lines = self._lines(record, level)
        if lines:
            self._pool.submit(f"log of {record.execution.name}", lambda: self._write(record, group, lines))

    def _lines(self, record: ExecutionRecord, level: str) -> list[dict[str, Any]]:
        with_data = bool(record.revision.logging.get("includeExecutionData"))
        events = record.execution.history.events(0, None, with_data)
        wanted = {"ERROR": _ERRORS, "FATAL": _FATAL}.get(level)
        return [
            {"timestamp": int(event["timestamp"] * 1000), "message": json_text(_line(event, record))}
            for event in events
            if wanted is None or event["type"] in wanted
        ]

    def _write(self, record: ExecutionRecord, group: str, lines: list[dict[str, Any]]) -> None:
        logs = self._calls.client("logs", record.execution.region)
        day = self._context.clock.utc().strftime("%Y-%m-%d-%H-%M")
        stream = f"states/{record.revision.name}/{day}/{self._context.ids.hex(8)}"
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            for start in range(0, len(lines), _AT_ONCE):
                logs.put_log_events(
                    logGroupName=group, logStreamName=stream, logEvents=lines[start : start + _AT_ONCE]
                )
        except ClientError as error:
            # As on AWS, an execution doesn't fail because its log group is gone.
            _log.info("no log of %s: %s", record.arn, error)


def _line(event: Mapping[str, Any], record: ExecutionRecord) -> dict[str, Any]:
    details: Any = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "redrive_count": str(record.execution.redrive_count),
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(int(event["timestamp"] * 1000)),
        "execution_arn": record.arn,
    }
