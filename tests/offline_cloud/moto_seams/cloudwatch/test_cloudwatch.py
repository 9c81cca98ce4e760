"""Metrics through boto3: those that are put, and those that Lambda writes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from offline_cloud import Cloud

TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
SOURCE = (
    "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n"
    "    if event.get('fails'): raise ValueError('no')"
)


class Watch:
    """A cloud with functions, and its metrics."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions = cloud.client("lambda")
        self.metrics = cloud.client("cloudwatch")
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))

    def function(self, name: str, **settings: Any) -> str:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", SOURCE)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role="arn:aws:iam::123456789012:role/r",
            Timeout=300,
            Code={"ZipFile": buffer.getvalue()},
            **settings,
        )
        return name

    def invoke(self, name: str, seconds: float = 0, *, fails: bool = False, **parameters: Any) -> None:
        payload = json.dumps({"seconds": seconds, "fails": fails})
        self.functions.invoke(FunctionName=name, Payload=payload, **parameters)

    def value(self, metric: str, statistic: str, **dimensions: str) -> float | None:
        """The statistic of a metric of Lambda over the last day."""
        now = self.cloud.clock.now()
        kind = (
            "Statistics"
            if statistic in ("Sum", "Maximum", "Average", "SampleCount")
            else "ExtendedStatistics"
        )
        answer = self.metrics.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(days=1),
            EndTime=now + timedelta(minutes=1),
            Period=2 * 86400,
            **{kind: [statistic]},
        )
        points = answer["Datapoints"]
        if not points:
            return None
        (point,) = points
        return float(point[statistic] if kind == "Statistics" else point[kind][statistic])


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    with Cloud.start(clock="skip", seed=4) as cloud:
        yield Watch(cloud)


def test_invocations_errors_and_durations(watch: Watch) -> None:
    name = watch.function("checker")
    for seconds in (1, 2, 3, 40):
        watch.invoke(name, seconds)
    watch.invoke(name, fails=True)
    assert watch.value("Invocations", "Sum", FunctionName=name) == 5
    assert watch.value("Errors", "Sum", FunctionName=name) == 1
    assert watch.value("Errors", "Average", FunctionName=name) == pytest.approx(0.2)
    assert watch.value("Duration", "Maximum", FunctionName=name) == pytest.approx(40_000, rel=0.05)
    assert watch.value("Duration", "p50", FunctionName=name) == pytest.approx(2_000, rel=0.2)
    assert watch.value("Duration", "p99", FunctionName=name) == pytest.approx(38_500, rel=0.05)
    assert watch.value("ConcurrentExecutions", "Maximum", FunctionName=name) == 1
    assert watch.value("Invocations", "Sum", FunctionName=name, Resource=name) == 5
    assert watch.value("Invocations", "Sum", FunctionName="nobody") is None


def test_throttles_are_no_invocations(watch: Watch) -> None:
    name = watch.function("off")
    watch.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    session: Any = watch.cloud.session()
    once = session.client("lambda", config=Config(retries={"max_attempts": 0}))
    with pytest.raises(ClientError, match="TooManyRequests"):
        once.invoke(FunctionName=name)
    assert watch.value("Throttles", "Sum", FunctionName=name) == 1
    assert watch.value("Invocations", "Sum", FunctionName=name) is None


def test_an_alias_tells_its_versions_apart(watch: Watch) -> None:
    name = watch.function("canary", Publish=True)
    watch.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    watch.invoke(name, Qualifier="live")
    watch.invoke(name, Qualifier="1")
    watch.invoke(name)
    assert watch.value("Invocations", "Sum", FunctionName=name) == 3
    for resource in (f"{name}:live", f"{name}:1", name):
        assert watch.value("Invocations", "Sum", FunctionName=name, Resource=resource) == 1
    executed = {"FunctionName": name, "Resource": f"{name}:live", "ExecutedVersion": "1"}
    assert watch.value("Invocations", "Sum", **executed) == 1


def test_provisioned_concurrency_and_what_spills_over(watch: Watch) -> None:
    name = watch.function("ready", Publish=True)
    watch.functions.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2
    )
    watch.cloud.clock.settle()
    watch.invoke(name, Qualifier="1")
    resource = {"FunctionName": name, "Resource": f"{name}:1"}
    assert watch.value("ProvisionedConcurrencyInvocations", "Sum", **resource) == 1
    assert watch.value("ProvisionedConcurrencySpilloverInvocations", "Sum", **resource) == 0
    assert watch.value("ProvisionedConcurrencyUtilization", "Maximum", **resource) == 0.5
    assert watch.value("ClaimedAccountConcurrency", "Maximum") == 2


