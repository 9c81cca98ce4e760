"""CloudWatch Logs through boto3: patterns, queries, metrics, subscriptions, retention on cloud time."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud
from offline_cloud.nursery import Nursery

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ORDERS = (
    {"level": "INFO", "symbol": "TRDW", "ms": 95},
    {"level": "ERROR", "symbol": "ACME", "ms": 410},
    {"level": "INFO", "symbol": "ACME", "ms": 380},
    {"level": "ERROR", "symbol": "TRDW", "ms": 9},
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One that has moved, as each cloud does; out of a nursery, where a graded one comes from."""
    with Nursery.start() as nursery, nursery.cloud(clock="skip", seed=5) as running:
        running.clock.advance(hours=30)
        yield running


@pytest.fixture(scope="module")
def logs(cloud: Cloud) -> Any:
    return cloud.client("logs")


class Writer:
    """A log group with one stream, and events at the cloud's time."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.logs: Any = cloud.client("logs")
        self.cloud = cloud
        self.name = name
        self.logs.create_log_group(logGroupName=name)
        self.logs.create_log_stream(logGroupName=name, logStreamName="one")

    def now(self) -> int:
        return int(self.cloud.clock.now().timestamp() * 1000)

    def write(self, *messages: object, ago: int = 0) -> Any:
        """Put messages, `ago` seconds ago, a millisecond apart."""
        texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
        start = self.now() - ago * 1000
        events = [{"timestamp": start + at, "message": text} for at, text in enumerate(texts)]
        return self.logs.put_log_events(logGroupName=self.name, logStreamName="one", logEvents=events)

    def found(self, pattern: str, **more: Any) -> list[str]:
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.name, filterPattern=pattern, **more
        )
        return [event["message"] for page in pages for event in page["events"]]

    def asked(self, query: str, **more: Any) -> dict[str, Any]:
        """A query over the last hour, from its start to its end."""
        now = self.now() // 1000
        span = {"startTime": now - 3600, "endTime": now + 1}
        started = self.logs.start_query(logGroupName=self.name, queryString=query, **{**span, **more})
        self.cloud.clock.settle()
        answer: dict[str, Any] = self.logs.get_query_results(queryId=started["queryId"])
        return answer

    def rows(self, query: str, **more: Any) -> list[dict[str, str]]:
        results = self.asked(query, **more)["results"]
        return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in results]


@pytest.fixture(scope="module")
def writer(cloud: Cloud) -> Callable[[str], Writer]:
    return lambda name: Writer(cloud, name)


@pytest.fixture(scope="module")
def orders(writer: Callable[[str], Writer]) -> Writer:
    made = writer("/tradewind/orders")
    made.write(*ORDERS, "plain words: ERROR")
    return made


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


# ---------------------------------------------------------------------- filter_log_events


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("", 5),
        ("ERROR", 3),
        ("ERROR -ACME", 2),
        ("?TRDW ?words", 3),
        ('{ $.ms > 90 && $.level = "INFO" }', 2),
        ("%4[0-9]0%", 1),
    ],
)
def test_filter_patterns(orders: Writer, pattern: str, count: int) -> None:
    assert len(orders.found(pattern)) == count


def test_pages_of_what_matches(orders: Writer) -> None:
    first = orders.logs.filter_log_events(logGroupName=orders.name, filterPattern="ERROR", limit=2)
    assert len(first["events"]) == 2
    rest = orders.logs.filter_log_events(
        logGroupName=orders.name, filterPattern="ERROR", limit=2, nextToken=first["nextToken"]
    )
    assert [event["message"] for event in rest["events"]] == ["plain words: ERROR"]
    assert "nextToken" not in rest
    event = first["events"][0]
    assert set(event) == {"logStreamName", "timestamp", "message", "ingestionTime", "eventId"}
    assert event["ingestionTime"] >= event["timestamp"]


def test_times_and_streams_narrow_it(orders: Writer) -> None:
    events = orders.logs.filter_log_events(logGroupName=orders.name)["events"]
    second, third = events[1]["timestamp"], events[2]["timestamp"]
    assert len(orders.found("", startTime=second, endTime=third)) == 2  # both ends count
    assert orders.found("", logStreamNamePrefix="o") != []
    assert orders.found("", logStreamNamePrefix="x") == []
    with pytest.raises(ClientError) as caught:
        orders.found("", logStreamNames=["missing"])
    assert code(caught) == "ResourceNotFoundException"


@pytest.mark.parametrize("pattern", ["{ $.level = }", "[a, b", "a-b", "%(x)%"])
def test_what_is_no_pattern_is_refused(orders: Writer, pattern: str) -> None:
    with pytest.raises(ClientError, match="Invalid filter pattern") as caught:
        orders.found(pattern)
    assert code(caught) == "InvalidParameterException"


def test_a_group_that_is_not_there(logs: Any) -> None:
    with pytest.raises(ClientError, match="The specified log group does not exist") as caught:
        logs.filter_log_events(logGroupName="/missing")
    assert code(caught) == "ResourceNotFoundException"


# ---------------------------------------------------------------------- queries


def test_a_query_finds_the_slowest(orders: Writer) -> None:
    query = (
        "stats avg(ms) as mean, count(*) as n by symbol | filter ispresent(mean) | sort mean desc | limit 1"
    )
    assert orders.rows(query) == [{"symbol": "ACME", "mean": "395", "n": "2"}]


def test_a_query_takes_a_moment(orders: Writer) -> None:
    now = orders.now() // 1000
    asked = {"startTime": now - 3600, "endTime": now + 1, "queryString": "filter ms > 90 | limit 2"}
    query = orders.logs.start_query(logGroupName=orders.name, **asked)["queryId"]
    orders.cloud.clock.settle()
    answer = orders.logs.get_query_results(queryId=query)
    assert answer["status"] == "Complete"
    statistics = answer["statistics"]
    assert (statistics["recordsScanned"], statistics["recordsMatched"]) == (5, 3)
    assert len(answer["results"]) == 2
    described = orders.logs.describe_queries(logGroupName=orders.name, status="Complete")["queries"][0]
    assert (described["queryId"], described["queryString"]) == (query, asked["queryString"])
    with pytest.raises(ClientError):
        orders.logs.stop_query(queryId=query)  # it is over


def test_the_pointer_leads_to_the_whole_event(orders: Writer) -> None:
    row = orders.asked("filter ms = 410 | display symbol")["results"][0]
    cells = {cell["field"]: cell["value"] for cell in row}
    record = orders.logs.get_log_record(logRecordPointer=cells["@ptr"])["logRecord"]
    assert (record["symbol"], record["ms"], record["@logStream"]) == ("ACME", "410", "one")


def test_fields_of_a_group(orders: Writer) -> None:
    fields = orders.logs.get_log_group_fields(logGroupName=orders.name)["logGroupFields"]
    percent = {field["name"]: field["percent"] for field in fields}
    assert (percent["@message"], percent["ms"]) == (100, 80)


def test_several_groups_at_once(orders: Writer, writer: Callable[[str], Writer]) -> None:
    other = writer("/tradewind/more")
    other.write({"level": "INFO", "symbol": "ZORG", "ms": 1})
    now = orders.now() // 1000
    query = orders.logs.start_query(
        logGroupNames=[orders.name, other.name],
        startTime=now - 3600,
        endTime=now + 1,
        queryString="stats count(*) as n by @log | sort n",
    )["queryId"]
    orders.cloud.clock.settle()
    rows = orders.logs.get_query_results(queryId=query)["results"]
    assert [[cell["value"] for cell in row] for row in rows] == [
        [f"123456789012:{other.name}", "1"],
        [f"123456789012:{orders.name}", "5"],
    ]


def test_a_query_that_is_none_says_where(orders: Writer) -> None:
    with pytest.raises(ClientError) as caught:
        orders.asked("fields symbol | wher ms > 1")
    assert code(caught) == "MalformedQueryException"
    location = caught.value.response["queryCompileError"]["location"]  # type: ignore[typeddict-item]
    assert location == {"startCharOffset": 16, "endCharOffset": 20}
    with pytest.raises(ClientError) as caught:
        orders.asked("pattern @message")
    assert code(caught) == "NotImplemented"
    with pytest.raises(ClientError) as caught:
        orders.logs.get_query_results(queryId="00000000-0000-0000-0000-000000000000")
    assert code(caught) == "ResourceNotFoundException"


# ---------------------------------------------------------------------- metrics


def statistics(cloud: Cloud, name: str, **more: Any) -> list[float]:
    """The sums of a metric of Tradewind's, minute by minute."""
    now = cloud.clock.now()
    points = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Tradewind",
        MetricName=name,
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
        **more,
    )["Datapoints"]
    return [point["Sum"] for point in sorted(points, key=lambda point: point["Timestamp"])]


