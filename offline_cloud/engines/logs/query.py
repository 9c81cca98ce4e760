"""Logs Insights: compile a query, run it over log events.

Rule 1: a query sees the newest event first, unless it sorts.
Rule 2: without `fields`, `display` or `stats`, a result has `@timestamp` and `@message`; each row that stands
for one event has `@ptr`, too.
Rule 3: a column without a value is left out of its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from offline_cloud.engines.logs.query_evaluation import Compiler, Evaluate, has_aggregate
from offline_cloud.engines.logs.query_parser import parse_query
from offline_cloud.engines.logs.query_syntax import (
    Call,
    Command,
    Dedup,
    Display,
    Expression,
    Fields,
    Filter,
    Limit,
    Name,
    Output,
    Parse,
    Sort,
    Stats,
    Unnest,
)
from offline_cloud.engines.logs.query_values import order_key, shown, to_text, truth
from offline_cloud.engines.logs.records import LogRecord, Row, pointer

__all__ = ["DEFAULT_LIMIT", "CompiledQuery", "QueryResult", "compile_query"]

DEFAULT_LIMIT = 10_000
"""Rows of a result if neither the query nor its caller says how many."""
Step = Callable[[list[Row]], list[Row]]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows of (column, value) pairs, and what was read: events, those that the filters let through, bytes."""

    rows: list[list[tuple[str, str]]]
    scanned: int
    matched: int
    bytes_scanned: int


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    evaluate: Evaluate
    computed: bool


@dataclass
class CompiledQuery:
    """A query, ready to run as often as one likes."""

    filters: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    columns: list[_Column] = field(default_factory=list)
    of_events: bool = True
    limited: bool = False

    def run(self, groups: Iterable[tuple[str, Sequence[LogRecord]]], limit: int | None = None) -> QueryResult:
        """Run it over events: for each group its identifier (`account:name`) and its events."""
        rows = [Row(record, log, {}) for log, records in groups for record in records]
        scanned = len(rows)
        read = sum(len(row.record.message.encode()) for row in rows if row.record is not None)
        rows.sort(key=_newest_first, reverse=True)
        for step in self.filters:
            rows = step(rows)
        matched = len(rows)
        for step in self.steps:
            rows = step(rows)
        if not self.limited or limit is not None:
            rows = rows[: DEFAULT_LIMIT if limit is None else limit]
        return QueryResult([self._shown(row) for row in rows], scanned, matched, read)

    def _shown(self, row: Row) -> list[tuple[str, str]]:
        cells = []
        for column in self.columns:
            value = column.evaluate(row)
            if value is not None:
                cells.append((column.name, shown(value, rounded=column.computed)))
        if self.of_events and row.record is not None:
            cells.append(("@ptr", pointer(row.log, row.record)))
        return cells


def compile_query(text: str, now: int) -> CompiledQuery:
    """Compile a query; `now` in epoch milliseconds. Raises `MalformedQuery`, or `UnsupportedCommand`."""
    builder = _Builder(Compiler(now))
    for command in parse_query(text).commands:
        builder.add(command)
    return builder.built()


