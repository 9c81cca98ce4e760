"""From an expression's tree to a function of a row.

Rule 1: what can be known before a row is read (names of functions, numbers of arguments, periods, fields that
`stats` has left) is an error when the query is compiled, never a surprise at run time.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from offline_cloud.engines.logs.query_aggregates import AGGREGATES, BY_TIME, percentile
from offline_cloud.engines.logs.query_errors import MalformedQuery
from offline_cloud.engines.logs.query_functions import FUNCTIONS, floor_time
from offline_cloud.engines.logs.query_syntax import (
    Binary,
    Call,
    Expression,
    In,
    Like,
    Literal,
    Name,
    Negation,
    Not,
    Period,
)
from offline_cloud.engines.logs.query_values import compare, equal, to_number, to_text, truth
from offline_cloud.engines.logs.records import Row, Timestamp

__all__ = ["Compiler", "Evaluate", "has_aggregate"]

Evaluate = Callable[[Row], Any]
_ORDERED: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_CONSTANTS = {"true": True, "false": False}


@dataclass
class Compiler:
    """Compiles expressions of one query.

    `now` is the time of the query in milliseconds; `known` the names that are left, behind a `stats`, else
    None: every name may be a field of some event.
    """

    now: int
    known: set[str] | None = None

    def expression(self, node: Expression) -> Evaluate:  # noqa: PLR0911 - one for each kind
        """What computes an expression that has no aggregation."""
        match node:
            case Name():
                return self._name(node)
            case Literal(value):
                return lambda _: value
            case Period():
                raise MalformedQuery(
                    f"A period ({node.count}{node.unit}) stands only in bin and datefloor", 0, 0
                )
            case Call():
                return self._call(node)
            case Not(operand):
                condition = self.expression(operand)
                return lambda row: not truth(condition(row))
            case Negation(operand):
                return self._negation(operand)
            case Binary():
                return self._binary(node)
            case Like():
                return self._like(node)
            case In():
                return self._in(node)

    def aggregation(self, node: Expression) -> Callable[[Sequence[Row], Row], Any]:
        """What computes an expression with aggregations from a group's rows, and from what is computed so
        far.
        """
        match node:
            case Call() if node.function.lower() in AGGREGATES:
                return self._aggregate(node)
            case Binary() if has_aggregate(node):
                left, right = self.aggregation(node.left), self.aggregation(node.right)
                combine = _combination(node.operator)
                return lambda rows, made: combine(left(rows, made), right(rows, made))
            case Negation(operand) if has_aggregate(operand):
                inner = self.aggregation(operand)
                return lambda rows, made: _minus(inner(rows, made))
            case Call() if has_aggregate(node):
                function = self._function(node)
                parts = [self.aggregation(argument) for argument in node.arguments]
                return lambda rows, made: function(*(part(rows, made) for part in parts))
            case _:
                evaluate = self.expression(node)
                return lambda _rows, made: evaluate(made)

    # ------------------------------------------------------------------ one kind of node each

    def _name(self, node: Name) -> Evaluate:
        name, path = node.name, node.path
        constant = _CONSTANTS.get(name.lower())
        if constant is not None:
            return lambda _: constant
        if self.known is not None and name not in self.known and path[0] not in self.known:
            raise MalformedQuery(f"Unknown symbols found in or after stats: {name}", node.start, node.end)
        return lambda row: row.get(name, path)

    def _negation(self, operand: Expression) -> Evaluate:
        value = self.expression(operand)
        return lambda row: _minus(value(row))

    def _binary(self, node: Binary) -> Evaluate:
        left, right = self.expression(node.left), self.expression(node.right)
        if node.operator == "and":
            return lambda row: truth(left(row)) and truth(right(row))
        if node.operator == "or":
            return lambda row: truth(left(row)) or truth(right(row))
        combine = _combination(node.operator)
        return lambda row: combine(left(row), right(row))

    def _like(self, node: Like) -> Evaluate:
        value, pattern, wanted = self.expression(node.operand), node.pattern, not node.negated
        if isinstance(pattern, re.Pattern):
            search = pattern.search

            def matches(row: Row) -> bool:
                text = to_text(value(row))
                return text is not None and (search(text) is not None) is wanted

            return matches
        part = pattern

        def contains(row: Row) -> bool:
            text = to_text(value(row))
            return text is not None and (part in text) is wanted

        return contains

    def _in(self, node: In) -> Evaluate:
        value, wanted = self.expression(node.operand), not node.negated
        items = [self.expression(item) for item in node.items]

        def holds(row: Row) -> bool:
            found = value(row)
            if found is None:
                return False
            others = (item(row) for item in items)
            return any(other is not None and equal(found, other) for other in others) is wanted

        return holds

    # ------------------------------------------------------------------ functions

    def _call(self, node: Call) -> Evaluate:
        match node.function.lower():
            case "bin":
                return self._time(node, None, up=False)
            case "datefloor" | "dateceil" as name:
                return self._time(node, node.arguments[0] if node.arguments else None, up=name == "dateceil")
            case "now":
                self._count(node, 0, 0)
                seconds = self.now // 1000
                return lambda _: seconds
            case name if name in AGGREGATES:
                raise MalformedQuery(
                    f"The aggregation {node.function} stands only in a stats command", node.start, node.end
                )
        function = self._function(node)
        arguments = [self.expression(argument) for argument in node.arguments]
        if len(arguments) == 1:
            only = arguments[0]
            return lambda row: function(only(row))
        return lambda row: function(*(argument(row) for argument in arguments))

    def _function(self, node: Call) -> Callable[..., Any]:
        function = FUNCTIONS.get(node.function.lower())
        if function is None:
            raise MalformedQuery(f"Unknown function: {node.function}", node.start, node.end)
        self._count(node, function.least, function.most)
        return function.call

    def _count(self, node: Call, least: int, most: int) -> None:
        given = len(node.arguments)
        if least <= given <= most:
            return
        wanted = str(least) if least == most else f"at least {least}" if most > 10 else f"{least} to {most}"
        raise MalformedQuery(
            f"The function {node.function} takes {wanted} arguments, not {given}", node.start, node.end
        )

    def _time(self, node: Call, operand: Expression | None, *, up: bool) -> Evaluate:
        """`bin(5m)` of the event's own time; `datefloor(a, 5m)` and `dateceil(a, 5m)`."""
        self._count(node, *((1, 1) if operand is None else (2, 2)))
        period = node.arguments[-1]
        if not isinstance(period, Period) or not period.count:
            raise MalformedQuery(f"{node.function} needs a period such as 5m or 1h", node.start, node.end)
        count, unit = period.count, period.unit
        own = Name("@timestamp", ("@timestamp",), node.start, node.end)
        value = self.expression(own if operand is None else operand)

        def rounded(row: Row) -> Timestamp | None:
            moment = to_number(value(row))
            return None if moment is None else floor_time(moment, count, unit, up=up)

        return rounded

    def _aggregate(self, node: Call) -> Callable[[Sequence[Row], Row], Any]:
        name = node.function.lower()
        if name == "count" and not node.arguments:
            return lambda rows, _: len(rows)
        if name in ("pct", "percentile"):
            self._count(node, 2, 2)
            rank = node.arguments[1]
            if not isinstance(rank, Literal) or isinstance(rank.value, str) or not 0 <= rank.value <= 100:
                raise MalformedQuery(
                    f"{node.function} needs a percentage between 0 and 100", node.start, node.end
                )
            share = float(rank.value)
            of = self.expression(node.arguments[0])
            return lambda rows, _: percentile([of(row) for row in rows], share)
        self._count(node, 1, 1)
        value, aggregate = self.expression(node.arguments[0]), AGGREGATES[name]
        if name in BY_TIME:
            return lambda rows, _: aggregate([value(row) for row in _by_time(rows)])
        return lambda rows, _: aggregate([value(row) for row in rows])


