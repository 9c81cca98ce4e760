"""Log groups and log streams: where events are kept, and for how long.

Rule 1: a function writes without the lock of the service (it would wait for a request that waits for it),
so a stream has a lock of its own, held for moments only. Readers get copies.
Rule 2: events are in the order of their time, and those of one moment in the order in which they came. That
is put in order when somebody reads, never while a function waits.
Rule 3: an event that is older than the group's retention is gone at that moment of cloud time. AWS takes up
to 72 hours to delete it.
"""

from __future__ import annotations

import itertools
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time_millis
from moto.logs.models import LogGroup, LogStream

from offline_cloud.engines.logs.records import LogRecord
from offline_cloud.moto_seams.logs.errors import LogsError, no_stream

if TYPE_CHECKING:
    from offline_cloud.moto_seams.logs.models import OfflineLogsBackend
    from offline_cloud.moto_seams.logs.outlets import InstalledFilter, Subscription

__all__ = ["EVENT_OVERHEAD", "OfflineLogGroup", "OfflineLogStream", "size"]

EVENT_OVERHEAD = 26
"""Bytes that AWS counts for each event besides its text."""
_DAY = 86_400_000


def size(message: str) -> int:
    """Bytes that an event counts for."""
    return (len(message) if message.isascii() else len(message.encode())) + EVENT_OVERHEAD


class OfflineLogStream(LogStream):
    """A stream of events; `events` is its own, everybody else takes `between`."""

    def __init__(self, log_group: OfflineLogGroup, name: str) -> None:
        super().__init__(log_group, name)
        self.events: list[LogRecord] = []
        self._lock = threading.Lock()
        self._in_order = True
        self._ingested = 0

    def take(self, events: Iterable[tuple[int, str]], now: int) -> list[LogRecord]:
        """Keep events (epoch milliseconds, message); `now` is the time of ingestion."""
        name, numbers = self.log_stream_name, self.log_group.numbers
        records = [LogRecord(when, now, message, name, next(numbers)) for when, message in events]
        with self._lock:
            if self._in_order and records:
                last = self.events[-1].timestamp if self.events else 0
                for record in records:
                    if record.timestamp < last:
                        self._in_order = False
                        break
                    last = record.timestamp
            self.events += records
            self._ingested = now
            self.upload_sequence_token += 1
            # moto's own member; a sum of bytes that nobody has expired yet.
            self.stored_bytes += sum(size(record.message) for record in records)
        return records

    def between(self, start: int | None, end: int | None) -> list[LogRecord]:
        """The events from `start` to `end` (epoch milliseconds, both inclusive), in order."""
        with self._lock:
            self._settle()
            events = self.events
            first = 0 if start is None else bisect_left(events, start, key=_time)
            last = len(events) if end is None else bisect_right(events, end, key=_time)
            return events[first:last]

    def put_log_events(self, log_events: list[dict[str, Any]]) -> str:
        """moto's services write here: EventBridge, flow logs."""
        group = self.log_group
        events = [(int(event["timestamp"]), event["message"]) for event in log_events]
        group.backend.write(group, self, events)
        return f"{self.upload_sequence_token:056d}"

    def to_describe_dict(self) -> dict[str, Any]:
        """The stream as DescribeLogStreams shows it; `storedBytes` is 0 there since 2019."""
        described: dict[str, Any] = {
            "arn": self.arn,
            "creationTime": int(unix_time_millis(self.creation_time)),
            "logStreamName": self.log_stream_name,
            "storedBytes": 0,
        }
        with self._lock:
            self._settle()
            if self.events:
                described |= {
                    "firstEventTimestamp": self.events[0].timestamp,
                    "lastEventTimestamp": self.events[-1].timestamp,
                    "lastIngestionTime": self._ingested,
                    "uploadSequenceToken": f"{self.upload_sequence_token:056d}",
                }
        return described

    def bytes_kept(self) -> int:
        """Bytes of the events that are still there."""
        with self._lock:
            self._settle()
            return int(self.stored_bytes)

    def _settle(self) -> None:
        """Put events in order and let old ones go; with the lock held."""
        if not self._in_order:
            self.events.sort(key=_order)
            self._in_order = True
        oldest = self.log_group.oldest()
        if oldest is not None and self.events and self.events[0].timestamp < oldest:
            gone = bisect_left(self.events, oldest, key=_time)
            self.stored_bytes -= sum(size(record.message) for record in self.events[:gone])
            for record in self.events[:gone]:
                self.log_group.weigh(-size(record.message), self.log_group.gone_at(record))
            del self.events[:gone]


