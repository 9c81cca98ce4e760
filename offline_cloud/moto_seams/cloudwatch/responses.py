"""Reading metrics: GetMetricStatistics, GetMetricData, ListMetrics.

Source: CloudWatch API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from offline_cloud.engines.metrics import STATISTICS, binned, is_statistic, statistic
from offline_cloud.engines.metrics.expressions import BadExpression, evaluate, names_in
from offline_cloud.moto_seams.cloudwatch.models import OfflineCloudWatchBackend, named, seconds

_MOST_POINTS = 1_440
_PAGE = 500


class OfflineCloudWatchResponse(CloudWatchResponse):
    """moto's CloudWatch responses over our backend."""

    @property
    def metrics(self) -> OfflineCloudWatchBackend:
        """The backend of the request's account and Region."""
        backend: OfflineCloudWatchBackend = cloudwatch_backends[self.current_account][self.region]
        return backend

    def get_metric_statistics(self) -> ActionResult:
        """GetMetricStatistics, in the order of time."""
        asked = self._get_params()
        plain, extended = asked.get("Statistics") or [], asked.get("ExtendedStatistics") or []
        if bool(plain) == bool(extended):
            several = plain and extended
            raise InvalidParameterCombination(
                "Must specify only one of Statistics or ExtendedStatistics"
                if several
                else "Must specify either Statistics or ExtendedStatistics"
            )
        start, end, period = _span(asked)
        if (end - start) / period > _MOST_POINTS:
            raise InvalidParameterCombination(
                f"You have requested up to {int((end - start) // period):,} datapoints, which exceeds the "
                f"limit of {_MOST_POINTS:,}. You may reduce the datapoints requested by increasing Period, "
                "or decreasing the time range."
            )
        for name in plain:
            if name not in STATISTICS:
                raise InvalidParameterValue(f"Statistic {name} is not one of {', '.join(STATISTICS)}")
        for name in extended:
            _check_statistic(name)
        samples = self.metrics.samples(
            asked["Namespace"], asked["MetricName"], dict(named(asked.get("Dimensions") or ()))
        )
        points = []
        for when, unit, found in binned(samples, start, end, period, asked.get("Unit")):
            point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(when, UTC), "Unit": unit}
            point |= {name: statistic(name, found) for name in plain}
            if extended:
                told = {name: statistic(name, found) for name in extended}
                point["ExtendedStatistics"] = {
                    name: value for name, value in told.items() if value is not None
                }
            points.append(point)
        return ActionResult({"Label": asked["MetricName"], "Datapoints": points})

    def get_metric_data(self) -> ActionResult:
        """GetMetricData: metrics, and arithmetic on them."""
        asked = self._get_params()
        queries: list[dict[str, Any]] = asked.get("MetricDataQueries") or []
        ids = [query.get("Id") for query in queries]
        if len(set(ids)) < len(ids):
            raise ValidationError("The values for parameter Id in MetricDataQueries are not unique.")
        series: dict[str, Mapping[float, float]] = {}
        periods: dict[str, int] = {}
        for query in queries:
            if "MetricStat" in query:
                periods[query["Id"]] = int(query["MetricStat"]["Period"])
                series[query["Id"]] = self._series(query["MetricStat"], asked)
            elif "Expression" not in query:
                # AWS's message has the empty line, too.
                raise ValidationError("The parameter MetricDataQueries.member.1.MetricStat is required.\n")
        pending = [query for query in queries if "MetricStat" not in query]
        while pending:
            ready = [one for one in pending if _names(one) <= series.keys()]
            if not ready:
                unknown = sorted(_names(pending[0]) - series.keys())
                raise ValidationError(
                    f"Error in expression '{pending[0]['Id']}': no query has the id {unknown}"
                )
            for query in ready:
                period = int(query.get("Period") or max(periods.values(), default=60))
                try:
                    series[query["Id"]] = evaluate(query["Expression"], series, period)
                except BadExpression as problem:
                    raise NotImplementedError(f"Metric math: {problem}") from problem
            pending = [query for query in pending if query not in ready]
        newest_first = asked.get("ScanBy") != "TimestampAscending"
        results = [
            _result(query, series[query["Id"]], newest_first=newest_first)
            for query in queries
            if query.get("ReturnData", True) not in (False, "false")
        ]
        return ActionResult({"MetricDataResults": results, "Messages": []})

    def list_metrics(self) -> ActionResult:
        """ListMetrics, in pages."""
        asked = self._get_params()
        wanted = [(one["Name"], one.get("Value")) for one in asked.get("Dimensions") or ()]
        found = [
            (namespace, name, dimensions)
            for namespace, name, dimensions in self.metrics.known()
            if asked.get("Namespace") in (None, namespace)
            and asked.get("MetricName") in (None, name)
            and all(
                any(key == there and value in (None, told) for there, told in dimensions)
                for key, value in wanted
            )
        ]
        try:
            first = int(asked.get("NextToken") or 0)
        except ValueError:
            raise InvalidParameterValue("Request parameter NextToken is invalid") from None
        shown = [
            {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            }
            for namespace, name, dimensions in found[first : first + _PAGE]
        ]
        token = str(first + _PAGE) if len(found) > first + _PAGE else None
        return ActionResult({"Metrics": shown, "NextToken": token})

    def _series(self, asked: Mapping[str, Any], query: Mapping[str, Any]) -> dict[float, float]:
        start, end, period = _span({**query, "Period": asked["Period"]})
        _check_statistic(asked["Stat"])
        metric = asked["Metric"]
        samples = self.metrics.samples(
            metric["Namespace"], metric["MetricName"], dict(named(metric.get("Dimensions") or ()))
        )
        found: dict[float, float] = {}
        for when, _, part in binned(samples, start, end, period, asked.get("Unit")):
            value = statistic(asked["Stat"], part)
            if value is not None:
                found[when] = value
        return found


def _result(query: Mapping[str, Any], series: Mapping[float, float], *, newest_first: bool) -> dict[str, Any]:
    moments = sorted(series, reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or _label(query),
        "Timestamps": [datetime.fromtimestamp(when, UTC) for when in moments],
        "Values": [series[when] for when in moments],
        "StatusCode": "Complete",
    }


def _label(query: Mapping[str, Any]) -> str:
    return str(query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"])


def _names(query: Mapping[str, Any]) -> set[str]:
    try:
        return names_in(str(query["Expression"]))
    except BadExpression as problem:
        raise ValidationError(f"Error in expression '{query['Id']}': {problem}") from problem


def _span(asked: Mapping[str, Any]) -> tuple[float, float, int]:
    start, end, period = seconds(asked["StartTime"]), seconds(asked["EndTime"]), int(asked["Period"])
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    if period < 1 or (period not in (1, 5, 10, 20, 30) and period % 60):
        raise InvalidParameterValue("The parameter Period must be 1, 5, 10, 20, 30, or any multiple of 60.")
    return start, end, period


def _check_statistic(name: str) -> None:
    if is_statistic(name):
        return
    if name.lower().startswith(("tm", "wm", "tc", "ts", "pr", "iqm")):
        raise NotImplementedError(f"The statistic {name} has not been implemented")
    raise InvalidParameterValue(f"The value {name} for parameter Stat is not supported.")
