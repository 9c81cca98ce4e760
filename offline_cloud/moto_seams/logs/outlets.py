"""What else becomes of log events: metrics by filters, metrics embedded in them, deliveries to subscribers.

Rule 1: a group without filters and subscriptions costs its writers nothing but a look for embedded metrics.
Rule 2: a function gets nothing of the log group that it writes itself, or it would run for ever. AWS delivers
that, and bills it.
Rule 3: a destination that can't be reached loses the events, as on AWS after its retries.
"""

from __future__ import annotations

import gzip
import json
import logging
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.logs.embedded_metrics import MARK, DataPoint, embedded_points
from offline_cloud.engines.logs.filter_pattern import FilterPattern, PatternKind
from offline_cloud.engines.logs.metric_filter import MetricFilter
from offline_cloud.engines.logs.records import LogRecord

if TYPE_CHECKING:
    from offline_cloud.moto_seams.logs.models import OfflineLogsBackend
    from offline_cloud.moto_seams.logs.streams import OfflineLogGroup, OfflineLogStream
    from offline_cloud.server import CloudContext
    from offline_cloud.service_calls import ServiceCalls
    from offline_cloud.work_pool import WorkPool

__all__ = ["InstalledFilter", "Outlets", "Subscription"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InstalledFilter:
    """A metric filter of a group: as DescribeMetricFilters shows it, and at work."""

    described: dict[str, Any]
    filter: MetricFilter


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription filter of a group."""

    described: dict[str, Any]
    pattern: FilterPattern

    @property
    def destination(self) -> str:
        """The ARN of who gets the events."""
        return str(self.described["destinationArn"])


@dataclass
class Outlets:
    """The outlets of one cloud."""

    context: CloudContext
    _calls: ServiceCalls | None = field(default=None)
    _pool: WorkPool | None = field(default=None)

    def passed(self, group: OfflineLogGroup, stream: OfflineLogStream, records: list[LogRecord]) -> None:
        """Events have come in. On the thread of whoever wrote them."""
        points: list[DataPoint] = []
        for record in records:
            if MARK in record.message:
                points += embedded_points(record.message, record.timestamp)
        if group.metric_filters:
            events = [(record.timestamp, record.message) for record in records]
            for installed in list(group.metric_filters.values()):
                points += installed.filter.points(events)
        if points:
            self._record(group.backend, points)
        for subscription in list(group.subscriptions.values()):
            self._deliver(group, stream, subscription, records)

    def _record(self, backend: OfflineLogsBackend, points: Iterable[DataPoint]) -> None:
        """Into CloudWatch, where PutMetricData puts them; its writer waits for no service's lock."""
        from moto.cloudwatch.models import cloudwatch_backends

        from offline_cloud.moto_seams import cloudwatch

        cloudwatch.install(self.context)
        metrics = cloudwatch_backends[backend.account_id][backend.region_name]
        for point in points:
            datum = {
                "MetricName": point.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in point.dimensions],
                "Value": point.value,
                "Unit": point.unit,
                "Timestamp": datetime.fromtimestamp(point.when, UTC).replace(tzinfo=None),  # as moto's are
            }
            metrics.put_metric_data(point.namespace, [datum])

    # ------------------------------------------------------------------ subscriptions

    def _deliver(
        self,
        group: OfflineLogGroup,
        stream: OfflineLogStream,
        subscription: Subscription,
        records: list[LogRecord],
    ) -> None:
        events = [event for record in records if (event := _event(subscription.pattern, record)) is not None]
        if not events:
            return
        message = {
            "messageType": "DATA_MESSAGE",
            "owner": group.account_id,
            "logGroup": group.name,
            "logStream": stream.log_stream_name,
            "subscriptionFilters": [subscription.described["filterName"]],
            "logEvents": events,
        }
        data = gzip.compress(json.dumps(message, separators=(",", ":")).encode(), mtime=0)
        service = subscription.destination.split(":")[2]
        if service == "lambda":
            self._invoke(group, subscription.destination, data)
        elif service == "logs":
            self._forward(group, stream, subscription.destination, events)
        else:
            self._send(group, stream, service, subscription, data)

    def _invoke(self, group: OfflineLogGroup, arn: str, data: bytes) -> None:
        from moto.awslambda.models import lambda_backends

        _, _, _, region, account, _, name, *qualifier = arn.split(":")
        if group.name == f"/aws/lambda/{name}":
            return
        event = json.dumps({"awslogs": {"data": b64encode(data).decode()}}, separators=(",", ":"))
        try:
            function, _ = lambda_backends[account][region].resolve(name, qualifier[0] if qualifier else None)
            if function.log_group == group.name:
                return
            function.backend.queue.put(function, arn, event.encode())
        except Exception as error:
            _log.info("no delivery from %s to %s: %s", group.name, arn, error)

    def _forward(
        self, group: OfflineLogGroup, stream: OfflineLogStream, arn: str, events: list[dict[str, Any]]
    ) -> None:
        from moto.logs.models import logs_backends

        _, _, _, region, account, _, name, *_ = arn.split(":")
        if name != group.name:
            logs_backends[account][region].append(
                name, stream.log_stream_name, [(event["timestamp"], event["message"]) for event in events]
            )

    def _send(
        self,
        group: OfflineLogGroup,
        stream: OfflineLogStream,
        service: str,
        subscription: Subscription,
        data: bytes,
    ) -> None:
        """To Kinesis or Firehose: on another thread, which can wait for that service."""
        if self._pool is None or self._calls is None:
            from offline_cloud.service_calls import ServiceCalls
            from offline_cloud.work_pool import WorkPool

            self._calls = ServiceCalls(self.context, "logs")
            self._pool = WorkPool(self.context.scheduler, "logs-deliveries")
        calls, arn = self._calls, subscription.destination
        by_stream = subscription.described["distribution"] == "ByLogStream"
        key = stream.arn if by_stream else self.context.ids.hex(32)

        def send() -> None:
            client = calls.client(service, arn.split(":")[3])
            name = arn.rsplit("/", 1)[-1]
            try:
                if service == "kinesis":
                    client.put_record(StreamName=name, Data=data, PartitionKey=key[-256:])
                else:
                    client.put_record(DeliveryStreamName=name, Record={"Data": data})
            except Exception as error:
                _log.info("no delivery from %s to %s: %s", group.name, arn, error)

        self._pool.submit(f"delivery from {group.name}", send)


def _event(pattern: FilterPattern, record: LogRecord) -> dict[str, Any] | None:
    """The event as a subscriber gets it; None if it doesn't match."""
    reading = pattern.read(record.message)
    if reading is None:
        return None
    event: dict[str, Any] = {
        "id": record.event_id,
        "timestamp": record.timestamp,
        "message": record.message,
    }
    if pattern.kind is PatternKind.DELIMITED:
        event["extractedFields"] = {name.lstrip("$"): value for name, value in reading.values().items()}
    return event
