"""Metrics out of log events: by a metric filter, and in the embedded metric format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offline_cloud.engines.logs.embedded_metrics import DataPoint, embedded_points
from offline_cloud.engines.logs.filter_pattern import compile_pattern
from offline_cloud.engines.logs.metric_filter import BadTransformation, MetricFilter, transformation

START = 1_795_849_200_000
MINUTE = 60_000


def a_filter(pattern: str, **members: Any) -> MetricFilter:
    compiled = compile_pattern(pattern)
    given = {"metricNamespace": "Tradewind", "metricName": "Failed", "metricValue": "1", **members}
    return MetricFilter(compiled, (transformation(given, compiled),))


def seen(points: list[DataPoint]) -> list[tuple[Any, ...]]:
    return [(point.when - START / 1000, point.value, point.dimensions, point.unit) for point in points]


def test_each_match_is_a_point() -> None:
    events = [(START, "ERROR a"), (START + 1_000, "INFO b"), (START + 2_000, "ERROR c")]
    assert seen(a_filter("ERROR", unit="Count").points(events)) == [(0, 1, (), "Count"), (2, 1, (), "Count")]


def test_a_value_and_dimensions_out_of_the_event() -> None:
    orders = a_filter('{ $.level = "ERROR" }', metricValue="$.ms", dimensions={"Symbol": "$.symbol"})
    events = [
        (START, json.dumps({"level": "ERROR", "ms": 12.5, "symbol": "TRDW"})),
        (START, json.dumps({"level": "ERROR", "ms": "7", "symbol": "ACME"})),
        (START, json.dumps({"level": "ERROR", "ms": "long", "symbol": "ACME"})),  # no number
        (START, json.dumps({"level": "ERROR", "ms": 3})),  # no symbol
    ]
    assert seen(orders.points(events)) == [
        (0, 12.5, (("Symbol", "TRDW"),), "None"),
        (0, 7, (("Symbol", "ACME"),), "None"),
    ]
    lines = a_filter("[what = took, ms]", metricValue="$ms", dimensions={"What": "$what"})
    assert seen(lines.points([(START, "took 95")])) == [(0, 95, (("What", "took"),), "None")]


def test_a_default_is_given_once_in_a_minute_without_a_match() -> None:
    errors = a_filter("ERROR", defaultValue=0)
    first = [(START, "INFO"), (START + 1_000, "INFO")]
    assert seen(errors.points(first)) == [(0, 0, (), "None")]
    second = [(START + MINUTE, "ERROR"), (START + MINUTE + 1_000, "INFO")]
    assert seen(errors.points(second)) == [(60, 1, (), "None")]
    assert seen(errors.points([(START + 2 * MINUTE, "INFO")])) == [(120, 0, (), "None")]


@pytest.mark.parametrize(
    ("pattern", "members"),
    [
        ("ERROR", {"metricValue": "many"}),
        ("ERROR", {"metricValue": "$.ms"}),
        ("ERROR", {"dimensions": {"Symbol": "$.symbol"}}),
        ("ERROR", {"unit": "Pieces"}),
        ('{ $.a = "b" }', {"dimensions": {"A": "$.a"}, "defaultValue": 0}),
        ('{ $.a = "b" }', {"dimensions": {name: f"$.{name}" for name in "abcd"}}),
    ],
)
def test_what_aws_refuses(pattern: str, members: dict[str, Any]) -> None:
    with pytest.raises(BadTransformation):
        a_filter(pattern, **members)


def document(**changes: Any) -> dict[str, Any]:
    directive = {
        "Namespace": "Tradewind",
        "Dimensions": [["Symbol"]],
        "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}],
        **changes,
    }
    metadata = {"Timestamp": START + 5_000, "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "Symbol": "TRDW", "Side": "buy", "Latency": 95, "Calls": [1, 2]}


def embedded(given: Any) -> list[tuple[Any, ...]]:
    return [(point.name, *row) for point, row in _rows(given)]


def _rows(given: Any) -> list[tuple[DataPoint, tuple[Any, ...]]]:
    points = embedded_points(given if isinstance(given, str) else json.dumps(given), START)
    return list(zip(points, seen(points), strict=True))


def test_an_embedded_metric() -> None:
    assert embedded(document()) == [("Latency", 5, 95, (("Symbol", "TRDW"),), "Milliseconds")]


def test_each_set_of_dimensions_and_each_value_is_a_point() -> None:
    given = document(Dimensions=[["Symbol", "Side"], []], Metrics=[{"Name": "Calls"}])
    both = (("Side", "buy"), ("Symbol", "TRDW"))
    assert embedded(given) == [
        ("Calls", 5, 1, both, "None"),
        ("Calls", 5, 1, (), "None"),
        ("Calls", 5, 2, both, "None"),
        ("Calls", 5, 2, (), "None"),
    ]


def test_without_a_time_the_events_own_counts() -> None:
    given = document()
    del given["_aws"]["Timestamp"]
    assert embedded(given)[0][1] == 0


@pytest.mark.parametrize(
    "given",
    [
        'no JSON with "CloudWatchMetrics"',
        {"Latency": 95},
        {"_aws": {"CloudWatchMetrics": "x"}},
        {"_aws": 5, "CloudWatchMetrics": []},
        document(Namespace=""),
        document(Namespace=5),
        document(Metrics="Latency"),
        document(Metrics=[{"Name": "Missing"}]),
        document(Metrics=[{"Name": "Symbol"}]),
        document(Metrics=[{"Name": "Latency", "Unit": "Pieces"}]),
        document(Metrics=[{"Name": "Latency"}] * 101),
        document(Dimensions=[["Missing"]]),
        document(Dimensions=[["Latency"]]),
    ],
)
def test_what_breaks_the_format_gives_nothing(given: Any) -> None:
    assert embedded(given) == []
