"""moto's Logs backend with a short way in for functions, real patterns, queries, and metrics.

Rule 1: functions write by `append`, without the service's lock and without HTTP; see streams.py.
Rule 2: whatever writes (functions, PutLogEvents, EventBridge, other services of moto) comes through `write`,
so filters and subscriptions see every event once.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from moto.logs.models import LogGroup, LogsBackend

from offline_cloud.engines.logs.metric_filter import BadTransformation, MetricFilter, transformation
from offline_cloud.engines.logs.query import compile_query
from offline_cloud.engines.logs.query_errors import MalformedQuery, UnsupportedCommand
from offline_cloud.engines.logs.records import LogRecord
from offline_cloud.moto_seams.logs.errors import (
    checked_pattern,
    invalid_parameter,
    limit_exceeded,
    malformed_query,
    no_group,
    not_found,
    not_there,
)
from offline_cloud.moto_seams.logs.outlets import InstalledFilter, Outlets, Subscription
from offline_cloud.moto_seams.logs.queries import Queries
from offline_cloud.moto_seams.logs.streams import OfflineLogGroup, OfflineLogStream, size

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["OfflineLogsBackend", "filtered"]

METRIC_FILTERS = 100
SUBSCRIPTIONS = 2
EXPRESSION_FILTERS = 5
"""Filters with a regular expression in one group."""


class OfflineLogsBackend(LogsBackend):
    """CloudWatch Logs of one account and region."""

    context: ClassVar[CloudContext]
    outlets: ClassVar[Outlets]
    groups: dict[str, OfflineLogGroup]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.numbers = itertools.count(1)
        self.started = Queries(self.context)
        self.ingested_bytes = 0
        self._making = threading.Lock()

    def now(self) -> int:
        """Cloud time in epoch milliseconds."""
        return int(self.context.clock.now() * 1000)

    # ------------------------------------------------------------------ writing

    def append(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Write events (epoch milliseconds, message), making group and stream if they are not there (any
        more).
        """
        if not events:
            return
        log_group = self.groups.get(group)
        log_stream = log_group.streams.get(stream) if log_group is not None else None
        if log_group is None or log_stream is None:
            with self._making:
                self.ensure_log_group(group)
                log_group = self.groups[group]
                if stream not in log_group.streams:
                    log_group.create_log_stream(stream)
                log_stream = log_group.streams[stream]
        self.write(log_group, log_stream, events)

    def write(
        self, group: OfflineLogGroup, stream: OfflineLogStream, events: Iterable[tuple[int, str]]
    ) -> None:
        """Keep events, and hand them on to the group's filters."""
        records = stream.take(events, self.now())
        written = sum(size(record.message) for record in records)
        self.ingested_bytes += written
        now = self.context.clock.now()
        self.context.ledger.count("logs-ingested", written, now, group.function)
        group.weigh(written, now)
        self.outlets.passed(group, stream, records)

    def create_log_group(self, log_group_name: str, tags: dict[str, str], **kwargs: Any) -> LogGroup:
        """CreateLogGroup, also for CloudFormation."""
        group = super().create_log_group(log_group_name, tags, **kwargs)
        return OfflineLogGroup.adopt(group, self)

    def delete_log_group(self, log_group_name: str) -> None:
        """DeleteLogGroup: what it stores is not billed any more."""
        group = self.groups.get(log_group_name)
        super().delete_log_group(log_group_name)
        if group is not None:
            group.weigh(-group.bytes_kept(), self.context.clock.now())

    def ensure_log_group(self, log_group_name: str) -> None:
        """Make a group if it is not there."""
        if log_group_name not in self.groups:
            group = LogGroup(self.account_id, self.region_name, log_group_name)
            self.groups[log_group_name] = OfflineLogGroup.adopt(group, self)

    # ------------------------------------------------------------------ groups

    def group(self, name: str | None, identifier: str | None = None) -> OfflineLogGroup:
        """A group by its name, or by name or ARN. Raises `LogsError`."""
        if name and identifier:
            raise invalid_parameter("Only one of logGroupName and logGroupIdentifier can be specified.")
        if not name and not identifier:
            raise invalid_parameter("Either logGroupName or logGroupIdentifier must be specified.")
        wanted = name or str(identifier)
        if identifier and identifier.startswith("arn:"):
            wanted = identifier.split(":log-group:")[-1].removesuffix(":*")
        found = self.groups.get(wanted)
        if found is None:
            raise no_group()
        return found

    def _find_log_group(
        self, log_group_id: str | None = None, log_group_name: str | None = None
    ) -> OfflineLogGroup:
        return self.group(log_group_name, log_group_id)

    # ------------------------------------------------------------------ reading

    def filter_log_events(  # noqa: PLR0917 - moto's own signature
        self,
        log_group_name: str,
        log_stream_names: list[str],
        start_time: int,
        end_time: int,
        limit: int | None,
        next_token: str | None,
        filter_pattern: str,
        interleaved: bool,
    ) -> tuple[list[dict[str, Any]], str | None, list[dict[str, Any]]]:
        """For moto's own readers (export tasks): everything at once."""
        group = self.group(log_group_name)
        streams = [group.stream(name) for name in log_stream_names] or None
        matches = checked_pattern(filter_pattern or "", "Invalid filter pattern").matches
        records = group.records(start_time, end_time, streams)
        return [filtered(record) for record in records if matches(record.message)], None, []

    def log_record(self, group: str, stream: str, event_id: str) -> LogRecord | None:
        """One event, for GetLogRecord."""
        found = self.groups.get(group)
        log_stream = found.streams.get(stream) if found is not None else None
        if log_stream is None:
            return None
        records = log_stream.between(None, None)
        return next((record for record in records if record.event_id == event_id), None)

    # ------------------------------------------------------------------ queries

    def start_insights(
        self, groups: Sequence[OfflineLogGroup], start: int, end: int, text: str, limit: int | None
    ) -> str:
        """StartQuery: the query's id; `start` and `end` in epoch seconds."""
        try:
            query = compile_query(text, self.now())
        except MalformedQuery as problem:
            raise malformed_query(problem) from None
        except UnsupportedCommand as command:
            raise not_there(f"the command {command} of Logs Insights") from None
        first, last = start * 1000, end * 1000 + 999
        earliest = min(int(group.creation_time.timestamp() * 1000) for group in groups)
        kept = [group.oldest() for group in groups]
        if end * 1000 < earliest // 1000 * 1000 or all(oldest and last < oldest for oldest in kept):
            raise malformed_query(
                MalformedQuery(
                    "Query's end date and time is either before the log groups creation time or exceeds "
                    "the log groups log retention settings",
                    0,
                    0,
                )
            )
        read = [(f"{group.account_id}:{group.name}", group.records(first, last)) for group in groups]
        result = query.run(read, limit)
        self.context.ledger.count("logs-scanned", result.bytes_scanned, self.context.clock.now())
        return self.started.start(text, [group.name for group in groups], result)

    # ------------------------------------------------------------------ metric filters

    def put_metric_filter(
        self, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
    ) -> None:
        """PutMetricFilter: new, or in the place of one with this name."""
        group = self.group(log_group_name)
        pattern = checked_pattern(filter_pattern, "Invalid metric filter pattern")
        try:
            made = tuple(transformation(members, pattern) for members in metric_transformations)
        except BadTransformation as problem:
            raise invalid_parameter(str(problem)) from None
        if filter_name not in group.metric_filters and len(group.metric_filters) >= METRIC_FILTERS:
            raise limit_exceeded()
        self._check_expressions(group, filter_name, pattern.expressions)
        described = {
            "filterName": filter_name,
            "filterPattern": filter_pattern,
            "metricTransformations": metric_transformations,
            "creationTime": self.now(),
            "logGroupName": group.name,
            "applyOnTransformedLogs": False,
        }
        group.metric_filters[filter_name] = InstalledFilter(described, MetricFilter(pattern, made))

    def describe_metric_filters(
        self,
        prefix: str | None = None,
        log_group_name: str | None = None,
        metric_name: str | None = None,
        metric_namespace: str | None = None,
    ) -> list[dict[str, Any]]:
        """DescribeMetricFilters, by group and name."""
        groups = [self.group(log_group_name)] if log_group_name else sorted(self.groups.values(), key=_name)
        wanted = (metric_namespace, metric_name)
        return [
            installed.described
            for group in groups
            for name, installed in sorted(group.metric_filters.items())
            if name.startswith(prefix or "")
            and (
                metric_name is None
                or any(wanted == (made.namespace, made.name) for made in installed.filter.transformations)
            )
        ]

    def delete_metric_filter(self, filter_name: str | None = None, log_group_name: str | None = None) -> None:
        """DeleteMetricFilter."""
        if self.group(log_group_name).metric_filters.pop(str(filter_name), None) is None:
            raise not_found("The specified metric filter does not exist.")

    # ------------------------------------------------------------------ subscriptions

    def put_subscription(self, group: OfflineLogGroup, members: dict[str, Any]) -> None:
        """PutSubscriptionFilter: new, or in the place of one with this name. Raises `LogsError`."""
        name = members["filterName"]
        pattern = checked_pattern(members["filterPattern"], "Invalid subscription filter pattern")
        if name not in group.subscriptions and len(group.subscriptions) >= SUBSCRIPTIONS:
            raise limit_exceeded()
        self._check_expressions(group, name, pattern.expressions)
        self._check_destination(members["destinationArn"], members.get("roleArn"))
        described = {
            "filterName": name,
            "logGroupName": group.name,
            "filterPattern": members["filterPattern"],
            "destinationArn": members["destinationArn"],
            "distribution": members.get("distribution") or "ByLogStream",
            "applyOnTransformedLogs": False,
            "creationTime": self.now(),
        }
        if members.get("roleArn"):
            described["roleArn"] = members["roleArn"]
        group.subscriptions[name] = Subscription(described, pattern)

    def put_subscription_filter(
        self,
        log_group_name: str,
        filter_name: str,
        filter_pattern: str,
        destination_arn: str,
        role_arn: str,
    ) -> None:
        """For CloudFormation."""
        members = {
            "filterName": filter_name,
            "filterPattern": filter_pattern,
            "destinationArn": destination_arn,
            "roleArn": role_arn,
        }
        self.put_subscription(self.group(log_group_name), members)

    def delete_subscription_filter(self, log_group_name: str, filter_name: str) -> None:
        """DeleteSubscriptionFilter."""
        if self.group(log_group_name).subscriptions.pop(filter_name, None) is None:
            raise not_found("The specified subscription filter does not exist.")

    def _check_destination(self, arn: str, role: str | None) -> None:
        parts = arn.split(":")
        service = parts[2] if len(parts) > 5 else ""
        if service == "lambda":
            self._check_function(arn)
        elif service in ("kinesis", "firehose"):
            if not role:
                raise invalid_parameter(f"destinationArn for vendor {service} must have a roleArn")
            self._check_stream(service, arn)
        elif service == "logs" and len(parts) > 6 and parts[5] == "log-group":
            self.group(parts[6])
        else:
            raise invalid_parameter(
                f"PutSubscriptionFilter operation cannot work with destinationArn for vendor {service or arn}"
            )

    def _check_function(self, arn: str) -> None:
        from moto.awslambda.models import lambda_backends

        try:
            region, account = arn.split(":")[3:5]
            lambda_backends[account][region].resolve(arn, None)
        except Exception:
            raise invalid_parameter(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission "
                "to execute your function."
            ) from None

    def _check_stream(self, service: str, arn: str) -> None:
        region, account = arn.split(":")[3:5]
        try:
            if service == "kinesis":
                from moto.kinesis.models import kinesis_backends

                kinesis_backends[account][region].describe_stream(stream_arn=arn, stream_name=None)
            else:
                from moto.firehose.models import firehose_backends

                if not firehose_backends[account][region].lookup_name_from_arn(arn):
                    raise KeyError(arn)
        except Exception:
            kind = "Kinesis" if service == "kinesis" else "Firehose"
            raise invalid_parameter(
                f"Could not deliver test message to specified {kind} stream. Check if the given {kind} "
                "stream is in ACTIVE state."
            ) from None

    def _check_expressions(self, group: OfflineLogGroup, name: str, expressions: int) -> None:
        if not expressions:
            return
        others = [
            *(one.filter.pattern for other, one in group.metric_filters.items() if other != name),
            *(one.pattern for other, one in group.subscriptions.items() if other != name),
        ]
        if sum(other.expressions > 0 for other in others) >= EXPRESSION_FILTERS:
            raise limit_exceeded()


def filtered(record: LogRecord) -> dict[str, Any]:
    """An event as FilterLogEvents shows it."""
    return {
        "logStreamName": record.stream,
        "timestamp": record.timestamp,
        "message": record.message,
        "ingestionTime": record.ingestion_time,
        "eventId": record.event_id,
    }


def _name(group: OfflineLogGroup) -> str:
    return str(group.name)
