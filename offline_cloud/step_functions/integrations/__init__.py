"""What a Task can call, and how: from a Resource to its result or its fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.engines.states_language.resources import Kind, Pattern
from offline_cloud.service_calls import ServiceCalls
from offline_cloud.step_functions.arns import Home
from offline_cloud.step_functions.executions import output_text
from offline_cloud.step_functions.faults import ApiError
from offline_cloud.step_functions.integrations.faults import TaskFault
from offline_cloud.step_functions.integrations.item_reader import read_items
from offline_cloud.step_functions.integrations.result_writer import write_results
from offline_cloud.step_functions.integrations.service_tasks import ServiceTasks
from offline_cloud.step_functions.integrations.services import exception_name

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.effects import ReadItems, StartTask, WriteResults
    from offline_cloud.engines.states_language.resources import Resource
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.executions import ExecutionRecord, Executions
    from offline_cloud.step_functions.lane import Lane

__all__ = ["Integrations", "TaskFault"]


class Integrations:
    """Performs tasks, on threads that may block."""

    def __init__(self, context: CloudContext, lane: Lane, refusal: Callable[[str, Any], str | None]) -> None:
        self._context = context
        #: What is wrong with a task's parameters before it is scheduled.
        self.refusal = refusal
        self._lane = lane
        self.calls = ServiceCalls(context, "states")
        self._services = ServiceTasks(self.calls)
        self.executions: Executions

    def perform(self, record: ExecutionRecord, task: StartTask, resource: Resource) -> Any:
        """Call what the task names. The result of a job is what was submitted. Raises TaskFault."""
        region = record.execution.region
        parameters = task.parameters
        if resource.kind is Kind.FUNCTION:
            return self._services.function(task.resource, parameters, task.resource.split(":")[3])
        if resource.kind is Kind.SDK:
            return self._services.sdk(resource.service, resource.action, parameters, region)
        if resource.pattern in (Pattern.SYNC, Pattern.SYNC_2) and resource.service != "states":
            raise TaskFault(
                "States.Runtime",
                f"The offline cloud does not do {resource.service}:{resource.action}.{resource.pattern}: "
                "no job of this service runs here.",
            )
        given = parameters if isinstance(parameters, Mapping) else {}
        match resource.service, resource.action:
            case "lambda", "invoke":
                return self._services.invoke(given, region)
            case "events", "putEvents":
                return self._services.publish_events(given, task.context, region)
            case "states", "startExecution":
                return self._start_execution(given, region)
        return self._services.optimised(resource.service, resource.action, given, region)

    def _start_execution(self, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
        """states:startExecution in any of its forms."""
        given = parameters.get("Input", {})
        request = {
            "stateMachineArn": parameters.get("StateMachineArn", ""),
            "input": given if isinstance(given, str) else json_text(given),
            "name": parameters.get("Name"),
            "traceHeader": parameters.get("TraceHeader"),
        }
        home = Home(self._context.account, region)
        request_id = self._context.ids.uuid()
        try:
            inner = self._lane.call(lambda: self.executions.start(home, request))
        except ApiError as error:
            cause = (
                f"{error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {error.code}; "
                f"Request ID: {request_id}; Proxy: null)"
            )
            raise TaskFault(f"StepFunctions.{exception_name(error.code)}", cause) from error
        fields = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": request_id}
        return {
            "ExecutionArn": inner.arn,
            "SdkHttpMetadata": {
                "AllHttpHeaders": {name: [value] for name, value in fields.items()},
                "HttpHeaders": fields,
                "HttpStatusCode": 200,
            },
            "SdkResponseMetadata": {"RequestId": request_id},
            "StartDate": round(inner.execution.start_date * 1000),
        }

    def nested_result(self, inner: ExecutionRecord, *, parsed: bool) -> tuple[Any, TaskFault | None]:
        """What `.sync` (data as text) or `.sync:2` (data parsed) gives of an execution that has ended."""
        execution = inner.execution
        shown: dict[str, Any] = {
            "ExecutionArn": inner.arn,
            "Input": execution.input if parsed else inner.input_text,
            "InputDetails": {"Included": True},
            "Name": execution.name,
            "RedriveCount": execution.redrive_count,
            "RedriveStatus": "NOT_REDRIVABLE" if execution.status == "SUCCEEDED" else "REDRIVABLE",
            "StartDate": round(execution.start_date * 1000),
            "StateMachineArn": inner.revision.arn,
            "Status": execution.status,
            "StopDate": round((execution.stop_date or execution.start_date) * 1000),
        }
        if execution.status == "SUCCEEDED":
            shown["Output"] = execution.output if parsed else output_text(inner)
            shown["OutputDetails"] = {"Included": True}
            shown["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
            return dict(sorted(shown.items())), None
        if execution.error is not None:
            shown["Error"] = execution.error
        if execution.cause is not None:
            shown["Cause"] = execution.cause
        return None, TaskFault("States.TaskFailed", json_text(dict(sorted(shown.items()))))

    def read_items(self, record: ExecutionRecord, effect: ReadItems) -> list[Any]:
        """The items of a distributed Map's reader. Raises TaskFault."""
        return read_items(self.calls.client("s3", record.execution.region), effect.reader, effect.max_items)

    def write_results(self, record: ExecutionRecord, effect: WriteResults) -> dict[str, Any]:
        """Export the results of a map run. Raises TaskFault."""
        return write_results(self.calls.client("s3", record.execution.region), record, effect)
