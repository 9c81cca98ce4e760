"""SQS, SNS, EventBridge, Kinesis: requests by the size of what they carry, and deliveries.

Source: the services' pricing pages: a request of SQS or SNS is billed for every 64 KB that it carries, with a
batch as one payload; an event of EventBridge likewise, each by itself; a Kinesis record for every 25 KB.

A request whose whole body is small is one unit, and that is seen without reading it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from moto.backends import get_backend

if TYPE_CHECKING:
    from offline_cloud.moto_seams.dispatch import Answer, Target
    from offline_cloud.moto_seams.metering import Measured, Units
    from offline_cloud.server import CloudContext

__all__ = ["MessageMeter"]

CHUNK = 64 * 1024
PUT_UNIT = 25 * 1024
_CARRYING = {"SendMessage", "SendMessageBatch", "ReceiveMessage"}
_PUBLISHING = {"Publish", "PublishBatch"}
_DELIVERIES = {"http": "sns-http", "https": "sns-http", "email": "sns-email", "email-json": "sns-email"}
_STREAM_LINES = ("kinesis-shards", "kinesis-on-demand")
_NOTHING: Units = {}


class MessageMeter:
    """The meter of one cloud's messages and events."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context

    def watch(self, target: Target, environ: dict[str, Any]) -> Measured | None:
        """See `Meter.watch`."""
        stream = environ["wsgi.input"]
        body: bytes = stream.read()
        stream.seek(0)
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        match target.module:
            case "sqs":
                return _queue(operation, body)
            case "sns":
                return self._topic(target.region, body)
            case "events" if operation == "PutEvents":
                return _events(body)
            case "kinesis":
                return self._stream(target.region, operation, body)
        return None

    def sweep(self) -> None:
        """Streams change by a request only."""

    def forget(self) -> None:
        """The ledger forgets by itself."""

    def _backends(self, module: str) -> Any:
        """moto's, by Region; a service that nobody asked is not imported for it."""
        found: Any = get_backend(module)
        return found[self._context.account]

    # ------------------------------------------------------------------ SNS

    def _topic(self, region: str, body: bytes) -> Measured | None:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if fields.get("Action") not in _PUBLISHING:
            return None
        arn = fields.get("TopicArn", "")
        carried = [value for name, value in fields.items() if name not in {"Action", "Version", "TopicArn"}]
        messages = sum(name.endswith(".Message") for name in fields) or 1

        def measured(answer: Answer) -> Units:
            if answer.status >= 400:
                return {"sns-requests": Decimal(1)}
            fifo = arn.endswith(".fifo")
            line, units = ("sns-fifo-requests", messages) if fifo else ("sns-requests", _chunks(carried))
            used = {line: Decimal(units)}
            for subscription in self._backends("sns")[region].subscriptions.values():
                delivery = _DELIVERIES.get(subscription.protocol)
                if delivery and subscription.topic.arn == arn:
                    used[delivery] = used.get(delivery, Decimal(0)) + messages
            return used

        return measured

    # ------------------------------------------------------------------ Kinesis

    def _stream(self, region: str, operation: str, body: bytes) -> Measured | None:
        if operation in {"PutRecord", "PutRecords"}:
            request = json.loads(body)
            records = request.get("Records") or [request]

            def measured(answer: Answer) -> Units:
                name = request.get("StreamName") or str(request.get("StreamARN", "")).rpartition("/")[2]
                stream = self._backends("kinesis")[region].streams.get(name)
                if answer.status >= 400 or stream is None or _on_demand(stream):
                    return _NOTHING
                sizes = (_decoded(one["Data"]) + len(one.get("PartitionKey", "")) for one in records)
                return {"kinesis-puts": Decimal(sum(_ceiling(size, PUT_UNIT) for size in sizes))}

            return measured
        if operation.startswith(("Get", "Describe", "List")):
            return None
        return lambda _answer: self._streams()

    def _streams(self) -> Units:
        ledger, now = self._context.ledger, self._context.clock.now()
        levels: dict[str, tuple[int, int]] = {}
        for backend in self._backends("kinesis").values():
            for stream in backend.streams.values():
                demand = _on_demand(stream)
                shards = sum(bool(shard.is_open) for shard in stream.shards.values())
                levels[stream.arn] = (0 if demand else shards, int(demand))
        for arn in {*levels, *(arn for line in _STREAM_LINES for arn in ledger.resources(line))}:
            for line, level in zip(_STREAM_LINES, levels.get(arn, (0, 0)), strict=True):
                ledger.set(line, arn, level, now)
        return _NOTHING


def _queue(operation: str, body: bytes) -> Measured | None:
    """A queue's request by what it carries, in either protocol; FIFO queues have a price of their own."""
    fifo = b".fifo" in body
    if operation not in _CARRYING and not fifo:
        return None  # one request, says the price sheet

    def measured(answer: Answer) -> Units | None:
        payload = answer.body if operation == "ReceiveMessage" else body
        units = 1
        if operation in _CARRYING and len(payload) > CHUNK:
            given = json.loads(payload)
            messages = given.get("Messages") or given.get("Entries") or [given]
            units = _chunks(text for message in messages for text in _texts(message))
        if units == 1 and not fifo:
            return None
        return {"sqs-fifo-requests" if fifo else "sqs-requests": Decimal(units)}

    return measured


def _texts(message: Mapping[str, Any]) -> Iterable[str]:
    """What counts of a message: its body; and name, type and value of each attribute."""
    yield message.get("Body") or message.get("MessageBody") or ""
    for name, attribute in (message.get("MessageAttributes") or {}).items():
        yield from (name, attribute.get("DataType", ""), attribute.get("StringValue") or "")
        yield "x" * _decoded(attribute.get("BinaryValue") or "")


def _events(body: bytes) -> Measured:
    entries = json.loads(body).get("Entries", [])

    def measured(answer: Answer) -> Units:
        if answer.status >= 400:
            return _NOTHING
        sizes = (
            sum(len(str(entry.get(name, "")).encode()) for name in ("Source", "DetailType", "Detail"))
            + sum(len(resource.encode()) for resource in entry.get("Resources", ()))
            for entry in entries
        )
        return {"events-custom": Decimal(sum(_ceiling(size, CHUNK) for size in sizes))}

    return measured


def _chunks(texts: Iterable[str]) -> int:
    return _ceiling(sum(len(text.encode("utf-8", "surrogatepass")) for text in texts), CHUNK)


def _ceiling(size: int, chunk: int) -> int:
    return max(1, -(-size // chunk))


def _decoded(base64: str) -> int:
    return len(base64) * 3 // 4 - base64[-2:].count("=")


def _on_demand(stream: Any) -> bool:
    return bool(stream.stream_mode.get("StreamMode") == "ON_DEMAND")
