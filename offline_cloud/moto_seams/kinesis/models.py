"""moto's Kinesis backend: sequence numbers of AWS's size, shards that keep their records, word of new ones.

Rule 1: a shard that is split or merged keeps what it has, and takes nothing more: readers finish it before
its children. moto moves the records, so that they would be read twice.
Rule 2: a shard that was split or merged has an end: after its last record there is no next iterator.
Rule 3: pollers of event source mappings are told on the thread of whoever writes, and only told.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from moto.kinesis.models import KinesisBackend, Record, Shard, Stream
from moto.kinesis.utils import decompose_shard_iterator

from offline_cloud.engines.event_sources import StreamRecord
from offline_cloud.event_sources import Shard as ShardNow

if TYPE_CHECKING:
    from offline_cloud.event_sources import StreamPoller
    from offline_cloud.server import CloudContext

_FIRST = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898
_SHARD_STEP = 22_300_745_198_530_623_141_535_718_272_648_361_505_980_416


class OfflineShard(Shard):
    """A shard whose sequence numbers have 56 digits, and lie one after the other."""

    @property
    def first_number(self) -> int:
        """Below the sequence number of the shard's first record by one."""
        return int(_FIRST + self._shard_id * _SHARD_STEP)

    def put_record(self, partition_key: str, data: str, explicit_hash_key: str) -> str:
        """Append a record; its sequence number."""
        number = self.first_number + len(self.records) + 1
        self.records[number] = Record(partition_key, data, number, explicit_hash_key)
        return str(number)

    def get_min_sequence_number(self) -> int:
        """Where the shard begins, also while it is empty."""
        return self.first_number

    def get_max_sequence_number(self) -> int:
        """The number of the newest record."""
        return self.first_number + len(self.records)


