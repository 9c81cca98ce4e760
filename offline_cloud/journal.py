"""Every API call of a cloud, in order: who, what, when, with what result.

Rule 1: only the front writes here, so an entry is evidence.
Rule 2: it survives a reset, which leaves a mark in it.
Rule 3: writing costs next to nothing; what a request meant is worked out by whoever reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

__all__ = ["Call", "Journal"]

# Bodies of calls that carry parameters are small; an upload's body is not a parameter.
KEPT_BODY = 64 * 1024

Describe = Callable[[str, str, str, dict[str, str], bytes], tuple[str, dict[str, Any] | None]]


@dataclass(slots=True)
class Call:
    """One request as it came in, and how it ended."""

    time: float
    service: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    principal: str
    region: str
    source: str
    user_agent: str
    request_id: str
    status: int = 0
    error: str | None = None
    operation: str = ""
    parameters: dict[str, Any] | None = None
    described: bool = field(default=False, repr=False)
    used: Mapping[str, Decimal] | None = None
    """Billed units that were measured while the call was served, by line of the price sheet."""


class Journal:
    """An append-only list of calls; `describe` tells what a raw request meant."""

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def record(self, call: Call) -> None:
        """Add a call that has ended."""
        self._calls.append(call)

    def mark(self, what: str, now: float) -> None:
        """Leave a mark of the cloud's own, such as a reset."""
        mark = Call(now, "_cloud", "", "", {}, b"", "", "", "cloud", "", "", status=200)
        mark.operation, mark.described = what, True
        self._calls.append(mark)

    def __len__(self) -> int:
        return len(self._calls)

    def entries(self, since: int = 0) -> list[dict[str, Any]]:
        """Entries from number `since` on, as JSON values; `n` counts from 0."""
        with self._lock:
            calls = self._calls[since:]
            for call in calls:
                self._work_out(call)
        return [_entry(number, call) for number, call in enumerate(calls, since)]

    def billable(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """What a bill reads of the entries from number `since` on; `time` in epoch seconds."""
        with self._lock:
            calls = self._calls[since:]
            for call in calls:
                if call.used is None:
                    self._work_out(call)
        for call in calls:
            yield {
                "time": call.time,
                "service": call.service,
                "operation": call.operation,
                "source": call.source,
                "status": call.status,
                "used": call.used,
            }

    def _work_out(self, call: Call) -> None:
        if not call.described:
            call.operation, call.parameters = self._describe(
                call.service, call.method, call.url, call.headers, call.body
            )
            call.described, call.body = True, b""


def _entry(number: int, call: Call) -> dict[str, Any]:
    return {
        "n": number,
        "time": datetime.fromtimestamp(call.time, UTC).isoformat(timespec="milliseconds"),
        "service": call.service,
        "operation": call.operation,
        "principal": call.principal,
        "region": call.region,
        "source": call.source,
        "status": call.status,
        "error": call.error,
        "user_agent": call.user_agent,
        "request_id": call.request_id,
        "parameters": call.parameters,
    }
