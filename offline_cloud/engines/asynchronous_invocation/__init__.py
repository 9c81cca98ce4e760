"""What Lambda does with an asynchronous event after an attempt, and what it writes about it.

Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation" and
"Capturing records of Lambda asynchronous invocations".

Rule 1: a function that failed is tried twice more, a minute and then two minutes later.
Rule 2: an event for which there was no environment stays in the queue: it is tried again after 1 s, 2 s, 4 s
and so on up to five minutes, and these tries do not count as attempts.
Rule 3: an event of a function whose reserved concurrency is nought is given up at once.
Rule 4: an event that keeps a loop of functions going is given up at once. AWS does not publish its word.
Rule 5: an event that would be tried after its longest age is given up when it reaches that age.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = [
    "Again",
    "Attempt",
    "Drop",
    "EventSettings",
    "after_failure",
    "after_throttle",
    "invocation_record",
]

RETRY_SECONDS = (60.0, 120.0)
LONGEST_BACK_OFF = 300.0
SUCCESS, EXHAUSTED, TOO_OLD = "Success", "RetriesExhausted", "EventAgeExceeded"
SWITCHED_OFF = "ZeroReservedConcurrency"
LOOP = "RecursiveInvocation"


@dataclass(frozen=True, slots=True)
class EventSettings:
    """How events of one qualifier are treated: retries, age in seconds, ARNs of where records go."""

    retries: int = 2
    age: float = 21_600.0
    on_success: str | None = None
    on_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more at `when` (epoch seconds)."""

    when: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Give the event up at `when`, for the reason `condition`."""

    when: float
    condition: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the last attempt ended: `payload` is the function's answer or its error, as bytes."""

    executed_version: str
    function_error: str | None
    payload: bytes


def after_failure(attempts: int, received: float, now: float, settings: EventSettings) -> Again | Drop:
    """The function has failed for the `attempts`-th time."""
    if attempts > settings.retries:
        return Drop(now, EXHAUSTED)
    return _in_time(now + RETRY_SECONDS[attempts - 1], received, now, settings)


def after_throttle(tries: int, received: float, now: float, settings: EventSettings) -> Again | Drop:
    """There was no environment for it, for the `tries`-th time in a row."""
    return _in_time(now + min(2.0 ** (tries - 1), LONGEST_BACK_OFF), received, now, settings)


def _in_time(when: float, received: float, now: float, settings: EventSettings) -> Again | Drop:
    oldest = received + settings.age
    return Again(when) if when <= oldest else Drop(max(now, oldest), TOO_OLD)


def invocation_record(
    *,
    when: float,
    request_id: str,
    arn: str,
    condition: str,
    attempts: int,
    payload: bytes,
    last: Attempt | None,
) -> dict[str, Any]:
    """What a destination receives; `arn` with its qualifier, `last` is None if the function never ran."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": _iso(when),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": _decoded(payload),
    }
    if last is not None:
        record["responseContext"] = {"statusCode": 200, "executedVersion": last.executed_version}
        if last.function_error:
            record["responseContext"]["functionError"] = last.function_error
        record["responsePayload"] = _decoded(last.payload)
    return record


def _decoded(payload: bytes) -> Any:
    try:
        return json.loads(payload) if payload else None
    except ValueError:
        return payload.decode("utf-8", "replace")


def _iso(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