class OfflineLogGroup(LogGroup):
    """A group of streams; made of one of moto's by `adopt`."""

    backend: OfflineLogsBackend
    numbers: itertools.count[int]
    metric_filters: dict[str, InstalledFilter]
    subscriptions: dict[str, Subscription]
    retained_since: int
    """Since when the retention is what it is, in epoch milliseconds."""

    @classmethod
    def adopt(cls, group: LogGroup, backend: OfflineLogsBackend) -> OfflineLogGroup:
        """Make one of ours of moto's, which it makes without a factory."""
        group.__class__ = cls
        ours: OfflineLogGroup = group
        ours.backend = backend
        ours.numbers = backend.numbers
        ours.metric_filters = {}
        ours.subscriptions = {}
        ours.retained_since = 0
        return ours

    @property
    def function(self) -> str | None:
        """The Lambda function whose group this is, by its name."""
        _, own, name = self.name.partition("/aws/lambda/")
        return str(name) if own and name else None

    def weigh(self, grown: int, when: float) -> None:
        """Tell the bill that so many bytes came (or went) at this moment, in epoch seconds."""
        where = f"{self.backend.region_name}:{self.name}"
        self.backend.context.ledger.step("logs-stored", where, grown, when, self.function)

    def set_retention_policy(self, retention_in_days: str | None) -> None:
        """PutRetentionPolicy and DeleteRetentionPolicy; what has gone by then went by the old rule."""
        self.bytes_kept()
        super().set_retention_policy(retention_in_days)
        self.retained_since = self.backend.now()

    def gone_at(self, record: LogRecord) -> float:
        """When an event fell out of the group's retention, in epoch seconds."""
        due = record.timestamp + int(self.retention_in_days or 0) * _DAY
        return max(due, record.ingestion_time, self.retained_since) / 1000

    def create_log_stream(self, log_stream_name: str) -> None:
        """CreateLogStream."""
        if log_stream_name in self.streams:
            raise LogsError("ResourceAlreadyExistsException", "The specified log stream already exists")
        self.streams[log_stream_name] = OfflineLogStream(self, log_stream_name)

    def delete_log_stream(self, log_stream_name: str) -> None:
        """DeleteLogStream."""
        stream = self.stream(log_stream_name)
        del self.streams[log_stream_name]
        self.weigh(-stream.bytes_kept(), self.backend.context.clock.now())

    def stream(self, name: str) -> OfflineLogStream:
        """One of its streams, or an error."""
        found: OfflineLogStream | None = self.streams.get(name)
        if found is None:
            raise no_stream()
        return found

    def oldest(self) -> int | None:
        """Epoch milliseconds of the oldest event that is kept; None if all are."""
        if not self.retention_in_days:
            return None
        return self.backend.now() - int(self.retention_in_days) * _DAY

    def records(
        self, start: int | None, end: int | None, streams: Sequence[OfflineLogStream] | None = None
    ) -> list[LogRecord]:
        """Events of all streams (or of these), in order; `start` and `end` inclusive."""
        chosen = list(self.streams.values()) if streams is None else streams
        parts = [stream.between(start, end) for stream in chosen]
        if len(parts) == 1:
            return parts[0]
        # Runs that are in order each: Python's sort merges them.
        return sorted(itertools.chain.from_iterable(parts), key=_order)

    def to_describe_dict(self) -> dict[str, Any]:
        """The group as DescribeLogGroups shows it."""
        described: dict[str, Any] = super().to_describe_dict()
        described["metricFilterCount"] = len(self.metric_filters)
        described["storedBytes"] = self.bytes_kept()
        described["logGroupClass"] = "STANDARD"
        return described

    def bytes_kept(self) -> int:
        """Bytes of all events that are still there."""
        return sum(stream.bytes_kept() for stream in list(self.streams.values()))


def _time(record: LogRecord) -> int:
    return record.timestamp


def _order(record: LogRecord) -> tuple[int, int]:
    return record.timestamp, record.sequence
