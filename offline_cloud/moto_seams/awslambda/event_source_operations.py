"""Event source mappings: their records, and the pollers that carry them out.

Source: Lambda API reference (CreateEventSourceMapping and its neighbours), developer guide "Using Lambda with
Amazon SQS". Queues only: a mapping from a stream is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Members
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE
from moto.sqs.models import sqs_backends

from offline_cloud.engines.events import PatternError, compile_pattern
from offline_cloud.event_sources import Mapping, QueuePoller
from offline_cloud.event_sources.queue_poller import BATCHES_AT_ONCE
from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid
from offline_cloud.service_calls import ServiceCalls
from offline_cloud.work_pool import WorkPool

if TYPE_CHECKING:
    from offline_cloud.function_host import InvokeResult
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend
    from offline_cloud.server import CloudContext

_PATH = "/event-source-mappings/"
_LARGEST_BATCH, _LARGEST_PLAIN_BATCH, _LONGEST_WINDOW = 10_000, 10, 300
_KEPT = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FilterCriteria",
    "FunctionResponseTypes",
    "ScalingConfig",
)


class EventSources:
    """The mappings of one cloud, by their UUIDs, each with its poller while it is enabled."""

    def __init__(self, context: CloudContext) -> None:
        self.context = context
        self.records: dict[str, dict[str, Any]] = {}
        self.pollers: dict[str, QueuePoller] = {}
        self._calls = ServiceCalls(context, "lambda")
        self._pool = WorkPool(context.scheduler, "lambda-event-sources")

    def reset(self) -> None:
        """Forget everything."""
        for poller in self.pollers.values():
            poller.stop()
        self.pollers.clear()
        self.records.clear()

    def start(self, backend: OfflineLambdaBackend, record: Members[str, Any], settings: Mapping) -> None:
        """Begin to fetch, or go on with other settings."""
        self.stop(settings.uuid)
        queue = queue_of(settings.queue_arn)
        poller = QueuePoller(
            self.context,
            settings,
            queue,
            calls=self._calls,
            pool=self._pool,
            invoke=lambda payload: self._invoke(backend, str(record["FunctionArn"]), payload),
        )
        self.pollers[settings.uuid] = poller
        queue.pollers().add(poller)
        poller.notice()

    def stop(self, uuid: str) -> None:
        """Don't fetch any more."""
        poller = self.pollers.pop(uuid, None)
        if poller is not None:
            poller.stop()
            for backend in _regions_of(poller.mapping.queue_arn):
                for queue in backend.queues.values():
                    queue.pollers().discard(poller)

    def _invoke(self, backend: OfflineLambdaBackend, arn: str, payload: bytes) -> InvokeResult:
        function, invoked = backend.resolve(arn, None)
        scheduler = self.context.scheduler
        return self.context.function_host.invoke(
            function.as_version,
            payload,
            request_id=self.context.ids.uuid(),
            arn=invoked,
            activity=scheduler.current(),
        )


def queue_of(arn: str) -> Any:
    """The queue with this ARN. Raises `LambdaError`."""
    for backend in _regions_of(arn):
        for queue in backend.queues.values():
            if queue.queue_arn == arn:
                return queue
    raise invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )


def _regions_of(arn: str) -> list[Any]:
    _, _, _, region, account, _ = arn.split(":")
    return [sqs_backends[account][region]]


def settings_of(record: Members[str, Any]) -> Mapping:
    """What the poller needs to know of a mapping. Raises `LambdaError` for a filter that is none."""
    filters = (record.get("FilterCriteria") or {}).get("Filters") or []
    try:
        patterns = tuple(compile_pattern(item.get("Pattern") or "") for item in filters)
    except PatternError:
        raise invalid("Invalid filter pattern definition.") from None
    scaling = (record.get("ScalingConfig") or {}).get("MaximumConcurrency")
    return Mapping(
        uuid=record["UUID"],
        queue_arn=record["EventSourceArn"],
        batch_size=record["BatchSize"],
        window=float(record["MaximumBatchingWindowInSeconds"]),
        filters=patterns,
        partial_response="ReportBatchItemFailures" in (record.get("FunctionResponseTypes") or []),
        concurrency=min(scaling or BATCHES_AT_ONCE, BATCHES_AT_ONCE),
    )


def check_batch(record: Members[str, Any], queue: Any, function: OfflineFunction) -> None:
    """Refuse sizes, windows and timeouts that don't go together. Raises `LambdaError`."""
    size, window = record["BatchSize"], record["MaximumBatchingWindowInSeconds"]
    fifo = str(record["EventSourceArn"]).endswith(".fifo")
    if not 1 <= size <= _LARGEST_BATCH or not 0 <= window <= _LONGEST_WINDOW:
        raise invalid(
            f"BatchSize is 1 to {_LARGEST_BATCH} and MaximumBatchingWindowInSeconds 0 to {_LONGEST_WINDOW}; "
            f"given: {size} and {window}."
        )
    if fifo and window:
        raise invalid("Batching window is not supported for FIFO queues.")
    if size > _LARGEST_PLAIN_BATCH and not window:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    if int(queue.visibility_timeout) < function.timeout:
        raise invalid(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{function.timeout} seconds"
        )


