"""The Telemetry API of one environment: which extension wants to hear what, and what it was not told yet.

    PUT /2022-07-01/telemetry      200; only while the environment initialises

Source: Lambda developer guide, "Telemetry API reference" and "Telemetry API Event schema reference".

Rule 1: sans-IO: calls and events in, answers and deliveries out.
Rule 2: who subscribes also gets what happened before, since the initialisation began.
Rule 3: events are delivered when the runtime is done with an invocation and before the environment ends, and
not by the buffer's timeout: so what an extension hears, and when, does not depend on a computer's speed.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from offline_cloud.function_host import log_lines, runtime_api
from offline_cloud.function_host.function_version import FunctionVersion
from offline_cloud.function_host.platform_log import ExtensionState, PlatformLog, Report, every_event

__all__ = ["Delivery", "TelemetryApi", "Watched"]

SCHEMAS = ("2022-07-01", "2022-12-13", "2025-01-29")
TYPES = ("platform", "function", "extension")
HOSTS = ("sandbox.localdomain", "sandbox", "localhost", "127.0.0.1")
# Name, lowest, highest, and what it is without being said.
_BUFFERING = {
    "maxItems": (1_000, 10_000, 1_000),
    "maxBytes": (262_144, 1_048_576, 262_144),
    "timeoutMs": (25, 30_000, 1_000),
}
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nOK"


@dataclass(frozen=True)
class Delivery:
    """One POST to an extension's listener on this machine: `body` is a JSON array of `count` events."""

    name: str
    port: int
    path: str
    body: bytes
    count: int


@dataclass
class _Subscriber:
    name: str
    types: tuple[str, ...]
    port: int
    path: str
    most_items: int
    most_bytes: int
    waiting: deque[bytes] = field(default_factory=deque)


class TelemetryApi:
    """The subscriptions of one environment's extensions."""

    def __init__(self) -> None:
        self._before: list[tuple[str, bytes]] = []
        self._subscribers: dict[str, _Subscriber] = {}
        self._open = True

    def subscribe(self, name: str, body: bytes) -> bytes:
        """The answer to the extension of this name."""
        if not self._open:
            return runtime_api.refusal(
                403, "Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already"
            )
        try:
            subscriber = _subscriber(name, json.loads(body))
        except (ValueError, TypeError, AttributeError) as error:
            return runtime_api.refusal(400, "ValidationError", str(error))
        self._subscribers[name] = subscriber
        subscriber.waiting.extend(event for kind, event in self._before if kind in subscriber.types)
        return _OK

    def subscriptions(self) -> list[tuple[str, tuple[str, ...]]]:
        """The extensions that have subscribed, and to which types of events."""
        return [(subscriber.name, subscriber.types) for subscriber in self._subscribers.values()]

    def add(self, kind: str, event: dict[str, Any]) -> None:
        """Something has happened: `kind` is platform, function or extension, `event` its JSON."""
        if not (self._open or self._subscribers):
            return
        written = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        if self._open:
            self._before.append((kind, written))
        for subscriber in self._subscribers.values():
            if kind in subscriber.types:
                subscriber.waiting.append(written)

    def close(self) -> None:
        """The environment is initialised: nobody may subscribe any more."""
        self._open = False
        self._before.clear()

    def reset(self) -> None:
        """The extensions are gone; others are started."""
        self._subscribers.clear()
        self._before.clear()
        self._open = True

    def due(self) -> Iterator[Delivery]:
        """What is to be delivered now, in parts of the size that each extension wants."""
        for subscriber in self._subscribers.values():
            while subscriber.waiting:
                part: list[bytes] = []
                size = 0
                while subscriber.waiting and len(part) < subscriber.most_items:
                    size += len(subscriber.waiting[0]) + 1
                    if part and size > subscriber.most_bytes:
                        break
                    part.append(subscriber.waiting.popleft())
                body = b"[" + b",".join(part) + b"]"
                yield Delivery(subscriber.name, subscriber.port, subscriber.path, body, len(part))

    def dropped(self, delivery: Delivery, when: float) -> None:
        """Nobody took it: the extension hears of that with the next one."""
        record = {
            "reason": f"Some logs were dropped because the extension {delivery.name} did not take them",
            "droppedRecords": delivery.count,
            "droppedBytes": len(delivery.body),
        }
        event = {"time": log_lines.timestamp(when), "type": "platform.logsDropped", "record": record}
        self._subscribers[delivery.name].waiting.append(json.dumps(event, separators=(",", ":")).encode())


