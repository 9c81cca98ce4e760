"""The event pattern language of EventBridge, which event source mappings use as well.

    compile_pattern({"detail": {"price": [{"numeric": [">", 100]}]}}).matches(event)

Source: EventBridge user guide, "Event pattern syntax" and "Comparison operators for use in event patterns".

Rule 1: a pattern names fields; all of them must match. A list names alternatives; one of them must match.
Rule 2: where the event has a list, one of its elements must match; nested fields match in the same element.
Rule 3: a field that is not there matches nothing but `exists: false`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Pattern", "PatternError", "compile_pattern"]

Test = Callable[[Any], bool]
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_LARGEST = 5e9  # the numbers that EventBridge compares lie between this and its negative


class PatternError(ValueError):
    """A pattern that is none; the message says what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class _Alternatives:
    """The tests of one field; `absent`: whether the field may be missing."""

    tests: tuple[Test, ...]
    absent: bool

    def matches(self, values: list[Any]) -> bool:
        return (not values and self.absent) or any(test(value) for value in values for test in self.tests)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: the tests of its fields, nested patterns, and alternatives of `$or`."""

    leaves: tuple[tuple[str, _Alternatives], ...]
    nested: tuple[tuple[str, Pattern], ...]
    either: tuple[Pattern, ...]

    def matches(self, event: Any) -> bool:
        """Whether an event (any JSON value) fits."""
        if not isinstance(event, Mapping):
            event = {}
        for name, alternatives in self.leaves:
            if not alternatives.matches(_values(event, name)):
                return False
        for name, pattern in self.nested:
            inner = event.get(name)
            elements = inner if isinstance(inner, list) and inner else [inner]
            if not any(pattern.matches(element) for element in elements):
                return False
        return not self.either or any(pattern.matches(event) for pattern in self.either)


def compile_pattern(pattern: str | Mapping[str, Any]) -> Pattern:
    """The pattern in a text or an object. Raises `PatternError`."""
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError as error:
            raise PatternError(f"it is no JSON: {error}") from None
    if not isinstance(pattern, Mapping):
        raise PatternError("Filter is not an object")
    return _compile(pattern, "")


def _compile(pattern: Mapping[str, Any], where: str) -> Pattern:
    if not pattern:
        raise PatternError(f"Empty objects are not allowed{_at(where)}")
    leaves: list[tuple[str, _Alternatives]] = []
    nested: list[tuple[str, Pattern]] = []
    either: tuple[Pattern, ...] = ()
    for name, value in pattern.items():
        path = f"{where}.{name}" if where else str(name)
        if name == "$or" and isinstance(value, list):
            if len(value) < 2 or not all(isinstance(item, Mapping) for item in value):
                raise PatternError(f"$or takes a list of two patterns or more{_at(where)}")
            either = tuple(_compile(item, path) for item in value)
        elif isinstance(value, Mapping):
            nested.append((str(name), _compile(value, path)))
        elif isinstance(value, list):
            leaves.append((str(name), _alternatives(value, path)))
        else:
            raise PatternError(f'"{name}" must be an object or an array{_at(where)}')
    return Pattern(tuple(leaves), tuple(nested), either)


def _alternatives(values: list[Any], where: str) -> _Alternatives:
    if not values:
        raise PatternError(f"Empty arrays are not allowed: {where}")
    absent = any(isinstance(value, Mapping) and value.get("exists") is False for value in values)
    return _Alternatives(tuple(_test(value, where) for value in values), absent)


def _test(wanted: Any, where: str) -> Test:
    if isinstance(wanted, list):
        raise PatternError(f"A list in a list is not allowed: {where}")
    if not isinstance(wanted, Mapping):
        return _equals(wanted)
    if len(wanted) != 1:
        raise PatternError(f"Only one key allowed in match expression: {where}")
    ((operator, operand),) = wanted.items()
    make = _OPERATORS.get(operator)
    if make is None:
        raise PatternError(f"Unrecognized match type {operator}: {where}")
    return make(operand, where)


def _equals(wanted: Any) -> Test:
    if isinstance(wanted, bool) or wanted is None:
        return lambda value: value is wanted
    if isinstance(wanted, int | float):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: isinstance(value, str) and value == wanted


def _of_text(name: str, make: Callable[[str], Callable[[str], bool]]) -> Callable[[Any, str], Test]:
    """An operator on a text, which may be `{"equals-ignore-case": text}` where `make` is prefix or suffix."""

    def compiled(operand: Any, where: str) -> Test:
        folded = isinstance(operand, Mapping) and set(operand) == {"equals-ignore-case"} and name in _FOLDING
        text = operand["equals-ignore-case"] if folded else operand
        if not isinstance(text, str):
            raise PatternError(f"{name} match pattern must be a string: {where}")
        if folded:
            fits = make(text.lower())
            return lambda value: isinstance(value, str) and fits(value.lower())
        fits = make(text)
        return lambda value: isinstance(value, str) and fits(value)

    return compiled


_FOLDING = {"prefix", "suffix"}
_prefix = _of_text("prefix", lambda text: lambda value: value.startswith(text))
_suffix = _of_text("suffix", lambda text: lambda value: value.endswith(text))
_ignore_case = _of_text("equals-ignore-case", lambda text: lambda value: value.lower() == text.lower())


def _wildcard(operand: Any, where: str) -> Test:
    if not isinstance(operand, str):
        raise PatternError(f"wildcard match pattern must be a string: {where}")
    parts: list[str] = []
    position = 0
    while position < len(operand):
        character = operand[position]
        if character == "\\":
            position += 1
            if operand[position : position + 1] not in ("*", "\\"):
                raise PatternError(f"Invalid escape character at pos {position - 1}: {where}")
            parts.append(re.escape(operand[position]))
        elif character == "*":
            if parts and parts[-1] == ".*":
                raise PatternError(f"Consecutive wildcard characters at pos {position - 1}: {where}")
            parts.append(".*")
        else:
            parts.append(re.escape(character))
        position += 1
    expression = re.compile("".join(parts), re.DOTALL)
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _anything_but(operand: Any, where: str) -> Test:
    if isinstance(operand, Mapping):
        if len(operand) != 1 or next(iter(operand)) not in _EXCEPT:
            raise PatternError(f"Unsupported anything-but pattern: {where}")
        ((operator, given),) = operand.items()
        texts = given if isinstance(given, list) else [given]
        tests = [_OPERATORS[operator](text, where) for text in texts]
    else:
        wanted = operand if isinstance(operand, list) else [operand]
        if not wanted or not all(isinstance(item, str | int | float) for item in wanted):
            raise PatternError(f"anything-but takes a string, a number or a list of them: {where}")
        tests = [_equals(item) for item in wanted]
    return lambda value: not any(test(value) for test in tests)


def _numeric(operand: Any, where: str) -> Test:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise PatternError(f"numeric takes one comparison or two: {where}")
    tests = []
    for operator, bound in zip(operand[::2], operand[1::2], strict=True):
        if operator not in _COMPARISONS:
            raise PatternError(f"Unrecognized numeric range operator: {operator}: {where}")
        if not _is_number(bound) or abs(bound) > _LARGEST:
            raise PatternError(f"Value of {operator} must be numeric: {where}")
        tests.append((_COMPARISONS[operator], bound))
    if len(tests) == 2 and (operand[0][0] != ">" or operand[2][0] != "<" or operand[1] >= operand[3]):
        raise PatternError(f"A numeric range goes from > or >= to < or <=, and is not empty: {where}")
    return lambda value: _is_number(value) and all(compare(value, bound) for compare, bound in tests)


def _exists(operand: Any, where: str) -> Test:
    if not isinstance(operand, bool):
        raise PatternError(f"exists match pattern must be either true or false: {where}")
    return lambda value: operand and not isinstance(value, Mapping)


def _cidr(operand: Any, where: str) -> Test:
    try:
        network = ipaddress.ip_network(operand, strict=False)
    except ValueError:
        raise PatternError(f"Malformed CIDR: {where}") from None

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


_EXCEPT = {"prefix", "suffix", "equals-ignore-case", "wildcard"}
_OPERATORS: dict[str, Callable[[Any, str], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}


def _values(event: Mapping[str, Any], name: str) -> list[Any]:
    """What a field holds: the elements of a list, else the value; nothing if it is not there."""
    if name not in event:
        return []
    value = event[name]
    return list(value) if isinstance(value, list) else [value]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(where: str) -> str:
    return f": {where}" if where else ""