class EventSourceOperations:
    """The operations of event source mappings."""

    sources: ClassVar[EventSources]

    if TYPE_CHECKING:
        path: str
        json_body: dict[str, Any]

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

    def create_event_source_mapping(self) -> TYPE_RESPONSE:
        """CreateEventSourceMapping."""
        asked = self.json_body
        arn = str(asked.get("EventSourceArn") or "")
        if arn.split(":")[2:3] != ["sqs"]:
            raise NotImplementedError("event source mappings of anything but an SQS queue")
        function, invoked = self.backend.resolve(str(asked.get("FunctionName") or ""), None)
        for record in self.sources.records.values():
            if (record["EventSourceArn"], record["FunctionArn"]) == (arn, invoked):
                raise LambdaError(
                    "ResourceConflictException",
                    f'An event source mapping with SQS arn (" {arn} ") and function (" '
                    f'{function.function_name} ") already exists. Please update or delete the existing '
                    f"mapping with UUID {record['UUID']}",
                    409,
                )
        uuid = self.backend.context.ids.uuid()
        region, account = self.backend.region_name, self.backend.account_id
        record = {
            "UUID": uuid,
            "BatchSize": _LARGEST_PLAIN_BATCH,
            "MaximumBatchingWindowInSeconds": 0,
            "EventSourceArn": arn,
            "EventSourceMappingArn": f"arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}",
            "FunctionArn": invoked,
            "FunctionResponseTypes": [],
        }
        shown = self._apply(record, asked, function)
        return 202, {"status": 202}, json.dumps({**shown, "State": "Creating"})

    def update_event_source_mapping(self) -> TYPE_RESPONSE:
        """UpdateEventSourceMapping: what is not given stays."""
        record, asked = dict(self._record()), self.json_body
        function, invoked = self.backend.resolve(
            str(asked.get("FunctionName") or record["FunctionArn"]), None
        )
        record["FunctionArn"] = invoked
        shown = self._apply(record, asked, function)
        return 202, {"status": 202}, json.dumps({**shown, "State": "Updating"})

    def get_event_source_mapping(self, uuid: str = "") -> TYPE_RESPONSE:
        """GetEventSourceMapping."""
        return 200, {}, json.dumps(self._shown(self._record()))

    def list_event_source_mappings(self) -> TYPE_RESPONSE:
        """ListEventSourceMappings, of one function or one source if asked for."""
        given: dict[str, list[str]] = getattr(self, "querystring", None) or {}
        source, function = (given.get(name, [""])[0] for name in ("EventSourceArn", "FunctionName"))
        own = self.backend.resolve(unquote(function), None)[1] if function else ""
        found = [
            self._shown(record)
            for record in self.sources.records.values()
            if source in ("", record["EventSourceArn"]) and own in ("", record["FunctionArn"])
        ]
        return 200, {}, json.dumps({"EventSourceMappings": found})

    def delete_event_source_mapping(self, uuid: str = "") -> TYPE_RESPONSE:
        """DeleteEventSourceMapping."""
        record = self._record()
        self.sources.stop(record["UUID"])
        del self.sources.records[record["UUID"]]
        return 202, {"status": 202}, json.dumps({**self._shown(record), "State": "Deleting"})

    def _apply(
        self, record: dict[str, Any], asked: Members[str, Any], function: OfflineFunction
    ) -> dict[str, Any]:
        record |= {name: asked[name] for name in _KEPT if asked.get(name) is not None}
        queue = queue_of(record["EventSourceArn"])
        check_batch(record, queue, function)
        settings = settings_of(record)
        enabled = asked.get("Enabled", record.get("State") != "Disabled")
        record["State"] = "Enabled" if enabled else "Disabled"
        record["StateTransitionReason"] = "USER_INITIATED"
        record["LastModified"] = self.backend.context.clock.now()
        self.sources.records[record["UUID"]] = record
        if enabled:
            self.sources.start(self.backend, record, settings)
        else:
            self.sources.stop(record["UUID"])
        return self._shown(record)

    def _shown(self, record: Members[str, Any]) -> dict[str, Any]:
        poller = self.sources.pollers.get(record["UUID"])
        result = poller.last_result if poller is not None else "No records processed"
        return {**record, "LastProcessingResult": result}

    def _record(self) -> dict[str, Any]:
        uuid = unquote(self.path.rstrip("/").split(_PATH)[-1])
        record = self.sources.records.get(uuid)
        if record is None:
            raise LambdaError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        return record
