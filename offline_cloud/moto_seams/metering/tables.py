"""DynamoDB: request units by the size of items, what tables and indexes store, provisioned capacity.

Source: DynamoDB developer guide, "DynamoDB read and write operations" and "Storage considerations".

Rule 1: a write takes the larger of the item before and after; an index takes its own for what changes in it.
Rule 2: Query and Scan pay for what they looked at, before filter and projection. So both are taken out of
moto's hands for the length of the request, and done here as it does them.
Rule 3: a table with provisioned capacity pays for that by the hour, and not for requests.
"""

from __future__ import annotations

import contextlib
import inspect
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from offline_cloud.engines.item_capacity import INDEXING_OVERHEAD, item_size, read_units, write_units

if TYPE_CHECKING:
    from moto.dynamodb.models.table import Table

    from offline_cloud.moto_seams.dispatch import Answer, Target
    from offline_cloud.moto_seams.metering import Measured, Units
    from offline_cloud.server import CloudContext

__all__ = ["TableMeter"]

_NAMES = ("Put", "Update", "Delete", "ConditionCheck")
_SHAPE = {"CreateTable", "UpdateTable", "DeleteTable", "RestoreTableFromBackup", "RestoreTableToPointInTime"}
_PAID_REFUSALS = (b"ConditionalCheckFailed", b"TransactionCanceled")
_STORED, _WRITES, _READS = "dynamodb-storage", "dynamodb-writes", "dynamodb-reads"
_CAPACITY = (
    ("dynamodb-provisioned-reads", "ReadCapacityUnits"),
    ("dynamodb-provisioned-writes", "WriteCapacityUnits"),
)
_NOTHING: Units = {}

Item = dict[str, Any]
Key = Mapping[str, Any]


@dataclass
class _Written:
    """An item that a request writes (or checks): as it was before."""

    table: Table
    key: Key
    checked_only: bool = False
    before: Item | None = None
    entries: dict[str, Item] = field(default_factory=dict)


