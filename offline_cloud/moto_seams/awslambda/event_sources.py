"""The event source mappings of one cloud: their records, and the pollers that carry them out.

Rule: who creates a mapping, the API or CloudFormation, comes in here; moto's own lists stay empty, or moto
would call the function while the record is written.
"""

from __future__ import annotations

from collections.abc import Mapping as Members
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from moto.awslambda.models import EventSourceMapping
from moto.dynamodb.models import dynamodb_backends
from moto.kinesis.models import kinesis_backends
from moto.sqs.models import sqs_backends

from offline_cloud.event_sources import Checkpoints, FunctionGone, QueuePoller, StreamPoller
from offline_cloud.moto_seams.awslambda import event_source_rules as rules
from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid
from offline_cloud.moto_seams.dynamodb.models import OfflineDynamoDBBackend, TableStream
from offline_cloud.moto_seams.kinesis.models import KinesisStream, OfflineKinesisBackend
from offline_cloud.service_calls import ServiceCalls
from offline_cloud.work_pool import WorkPool

if TYPE_CHECKING:
    from collections.abc import MutableSet

    from offline_cloud.function_host import InvokeResult
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend
    from offline_cloud.server import CloudContext

NOT_THERE = "The resource you requested does not exist."


class _Poller(Protocol):
    last_result: str

    def notice(self) -> None: ...

    def stop(self) -> None: ...


