"""moto's CloudWatch backend with metrics as CloudWatch keeps them: dimensions count, periods, percentiles.

Metrics of Lambda are not stored here: the function host knows them (`function_host.invocation_metrics`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from moto.cloudwatch.models import CloudWatchBackend, MetricDatum

from offline_cloud.engines.metrics import Sample
from offline_cloud.function_host.invocation_metrics import NAMESPACE as LAMBDA

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["Metric", "OfflineCloudWatchBackend"]

Metric = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name, and dimensions in the order of their names."""


class OfflineCloudWatchBackend(CloudWatchBackend):
    """CloudWatch of one account and Region."""

    context: ClassVar[CloudContext]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._samples: defaultdict[Metric, list[Sample]] = defaultdict(list)

    def put_metric_data(self, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        """PutMetricData: all or nothing."""
        for number, datum in enumerate(metric_data):
            self._validate_parameters_put_metric_data(datum, number + 1)
        for datum in metric_data:
            metric = namespace, datum["MetricName"], named(datum.get("Dimensions") or ())
            self._samples[metric] += self._of(datum)

    def samples(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> Iterable[Sample]:
        """All samples of one metric."""
        found = list(self._samples.get((namespace, name, tuple(sorted(dimensions.items()))), ()))
        if namespace == LAMBDA:
            host = self.context.function_host
            found += host.metrics.samples(self.account_id, self.region_name, name, dimensions)
        found += [
            Sample.of(seconds(datum.timestamp), float(datum.value), datum.unit or "None")
            for datum in self.aws_metric_data
            if isinstance(datum, MetricDatum)
            and (datum.namespace, datum.name) == (namespace, name)
            and {one.name: one.value for one in datum.dimensions} == dict(dimensions)
        ]
        return found

    def put_moments(self) -> list[tuple[Metric, float]]:
        """The metrics that somebody put, with the moment of each sample."""
        return [(metric, sample.when) for metric, found in list(self._samples.items()) for sample in found]

    def known(self) -> list[Metric]:
        """The metrics that there are, in order."""
        lambdas = self.context.function_host.metrics.known(self.account_id, self.region_name)
        found = {metric for metric, samples in self._samples.items() if samples}
        found |= {(LAMBDA, name, dimensions) for name, dimensions in lambdas}
        for datum in self.aws_metric_data:
            pairs = ((str(one.name), str(one.value)) for one in datum.dimensions)
            found.add((datum.namespace, datum.name, tuple(sorted(pairs))))
        return sorted(found)

    def _of(self, datum: Mapping[str, Any]) -> list[Sample]:
        when = datum.get("Timestamp")
        moment = self.context.clock.now() if when is None else seconds(when)
        unit = datum.get("Unit") or "None"
        if datum.get("Values"):
            counts = datum.get("Counts") or [1] * len(datum["Values"])
            return [
                Sample.of(moment, float(value), unit, float(count))
                for value, count in zip(datum["Values"], counts, strict=True)
            ]
        if datum.get("StatisticValues"):
            told = {name: float(value) for name, value in datum["StatisticValues"].items()}
            return [Sample(moment, told["Sum"], told["Minimum"], told["Maximum"], told["SampleCount"], unit)]
        return [Sample.of(moment, float(datum.get("Value") or 0), unit)]


def named(dimensions: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Dimensions as the API has them, in the order of their names."""
    return tuple(sorted((str(one["Name"]), str(one["Value"])) for one in dimensions))


def seconds(when: Any) -> float:
    """Epoch seconds; moto's times are in UTC and don't say so."""
    if not isinstance(when, datetime):
        return float(when)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
