"""Log events as the engine reads them, and the rows that a query makes of them.

Rule 1: a row looks a name up in what the query made itself first, then in what every event has, then in what
is discovered in its message; a message is taken apart at most once, and only if somebody asks.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

from offline_cloud.engines.logs.discovered_fields import json_fragment, lambda_fields, walk

__all__ = ["EVENT_ID_SHIFT", "LogRecord", "Row", "Timestamp"]

EVENT_ID_SHIFT = 144
"""Bits of an event's id below its time."""


class LogRecord(NamedTuple):
    """One log event: times in epoch milliseconds; `sequence` tells apart what came at the same time.

    A tuple, because thousands are made while functions wait.
    """

    timestamp: int
    ingestion_time: int
    message: str
    stream: str
    sequence: int

    @property
    def event_id(self) -> str:
        """56 digits that sort by time, as those of AWS do."""
        return f"{(self.timestamp << EVENT_ID_SHIFT) + self.sequence:056d}"


class Timestamp(int):
    """Epoch milliseconds that are shown as a date."""


class Row:
    """One line of a query's result on its way: an event (or none, behind `stats`) and made-up fields."""

    __slots__ = ("_fragment", "_lambda", "log", "record", "values")

    def __init__(self, record: LogRecord | None, log: str, values: dict[str, Any]) -> None:
        self.record = record
        self.log = log
        self.values = values
        self._fragment: dict[str, Any] | None = None
        self._lambda: dict[str, Any] | None = None

    def get(self, name: str, path: tuple[str, ...]) -> Any:
        """The value of a field, None if it has none; `path` is the name at its dots."""
        values = self.values
        if name in values:
            return values[name]
        record = self.record
        if record is None:
            return walk(values, path) if len(path) > 1 else None
        if name[0] == "@":
            return self._own(record, name, path)
        if len(path) > 1 and path[0] in values:
            return walk(values, path)
        return walk(self.fragment(), path)

    def fragment(self) -> dict[str, Any]:
        """The JSON object in the message; empty if there is none."""
        found = self._fragment
        if found is None:
            record = self.record
            found = self._fragment = json_fragment(record.message) if record is not None else {}
        return found

    def discovered(self) -> dict[str, Any]:
        """What a line of Lambda says in its own words."""
        found = self._lambda
        if found is None:
            record = self.record
            found = self._lambda = lambda_fields(record.message) if record is not None else {}
        return found

    def _own(self, record: LogRecord, name: str, path: tuple[str, ...]) -> Any:
        own = _OWN.get(name)
        if own is not None:
            return own(self.log, record)
        if name.startswith("@@"):  # a field of the message whose own name begins with @
            return walk(self.fragment(), (path[0][1:], *path[1:]))
        found = self.discovered().get(name)
        if found is None and path[0] in self.values:
            return walk(self.values, path)
        return found


def pointer(log: str, record: LogRecord) -> str:
    """What GetLogRecord finds the event by."""
    return b64encode(f"{log}\0{record.stream}\0{record.event_id}".encode()).decode()


_OWN: dict[str, Callable[[str, LogRecord], Any]] = {
    "@message": lambda _, record: record.message,
    "@timestamp": lambda _, record: Timestamp(record.timestamp),
    "@ingestionTime": lambda _, record: Timestamp(record.ingestion_time),
    "@logStream": lambda _, record: record.stream,
    "@log": lambda log, _: log,
    "@ptr": pointer,
}
"""What every event has."""