class EventSources:
    """The mappings of one cloud, by their UUIDs, each with its poller while it is enabled."""

    def __init__(self, context: CloudContext) -> None:
        self.context = context
        self.records: dict[str, dict[str, Any]] = {}
        self._pollers: dict[str, _Poller] = {}
        self._ended: dict[str, StreamPoller] = {}
        self._results: dict[str, str] = {}
        self._places: dict[str, Checkpoints] = {}
        self._calls = ServiceCalls(context, "lambda")
        self._pool = WorkPool(context.scheduler, "lambda-event-sources")

    def reset(self) -> None:
        """Forget everything."""
        for poller in self._pollers.values():
            poller.stop()
        for kept in (self._pollers, self._ended, self._results, self._places, self.records):
            kept.clear()

    # ------------------------------------------------------------------ records

    def create(self, backend: OfflineLambdaBackend, asked: Members[str, Any]) -> dict[str, Any]:
        """A new mapping, as GetEventSourceMapping shows it. Raises `LambdaError`."""
        arn = str(asked.get("EventSourceArn") or "")
        kind = rules.kind_of(arn)
        function, invoked = backend.resolve(str(asked.get("FunctionName") or ""), None)
        self._refuse_a_second(arn, kind, function, invoked)
        uuid = self.context.ids.uuid()
        region, account = backend.region_name, backend.account_id
        position = {} if kind == "sqs" else rules.check_position(asked, kind, arn)
        record = rules.applied(
            {
                "UUID": uuid,
                **position,
                "EventSourceArn": arn,
                "EventSourceMappingArn": f"arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}",
                "FunctionArn": invoked,
            },
            asked,
            kind,
        )
        if kind != "sqs":
            self._places[uuid] = _beginning(self._stream(record, function), record)
        enabled = asked.get("Enabled")
        return self._keep(backend, record, function, enabled=enabled if enabled is not None else True)

    def update(
        self, backend: OfflineLambdaBackend, record: Members[str, Any], asked: Members[str, Any]
    ) -> dict[str, Any]:
        """The mapping with what is asked for; the rest stays. Raises `LambdaError`."""
        name = str(asked.get("FunctionName") or record["FunctionArn"])
        function, invoked = backend.resolve(name, None)
        changed = rules.applied(record, asked, rules.kind_of(record["EventSourceArn"]))
        changed["FunctionArn"] = invoked
        enabled = asked.get("Enabled")
        if enabled is None:
            enabled = record["State"] == "Enabled"
        return self._keep(backend, changed, function, enabled=enabled)

    def delete(self, uuid: str) -> dict[str, Any]:
        """The mapping that was. Raises `LambdaError`."""
        shown = self.shown(self.find(uuid))
        self._stop(uuid)
        for kept in (self.records, self._ended, self._results, self._places):
            kept.pop(uuid, None)
        return shown

    def find(self, uuid: str) -> dict[str, Any]:
        """The record with this UUID. Raises `LambdaError`."""
        record = self.records.get(uuid)
        if record is None:
            raise LambdaError("ResourceNotFoundException", NOT_THERE, 404)
        return record

    def shown(self, record: Members[str, Any]) -> dict[str, Any]:
        """A record as the API shows it."""
        poller = self._pollers.get(record["UUID"])
        result = poller.last_result if poller is not None else self._results.get(record["UUID"])
        return {**record, "LastProcessingResult": result or "No records processed"}

    def of(self, backend: OfflineLambdaBackend, source: str, function: str) -> list[dict[str, Any]]:
        """The mappings of a Region, of one source or one function if asked for."""
        own = backend.resolve(function, None)[1] if function else ""
        return [
            self.shown(record)
            for record in self.records.values()
            if record["EventSourceMappingArn"].split(":")[3] == backend.region_name
            and source in ("", record["EventSourceArn"])
            and own in ("", record["FunctionArn"])
        ]

    def _refuse_a_second(self, arn: str, kind: str, function: OfflineFunction, invoked: str) -> None:
        for record in self.records.values():
            if (record["EventSourceArn"], record["FunctionArn"]) != (arn, invoked):
                continue
            if kind == "sqs":
                what = f'An event source mapping with SQS arn (" {arn} ") and function'
                are = "already exists"
            else:
                what, are = (
                    f'The event source arn (" {arn} ") and function',
                    "provided mapping already exists",
                )
            raise LambdaError(
                "ResourceConflictException",
                f'{what} (" {function.function_name} ") {are}. Please update or delete the existing mapping '
                f"with UUID {record['UUID']}",
                409,
            )

    def _keep(
        self,
        backend: OfflineLambdaBackend,
        record: dict[str, Any],
        function: OfflineFunction,
        *,
        enabled: bool,
    ) -> dict[str, Any]:
        queue = rules.kind_of(record["EventSourceArn"]) == "sqs"
        if queue:
            rules.check_queue(record, queue_of(record["EventSourceArn"]), function)
        record["State"] = "Enabled" if enabled else "Disabled"
        record["StateTransitionReason"] = "USER_INITIATED" if queue else "User action"
        record["LastModified"] = self.context.clock.now()
        self._stop(record["UUID"])
        self.records[record["UUID"]] = record
        if enabled:
            (self._start_queue if queue else self._start_stream)(backend, record, function)
        return self.shown(record)

    # ------------------------------------------------------------------ pollers

    def _start_queue(
        self, backend: OfflineLambdaBackend, record: Members[str, Any], _: OfflineFunction
    ) -> None:
        settings = rules.queue_settings(record)
        queue = queue_of(settings.queue_arn)
        poller = QueuePoller(
            self.context,
            settings,
            queue,
            calls=self._calls,
            pool=self._pool,
            invoke=partial(self._invoke, backend, str(record["FunctionArn"])),
        )
        self._pollers[settings.uuid] = poller
        queue.pollers().add(poller)
        poller.notice()

    def _start_stream(
        self, backend: OfflineLambdaBackend, record: Members[str, Any], function: OfflineFunction
    ) -> None:
        stream = self._stream(record, function)
        settings = rules.stream_settings(record, stream.retention)
        poller = StreamPoller(
            self.context,
            settings,
            stream,
            self._places.setdefault(settings.uuid, Checkpoints()),
            calls=self._calls,
            pool=self._pool,
            invoke=partial(self._invoke, backend, str(record["FunctionArn"])),
            after=self._ended.pop(settings.uuid, None),
        )
        poller.last_result = self._results.get(settings.uuid) or poller.last_result
        self._pollers[settings.uuid] = poller
        _listeners(settings.source_arn).add(poller)
        poller.notice()

    def _stop(self, uuid: str) -> None:
        poller = self._pollers.pop(uuid, None)
        if poller is None:
            return
        poller.stop()
        self._results[uuid] = poller.last_result
        arn = str(self.records[uuid]["EventSourceArn"])
        if isinstance(poller, StreamPoller):
            self._ended[uuid] = poller
            _listeners(arn).discard(poller)
        else:
            for queue in _queues_of(arn):
                queue.pollers().discard(poller)

    def _stream(self, record: Members[str, Any], function: OfflineFunction) -> KinesisStream | TableStream:
        arn = str(record["EventSourceArn"])
        _, _, kind, region, account, _ = arn.split(":", 5)
        stream: KinesisStream | TableStream
        if kind == "kinesis":
            stream = KinesisStream(kinesis_backends[account][region], arn, function.role)
        else:
            stream = TableStream(dynamodb_backends[account][region], arn)
        try:
            stream.shards()
        except LookupError:
            raise invalid(f"Stream not found: {arn}") from None
        return stream

    def _invoke(
        self, backend: OfflineLambdaBackend, arn: str, payload: bytes, trace: str = ""
    ) -> InvokeResult:
        try:
            function, invoked = backend.resolve(arn, None)
        except LambdaError as error:
            raise FunctionGone(arn) from error
        scheduler = self.context.scheduler
        return self.context.function_host.invoke(
            function.as_version,
            payload,
            request_id=self.context.ids.uuid(),
            arn=invoked,
            trace=trace,
            activity=scheduler.current(),
        )