def test_a_metric_filter_counts(cloud: Cloud, writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/counted")
    group.write({"level": "ERROR"})  # before the filter: not counted
    made = {"metricName": "Errors", "metricNamespace": "Tradewind", "metricValue": "1", "unit": "Count"}
    group.logs.put_metric_filter(
        logGroupName=group.name,
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[made],
    )
    group.write(*ORDERS)
    cloud.clock.advance(minutes=10)
    group.write({"level": "ERROR"})
    assert statistics(cloud, "Errors") == [2, 1]
    described = group.logs.describe_metric_filters(logGroupName=group.name)["metricFilters"][0]
    assert described["metricTransformations"] == [made]
    assert (
        group.logs.describe_log_groups(logGroupNamePrefix=group.name)["logGroups"][0]["metricFilterCount"]
        == 1
    )
    group.logs.delete_metric_filter(logGroupName=group.name, filterName="errors")
    group.write({"level": "ERROR"})
    assert statistics(cloud, "Errors") == [2, 1]


def test_a_metric_filter_reads_values_and_dimensions(cloud: Cloud, writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/measured")
    made = {
        "metricName": "Took",
        "metricNamespace": "Tradewind",
        "metricValue": "$.ms",
        "dimensions": {"Symbol": "$.symbol"},
    }
    group.logs.put_metric_filter(
        logGroupName=group.name, filterName="took", filterPattern="{ $.ms > 0 }", metricTransformations=[made]
    )
    group.write(*ORDERS)
    assert statistics(cloud, "Took", Dimensions=[{"Name": "Symbol", "Value": "ACME"}]) == [790]
    assert statistics(cloud, "Took", Dimensions=[{"Name": "Symbol", "Value": "TRDW"}]) == [104]


def test_a_pattern_is_tried_without_a_group(logs: Any) -> None:
    messages = [json.dumps(order) for order in ORDERS]
    answer = logs.test_metric_filter(filterPattern="{ $.ms > 90 }", logEventMessages=messages)
    assert [match["eventNumber"] for match in answer["matches"]] == [1, 2, 3]
    assert answer["matches"][1]["extractedValues"] == {"$.ms": "410"}


@pytest.mark.parametrize(
    "members",
    [{"metricValue": "many"}, {"metricValue": "1", "dimensions": {"A": "$.a"}, "defaultValue": 0.0}],
)
def test_a_metric_that_aws_refuses(orders: Writer, members: dict[str, Any]) -> None:
    made = {"metricName": "Bad", "metricNamespace": "Tradewind", **members}
    with pytest.raises(ClientError) as caught:
        orders.logs.put_metric_filter(
            logGroupName=orders.name,
            filterName="bad",
            filterPattern="{ $.a = 1 }",
            metricTransformations=[made],
        )
    assert code(caught) == "InvalidParameterException"


def test_a_metric_embedded_in_an_event(cloud: Cloud, writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/embedded")
    directive = {
        "Namespace": "Tradewind",
        "Dimensions": [["Side"]],
        "Metrics": [{"Name": "Filled", "Unit": "Count"}],
    }
    for filled in (3, 4):
        metadata = {"Timestamp": group.now(), "CloudWatchMetrics": [directive]}
        group.write({"_aws": metadata, "Side": "buy", "Filled": filled})
    assert sum(statistics(cloud, "Filled", Dimensions=[{"Name": "Side", "Value": "buy"}])) == 7


# ---------------------------------------------------------------------- subscriptions


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    made = cloud.client("iam").create_role(RoleName="logs-tests", AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(made["Role"]["Arn"])


def deploy(cloud: Cloud, role: str, name: str, body: str) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", f"def handler(event, context):\n    {body}\n")
    functions: Any = cloud.client("lambda")
    arn: str = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return arn


def test_a_subscriber_gets_what_matches(cloud: Cloud, role: str, writer: Callable[[str], Writer]) -> None:
    arn = deploy(cloud, role, "subscriber", "print(event['awslogs']['data'])")
    group = writer("/tradewind/subscribed")
    group.logs.put_subscription_filter(
        logGroupName=group.name,
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        destinationArn=arn,
    )
    group.write(*ORDERS)
    cloud.clock.settle()
    lines = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/subscriber")["events"]
    data = next(line["message"] for line in lines if line["message"].startswith("H4sI"))
    told = json.loads(gzip.decompress(b64decode(data)))
    assert (told["messageType"], told["owner"], told["logGroup"]) == (
        "DATA_MESSAGE",
        "123456789012",
        group.name,
    )
    assert (told["logStream"], told["subscriptionFilters"]) == ("one", ["errors"])
    assert [json.loads(event["message"]) for event in told["logEvents"]] == [ORDERS[1], ORDERS[3]]
    described = group.logs.describe_subscription_filters(logGroupName=group.name)["subscriptionFilters"]
    assert [one["destinationArn"] for one in described] == [arn]


def test_a_group_has_two_subscribers_at_most(
    cloud: Cloud, role: str, writer: Callable[[str], Writer]
) -> None:
    arn = deploy(cloud, role, "listener", "return None")
    group = writer("/tradewind/popular")

    def subscribe(name: str, destination: str = arn) -> None:
        group.logs.put_subscription_filter(
            logGroupName=group.name, filterName=name, filterPattern="", destinationArn=destination
        )

    for name in ("a", "b", "b"):  # the second b takes the place of the first
        subscribe(name)
    with pytest.raises(ClientError) as caught:
        subscribe("c")
    assert code(caught) == "LimitExceededException"
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        subscribe("a", arn + "-missing")
    with pytest.raises(ClientError, match="cannot work with destinationArn for vendor sqs"):
        subscribe("a", "arn:aws:sqs:us-east-1:123456789012:queue")


# ---------------------------------------------------------------------- retention, streams, functions' lines


def test_retention_is_on_cloud_time(cloud: Cloud, writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/kept")
    group.logs.put_retention_policy(logGroupName=group.name, retentionInDays=1)
    group.write("old")
    cloud.clock.advance(hours=23)
    group.write("young")
    assert group.found("") == ["old", "young"]
    cloud.clock.advance(hours=2)
    assert group.found("") == ["young"]
    assert group.rows("fields @message", startTime=0) == [{"@message": "young"}]
    with pytest.raises(ClientError) as caught:
        group.logs.put_retention_policy(logGroupName=group.name, retentionInDays=2)
    assert code(caught) == "InvalidParameterException"
    group.logs.delete_retention_policy(logGroupName=group.name)
    assert (
        "retentionInDays" not in group.logs.describe_log_groups(logGroupNamePrefix=group.name)["logGroups"][0]
    )


def test_events_that_are_too_old_or_too_new_are_rejected(writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/rejected")
    assert group.write("x", ago=15 * 86_400)["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert group.write("x", ago=-3 * 3_600)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    assert group.found("") == []
    now = group.now()
    events = [{"timestamp": now - at, "message": "x"} for at in (0, 5)]
    with pytest.raises(ClientError, match="chronological order") as caught:
        group.logs.put_log_events(logGroupName=group.name, logStreamName="one", logEvents=events)
    assert code(caught) == "InvalidParameterException"


def test_streams_know_their_first_and_last_event(writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/streams")
    group.write("a", ago=60)
    group.write("b")
    group.logs.create_log_stream(logGroupName=group.name, logStreamName="empty")
    described = group.logs.describe_log_streams(logGroupName=group.name)["logStreams"]
    streams = {stream["logStreamName"]: stream for stream in described}
    one = streams["one"]
    assert 59_000 < one["lastEventTimestamp"] - one["firstEventTimestamp"] < 62_000
    assert "lastEventTimestamp" not in streams["empty"]
    ordered = group.logs.describe_log_streams(
        logGroupName=group.name, orderBy="LastEventTime", descending=True
    )
    assert ordered["logStreams"][0]["logStreamName"] == "one"


def test_get_log_events_goes_both_ways(writer: Callable[[str], Writer]) -> None:
    group = writer("/tradewind/pages")
    group.write(*[f"line {number}" for number in range(5)])

    def page(**more: Any) -> tuple[list[str], Any]:
        answer = group.logs.get_log_events(logGroupName=group.name, logStreamName="one", limit=2, **more)
        return [event["message"] for event in answer["events"]], answer

    first, answer = page(startFromHead=True)
    second, _ = page(nextToken=answer["nextForwardToken"])
    newest, _ = page()
    assert (first, second, newest) == (["line 0", "line 1"], ["line 2", "line 3"], ["line 3", "line 4"])
    nothing, end = page(nextToken=answer["nextBackwardToken"])
    assert nothing == []
    assert end["nextBackwardToken"] == answer["nextBackwardToken"]  # at the end it leads to itself


def test_a_functions_lines_are_read_with_their_durations(cloud: Cloud, role: str) -> None:
    deploy(cloud, role, "sleeper", "import time; time.sleep(event); print('slept', event)")
    for seconds in (1, 2):
        cloud.client("lambda").invoke(FunctionName="sleeper", Payload=json.dumps(seconds))
    logs: Any = cloud.client("logs")
    now = int(cloud.clock.now().timestamp())
    query = logs.start_query(
        logGroupName="/aws/lambda/sleeper",
        startTime=now - 60,
        endTime=now + 1,
        queryString='filter @type = "REPORT" | stats count(*) as runs, max(@duration) as longest',
    )["queryId"]
    cloud.clock.settle()
    row = {cell["field"]: cell["value"] for cell in logs.get_query_results(queryId=query)["results"][0]}
    assert row["runs"] == "2"
    assert 2000 <= float(row["longest"]) < 2400
