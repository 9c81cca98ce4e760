"""The functions of expressions, each from values to a value.

Source: CloudWatch Logs user guide, "Supported operations and functions".

Rule 1: a function of a missing value is missing, unless it is there to ask about that (`ispresent`,
`isempty`, `isblank`, `coalesce`, `concat`).
"""

from __future__ import annotations

import ipaddress
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from offline_cloud.engines.logs.query_values import to_number, to_text, truth
from offline_cloud.engines.logs.records import Timestamp

__all__ = ["FUNCTIONS", "Function", "floor_time", "period_milliseconds"]

_ANY = 1_000
_MILLISECONDS = {
    "ms": 1,
    "s": 1_000,
    "sec": 1_000,
    "m": 60_000,
    "min": 60_000,
    "h": 3_600_000,
    "hour": 3_600_000,
    "d": 86_400_000,
    "day": 86_400_000,
    "w": 604_800_000,
}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_WEEK_STARTS = 4 * 86_400_000
"""1970-01-01 was a Thursday; weeks begin on Mondays."""


@dataclass(frozen=True, slots=True)
class Function:
    """What a name calls: from how many values, to how many."""

    name: str
    least: int
    most: int
    call: Callable[..., Any]


def period_milliseconds(count: int, unit: str) -> int | None:
    """Milliseconds of a period; None for months, which have no one length."""
    return count * _MILLISECONDS[unit] if unit in _MILLISECONDS else None


def floor_time(milliseconds: float, count: int, unit: str, *, up: bool = False) -> Timestamp:
    """The begin (or with `up` the end) of the period that a moment is in."""
    length = period_milliseconds(count, unit)
    if length is not None:
        offset = _WEEK_STARTS if unit == "w" else 0
        begin = (int(milliseconds) - offset) // length * length + offset
        return Timestamp(begin + length if up and begin < milliseconds else begin)
    step = count * _MONTHS[unit]
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    month = (moment.year * 12 + moment.month - 1) // step * step
    begin = _month(month)
    return Timestamp(_month(month + step) if up and begin < milliseconds else begin)


def _month(count: int) -> int:
    return int(datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000)


def _numeric(function: Callable[..., float | int]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        numbers = [to_number(value) for value in values]
        if any(value is None for value in numbers):
            return None
        try:
            return function(*numbers)
        except (ValueError, OverflowError):
            return None

    return call


def _textual(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        texts = [to_text(value) for value in values]
        return None if any(text is None for text in texts) else function(*texts)

    return call


def _substring(value: Any, start: Any, length: Any = None) -> str | None:
    text, first = to_text(value), to_number(start)
    if text is None or first is None:
        return None
    begin = max(0, int(first))
    if length is None:
        return text[begin:]
    count = to_number(length)
    return None if count is None else text[begin : begin + max(0, int(count))]


def _without(text: str, end: str, *, left: bool, right: bool) -> str:
    while end and left and text.startswith(end):
        text = text[len(end) :]
    while end and right and text.endswith(end):
        text = text[: -len(end)]
    return text


def _trimmed(*, left: bool, right: bool) -> Callable[..., Any]:
    def trim(text: str, end: str | None = None) -> str:
        if end is not None:
            return _without(text, end, left=left, right=right)
        return text.strip() if left and right else text.lstrip() if left else text.rstrip()

    return _textual(trim)


def _address(value: Any, version: int | None = None) -> bool:
    try:
        found = ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return version is None or found.version == version


def _in_subnet(value: Any, subnet: Any, version: int | None = None) -> bool:
    try:
        address, network = ipaddress.ip_address(str(value)), ipaddress.ip_network(str(subnet), strict=False)
    except ValueError:
        return False
    return version in (None, address.version) and address.version == network.version and address in network


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _stringified(value: Any) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _instant(value: Any) -> Timestamp | None:
    number = to_number(value)
    return None if number is None else Timestamp(number)


def _millis(value: Any) -> int | None:
    number = to_number(value)
    return None if number is None else int(number)


def _case(*values: Any) -> Any:
    """`case(condition, value, …, otherwise)`."""
    for at in range(0, len(values) - 1, 2):
        if truth(values[at]):
            return values[at + 1]
    return values[-1] if len(values) % 2 else None


_ALL = (
    Function("abs", 1, 1, _numeric(abs)),
    Function("ceil", 1, 1, _numeric(math.ceil)),
    Function("floor", 1, 1, _numeric(math.floor)),
    Function("round", 1, 1, _numeric(lambda value: math.floor(value + 0.5))),
    Function("greatest", 1, _ANY, _numeric(max)),
    Function("least", 1, _ANY, _numeric(min)),
    Function("log", 1, 1, _numeric(math.log)),
    Function("sqrt", 1, 1, _numeric(math.sqrt)),
    Function("ispresent", 1, 1, lambda value: value is not None),
    Function(
        "coalesce", 1, _ANY, lambda *values: next((value for value in values if value is not None), None)
    ),
    Function("if", 2, 3, lambda condition, yes, no=None: yes if truth(condition) else no),
    Function("case", 2, _ANY, _case),
    Function("isempty", 1, 1, lambda value: value is None or value == ""),
    Function("isblank", 1, 1, lambda value: value is None or not (to_text(value) or "").strip()),
    Function("concat", 1, _ANY, lambda *values: "".join(to_text(value) or "" for value in values)),
    Function("ltrim", 1, 2, _trimmed(left=True, right=False)),
    Function("rtrim", 1, 2, _trimmed(left=False, right=True)),
    Function("trim", 1, 2, _trimmed(left=True, right=True)),
    Function("strlen", 1, 1, _textual(len)),
    Function("toupper", 1, 1, _textual(str.upper)),
    Function("tolower", 1, 1, _textual(str.lower)),
    Function("substr", 2, 3, _substring),
    Function("replace", 3, 3, _textual(str.replace)),
    Function("strcontains", 2, 2, _textual(lambda text, part: int(part in text))),
    Function("fromMillis", 1, 1, _instant),
    Function("toMillis", 1, 1, _millis),
    Function("isValidIp", 1, 1, _address),
    Function("isValidIpV4", 1, 1, lambda value: _address(value, 4)),
    Function("isValidIpV6", 1, 1, lambda value: _address(value, 6)),
    Function("isIpInSubnet", 2, 2, _in_subnet),
    Function("isIpv4InSubnet", 2, 2, lambda value, subnet: _in_subnet(value, subnet, 4)),
    Function("isIpv6InSubnet", 2, 2, lambda value, subnet: _in_subnet(value, subnet, 6)),
    Function("jsonParse", 1, 1, _textual(_parsed)),
    Function("jsonStringify", 1, 1, _stringified),
)
FUNCTIONS = {function.name.lower(): function for function in _ALL}
"""By their names in small letters. `bin`, `datefloor`, `dateceil` and `now` are the compiler's own: they take
a period or the time of the query.
"""