def test_asynchronous_events(watch: Watch) -> None:
    name = watch.function("later", DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:gone"})
    watch.invoke(name, fails=True, InvocationType="Event")
    watch.cloud.clock.settle()
    assert watch.value("AsyncEventsReceived", "Sum", FunctionName=name) == 1
    assert watch.value("AsyncEventsDropped", "Sum", FunctionName=name) == 1
    assert watch.value("DeadLetterErrors", "Sum", FunctionName=name) == 1
    assert watch.value("Invocations", "Sum", FunctionName=name) == 3
    assert watch.value("AsyncEventAge", "Maximum", FunctionName=name) == pytest.approx(180_000, rel=0.05)


def test_metrics_are_listed(watch: Watch) -> None:
    name = watch.function("listed")
    watch.invoke(name)
    dimensions = [{"Name": "FunctionName", "Value": name}]
    found = watch.metrics.list_metrics(Namespace="AWS/Lambda", MetricName="Duration", Dimensions=dimensions)[
        "Metrics"
    ]
    assert [[one["Name"] for one in metric["Dimensions"]] for metric in found] == [
        ["FunctionName"],
        ["FunctionName", "Resource"],
    ]
    names = {metric["MetricName"] for metric in watch.metrics.list_metrics(Namespace="AWS/Lambda")["Metrics"]}
    assert {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"} <= names


def test_data_and_metric_math(watch: Watch) -> None:
    name = watch.function("math")
    for fails in (True, False, False, False):
        watch.invoke(name, fails=fails)
    now = watch.cloud.clock.now()

    def query(identifier: str, metric: str) -> dict[str, Any]:
        dimensions = [{"Name": "FunctionName", "Value": name}]
        told = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
        stat = {"Metric": told, "Period": 86400, "Stat": "Sum"}
        return {"Id": identifier, "MetricStat": stat, "ReturnData": False}

    answer = watch.metrics.get_metric_data(
        MetricDataQueries=[
            query("errors", "Errors"),
            query("calls", "Invocations"),
            {"Id": "rate", "Expression": "100 * errors / calls", "Label": "failed"},
        ],
        StartTime=now - timedelta(hours=12),
        EndTime=now + timedelta(minutes=1),
    )["MetricDataResults"]
    assert [(one["Id"], one["Label"], one["Values"]) for one in answer] == [("rate", "failed", [25.0])]


def test_own_metrics_keep_dimensions_units_and_periods_apart(watch: Watch) -> None:
    start = watch.cloud.clock.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    for minute, value, symbol in ((0, 1, "A"), (0, 3, "A"), (1, 5, "A"), (0, 100, "B")):
        watch.metrics.put_metric_data(
            Namespace="Desk",
            MetricData=[
                {
                    "MetricName": "Price",
                    "Value": value,
                    "Unit": "Count",
                    "Timestamp": start + timedelta(minutes=minute, seconds=5),
                    "Dimensions": [{"Name": "Symbol", "Value": symbol}],
                }
            ],
        )
    asked = {"Namespace": "Desk", "MetricName": "Price", "StartTime": start, "Period": 60,
             "EndTime": start + timedelta(minutes=5), "Statistics": ["Average", "SampleCount"]}  # fmt: skip
    points = watch.metrics.get_metric_statistics(**asked, Dimensions=[{"Name": "Symbol", "Value": "A"}])
    seen = [(point["Timestamp"], point["Average"], point["Unit"]) for point in points["Datapoints"]]
    assert seen == [(start, 2.0, "Count"), (start + timedelta(minutes=1), 5.0, "Count")]
    assert watch.metrics.get_metric_statistics(**asked)["Datapoints"] == []


def test_what_is_refused(watch: Watch) -> None:
    now = watch.cloud.clock.now()
    asked = {
        "Namespace": "N",
        "MetricName": "M",
        "StartTime": now - timedelta(hours=1),
        "EndTime": now,
        "Period": 60,
    }
    for change, words in (
        ({}, "Must specify either Statistics or ExtendedStatistics"),
        ({"Statistics": ["Sum"], "EndTime": now - timedelta(hours=2)}, "must be less than"),
        ({"Statistics": ["Sum"], "Period": 61}, "multiple of 60"),
        ({"Statistics": ["Sum"], "StartTime": now - timedelta(days=2)}, "exceeds the limit of 1,440"),
        ({"ExtendedStatistics": ["tm90"]}, "NotImplemented"),
    ):
        with pytest.raises(ClientError, match=words):
            watch.metrics.get_metric_statistics(**{**asked, **change})
