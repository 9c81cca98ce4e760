"""Metrics in log events: the embedded metric format, from a message to data points.

Source: CloudWatch user guide, "Specification: Embedded metric format". A document that breaks it gives no
data points, and no error: the event is a log event like any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["UNITS", "DataPoint", "embedded_points"]

MARK = '"CloudWatchMetrics"'
DIMENSION_LIMIT = 30
METRIC_LIMIT = 100
VALUE_LIMIT = 100
UNITS = frozenset(
    {
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Bytes",
        "Kilobytes",
        "Megabytes",
        "Gigabytes",
        "Terabytes",
        "Bits",
        "Kilobits",
        "Megabits",
        "Gigabits",
        "Terabits",
        "Percent",
        "Count",
        "Bytes/Second",
        "Kilobytes/Second",
        "Megabytes/Second",
        "Gigabytes/Second",
        "Terabytes/Second",
        "Bits/Second",
        "Kilobits/Second",
        "Megabits/Second",
        "Gigabits/Second",
        "Terabits/Second",
        "Count/Second",
        "None",
    }
)


@dataclass(frozen=True, slots=True)
class DataPoint:
    """One value of a metric; `when` in epoch seconds, `dimensions` sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    value: float
    unit: str
    when: float


def embedded_points(message: str, timestamp: int) -> list[DataPoint]:
    """The data points in a message; `timestamp` (epoch milliseconds) where the document says none."""
    if MARK not in message:
        return []
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return []
    metadata = document.get("_aws") if isinstance(document, dict) else None
    directives = metadata.get("CloudWatchMetrics") if isinstance(metadata, dict) else None
    if not isinstance(directives, list) or not isinstance(metadata, dict):
        return []
    given = metadata.get("Timestamp")
    when = (given if isinstance(given, int | float) and not isinstance(given, bool) else timestamp) / 1000
    return [point for directive in directives for point in _points(directive, document, when)]


def _points(directive: Any, document: dict[str, Any], when: float) -> Iterator[DataPoint]:
    if not isinstance(directive, dict):
        return
    namespace, sets, metrics = (directive.get(name) for name in ("Namespace", "Dimensions", "Metrics"))
    if not isinstance(namespace, str) or not namespace or not isinstance(metrics, list):
        return
    if len(metrics) > METRIC_LIMIT:
        return
    dimension_sets = _dimension_sets(sets, document)
    for metric in metrics:
        name = metric.get("Name") if isinstance(metric, dict) else None
        if not isinstance(name, str):
            continue
        unit = metric.get("Unit", "None")
        if unit not in UNITS:
            continue
        for value in _values(document.get(name)):
            for dimensions in dimension_sets:
                yield DataPoint(namespace, name, dimensions, value, unit, when)


def _dimension_sets(sets: Any, document: dict[str, Any]) -> list[tuple[tuple[str, str], ...]]:
    """Each set of dimensions with its values; a set that names what the document lacks is left out."""
    if not isinstance(sets, list) or not sets:
        return [()]
    found: list[tuple[tuple[str, str], ...]] = []
    for names in sets:
        if not isinstance(names, list) or len(names) > DIMENSION_LIMIT:
            continue
        values = [(name, document.get(name)) for name in names if isinstance(name, str)]
        if all(isinstance(value, str) and value for _, value in values):
            found.append(tuple(sorted((name, str(value)) for name, value in values)))
    return found


def _values(target: Any) -> list[float]:
    values = target if isinstance(target, list) else [target]
    if len(values) > VALUE_LIMIT:
        return []
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return [float(number) for number in numbers] if len(numbers) == len(values) else []