class TableMeter:
    """The meter of one cloud's tables."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context

    def watch(self, target: Target, environ: dict[str, Any]) -> Measured | None:
        """See `Meter.watch`."""
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if operation in _SHAPE:
            return lambda _answer: self._looked_over()
        if operation not in _WATCHED:
            return None
        stream = environ["wsgi.input"]
        request = json.loads(stream.read() or b"{}")
        stream.seek(0)
        measured: Measured | None = _WATCHED[operation](self, target.region, request)
        return measured

    def sweep(self) -> None:
        """Size every table anew: what came in without a request (an import, a restore) counts from now on."""
        self._looked_over()

    def forget(self) -> None:
        """The ledger forgets by itself."""

    # ------------------------------------------------------------------ writes

    def _write(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        return self._writes(
            [self._found(region, request["TableName"], request.get("Item") or request["Key"])]
        )

    def _batch_write(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        written = []
        for name, entries in request["RequestItems"].items():
            for entry in entries:
                key = entry["PutRequest"]["Item"] if "PutRequest" in entry else entry["DeleteRequest"]["Key"]
                written.append(self._found(region, name, key))
        return self._writes(written)

    def _transact_write(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        written = []
        for entry in request["TransactItems"]:
            kind, action = next((kind, entry[kind]) for kind in _NAMES if kind in entry)
            found = self._found(region, action["TableName"], action.get("Item") or action["Key"])
            if found is not None:
                found.checked_only = kind == "ConditionCheck"
            written.append(found)
        return self._writes(written, transactional=True)

    def _found(self, region: str, name: str, key: Key) -> _Written | None:
        table = self._table(region, name)
        if table is None:
            return None
        written = _Written(table, key, before=_item(table, key))
        written.entries = _entries(table, written.before)
        return written

    def _writes(self, written: list[_Written | None], *, transactional: bool = False) -> Measured:
        def measured(answer: Answer) -> Units:
            refused = answer.status >= 400
            if refused and not any(reason in answer.body for reason in _PAID_REFUSALS):
                return _NOTHING
            units = 0
            for one in written:
                if one is None:
                    continue
                after = one.before if refused or one.checked_only else _item(one.table, one.key)
                size = max(item_size(one.before or {}), item_size(after or {}))
                units += 0 if _provisioned(one.table) else write_units(size, transactional=transactional)
                units += self._changed(one, after, transactional=transactional)
            return {_WRITES: Decimal(units)} if units else _NOTHING

        return measured

    def _changed(self, one: _Written, after: Item | None, *, transactional: bool) -> int:
        """Keep what is stored up to date; the units that the indexes take."""
        entries = _entries(one.table, after)
        grown = _stored(after) - _stored(one.before)
        units = 0
        for index in {**one.entries, **entries}:
            old, new = one.entries.get(index), entries.get(index)
            grown += _stored(new) - _stored(old)
            if not _provisioned(one.table):
                keys = [str(key["AttributeName"]) for key in one.table.get_index(index).schema]
                units += _index_units(old, new, keys, transactional=transactional)
        now = self._context.clock.now()
        self._context.ledger.step(_STORED, one.table.table_arn, grown, now)
        return units

    # ------------------------------------------------------------------ reads

    def _get(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        consistent = bool(request.get("ConsistentRead"))
        return self._reads([(region, request["TableName"], request["Key"], consistent)])

    def _batch_get(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        return self._reads(
            [
                (region, name, key, bool(wanted.get("ConsistentRead")))
                for name, wanted in request["RequestItems"].items()
                for key in wanted["Keys"]
            ]
        )

    def _transact_get(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        gets = [entry["Get"] for entry in request["TransactItems"]]
        return self._reads([(region, get["TableName"], get["Key"], True) for get in gets], transactional=True)

    def _reads(self, wanted: list[tuple[str, str, Key, bool]], *, transactional: bool = False) -> Measured:
        def measured(answer: Answer) -> Units:
            if answer.status >= 400:
                return _NOTHING
            units = Decimal(0)
            for region, name, key, consistent in wanted:
                table = self._table(region, name)
                if table is not None and not _provisioned(table):
                    size = item_size(_item(table, key) or {})
                    units += read_units(size, consistent=consistent, transactional=transactional)
            return {_READS: units} if units else _NOTHING

        return measured

    def _search(self, region: str, request: Mapping[str, Any]) -> Measured | None:
        """Query and Scan: let moto find, and weigh what it found before anything is left out."""
        table = self._table(region, request["TableName"])
        if table is None:
            return None
        seen: list[int] = []
        names = ("query", "scan")
        for name in names:
            setattr(table, name, _weighing(getattr(table, name), seen))

        def measured(answer: Answer) -> Units:
            for name in names:
                with contextlib.suppress(AttributeError):
                    delattr(table, name)
            if answer.status >= 400 or _provisioned(table):
                return _NOTHING
            return {_READS: read_units(sum(seen), consistent=bool(request.get("ConsistentRead")))}

        return measured

    def _statement(self, _region: str, request: Mapping[str, Any]) -> Measured | None:
        """A PartiQL statement: what it answers with, or one write (see the limits page)."""
        reads = request["Statement"].lstrip().upper().startswith("SELECT")
        consistent = bool(request.get("ConsistentRead"))

        def measured(answer: Answer) -> Units:
            if answer.status >= 400:
                return _NOTHING
            if not reads:
                return {_WRITES: Decimal(1)}
            items = json.loads(answer.body).get("Items", [])
            return {_READS: read_units(sum(item_size(item) for item in items), consistent=consistent)}

        return measured

    # ------------------------------------------------------------------ tables

    def _table(self, region: str, name: str) -> Table | None:
        found: Table | None = self._backends()[region].tables.get(name.rpartition("/")[2])
        return found

    def _backends(self) -> Any:
        return dynamodb_backends[self._context.account]

    def _looked_over(self) -> Units:
        """Levels of all tables: bytes, and capacity where it is provisioned."""
        ledger, now = self._context.ledger, self._context.clock.now()
        levels: Counter[tuple[str, str]] = Counter()
        for table in (table for backend in self._backends().values() for table in backend.tables.values()):
            for item in table.all_items():
                attributes = _plain(item)
                entries = _entries(table, attributes).values()
                levels[_STORED, table.table_arn] += sum(_stored(one) for one in (attributes, *entries))
            for throughput in _throughputs(table):
                for line, unit in _CAPACITY:
                    levels[line, table.table_arn] += int(throughput.get(unit, 0))
        lines = (_STORED, *(line for line, _ in _CAPACITY))
        for line in lines:
            for arn in {*ledger.resources(line), *(arn for name, arn in levels if name == line)}:
                ledger.set(line, arn, levels[line, arn], now)
        return _NOTHING


_WATCHED = {
    "PutItem": TableMeter._write,
    "UpdateItem": TableMeter._write,
    "DeleteItem": TableMeter._write,
    "BatchWriteItem": TableMeter._batch_write,
    "TransactWriteItems": TableMeter._transact_write,
    "GetItem": TableMeter._get,
    "BatchGetItem": TableMeter._batch_get,
    "TransactGetItems": TableMeter._transact_get,
    "ExecuteStatement": TableMeter._statement,
    "Query": TableMeter._search,
    "Scan": TableMeter._search,
}


def _weighing(find: Any, seen: list[int]) -> Any:
    """moto's `find` without filter and projection, which come after the items have been weighed."""
    signature = inspect.signature(find)

    def weighed(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named)
        given = bound.arguments
        keep = given.get("filter_expression")
        wanted = given.get("projection_expressions") or given.get("projection_expression")
        given |= dict.fromkeys(
            ("filter_expression", "projection_expressions", "projection_expression") & given.keys()
        )
        items, scanned, last = find(*bound.args, **bound.kwargs)
        seen.extend(item_size(_plain(item)) for item in items)
        if keep is not None:
            items = [item for item in items if keep.expr(item)]
        if wanted:
            items = [item.project(wanted) for item in items]
        return items, scanned, last

    return weighed


