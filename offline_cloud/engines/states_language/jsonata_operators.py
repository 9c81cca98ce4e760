"""JSONata's binary operators on values; nothing on one side usually gives nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from offline_cloud.engines.states_language.jsonata_texts import held, text_of
from offline_cloud.engines.states_language.jsonata_values import (
    UNDEFINED,
    JsonataError,
    Sequence,
    equal,
    hold,
    is_number,
    is_numeric,
    tidy,
)

__all__ = ["BINARY"]

_EXACT = 2**53
_LONGEST_RANGE = 10_000_000


def _arithmetic(calculate: Callable[[Any, Any], float]) -> Callable[[Any, Any], Any]:
    def operate(left: Any, right: Any) -> Any:
        if type(left) is not int or type(right) is not int:
            if left is not UNDEFINED and not is_numeric(left):
                raise JsonataError("T2001", value=left)
            if right is not UNDEFINED and not is_numeric(right):
                raise JsonataError("T2002", value=right)
            if left is UNDEFINED or right is UNDEFINED:
                return UNDEFINED
        try:
            result = calculate(left, right)
            if type(result) is int and -_EXACT <= result <= _EXACT:
                return result
            return tidy(float(result))
        except OverflowError:
            return math.inf

    return operate


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left else math.inf if left > 0 else -math.inf


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right else math.nan


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def operate(left: Any, right: Any) -> Any:
        for value in (left, right):
            if value is not UNDEFINED and not isinstance(value, str) and not is_number(value):
                raise JsonataError("T2010", value=value)
        if left is UNDEFINED or right is UNDEFINED:
            return UNDEFINED
        if isinstance(left, str):
            if not isinstance(right, str):
                raise JsonataError("T2009", value=left, value2=right)
            if not (left.isascii() and right.isascii()):
                return test(
                    left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass")
                )
        elif isinstance(right, str):
            raise JsonataError("T2009", value=left, value2=right)
        return test(left, right)

    return operate


def _equals(left: Any, right: Any) -> bool:
    return left is not UNDEFINED and right is not UNDEFINED and equal(left, right)


def _differs(left: Any, right: Any) -> bool:
    return left is not UNDEFINED and right is not UNDEFINED and not equal(left, right)


def _is_in(left: Any, right: Any) -> bool:
    if left is UNDEFINED or right is UNDEFINED:
        return False
    items = right if isinstance(right, list) else [right]
    # The reference implementation compares by ===: arrays and objects are in it only as themselves.
    if isinstance(left, (dict, list)):
        return any(item is left for item in items)
    return any(equal(left, item) for item in items)


def _concatenate(left: Any, right: Any) -> str:
    texts = ("" if value is UNDEFINED else text_of(value) for value in (left, right))
    return held("".join(texts))


def _is_integer(value: Any) -> bool:
    return is_number(value) and math.isfinite(value) and value == math.floor(value)


def _range(left: Any, right: Any) -> Any:
    if left is not UNDEFINED and not _is_integer(left):
        raise JsonataError("T2003", value=left)
    if right is not UNDEFINED and not _is_integer(right):
        raise JsonataError("T2004", value=right)
    if left is UNDEFINED or right is UNDEFINED or left > right:
        return UNDEFINED
    size = int(right) - int(left) + 1
    if size > _LONGEST_RANGE:
        raise JsonataError("D2014", value=size)
    hold(size)
    return Sequence(range(int(left), int(right) + 1))


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": _arithmetic(lambda left, right: left + right),
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(lambda left, right: left * right),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_remainder),
    "=": _equals,
    "!=": _differs,
    "<": _compare(lambda left, right: bool(left < right)),
    "<=": _compare(lambda left, right: bool(left <= right)),
    ">": _compare(lambda left, right: bool(left > right)),
    ">=": _compare(lambda left, right: bool(left >= right)),
    "in": _is_in,
    "&": _concatenate,
    "..": _range,
}