def has_aggregate(node: Expression) -> bool:
    """Whether an expression has an aggregation in it."""
    match node:
        case Call(function, arguments):
            return function.lower() in AGGREGATES or any(has_aggregate(each) for each in arguments)
        case Binary(_, left, right):
            return has_aggregate(left) or has_aggregate(right)
        case Not(operand) | Negation(operand):
            return has_aggregate(operand)
        case _:
            return False


def _by_time(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.record.timestamp, row.record.sequence) if row.record else (0, 0))


def _minus(value: Any) -> Any:
    number = to_number(value)
    return None if number is None else -number


def _combination(sign: str) -> Callable[[Any, Any], Any]:
    if sign in _ORDERED:
        holds = _ORDERED[sign]

        def ordered(left: Any, right: Any) -> bool:
            if left is None or right is None:
                return False
            order = compare(left, right)
            return order is not None and holds(order)

        return ordered
    if sign in ("=", "!="):
        wanted = sign == "="
        return lambda left, right: left is not None and right is not None and equal(left, right) is wanted
    if sign in ("and", "or"):
        return (
            (lambda left, right: truth(left) and truth(right))
            if sign == "and"
            else (lambda left, right: truth(left) or truth(right))
        )
    compute = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "%": _remainder,
        "^": _power,
    }[sign]

    def computed(left: Any, right: Any) -> Any:
        first, second = to_number(left), to_number(right)
        if first is None or second is None:
            return None
        try:
            return compute(first, second)
        except (ZeroDivisionError, OverflowError):
            return None

    return computed


def _remainder(left: float, right: float) -> float:
    """With the sign of the left, as in Java."""
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _power(left: float, right: float) -> float | None:
    raised = float(left) ** float(right)
    if isinstance(raised, complex):
        return None
    return int(raised) if raised.is_integer() and abs(raised) < 1e15 else raised
