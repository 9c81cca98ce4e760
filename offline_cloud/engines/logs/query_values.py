"""Values of a query: how they are taken as numbers and texts, compared, ordered, and shown.

Rule 1: a missing value (None) is equal to nothing, unequal to nothing, and makes every sum missing.
Rule 2: a text that is a number is compared with a number as one.
Rule 3: what is true is shown as 1 and compared as 1, as AWS does with JSON's booleans.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from functools import cmp_to_key
from typing import Any

from offline_cloud.engines.logs.discovered_fields import JavaDouble
from offline_cloud.engines.logs.records import Timestamp

__all__ = ["compare", "equal", "order_key", "shown", "to_number", "to_text", "truth"]

_NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*")
_CHUNK = re.compile(r"\d+|\D+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_number(value: Any) -> int | float | None:
    """A value as a number; None if it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value) if value.strip().lstrip("+-").isdigit() else float(value)
    return None


def to_text(value: Any) -> str | None:
    """A value as the text that is compared and shown; None if there is none."""
    if value is None or isinstance(value, str):
        return value
    return shown(value)


def truth(value: Any) -> bool:
    """Whether a condition holds."""
    if isinstance(value, str):
        return value not in ("", "0", "false")
    return bool(value)


def equal(left: Any, right: Any) -> bool:
    """Whether two values are equal; both are there."""
    if type(left) is type(right) and not isinstance(left, dict | list):
        return bool(left == right)
    if isinstance(left, str) != isinstance(right, str):
        first, second = to_number(left), to_number(right)
        if first is not None and second is not None:
            return first == second
    return to_text(left) == to_text(right)


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None if the two have no order."""
    first, second = to_number(left), to_number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    return None


def _natural(left: Any, right: Any) -> int:
    """The order of `sort`: missing, then texts by their chunks, then numbers.

    A chunk of digits is compared with another by its length first; any other two by their code points.
    """
    first, second = _rank(left), _rank(right)
    if first != second:
        return -1 if first < second else 1
    if first == 2:
        one, other = to_number(left), to_number(right)
        assert one is not None
        assert other is not None
        return (one > other) - (one < other)
    ours, theirs = (_CHUNK.findall(to_text(value) or "") for value in (left, right))
    for one_chunk, other_chunk in zip(ours, theirs, strict=False):
        both = one_chunk[0].isdecimal() and other_chunk[0].isdecimal()
        one_key, other_key = ((len(chunk) if both else 0, chunk) for chunk in (one_chunk, other_chunk))
        if one_key != other_key:
            return -1 if one_key < other_key else 1
    return (len(ours) > len(theirs)) - (len(ours) < len(theirs))


order_key = cmp_to_key(_natural)
"""What `sorted` orders values by."""


def _rank(value: Any) -> int:
    if value is None:
        return 0
    return 1 if to_number(value) is None else 2


def shown(value: Any, *, rounded: bool = False) -> str:  # noqa: PLR0911 - one for each type
    """A value as GetQueryResults has it; `rounded` for what was computed: four decimals at most."""
    match value:
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case Timestamp():
            return _date(value)
        case int():
            return str(value)
        case JavaDouble() if not rounded:
            return str(value)
        case float():
            return _decimal(round(value, 4) if rounded else value)
        case None:
            return ""
        case _:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _date(milliseconds: int) -> str:
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return str(int(milliseconds))
    return f"{moment:%Y-%m-%d %H:%M:%S}.{milliseconds % 1000:03d}"


def _decimal(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
