"""Choice rules of JSONPath states, compiled to predicates.

A rule compares the value at `Variable` by one of 39 comparators, or joins rules by And, Or and Not. What the
language says of them:
1. Values of another type than the comparator's don't match; they are no error.
2. A Variable that meets nothing fails the state (States.Runtime), unless the comparator is IsPresent. And and
   Or stop at the first rule that decides, so that `And: [IsPresent, ...]` guards what follows.
3. Timestamps are instants: `T01:00:00Z` equals `T02:00:00+01:00`. Strings are compared as Java does, by
   UTF-16 units.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from offline_cloud.engines.states_language.jsonpath import is_number
from offline_cloud.engines.states_language.paths import PathMissing, compile_path
from offline_cloud.engines.states_language.scope import Scope

__all__ = ["COMPARATORS", "Predicate", "compile_rule", "instant"]

Test = Callable[[Any, Scope], bool]
Judge = Callable[[Any, Any], bool]

_DEEPEST = 200
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A compiled rule."""

    _test: Test

    def matches(self, data: Any, scope: Scope) -> bool:
        """Whether the rule holds for the state's (filtered) input; raises StatesError (States.Runtime)."""
        return self._test(data, scope)


@lru_cache(maxsize=1024)
def instant(text: str) -> int | None:
    """An RFC 3339 timestamp as nanoseconds since 1970; None if the text is none.

    The service wants an upper-case T, seconds, and Z or an offset.
    """
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return None
    *numbers, fraction, zone = match.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    try:
        # A leap second is the first of the next minute.
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _SECOND + (second == 60)
    if second > 60:
        return None
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 18 or minutes > 59:
            return None
        seconds -= (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    return seconds * 10**9 + int((fraction or "").ljust(9, "0"))


_SECOND = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)


# ---- comparators -----------------------------------------------------------------------------------


def _is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and instant(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _numbers(compare: Judge) -> Judge:
    return lambda value, wanted: is_number(value) and is_number(wanted) and compare(value, wanted)


def _texts(compare: Judge) -> Judge:
    def judge(value: Any, wanted: Any) -> bool:
        if not isinstance(value, str) or not isinstance(wanted, str):
            return False
        if value.isascii() and wanted.isascii():
            return compare(value, wanted)
        return compare(
            value.encode("utf-16-be", "surrogatepass"), wanted.encode("utf-16-be", "surrogatepass")
        )

    return judge


def _instants(compare: Judge) -> Judge:
    def judge(value: Any, wanted: Any) -> bool:
        if not isinstance(value, str) or not isinstance(wanted, str):
            return False
        one, other = instant(value), instant(wanted)
        return one is not None and other is not None and compare(one, other)

    return judge


_ORDERS: dict[str, Judge] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


@dataclass(frozen=True, slots=True)
class _Comparator:
    """What compares a value, and whether a literal operand is of the right type."""

    judge: Judge
    accepts: Callable[[Any], bool]
    wants: str


def _comparators() -> dict[str, _Comparator]:
    table: dict[str, _Comparator] = {}
    for order, compare in _ORDERS.items():
        table[f"Numeric{order}"] = _Comparator(_numbers(compare), is_number, "a number")
        table[f"String{order}"] = _Comparator(_texts(compare), _is_text, "a string")
        table[f"Timestamp{order}"] = _Comparator(_instants(compare), _is_timestamp, "an RFC 3339 timestamp")
    table["BooleanEquals"] = _Comparator(
        lambda value, wanted: isinstance(value, bool) and isinstance(wanted, bool) and value is wanted,
        _is_boolean,
        "true or false",
    )
    return table


_COMPARISONS = _comparators()

_TYPES: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": is_number,
    "IsString": _is_text,
    "IsBoolean": _is_boolean,
    "IsTimestamp": _is_timestamp,
}

#: All 39.
COMPARATORS: frozenset[str] = frozenset(
    {*_COMPARISONS, *(f"{name}Path" for name in _COMPARISONS), *_TYPES, "IsPresent", "StringMatches"}
)