class _Builder:
    """Puts the steps of a query together."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._query = CompiledQuery()
        self._shown: dict[str, _Column] = {}
        self._displayed: dict[str, _Column] | None = None
        self._only_filters = True

    def add(self, command: Command) -> None:
        """One more command."""
        step: Step | None
        match command:
            case Fields(outputs):
                step = self._fields(outputs, self._shown)
            case Display(outputs):
                self._displayed = {}
                step = self._fields(outputs, self._displayed)
            case Filter(condition):
                step = self._filter(condition)
            case Parse():
                step = self._parse(command)
            case Stats():
                step = self._stats(command)
            case Sort(keys):
                step = self._sort(keys)
            case Limit(count, last):
                self._query.limited = True
                step = (lambda rows: rows[-count:]) if last else (lambda rows: rows[:count])
            case Dedup(names):
                step = self._dedup(names)
            case Unnest(operand, column):
                step = self._unnest(operand, column)
        if isinstance(command, Stats | Limit | Dedup | Unnest | Sort):
            self._only_filters = False
        if step is not None:
            (self._query.filters if self._only_filters else self._query.steps).append(step)

    def built(self) -> CompiledQuery:
        """The query."""
        shown_columns = self._displayed if self._displayed is not None else self._shown
        if not shown_columns:
            for name in ("@timestamp", "@message"):
                shown_columns[name] = self._column(Output(Name(name, (name,), 0, 0), name))
        self._query.columns = list(shown_columns.values())
        return self._query

    def _column(self, output: Output) -> _Column:
        evaluate = self._compiler.expression(output.expression)
        return _Column(output.column, evaluate, not isinstance(output.expression, Name))

    def _fields(self, outputs: tuple[Output, ...], columns: dict[str, _Column]) -> Step | None:
        """Show these columns, and make those that are computed or renamed."""
        made: list[tuple[str, Evaluate]] = []
        for output in outputs:
            column = self._column(output)
            same = isinstance(output.expression, Name) and output.expression.name == output.column
            if not same:
                made.append((output.column, column.evaluate))
                self._know(output.column)
                stored = self._compiler.expression(Name(output.column, (output.column,), 0, 0))
                column = _Column(output.column, stored, column.computed)
            columns[output.column] = column
        if not made:
            return None

        def make(rows: list[Row]) -> list[Row]:
            for row in rows:
                for name, evaluate in made:
                    row.values[name] = evaluate(row)
            return rows

        return make

    def _know(self, name: str) -> None:
        if self._compiler.known is not None:
            self._compiler.known.add(name)

    def _filter(self, condition: Expression) -> Step:
        holds = self._compiler.expression(condition)
        return lambda rows: [row for row in rows if truth(holds(row))]

    def _parse(self, command: Parse) -> Step:
        value = self._compiler.expression(command.operand)
        search, names = command.pattern.search, command.names
        for name in names:
            self._know(name)

        def parse(rows: list[Row]) -> list[Row]:
            for row in rows:
                text = to_text(value(row))
                found = search(text) if text is not None else None
                if found is not None:
                    for name, part in zip(names, found.groups(), strict=True):
                        if name:
                            row.values[name] = part
            return rows

        return parse

    def _stats(self, command: Stats) -> Step:
        compiler = self._compiler
        groups = [(group.column, compiler.expression(group.expression)) for group in command.groups]
        by_time = any(_is_time(group.expression) for group in command.groups)
        made = {group.column for group in command.groups}
        # An aggregation may use what stands before it: `max(a) as most, most - 1 as less`.
        later = Compiler(compiler.now, set(made))
        outputs = []
        for output in command.outputs:
            if has_aggregate(output.expression):
                inner = _Scoped(compiler, later)
                outputs.append((output.column, inner.aggregation(output.expression)))
            else:
                outputs.append((output.column, later.aggregation(output.expression)))
            assert later.known is not None
            later.known.add(output.column)
        compiler.known = made | {output.column for output in command.outputs}
        self._query.of_events = False
        self._shown = {}
        self._displayed = None
        for output in (*command.groups, *command.outputs):
            stored = compiler.expression(Name(output.column, (output.column,), 0, 0))
            computed = not isinstance(output.expression, Name)
            self._shown[output.column] = _Column(output.column, stored, computed)

        def stats(rows: list[Row]) -> list[Row]:
            grouped: dict[tuple[str | None, ...], list[Row]] = {}
            keys: dict[tuple[str | None, ...], list[Any]] = {}
            for row in rows:
                values = [evaluate(row) for _, evaluate in groups]
                key = tuple(to_text(value) for value in values)
                if key not in grouped:
                    grouped[key] = []
                    keys[key] = values
                grouped[key].append(row)
            results = []
            for key, members in grouped.items():
                row = Row(None, "", dict(zip((name for name, _ in groups), keys[key], strict=True)))
                for name, aggregate in outputs:
                    row.values[name] = aggregate(members, row)
                results.append(row)
            if by_time:
                at = next(at for at, group in enumerate(command.groups) if _is_time(group.expression))
                name = groups[at][0]
                results.sort(key=lambda row: order_key(row.values[name]), reverse=True)
            return results

        return stats

    def _sort(self, keys: tuple[tuple[Expression, bool], ...]) -> Step:
        compiled = [(self._compiler.expression(key), down) for key, down in keys]

        def sort(rows: list[Row]) -> list[Row]:
            for evaluate, down in reversed(compiled):
                rows = sorted(rows, key=lambda row: order_key(evaluate(row)), reverse=down)
            return rows

        return sort

    def _dedup(self, names: tuple[Name, ...]) -> Step:
        values = [self._compiler.expression(name) for name in names]

        def dedup(rows: list[Row]) -> list[Row]:
            seen = set()
            kept = []
            for row in rows:
                key = tuple(to_text(value(row)) for value in values)
                if None not in key:
                    if key in seen:
                        continue
                    seen.add(key)
                kept.append(row)
            return kept

        return dedup

    def _unnest(self, operand: Expression, column: str) -> Step:
        value = self._compiler.expression(operand)
        self._know(column)

        def unnest(rows: list[Row]) -> list[Row]:
            made: list[Row] = []
            for row in rows:
                items = value(row)
                if isinstance(items, list):
                    made += [Row(row.record, row.log, {**row.values, column: item}) for item in items]
            return made

        return unnest


class _Scoped(Compiler):
    """Compiles an expression with aggregations: inside them the rows' names, outside those of `stats`."""

    def __init__(self, rows: Compiler, made: Compiler) -> None:
        super().__init__(rows.now, made.known)
        self._rows = rows

    def _aggregate(self, node: Call) -> Callable[[Sequence[Row], Row], Any]:
        return self._rows._aggregate(node)


def _is_time(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function.lower() in ("bin", "datefloor", "dateceil")


def _newest_first(row: Row) -> tuple[int, int]:
    assert row.record is not None
    return row.record.timestamp, row.record.sequence