def _item(table: Table, key: Key) -> Item | None:
    """The item with this key as it is now."""
    hash_key = DynamoType(key[table.hash_key_attr])
    range_key = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    found = table.get_item(hash_key, range_key)
    return None if found is None else _plain(found)


def _plain(item: Any) -> Item:
    return {name: _json(value) for name, value in item.attrs.items()}


def _json(value: Any) -> Any:
    """moto's attribute as DynamoDB's JSON; moto's own way there copies everything first."""
    if not isinstance(value, DynamoType):
        return value
    content = value.value
    if isinstance(content, dict):
        content = {name: _json(one) for name, one in content.items()}
    elif isinstance(content, list):
        content = [_json(one) for one in content]
    return {value.type: content}


def _entries(table: Table, item: Item | None) -> dict[str, Item]:
    """What each index holds of an item; an index without all its keys in the item holds nothing."""
    entries: dict[str, Item] = {}
    for index in table.all_indexes() if item is not None else ():
        keys = [key["AttributeName"] for key in index.schema]
        if item is None or not all(key in item for key in keys):
            continue
        projection = index.projection or {}
        kept = {*keys, table.hash_key_attr, table.range_key_attr, *projection.get("NonKeyAttributes", ())}
        every = projection.get("ProjectionType", "ALL") == "ALL"
        entries[index.name] = {name: value for name, value in item.items() if every or name in kept}
    return entries


def _index_units(old: Item | None, new: Item | None, keys: list[str], *, transactional: bool) -> int:
    """One write where an entry comes, goes or changes; two where its key does."""
    if old == new:
        return 0
    sizes = [item_size(entry) for entry in (old, new) if entry is not None]
    moved = old is not None and new is not None and any(old[key] != new[key] for key in keys)
    weighed = sizes if moved else [max(sizes)]
    return sum(write_units(size, transactional=transactional) for size in weighed)


def _stored(entry: Item | None) -> int:
    return 0 if entry is None else item_size(entry) + INDEXING_OVERHEAD


def _provisioned(table: Table) -> bool:
    return bool(table.billing_mode != "PAY_PER_REQUEST")


def _throughputs(table: Table) -> Iterator[dict[str, Any]]:
    if _provisioned(table):
        yield table.throughput or {}
        for index in table.global_indexes or ():
            yield index.throughput or {}
