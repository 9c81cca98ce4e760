"""The JSON around a batch of stream records: the event, the answer, the record of a discarded batch.

Source: Lambda developer guide, "Using Lambda to process records from Amazon Kinesis Data Streams",
"Configuring partial batch response", "Retain discarded batch records", "Implementing stateful processing".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["StreamRecord", "discard_record", "first_failure", "stream_event", "window_state"]

LONGEST_STATE = 1024 * 1024
"""Bytes of a tumbling window's state; a window with more is ended early."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record of a shard, whichever kind of stream it is from.

    `position` grows along the shard, `sequence` is the number as the service writes it, `order` what keeps
    its order when a shard is worked on in parallel, `when` its arrival in epoch seconds, `event` the record
    as a function sees it, `size` its bytes of JSON.
    """

    position: int
    sequence: str
    order: str
    when: float
    event: Mapping[str, Any]
    size: int = 0


def stream_event(
    records: Sequence[StreamRecord],
    *,
    shard: str,
    arn: str,
    window: tuple[float, float] | None = None,
    state: Mapping[str, Any] | None = None,
    final: bool = False,
    early: bool = False,
) -> dict[str, Any]:
    """What a function is called with; `window` in epoch seconds, for mappings with tumbling windows."""
    event: dict[str, Any] = {"Records": [record.event for record in records]}
    if window is not None:
        event |= {
            "window": {"start": _whole_seconds(window[0]), "end": _whole_seconds(window[1])},
            "state": dict(state or {}),
            "shardId": shard,
            "eventSourceARN": arn,
            "isFinalInvokeForWindow": final,
            "isWindowTerminatedEarly": early,
        }
    return event


def first_failure(payload: bytes, records: Sequence[StreamRecord]) -> int | None:
    """Where the records begin that a partial batch response wants again; None if there are none.

    0, that is all of them, where the response is not one: bad JSON, an item without identifier, an unknown
    identifier. Of several identifiers, the lowest counts.
    """
    try:
        answer = json.loads(payload) if payload else None
    except ValueError:
        return 0
    if answer is None or answer == "":
        return None
    if not isinstance(answer, dict):
        return 0
    failures = answer.get("batchItemFailures")
    if failures is None or failures == []:
        return None
    if not isinstance(failures, list):
        return 0
    places = {record.sequence: place for place, record in enumerate(records)}
    found = [
        places.get(str(item.get("itemIdentifier"))) if isinstance(item, dict) else None for item in failures
    ]
    known = [place for place in found if place is not None]
    return min(known) if len(known) == len(found) else 0


def window_state(payload: bytes) -> dict[str, Any] | None:
    """The state in a function's answer; None if there is none, which counts as a failure."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return None
    state = answer.get("state") if isinstance(answer, dict) else None
    return state if isinstance(state, dict) else None


def discard_record(
    records: Sequence[StreamRecord],
    *,
    condition: str,
    invokes: int,
    request_id: str,
    function_arn: str,
    shard: str,
    arn: str,
    now: float,
    response: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What goes to the on-failure destination of a batch; `response` of the last call, if there was one."""
    kind = "KinesisBatchInfo" if arn.split(":")[2] == "kinesis" else "DDBStreamBatchInfo"
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": invokes,
        },
        "responseContext": None if response is None else dict(response),
        "version": "1.0",
        "timestamp": _milliseconds(now),
        kind: {
            "shardId": shard,
            "startSequenceNumber": records[0].sequence,
            "endSequenceNumber": records[-1].sequence,
            "approximateArrivalOfFirstRecord": _milliseconds(records[0].when),
            "approximateArrivalOfLastRecord": _milliseconds(records[-1].when),
            "batchSize": len(records),
            "streamArn": arn,
        },
    }
    if response is None:
        del record["responseContext"]
    return record


def _whole_seconds(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _milliseconds(when: float) -> str:
    moment = datetime.fromtimestamp(when, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