class OfflineStream(Stream):
    """A stream that tells its pollers of new records."""

    shards: dict[str, Shard]

    def init_shards(self, shard_count: int) -> None:
        """The first shards."""
        super().init_shards(shard_count)
        self._take_shards()

    def split_shard(self, shard_to_split: str, new_starting_hash_key: str) -> None:
        """SplitShard."""
        with self._kept(shard_to_split):
            super().split_shard(shard_to_split, new_starting_hash_key)
        self._take_shards()
        self._tell()

    def merge_shards(self, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        """MergeShards."""
        with self._kept(shard_to_merge), self._kept(adjacent_shard_to_merge):
            super().merge_shards(shard_to_merge, adjacent_shard_to_merge)
        self._take_shards()
        self._tell()

    def get_shard_for_key(self, partition_key: str, explicit_hash_key: str) -> Shard | None:
        """The open shard of a key; moto also finds those that were split."""
        everything: dict[str, Shard] = self.shards
        try:
            self.shards = {name: shard for name, shard in everything.items() if shard.is_open}
            return super().get_shard_for_key(partition_key, explicit_hash_key)
        finally:
            self.shards = everything

    def put_record(self, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        """PutRecord, and each record of PutRecords."""
        numbers: tuple[str, str] = super().put_record(partition_key, explicit_hash_key, data)
        self._tell()
        return numbers

    def _tell(self) -> None:
        for poller in list(OfflineKinesisBackend.pollers.get(self.arn, ())):
            poller.notice()

    def _take_shards(self) -> None:
        for shard in self.shards.values():
            shard.__class__ = OfflineShard  # moto makes its shards without a factory

    @contextlib.contextmanager
    def _kept(self, name: str) -> Iterator[None]:
        shard = self.shards.get(name)
        records = shard.records if shard is not None else None
        if shard is not None:
            shard.records = OrderedDict()
        try:
            yield
        finally:
            if shard is not None and records is not None:
                shard.records = records


class OfflineKinesisBackend(KinesisBackend):
    """Kinesis of one account and Region."""

    context: ClassVar[CloudContext]
    pollers: ClassVar[dict[str, set[StreamPoller]]] = {}
    """The event source mappings that read a stream, by its ARN."""

    def create_stream(self, stream_name: str, *rest: Any, **settings: Any) -> Stream:
        """CreateStream, also for CloudFormation."""
        stream = super().create_stream(stream_name, *rest, **settings)
        stream.__class__ = OfflineStream
        stream._take_shards()
        return stream

    def delete_stream(self, stream_arn: str | None, stream_name: str | None) -> Stream:
        """DeleteStream; who reads it finds out."""
        stream = super().delete_stream(stream_arn, stream_name)
        stream._tell()
        return stream

    def get_records(
        self, stream_arn: str | None, shard_iterator: str, limit: int | None
    ) -> tuple[str | None, list[Record], int]:
        """GetRecords."""
        following, records, behind = super().get_records(stream_arn, shard_iterator, limit)
        name, shard_id, last = decompose_shard_iterator(following)
        stream = self.describe_stream(stream_arn=stream_arn, stream_name=name)
        shard = stream.get_shard(shard_id)
        if not shard.is_open and int(last) >= shard.get_max_sequence_number():
            return None, records, behind
        return following, records, behind


class KinesisStream:
    """A stream as pollers of mappings read it. Raises `LookupError` when it is gone."""

    def __init__(self, backend: KinesisBackend, source_arn: str, role: str) -> None:
        self._backend = backend
        self._arn = source_arn
        self._name = source_arn.split(":")[5].split("/")[1]
        self._role = role

    @property
    def retention(self) -> float:
        """Seconds for which the stream keeps its records."""
        return float(self._stream().retention_period_hours * 3600)

    def shards(self) -> list[ShardNow]:
        """All shards, parents first."""
        return [
            ShardNow(
                shard.shard_id,
                tuple(parent for parent in (shard.parent, shard.adjacent_parent) if parent),
                not shard.is_open,
                shard.get_max_sequence_number(),
            )
            for shard in list(self._stream().shards.values())
        ]

    def read(self, shard: str, after: int) -> list[StreamRecord]:
        """The records of a shard behind a position, when nobody is writing any."""
        with OfflineKinesisBackend.context.locks.serving("kinesis"):
            records = self._behind(shard, after)
        return [self._record(shard, record) for record in records]

    def since(self, shard: str, moment: float) -> int:
        """The position before the first record that came at that moment or later."""
        earlier = [each.sequence_number for each in self._behind(shard, 0) if each.created_at < moment]
        return int(earlier[-1]) if earlier else 0

    def filtered(self, record: StreamRecord) -> Mapping[str, Any]:
        """The record with its data decoded: patterns ask for fields of it."""
        inner = dict(record.event["kinesis"])
        raw = base64.b64decode(inner["data"])
        try:
            inner["data"] = json.loads(raw)
        except ValueError:
            inner["data"] = raw.decode("utf-8", "replace")
        return {**record.event, **inner, "kinesis": inner}

    def _record(self, shard: str, record: Record) -> StreamRecord:
        number = str(record.sequence_number)
        event = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key,
                "sequenceNumber": number,
                "data": record.data,
                "approximateArrivalTimestamp": round(record.created_at, 3),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard}:{number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self._role,
            "awsRegion": self._arn.split(":")[3],
            "eventSourceARN": self._arn,
        }
        return StreamRecord(
            record.sequence_number,
            number,
            record.partition_key,
            record.created_at,
            event,
            len(json.dumps(event)),
        )

    def _behind(self, shard: str, position: int) -> list[Any]:
        found: Any = self._stream().shards[shard]
        return list(islice(found.records.values(), max(0, position - found.first_number), None))

    def _stream(self) -> Any:
        stream = self._backend.streams.get(self._name)
        if stream is None or ("/consumer/" in self._arn and stream.get_consumer_by_arn(self._arn) is None):
            raise LookupError(self._arn)
        return stream