def _subscriber(name: str, asked: dict[str, Any]) -> _Subscriber:
    """A subscription as it was asked for; `ValueError` with what is wrong with it."""
    if asked.get("schemaVersion") not in SCHEMAS:
        raise ValueError(f"schemaVersion must be one of {', '.join(SCHEMAS)}")
    types = asked.get("types")
    if not isinstance(types, list) or not types or set(map(str, types)) - set(TYPES):
        raise ValueError(f"types must be a list of {', '.join(TYPES)}")
    destination = asked.get("destination") or {}
    if destination.get("protocol") != "HTTP":
        raise ValueError("destination.protocol must be HTTP (TCP is not there: docs/reference/limits.md)")
    uri = urlsplit(str(destination.get("URI")))
    if uri.scheme != "http" or uri.hostname not in HOSTS or not uri.port:
        raise ValueError("destination.URI must be http://sandbox.localdomain:PORT, with or without a path")
    buffering = asked.get("buffering") or {}
    values = {key: buffering.get(key, usual) for key, (_, _, usual) in _BUFFERING.items()}
    for key, (lowest, highest, _) in _BUFFERING.items():
        if not isinstance(values[key], int) or not lowest <= values[key] <= highest:
            raise ValueError(f"buffering.{key} must be between {lowest} and {highest}")
    path = (uri.path or "/") + (f"?{uri.query}" if uri.query else "")
    return _Subscriber(name, tuple(types), uri.port, path, values["maxItems"], values["maxBytes"])


class Watched:
    """The words of a function's log, where every event is told to its extensions too, whatever its level."""

    def __init__(
        self,
        words: PlatformLog,
        function: FunctionVersion,
        telemetry: TelemetryApi,
        initialization: str = "on-demand",
    ) -> None:
        self._words = words
        self._every = every_event(function, initialization)
        self._telemetry = telemetry

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self._telemetry.add("platform", json.loads(line))

    def init_started(self, when: float) -> list[str]:
        """See `PlatformLog`, as all of these."""
        self._tell(self._every.init_started(when))
        return self._words.init_started(when)

    def init_ended(
        self, when: float, milliseconds: float, phase: str, status: str, error_type: str | None
    ) -> list[str]:
        """An initialisation is over."""
        self._tell(self._every.init_ended(when, milliseconds, phase, status, error_type))
        return self._words.init_ended(when, milliseconds, phase, status, error_type)

    def restore_started(self, when: float) -> list[str]:
        """It begins from a snapshot."""
        self._tell(self._every.restore_started(when))
        return self._words.restore_started(when)

    def restore_ended(
        self, when: float, milliseconds: float, status: str, error_type: str | None
    ) -> list[str]:
        """It has come back."""
        self._tell(self._every.restore_ended(when, milliseconds, status, error_type))
        return self._words.restore_ended(when, milliseconds, status, error_type)

    def extensions(self, when: float, states: Iterable[ExtensionState]) -> list[str]:
        """The extensions at its end."""
        states = list(states)
        self._tell(self._every.extensions(when, states))
        return self._words.extensions(when, states)

    def subscribed(self, when: float, name: str, types: tuple[str, ...]) -> list[str]:
        """An extension has subscribed."""
        self._tell(self._every.subscribed(when, name, types))
        return self._words.subscribed(when, name, types)

    def started(self, when: float, request_id: str, version: str) -> list[str]:
        """An invocation begins."""
        self._tell(self._every.started(when, request_id, version))
        return self._words.started(when, request_id, version)

    def broken(self, when: float, text: str) -> list[str]:
        """It was cut off: no event of its own."""
        return self._words.broken(when, text)

    def refused(self, when: float, payload: bytes) -> list[str]:
        """It is not run: no event of its own."""
        return self._words.refused(when, payload)

    def answered(self, when: float, report: Report) -> list[str]:
        """The runtime is done."""
        self._tell(self._every.answered(when, report))
        return self._words.answered(when, report)

    def ended(self, when: float, report: Report) -> list[str]:
        """The invocation is over."""
        self._tell(self._every.ended(when, report))
        return self._words.ended(when, report)

    def lets_through(self, message: str) -> bool:
        """Whether a line of the function's own is written."""
        return self._words.lets_through(message)
