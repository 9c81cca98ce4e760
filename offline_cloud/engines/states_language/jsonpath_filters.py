"""Conditions of JSONPath filters: what Jayway's operators answer for each pair of values.

A condition is a function of an item (`@`) and the document's root (`$`). `ABSENT` stands for a path that met
nothing: it equals nothing, not even itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.jsonpath import Missing, Token, is_number, search
from offline_cloud.engines.states_language.regular_expressions import Pattern, TookTooLong

__all__ = ["ABSENT", "OPERATORS", "Condition", "Operand", "compare", "constant", "exists", "path_value"]

Condition = Callable[[Any, Any], bool]
Operand = Callable[[Any, Any], Any]


class _Absent:
    """The type of ABSENT."""


ABSENT = _Absent()


def constant(value: Any) -> Operand:
    """An operand that is always the same."""
    return lambda item, root: value


def path_value(tokens: tuple[Token, ...], from_root: bool, definite: bool) -> Operand:
    """What a path finds: the value if it is definite, else the list; ABSENT on a miss."""

    def read(item: Any, root: Any) -> Any:
        try:
            found = search(tokens, root if from_root else item, root)
        except Missing:
            return ABSENT
        if not definite:
            return found
        return found[-1] if found else ABSENT

    return read


def exists(tokens: tuple[Token, ...], from_root: bool, definite: bool) -> Condition:
    """Whether a path meets something; a JSON null is something."""

    def test(item: Any, root: Any) -> bool:
        try:
            found = search(tokens, root if from_root else item, root, strict=True)
        except Missing:
            return False
        return bool(found) or not definite

    return test


def compare(left: Operand, operator: str, right: Operand) -> Condition:
    """The condition `left operator right`."""
    judge = OPERATORS[operator]
    return lambda item, root: judge(left(item, root), right(item, root))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _spelled(number: float) -> str:
    return repr(number)


def equal(left: Any, right: Any) -> bool:
    """Jayway's `==`: a number equals the string that spells it, a Boolean equals a Boolean only."""
    if left is ABSENT or right is ABSENT:
        return False
    if isinstance(left, str):
        return right == left if isinstance(right, str) else is_number(right) and _spelled(right) == left
    if is_number(left):
        other = _number(right) if isinstance(right, str) else right if is_number(right) else None
        return bool(left == other)
    return _kind(left) == _kind(right) and bool(left == right)


def _kind(value: Any) -> str:
    if is_number(value):
        return "number"
    return type(value).__name__


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def judge(left: Any, right: Any) -> bool:
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return test(left, right)
        return False

    return judge


def _within(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(equal(left, item) for item in right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _within(right, left)


def _all(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_within(item, left) for item in right)


def _subset(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_within(item, right) for item in left)


def _any_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and any(_within(item, right) for item in left)


def _none_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and not _any_of(left, right)


def _size(left: Any, right: Any) -> bool:
    return isinstance(left, (str, list, dict)) and is_number(right) and len(left) == right


def _empty(left: Any, right: Any) -> bool:
    return isinstance(left, (str, list, dict)) and isinstance(right, bool) and (not left) == right


def _matches(left: Any, right: Any) -> bool:
    pattern, value = (left, right) if isinstance(left, Pattern) else (right, left)
    if not isinstance(pattern, Pattern) or isinstance(value, Pattern):
        return False
    if isinstance(value, list):
        return any(_matches(item, pattern) for item in value)
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = value
    else:
        text = _spelled(value) if is_number(value) else ""
    try:
        return pattern.matches_all(text)
    except TookTooLong:
        raise StatesError(
            "States.Runtime", f"The regular expression /{pattern.text}/ took too long."
        ) from None


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": lambda left, right: _kind(left) == _kind(right) and equal(left, right),
    "!==": lambda left, right: not (_kind(left) == _kind(right) and equal(left, right)),
    "<": _ordered(lambda left, right: bool(left < right)),
    "<=": _ordered(lambda left, right: bool(left <= right)),
    ">": _ordered(lambda left, right: bool(left > right)),
    ">=": _ordered(lambda left, right: bool(left >= right)),
    "=~": _matches,
    "in": _within,
    "nin": lambda left, right: not _within(left, right),
    "contains": _contains,
    "all": _all,
    "size": _size,
    "empty": _empty,
    "subsetof": _subset,
    "anyof": _any_of,
    "noneof": _none_of,
}
