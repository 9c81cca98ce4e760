"""Statistics of samples by period, and metric math."""

import pytest

from offline_cloud.engines.metrics import BadStatistic, Sample, binned, is_statistic, statistic
from offline_cloud.engines.metrics.expressions import BadExpression, evaluate, names_in

HUNDRED = [Sample.of(0.0, float(value)) for value in range(1, 101)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("SampleCount", 100), ("Sum", 5050), ("Average", 50.5), ("Minimum", 1), ("Maximum", 100),
     ("p0", 1), ("p50", 50.5), ("p99", 99.01), ("p99.9", 99.901), ("p100", 100)],
)  # fmt: skip
def test_statistics(name: str, value: float) -> None:
    assert is_statistic(name)
    assert statistic(name, HUNDRED) == pytest.approx(value)


def test_counted_values_and_statistic_sets() -> None:
    many = [Sample.of(0.0, 5.0, count=3.0), Sample.of(0.0, 1.0)]
    assert statistic("Average", many) == 4.0
    assert statistic("p50", many) == 5.0
    told = [Sample(0.0, 12.0, 1.0, 9.0, 4.0)]
    assert (statistic("Average", told), statistic("Maximum", told)) == (3.0, 9.0)
    assert statistic("p50", told) is None


@pytest.mark.parametrize("name", ["p101", "tm90", "Median", "p", ""])
def test_what_is_no_statistic(name: str) -> None:
    assert not is_statistic(name)
    with pytest.raises(BadStatistic):
        statistic(name, HUNDRED)


def test_periods_begin_with_what_is_asked_for() -> None:
    samples = [Sample.of(when, 1.0) for when in (59.0, 60.0, 119.0, 121.0, 299.9, 300.0)]
    found = [(when, len(part)) for when, _, part in binned(samples, 75.0, 300.0, 60)]
    assert found == [(60.0, 2), (120.0, 1), (240.0, 1)]
    units = [Sample.of(0.0, 1.0, "Count"), Sample.of(0.0, 1.0, "Seconds")]
    assert [unit for _, unit, _ in binned(units, 0.0, 60.0, 60)] == ["Count", "Seconds"]
    assert [unit for _, unit, _ in binned(units, 0.0, 60.0, 60, "Count")] == ["Count"]


SERIES = {"errors": {0.0: 1.0, 60.0: 3.0, 180.0: 1.0}, "calls": {0.0: 4.0, 60.0: 6.0, 120.0: 0.0, 180.0: 0.0}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("errors / calls * 100", {0.0: 25.0, 60.0: 50.0}),
        ("-errors + 1", {0.0: 0.0, 60.0: -2.0, 180.0: 0.0}),
        ("calls - errors", {0.0: 3.0, 60.0: 3.0, 180.0: -1.0}),
        ("SUM(METRICS())", {0.0: 5.0, 60.0: 9.0, 120.0: 0.0, 180.0: 1.0}),
        ("MAX([errors, calls])", {0.0: 4.0, 60.0: 6.0, 120.0: 0.0, 180.0: 1.0}),
        ("errors / SUM(errors)", {0.0: 0.2, 60.0: 0.6, 180.0: 0.2}),
        ("FILL(errors, 0)", {0.0: 1.0, 60.0: 3.0, 120.0: 0.0, 180.0: 1.0}),
        ("FILL(errors, REPEAT)", {0.0: 1.0, 60.0: 3.0, 120.0: 3.0, 180.0: 1.0}),
        ("errors / PERIOD(errors)", {0.0: 1 / 60, 60.0: 0.05, 180.0: 1 / 60}),
        ("errors ^ 2", {0.0: 1.0, 60.0: 9.0, 180.0: 1.0}),
    ],
)
def test_metric_math(expression: str, expected: dict[float, float]) -> None:
    assert evaluate(expression, SERIES, 60) == pytest.approx(expected)


@pytest.mark.parametrize(
    "expression", ["errors +", "SEARCH('x', 'Sum')", "__import__('os')", "5", "METRICS()", "errors.real", "x"]
)
def test_what_is_no_metric_math(expression: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(expression, SERIES, 60)


def test_an_expression_names_what_it_needs() -> None:
    assert names_in("FILL(errors, REPEAT) / SUM([a, b])") == {"errors", "a", "b"}