def _between_stars(pattern: str) -> list[str]:
    """The texts between the stars of a pattern; `\\*` is an asterisk, `\\\\` a backslash."""
    parts = [""]
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "*":
            parts.append("")
        else:
            if sign == "\\" and pattern[at + 1 : at + 2] in ("*", "\\"):
                at += 1
                sign = pattern[at]
            parts[-1] += sign
        at += 1
    return parts


def _like(value: Any, parts: list[str]) -> bool:
    """Whether the parts follow one another in a text, the first and the last at its ends; in linear time."""
    if not isinstance(value, str):
        return False
    if len(parts) == 1:
        return value == parts[0]
    first, *middle, last = parts
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    at, end = len(first), len(value) - len(last)
    for part in middle:
        at = value.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


# ---- rules -----------------------------------------------------------------------------------------


def compile_rule(rule: Mapping[str, Any]) -> Predicate:
    """The predicate of a Choice rule; members that are no part of the test (Next, Assign, ...) don't matter.

    Raises ValueError with a plain sentence if the rule has no test or an impossible one.
    """
    return Predicate(_compile(rule, 0))


def _compile(rule: Mapping[str, Any], depth: int) -> Test:
    if not isinstance(rule, Mapping):
        raise ValueError("a Choice rule has to be an object")
    if depth > _DEEPEST:
        raise ValueError("Choice rules stand in one another too deeply")
    if "Not" in rule:
        inner = _compile(rule["Not"], depth + 1)
        return lambda data, scope: not inner(data, scope)
    for join, decide in (("And", False), ("Or", True)):
        if join in rule:
            return _joined(join, rule[join], decide, depth)
    names = COMPARATORS & rule.keys()
    if len(names) != 1:
        found = ", ".join(sorted(names)) or "none"
        raise ValueError(f"a Choice rule needs exactly one comparator; this one has {found}")
    if not isinstance(rule.get("Variable"), str):
        raise ValueError("a Choice rule needs a Variable: the path of the value to compare")
    (name,) = names
    return _comparison(rule["Variable"], name, rule[name])


def _joined(join: str, rules: Any, decide: bool, depth: int) -> Test:
    if not isinstance(rules, list) or not rules:
        raise ValueError(f"{join} needs a list of at least one Choice rule")
    tests = tuple(_compile(rule, depth + 1) for rule in rules)

    def test(data: Any, scope: Scope) -> bool:
        for inner in tests:
            if inner(data, scope) is decide:
                return decide
        return not decide

    return test


def _comparison(variable: str, name: str, operand: Any) -> Test:
    read = _reader(variable)
    if name == "StringMatches":
        if not isinstance(operand, str):
            raise ValueError("StringMatches needs a string")
        parts = _between_stars(operand)
        return lambda data, scope: _like(read(data, scope), parts)
    if name.startswith("Is"):
        if not isinstance(operand, bool):
            raise ValueError(f"{name} needs true or false")
        if name == "IsPresent":
            return _presence(variable, operand)
        of_type = _TYPES[name]
        return lambda data, scope: of_type(read(data, scope)) is operand
    if name.endswith("Path"):
        judge = _COMPARISONS[name.removesuffix("Path")].judge
        other = _reader(operand)
        return lambda data, scope: judge(read(data, scope), other(data, scope))
    comparator = _COMPARISONS[name]
    if not comparator.accepts(operand):
        raise ValueError(f"{name} needs {comparator.wants}")
    judge = comparator.judge
    return lambda data, scope: judge(read(data, scope), operand)


def _reader(text: Any) -> Callable[[Any, Scope], Any]:
    path = compile_path(text)
    read = path.read

    def value(data: Any, scope: Scope) -> Any:
        try:
            return read(data, scope)
        except PathMissing as missing:
            raise missing.for_choice() from None

    return value


def _presence(variable: str, wanted: bool) -> Test:
    path = compile_path(variable)

    def present(data: Any, scope: Scope) -> bool:
        if data is None and path.variable is None:
            return (not path.tokens) is wanted
        try:
            found = path.read(data, scope)
        except PathMissing:
            return not wanted
        # A filter that picks nothing has no value either.
        return (path.is_definite or bool(found)) is wanted

    return present
