"""CloudWatch's statistics: samples of a metric in, data points by periods out.

Source: CloudWatch user guide, "CloudWatch concepts" and "CloudWatch statistics definitions".

Rule 1: a metric is its namespace, its name and its dimensions, all of them: a part of the dimensions is
another metric.
Rule 2: periods are counted from the start of what is asked for; a data point has the time of its period's
beginning, and a period without samples has none.
Rule 3: percentiles need single values. Samples that were handed in as statistics count only if they are one
value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["STATISTICS", "BadStatistic", "Sample", "binned", "is_statistic", "statistic"]

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


class BadStatistic(ValueError):
    """A statistic that CloudWatch or this kit does not know."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of a metric at a moment (epoch seconds): `count` of them, with their sum, lowest and highest."""

    when: float
    sum: float
    low: float
    high: float
    count: float = 1.0
    unit: str = "None"

    @classmethod
    def of(cls, when: float, value: float, unit: str = "None", count: float = 1.0) -> Sample:
        """The same value, `count` times."""
        return cls(when, value * count, value, value, count, unit)


def binned(
    samples: Iterable[Sample], start: float, end: float, period: int, unit: str | None = None
) -> Iterator[tuple[float, str, list[Sample]]]:
    """Samples from `start` until before `end` by period and unit: the period's beginning, unit, samples."""
    start = start - start % (60 if period % 60 == 0 else 1)
    found: dict[tuple[int, str], list[Sample]] = {}
    for sample in samples:
        if start <= sample.when < end and unit in (None, sample.unit):
            found.setdefault((int((sample.when - start) // period), sample.unit), []).append(sample)
    for number, told in sorted(found):
        yield start + number * period, told, found[number, told]


def is_statistic(name: str) -> bool:
    """Whether `statistic` knows it."""
    return name in STATISTICS or _PERCENTILE.fullmatch(name) is not None


def statistic(name: str, samples: Sequence[Sample]) -> float | None:
    """One statistic of samples; None if they have none (a percentile of no single values).

    Raises `BadStatistic`.
    """
    match name:
        case "SampleCount":
            return sum(sample.count for sample in samples)
        case "Sum":
            return math.fsum(sample.sum for sample in samples)
        case "Average":
            return math.fsum(sample.sum for sample in samples) / sum(sample.count for sample in samples)
        case "Minimum":
            return min(sample.low for sample in samples)
        case "Maximum":
            return max(sample.high for sample in samples)
    asked = _PERCENTILE.fullmatch(name)
    if asked is None:
        raise BadStatistic(name)
    return _percentile(float(asked[1]), samples)


def _percentile(percent: float, samples: Sequence[Sample]) -> float | None:
    """Between the two values around that rank, in proportion."""
    values = sorted((sample.low, sample.count) for sample in samples if sample.low == sample.high)
    total = sum(count for _, count in values)
    if not total:
        return None
    rank = percent / 100 * (total - 1)
    below, above = _at(values, math.floor(rank)), _at(values, math.ceil(rank))
    return below + (above - below) * (rank - math.floor(rank))


def _at(values: Sequence[tuple[float, float]], rank: int) -> float:
    seen = 0.0
    for value, count in values:
        seen += count
        if rank < seen:
            return value
    return values[-1][0]
