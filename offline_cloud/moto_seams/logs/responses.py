"""The CloudWatch Logs API on the wire: what differs from moto's answers, and what moto doesn't know.

Source: CloudWatch Logs API reference, operation by operation.
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

from moto.logs.responses import LogsResponse

from offline_cloud.engines.logs.discovered_fields import flattened
from offline_cloud.engines.logs.query_values import shown
from offline_cloud.engines.logs.records import LogRecord, Row
from offline_cloud.moto_seams.logs.errors import (
    LogsError,
    checked_pattern,
    invalid_parameter,
    no_stream,
    not_found,
    not_there,
    unsatisfied,
)
from offline_cloud.moto_seams.logs.models import OfflineLogsBackend, filtered
from offline_cloud.moto_seams.logs.pages import PAGE, matching_page, stream_page
from offline_cloud.moto_seams.logs.streams import OfflineLogGroup, OfflineLogStream, size

__all__ = ["OfflineLogsResponse"]

BATCH_BYTES = 1_048_576
BATCH_EVENTS = 10_000
_DAY = 86_400_000
_OLDEST = 14 * _DAY
_NEWEST = 2 * 3_600_000
QUERY_GROUPS = 50
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288),
    3653,
)


class OfflineLogsResponse(LogsResponse):
    """moto's handlers, and ours."""

    @property
    def logs_backend(self) -> OfflineLogsBackend:
        """The backend of this account and Region."""
        backend: OfflineLogsBackend = super().logs_backend
        return backend

    def _group(self) -> OfflineLogGroup:
        return self.logs_backend.group(self._get_param("logGroupName"), self._get_param("logGroupIdentifier"))

    def _limit(self, name: str = "limit", most: int = PAGE, default: int = PAGE) -> int:
        given = self._get_param(name)
        if given is None:
            return default
        if not 1 <= given <= most:
            bound = f"less than or equal to {most}" if given > most else "greater than or equal to 1"
            raise unsatisfied(name, given, f"Member must have value {bound}")
        return int(given)

    def _span(self) -> tuple[int | None, int | None]:
        start, end = self._get_param("startTime"), self._get_param("endTime")
        if start is not None and end is not None and start > end:
            raise invalid_parameter("startTime must be less than or equal to endTime.")
        return start, end

    # ------------------------------------------------------------------ writing

    def put_log_events(self) -> str:
        """PutLogEvents."""
        backend, group = self.logs_backend, self._group()
        stream = group.stream(self._get_param("logStreamName"))
        events = self._get_param("logEvents") or []
        if not events:
            raise unsatisfied("logEvents", "[]", "Member must have length greater than or equal to 1")
        _check_batch(events)
        now = backend.now()
        kept_from = group.oldest()
        old = sum(event["timestamp"] < now - _OLDEST for event in events)
        expired = 0 if kept_from is None else sum(event["timestamp"] < kept_from for event in events)
        new = sum(event["timestamp"] > now + _NEWEST for event in events)
        taken = events[max(old, expired) : len(events) - new]
        backend.write(group, stream, [(event["timestamp"], event["message"]) for event in taken])
        rejected = {}
        if old:
            rejected["tooOldLogEventEndIndex"] = old
        if expired > old:
            rejected["expiredLogEventEndIndex"] = expired
        if new:
            rejected["tooNewLogEventStartIndex"] = len(events) - new
        answer: dict[str, Any] = {"nextSequenceToken": f"{stream.upload_sequence_token:056d}"}
        if rejected:
            answer["rejectedLogEventsInfo"] = rejected
        return json.dumps(answer)

    def put_retention_policy(self) -> str:
        """PutRetentionPolicy."""
        days = self._get_param("retentionInDays")
        if days not in RETENTION_DAYS:
            allowed = ", ".join(map(str, RETENTION_DAYS))
            raise unsatisfied("retentionInDays", days, f"Member must satisfy enum value set: [{allowed}]")
        self._group().set_retention_policy(days)
        return ""

    # ------------------------------------------------------------------ reading

    def filter_log_events(self) -> str:
        """FilterLogEvents."""
        group = self._group()
        matches = checked_pattern(self._get_param("filterPattern") or "", "Invalid filter pattern").matches
        records = group.records(*self._span(), self._streams(group))
        from_head = self._get_param("startFromHead")
        page, token = matching_page(
            records, matches, self._limit(), self._get_param("nextToken"), newest_first=from_head is False
        )
        answer: dict[str, Any] = {"events": [filtered(record) for record in page], "searchedLogStreams": []}
        if token:
            answer["nextToken"] = token
        return json.dumps(answer)

    def _streams(self, group: OfflineLogGroup) -> list[OfflineLogStream] | None:
        names, prefix = self._get_param("logStreamNames"), self._get_param("logStreamNamePrefix")
        if names and prefix:
            raise invalid_parameter("Only one of logStreamNames and logStreamNamePrefix can be specified.")
        if names:
            found = [group.streams[name] for name in dict.fromkeys(names) if name in group.streams]
            if not found:
                raise no_stream()
            return found
        if prefix:
            return [stream for name, stream in list(group.streams.items()) if name.startswith(prefix)]
        return None

    def get_log_events(self) -> str:
        """GetLogEvents; here `endTime` is exclusive."""
        stream = self._group().stream(self._get_param("logStreamName"))
        start, end = self._span()
        page, backward, forward = stream_page(
            stream.between(start, None if end is None else end - 1),
            self._limit(),
            self._get_param("nextToken"),
            from_head=bool(self._get_param("startFromHead", False)),
        )
        events = [
            {"timestamp": record.timestamp, "message": record.message, "ingestionTime": record.ingestion_time}
            for record in page
        ]
        return json.dumps({"events": events, "nextForwardToken": forward, "nextBackwardToken": backward})

    def get_log_record(self) -> str:
        """GetLogRecord: the event behind a result's `@ptr`, with every field."""
        given = self._get_param("logRecordPointer")
        try:
            log, stream, event_id = b64decode(given, validate=True).decode().split("\0")
        except ValueError:
            raise invalid_parameter("The specified log record pointer is invalid.") from None
        record = self.logs_backend.log_record(log.partition(":")[2], stream, event_id)
        if record is None:
            raise not_found("The specified log record does not exist.")
        fields = _fields(record, log)
        return json.dumps(
            {"logRecord": {"@ptr": given, **{name: shown(value) for name, value in fields.items()}}}
        )

    def get_log_group_fields(self) -> str:
        """GetLogGroupFields: which fields the events of 15 minutes have, and how often."""
        group, centre = self._group(), self._get_param("time")
        now = self.logs_backend.now()
        span = (now - 900_000, now) if centre is None else (centre * 1000 - 480_000, centre * 1000 + 480_000)
        records = group.records(*span)
        counted: dict[str, int] = {}
        for record in records:
            for name in _fields(record, f"{group.account_id}:{group.name}"):
                counted[name] = counted.get(name, 0) + 1
        fields = [
            {"name": name, "percent": count * 100 // len(records)}
            for name, count in sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        ]
        return json.dumps({"logGroupFields": fields})

    # ------------------------------------------------------------------ queries

    def start_query(self) -> str:
        """StartQuery."""
        backend = self.logs_backend
        language = self._get_param("queryLanguage") or "CWLI"
        if language != "CWLI":
            raise not_there(f"queries in {language}")
        one = self._get_param("logGroupName")
        several = (self._get_param("logGroupNames"), self._get_param("logGroupIdentifiers"))
        given = [names for names in ([one] if one else None, *several) if names]
        text = self._get_param("queryString")
        if len(given) != 1:
            raise invalid_parameter(
                "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified."
            )
        if len(given[0]) > QUERY_GROUPS:
            raise unsatisfied(
                "logGroupNames", given[0], f"Member must have length less than or equal to {QUERY_GROUPS}"
            )
        start, end = self._get_param("startTime"), self._get_param("endTime")
        if start > end:
            raise invalid_parameter("startTime must be less than or equal to endTime.")
        limit = self._limit(most=100_000) if self._get_param("limit") is not None else None
        groups = [self._queried(name) for name in given[0]]
        return json.dumps({"queryId": backend.start_insights(groups, start, end, text, limit)})

    def _queried(self, name: str) -> OfflineLogGroup:
        try:
            return self.logs_backend.group(None, name)
        except LogsError:
            raise not_found(
                f"Log group '{name}' does not exist for account ID '{self.current_account}'"
            ) from None

    def get_query_results(self) -> str:
        """GetQueryResults."""
        most = self._get_param("maxItems")
        return json.dumps(
            self.logs_backend.started.results(self._get_param("queryId"), self._get_param("nextToken"), most)
        )

    def stop_query(self) -> str:
        """StopQuery."""
        self.logs_backend.started.stop(self._get_param("queryId"))
        return json.dumps({"success": True})

    def describe_queries(self) -> str:
        """DescribeQueries."""
        queries, token = self.logs_backend.started.describe(
            self._get_param("logGroupName"),
            self._get_param("status"),
            self._limit("maxResults", 1_000, 1_000),
            self._get_param("nextToken"),
        )
        return json.dumps({"queries": queries, **({"nextToken": token} if token else {})})

    # ------------------------------------------------------------------ filters

    def test_metric_filter(self) -> str:
        """TestMetricFilter: events are numbered from 1."""
        pattern = checked_pattern(self._get_param("filterPattern") or "", "Invalid metric filter pattern")
        messages = self._get_param("logEventMessages") or []
        if not 1 <= len(messages) <= 50:
            raise unsatisfied("logEventMessages", len(messages), "Member must have length between 1 and 50")
        read = [(at, message, pattern.read(message)) for at, message in enumerate(messages, 1)]
        matches = [
            {"eventNumber": at, "eventMessage": message, "extractedValues": reading.values()}
            for at, message, reading in read
            if reading is not None
        ]
        return json.dumps({"matches": matches})

    def put_subscription_filter(self) -> str:
        """PutSubscriptionFilter."""
        names = ("filterName", "filterPattern", "destinationArn", "roleArn", "distribution")
        members = {name: self._get_param(name) for name in names}
        self.logs_backend.put_subscription(self._group(), members)
        return ""

    def describe_subscription_filters(self) -> str:
        """DescribeSubscriptionFilters."""
        prefix = self._get_param("filterNamePrefix") or ""
        found = [
            subscription.described
            for name, subscription in sorted(self._group().subscriptions.items())
            if name.startswith(prefix)
        ]
        return json.dumps({"subscriptionFilters": found})


def _check_batch(events: list[dict[str, Any]]) -> None:
    if len(events) > BATCH_EVENTS:
        raise unsatisfied("logEvents", "[…]", f"Member must have length less than or equal to {BATCH_EVENTS}")
    last = events[0]["timestamp"]
    for event in events:
        if event["timestamp"] < last:
            raise invalid_parameter(
                "Log events in a single PutLogEvents request must be in chronological order."
            )
        if not event["message"]:
            raise unsatisfied(
                "logEvents.1.member.message", "", "Member must have length greater than or equal to 1"
            )
        last = event["timestamp"]
    if last - events[0]["timestamp"] > _DAY:
        raise invalid_parameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    weight = sum(size(event["message"]) for event in events)
    if weight > BATCH_BYTES:
        raise invalid_parameter(f"Upload too large: {weight} bytes exceeds limit of {BATCH_BYTES}")


def _fields(record: LogRecord, log: str) -> dict[str, Any]:
    """Every field of an event, discovered ones included."""
    row = Row(record, log, {})
    own = ("@message", "@timestamp", "@ingestionTime", "@logStream", "@log")
    return {
        **{name: row.get(name, (name,)) for name in own},
        **row.discovered(),
        **flattened(row.fragment()),
    }