class MappedBackend:
    """What CloudFormation asks moto's Lambda backend about mappings."""

    sources: ClassVar[EventSources]

    if TYPE_CHECKING:
        region_name: str
        account_id: str

    def create_event_source_mapping(self, spec: dict[str, Any]) -> EventSourceMapping:
        """A new mapping."""
        return self._as_moto_has_it(self.sources.create(self, rules.of_template(spec)))  # type: ignore[arg-type]

    def update_event_source_mapping(self, uuid: str, spec: dict[str, Any]) -> EventSourceMapping:
        """A changed mapping."""
        asked, record = rules.of_template(spec), self.sources.find(uuid)
        return self._as_moto_has_it(self.sources.update(self, record, asked))  # type: ignore[arg-type]

    def get_event_source_mapping(self, uuid: str) -> EventSourceMapping | None:
        """The mapping with this UUID."""
        record = self.sources.records.get(uuid)
        return self._as_moto_has_it(record) if record is not None else None

    def list_event_source_mappings(
        self, event_source_arn: str, function_name: str
    ) -> list[EventSourceMapping]:
        """The mappings of a source and a function."""
        found = self.sources.of(self, event_source_arn or "", function_name or "")  # type: ignore[arg-type]
        return [self._as_moto_has_it(record) for record in found]

    def delete_event_source_mapping(self, uuid: str) -> None:
        """End a mapping."""
        self.sources.delete(uuid)

    def _as_moto_has_it(self, record: Members[str, Any]) -> EventSourceMapping:
        names = {
            "RegionName": self.region_name,
            "AccountId": self.account_id,
            "FunctionName": record["FunctionArn"].split(":")[6],
        }
        mapping = EventSourceMapping({**record, **names})
        mapping.uuid = record["UUID"]
        return mapping


def queue_of(arn: str) -> Any:
    """The queue with this ARN. Raises `LambdaError`."""
    for queue in _queues_of(arn):
        if queue.queue_arn == arn:
            return queue
    raise invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )


def _queues_of(arn: str) -> list[Any]:
    _, _, _, region, account, _ = arn.split(":")
    return list(sqs_backends[account][region].queues.values())


def _listeners(source_arn: str) -> MutableSet[StreamPoller]:
    if source_arn.split(":")[2] == "kinesis":
        stream = source_arn.split("/consumer/", maxsplit=1)[0]
        return OfflineKinesisBackend.pollers.setdefault(stream, set())
    return OfflineDynamoDBBackend.pollers.setdefault(source_arn, set())


def _beginning(stream: KinesisStream | TableStream, record: Members[str, Any]) -> Checkpoints:
    """Where a new mapping stands in today's shards; in those to come it begins at their start."""
    places = Checkpoints()
    position = record["StartingPosition"]
    for shard in stream.shards():
        if position == "LATEST":
            places.of[shard.id] = shard.last
        elif position == "AT_TIMESTAMP" and isinstance(stream, KinesisStream):
            places.of[shard.id] = stream.since(shard.id, record["StartingPositionTimestamp"])
    return places
