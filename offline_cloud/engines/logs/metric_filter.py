"""A metric filter: what it makes of log events.

Rule 1: an event that matches gives the filter's value; a value or a dimension that the event doesn't have
gives nothing.
Rule 2: in a minute in which events came and none matched, the default value is given once, if there is one.

Source: CloudWatch Logs user guide, "Configure metric values for a metric filter"; API reference,
MetricTransformation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from offline_cloud.engines.logs.embedded_metrics import UNITS, DataPoint
from offline_cloud.engines.logs.filter_conditions import number
from offline_cloud.engines.logs.filter_pattern import FilterPattern, Reading

__all__ = ["BadTransformation", "MetricFilter", "Transformation", "transformation"]

DIMENSION_LIMIT = 3
_MINUTE = 60_000


class BadTransformation(ValueError):
    """A transformation that AWS refuses; the text is its sentence."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """How an event becomes a value: `value` is a number, or where it stands (`$.latency`, `$bytes`)."""

    namespace: str
    name: str
    value: str
    default: float | None
    dimensions: tuple[tuple[str, str], ...]
    unit: str

    def point(self, reading: Reading, timestamp: int) -> DataPoint | None:
        """The data point of a matching event; None if the event lacks a part of it."""
        text = reading.value(self.value) if self.value.startswith("$") else self.value
        found = number(text)
        dimensions = tuple((name, reading.value(place)) for name, place in self.dimensions)
        if found is None or any(value is None for _, value in dimensions):
            return None
        return DataPoint(
            self.namespace,
            self.name,
            tuple(sorted((name, str(value)) for name, value in dimensions)),
            found,
            self.unit,
            timestamp / 1000,
        )


def transformation(members: Mapping[str, Any], pattern: FilterPattern) -> Transformation:
    """Read a MetricTransformation of the API. Raises `BadTransformation`."""
    dimensions = tuple((members.get("dimensions") or {}).items())
    default = members.get("defaultValue")
    value, unit = str(members["metricValue"]), members.get("unit") or "None"
    if unit not in UNITS:
        raise BadTransformation(
            f"1 validation error detected: Value '{unit}' at 'metricTransformations.1.member.unit' failed to "
            f"satisfy constraint: Member must satisfy enum value set: [{', '.join(sorted(UNITS))}]"
        )
    if dimensions and default is not None:
        raise BadTransformation(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    if len(dimensions) > DIMENSION_LIMIT:
        raise BadTransformation(
            f"Invalid metric transformation: a metric filter has at most {DIMENSION_LIMIT} dimensions."
        )
    if dimensions and not pattern.names_values:
        raise BadTransformation("The specified filter pattern does not support dimensions")
    if number(value) is None and not value.startswith("$"):
        raise BadTransformation("Invalid metric transformation: the metric value must be a number or $field.")
    if value.startswith("$") and not pattern.names_values:
        raise BadTransformation(
            "Invalid metric transformation: the filter pattern has no field for the metric value."
        )
    return Transformation(
        members["metricNamespace"],
        members["metricName"],
        value,
        None if default is None else float(default),
        dimensions,
        unit,
    )


@dataclass
class MetricFilter:
    """A filter at work: it knows in which minute it last gave a value, and a default."""

    pattern: FilterPattern
    transformations: tuple[Transformation, ...]
    _matched: int = field(default=-1)
    _defaulted: int = field(default=-1)

    def points(self, events: Iterable[tuple[int, str]]) -> list[DataPoint]:
        """The data points of events (epoch milliseconds, message) in the order in which they came."""
        found: list[DataPoint] = []
        for timestamp, message in events:
            minute = timestamp // _MINUTE
            reading = self.pattern.read(message)
            if reading is not None:
                self._matched = minute
                points = (made.point(reading, timestamp) for made in self.transformations)
                found += [point for point in points if point is not None]
            elif minute not in (self._matched, self._defaulted):
                self._defaulted = minute
                found += [
                    DataPoint(made.namespace, made.name, (), made.default, made.unit, timestamp / 1000)
                    for made in self.transformations
                    if made.default is not None
                ]
        return found
