"""moto's DynamoDB backend: one stream record for each change, and word of it to those who read the stream.

Rule 1: a write that changes nothing makes no stream record, and an item that UpdateItem creates makes one.
moto writes one for the former, and two for the latter.
Rule 2: pollers of event source mappings are told on the thread of whoever writes, and only told. They read
when the request is over, so they see nothing of a transaction that is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.utils import unix_time
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table

from offline_cloud.engines.event_sources import StreamRecord
from offline_cloud.event_sources import Shard as ShardNow

if TYPE_CHECKING:
    from offline_cloud.event_sources import StreamPoller
    from offline_cloud.server import CloudContext

_RETENTION = 86_400.0


class OfflineShard(StreamShard):
    """The shard of a table's stream."""

    def add(self, old: Any, new: Any) -> None:
        """An item was put, changed or deleted."""
        if old is not None and new is not None and old.to_json() == new.to_json():
            return
        super().add(old, new)
        record = self.items[-1].record
        record["eventVersion"] = "1.1"
        record["awsRegion"] = self.table.table_arn.split(":")[3]
        _tell(self.table)


def _tell(table: Table) -> None:
    arn = f"{table.table_arn}/stream/{table.latest_stream_label}"
    for poller in list(OfflineDynamoDBBackend.pollers.get(arn, ())):
        poller.notice()


class OfflineTable(Table):
    """A table that tells the pollers of its stream of changes."""

    def set_stream_specification(self, streams: dict[str, Any] | None) -> None:
        """Switch the stream on or off."""
        super().set_stream_specification(streams)
        self._take_shard()
        _tell(self)

    def _take_shard(self) -> None:
        if not (self.stream_specification or {}).get("StreamEnabled"):
            self.stream_shard = None
        elif self.stream_shard is not None:
            self.stream_shard.__class__ = OfflineShard  # moto makes it without a factory
            self.latest_stream_label = (self.latest_stream_label or "")[:23]


class OfflineDynamoDBBackend(DynamoDBBackend):
    """DynamoDB of one account and Region."""

    context: ClassVar[CloudContext]
    pollers: ClassVar[dict[str, set[StreamPoller]]] = {}
    """The event source mappings that read a stream, by its ARN."""

    def create_table(self, name: str, *rest: Any, **settings: Any) -> Table:
        """CreateTable, also for CloudFormation."""
        table = super().create_table(name, *rest, **settings)
        table.__class__ = OfflineTable
        table._take_shard()
        return table

    def delete_table(self, name: str) -> Table:
        """DeleteTable; who reads its stream finds out."""
        table = super().delete_table(name)
        _tell(table)
        return table

    def update_table_streams(self, table: Table, stream_specification: dict[str, Any]) -> None:
        """The stream's part of UpdateTable; a stream that was switched off can be switched on again."""
        if (table.stream_specification or {}).get("StreamEnabled"):
            super().update_table_streams(table, stream_specification)
        else:
            table.set_stream_specification(stream_specification)

    def update_item(self, table_name: str, *rest: Any, **settings: Any) -> Any:
        """UpdateItem."""
        shard = self.get_table(table_name).stream_shard
        before = len(shard.items) if shard is not None else 0
        item = super().update_item(table_name, *rest, **settings)
        if shard is not None and len(shard.items) == before + 2:
            bare, whole = shard.items[before:]
            whole.record["dynamodb"]["SequenceNumber"] = bare.record["dynamodb"]["SequenceNumber"]
            del shard.items[before]
        return item


class TableStream:
    """A table's stream as pollers of mappings read it. Raises `LookupError` when it is gone."""

    retention = _RETENTION

    def __init__(self, backend: DynamoDBBackend, source_arn: str) -> None:
        self._backend = backend
        self._arn = source_arn
        self._table, self._label = source_arn.split(":", 5)[5].removeprefix("table/").split("/stream/")

    def shards(self) -> list[ShardNow]:
        """The one shard that moto has."""
        shard = self._shard()
        last = shard.starting_sequence_number + len(shard.items) - 1
        return [ShardNow(shard.id, (), False, last)]

    def read(self, shard: str, after: int) -> list[StreamRecord]:
        """The records behind a position, when nobody is writing any."""
        with OfflineDynamoDBBackend.context.locks.serving("dynamodb"):
            found = self._shard()
            items = found.items[max(0, after + 1 - found.starting_sequence_number) :]
            return [self._record(item.record) for item in items]

    def filtered(self, record: StreamRecord) -> Mapping[str, Any]:
        """The record as it is."""
        return record.event

    def _record(self, record: Mapping[str, Any]) -> StreamRecord:
        change = dict(record["dynamodb"])
        when = unix_time(change["ApproximateCreationDateTime"])
        change["ApproximateCreationDateTime"] = int(when)
        event = {
            "eventID": record["eventID"],
            "eventName": record["eventName"],
            "eventVersion": record["eventVersion"],
            "eventSource": record["eventSource"],
            "awsRegion": record["awsRegion"],
            "dynamodb": change,
            "eventSourceARN": self._arn,
        }
        text = json.dumps(event)
        key = json.dumps(change["Keys"], sort_keys=True)
        # What the function gets must not change with the item: moto shares parts of it.
        return StreamRecord(
            int(change["SequenceNumber"]), change["SequenceNumber"], key, when, json.loads(text), len(text)
        )

    def _shard(self) -> Any:
        table = self._backend.tables.get(self._table)
        if table is None or table.stream_shard is None or table.latest_stream_label != self._label:
            raise LookupError(self._arn)
        return table.stream_shard
