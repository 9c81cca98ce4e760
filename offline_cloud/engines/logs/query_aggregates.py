"""The aggregations of `stats`, each from a group's values, in the rows' order, to one.

Source: CloudWatch Logs user guide, "stats". AWS estimates percentiles and distinct counts of large results;
here they are exact, and a percentile is a value that occurs (nearest rank).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from offline_cloud.engines.logs.query_values import compare, order_key, to_number, to_text

__all__ = ["AGGREGATES", "BY_TIME", "percentile"]

_Values = Sequence[Any]


def _numbers(values: _Values) -> list[int | float]:
    return [number for value in values if (number := to_number(value)) is not None]


def _average(values: _Values) -> float | None:
    numbers = _numbers(values)
    return math.fsum(numbers) / len(numbers) if numbers else None


def _total(values: _Values) -> float | int | None:
    numbers = _numbers(values)
    if not numbers:
        return None
    whole = all(isinstance(number, int) for number in numbers)
    return sum(numbers) if whole else math.fsum(numbers)


def _deviation(values: _Values) -> float | None:
    """Of a sample: 0 for one value."""
    numbers = _numbers(values)
    if not numbers:
        return None
    if len(numbers) == 1:
        return 0.0
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1))


def _extreme(values: _Values, wanted: int) -> Any:
    best: Any = None
    for value in values:
        if value is not None and (best is None or compare(value, best) == wanted):
            best = value
    number = to_number(best)
    return best if number is None else number


def percentile(values: _Values, rank: float) -> Any:
    """The value below which `rank` percent of the values lie."""
    numbers = sorted(_numbers(values))
    if not numbers:
        return None
    return numbers[max(0, min(len(numbers) - 1, math.ceil(rank / 100 * len(numbers)) - 1))]


def _present(values: _Values) -> list[Any]:
    return [value for value in values if value is not None]


def _sorted(values: _Values, at: int) -> Any:
    present = _present(values)
    return sorted(present, key=order_key)[at] if present else None


AGGREGATES: dict[str, Callable[[_Values], Any]] = {
    "avg": _average,
    "count": lambda values: len(_present(values)),
    "count_distinct": lambda values: len({to_text(value) for value in _present(values)}),
    "earliest": lambda values: next(iter(_present(values)), None),
    "latest": lambda values: next(iter(reversed(_present(values))), None),
    "max": lambda values: _extreme(values, 1),
    "median": lambda values: percentile(values, 50),
    "min": lambda values: _extreme(values, -1),
    "pct": lambda values: None,  # takes a rank, too: the compiler's own
    "percentile": lambda values: None,
    "sortsfirst": lambda values: _sorted(values, 0),
    "sortslast": lambda values: _sorted(values, -1),
    "stddev": _deviation,
    "sum": _total,
}
"""By their names in small letters."""
BY_TIME = frozenset({"earliest", "latest"})
"""These need the rows in the order of their time."""
