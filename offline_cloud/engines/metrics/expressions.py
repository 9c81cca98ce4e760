"""Metric math, the arithmetic part: `errors / calls * 100`, `FILL(m1, 0)`, `SUM(METRICS())`.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics".

A series is a mapping from a period's beginning to a value; a scalar is a number. An operation on two series
keeps the moments that both have.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["BadExpression", "evaluate", "names_in"]

Series = Mapping[float, float]
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_EACH: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_OVER: dict[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: math.fsum(values) / len(values),
}


class BadExpression(ValueError):
    """An expression that can't be read, or that takes more of metric math than there is here."""


def evaluate(expression: str, series: Mapping[str, Series], period: int) -> Series:
    """The series of an expression over others by their ids. Raises `BadExpression`."""
    found = _value(_parsed(expression), series, period)
    if isinstance(found, Mapping):
        return found
    raise BadExpression(f"{expression} is one number, or several series: a query returns one series")


def names_in(expression: str) -> set[str]:
    """The ids that it refers to. Raises `BadExpression`."""
    tree = _parsed(expression)
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in called} - {
        "REPEAT",
        "LINEAR",
    }


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise BadExpression(f"{expression} can't be read") from None


def _value(node: ast.expr, series: Mapping[str, Series], period: int) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in series:
            return series[name]
        case ast.List(elts=parts):
            return [_value(part, series, period) for part in parts]
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return _both(operator.mul, -1.0, _value(part, series, period))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            operation = _OPERATORS[type(sign)]
            return _both(operation, _value(left, series, period), _value(right, series, period))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments, series, period)
    raise BadExpression(f"{ast.unparse(node)} is no part of metric math that this cloud knows")


def _call(name: str, arguments: list[ast.expr], series: Mapping[str, Series], period: int) -> Any:
    if name == "METRICS":
        return list(series.values())
    given = [
        None if isinstance(node, ast.Name) and node.id == "REPEAT" else _value(node, series, period)
        for node in arguments
    ]
    if name in _EACH and len(given) == 1 and isinstance(given[0], Mapping):
        return {when: float(_EACH[name](value)) for when, value in given[0].items()}
    if name in _OVER and len(given) == 1:
        if isinstance(given[0], list):
            moments = sorted({when for one in given[0] for when in one})
            return {
                when: float(_OVER[name]([one[when] for one in given[0] if when in one])) for when in moments
            }
        if isinstance(given[0], Mapping) and given[0]:
            return float(_OVER[name](list(given[0].values())))
    if name == "PERIOD" and len(given) == 1:
        return float(period)
    if name == "FILL" and len(given) == 2 and isinstance(given[0], Mapping):
        return _filled(given[0], given[1], series, period)
    raise BadExpression(f"{name} with these arguments is no part of metric math that this cloud knows")


def _filled(one: Series, with_value: Any, series: Mapping[str, Series], period: int) -> Series:
    """Values for the periods between the first and the last moment of all series."""
    moments = [when for each in series.values() for when in each]
    filled: dict[float, float] = {}
    if not moments:
        return filled
    when, last = min(moments), None
    while when <= max(moments):
        value = one.get(when, last if with_value is None else with_value)
        if value is not None:
            filled[when] = last = value
        when += period
    return filled


def _both(operation: Callable[[float, float], float], left: Any, right: Any) -> Any:
    if isinstance(left, list) or isinstance(right, list):
        raise BadExpression("an array of series must be summed up first")
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        pairs = [(when, left[when], right[when]) for when in left if when in right]
    elif isinstance(left, Mapping):
        pairs = [(when, value, right) for when, value in left.items()]
    elif isinstance(right, Mapping):
        pairs = [(when, left, value) for when, value in right.items()]
    else:
        return operation(left, right)
    found: dict[float, float] = {}
    for when, one, other in pairs:
        try:
            found[when] = operation(one, other)
        except (ZeroDivisionError, OverflowError):
            continue  # no data point, as on AWS
    return found
