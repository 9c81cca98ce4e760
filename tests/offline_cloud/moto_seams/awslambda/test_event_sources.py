"""Event source mappings from queues, through boto3 against a running cloud."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud
from offline_cloud.event_sources import Mapping
from offline_cloud.event_sources.queue_poller import failed_messages

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ROLE = "arn:aws:iam::123456789012:role/r"
COUNTING = """
import json
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("BATCH", json.dumps(bodies))
    failed = [record for record in event["Records"] if "poison" in record["body"]]
    if failed and MODE == "raise":
        raise ValueError("poison")
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
"""


class Desk:
    """A cloud with one function and its queues."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions = cloud.client("lambda")
        self.queues = cloud.client("sqs")
        self.made = 0

    def function(self, mode: str = "partial", source: str = COUNTING) -> str:
        self.made += 1
        name = f"consumer-{self.made}"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", f"MODE = {mode!r}\n{source}")
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": buffer.getvalue()},
            Timeout=10,
        )
        return name

    def queue(self, name: str, dead: str | None = None, **attributes: str) -> str:
        if dead:
            policy = {"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": 3}
            attributes["RedrivePolicy"] = json.dumps(policy)
        return str(self.queues.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def arn(self, name: str) -> str:
        return f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def feed(self, function: str, queue: str, **settings: Any) -> dict[str, Any]:
        return dict(
            self.functions.create_event_source_mapping(
                FunctionName=function, EventSourceArn=self.arn(queue), **settings
            )
        )

    def batches(self, function: str) -> list[list[str]]:
        try:
            events = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")
        except ClientError:
            return []
        said = [event["message"] for event in events["events"]]
        return [json.loads(line.removeprefix("BATCH ")) for line in said if line.startswith("BATCH ")]

    def left(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in told.values())


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Cloud.start(clock="skip", seed=3) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield Desk(cloud)


def test_nine_are_done_once_and_the_poison_ends_in_the_dead_letter_queue(desk: Desk) -> None:
    dead, url = desk.queue("orders-dead"), desk.queue("orders", dead="orders-dead")
    function = desk.function()
    for number in range(9):
        desk.queues.send_message(QueueUrl=url, MessageBody=f"order {number}")
    desk.queues.send_message(QueueUrl=url, MessageBody="poison")
    made = desk.feed(function, "orders", FunctionResponseTypes=["ReportBatchItemFailures"])
    assert made["State"] == "Creating"
    desk.cloud.clock.settle()
    done = [body for batch in desk.batches(function) for body in batch]
    assert sorted(done) == sorted([*(f"order {number}" for number in range(9)), *["poison"] * 3])
    assert (desk.left(url), desk.left(dead)) == (0, 1)
    (mapping,) = desk.functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    assert mapping["State"] == "Enabled"


def test_without_partial_responses_the_whole_batch_comes_back(desk: Desk) -> None:
    dead, url = desk.queue("whole-dead"), desk.queue("whole", dead="whole-dead")
    function = desk.function("raise")
    for body in ("a", "b", "poison"):
        desk.queues.send_message(QueueUrl=url, MessageBody=body)
    desk.feed(function, "whole")
    desk.cloud.clock.settle()
    assert len(desk.batches(function)) == 3
    assert desk.left(dead) == 3


def test_messages_that_come_later(desk: Desk) -> None:
    url, function = desk.queue("later"), desk.function()
    desk.feed(function, "later", BatchSize=1)
    for number in range(3):
        desk.queues.send_message(QueueUrl=url, MessageBody=str(number), DelaySeconds=number * 60)
    desk.cloud.clock.settle()
    assert desk.batches(function) == [["0"], ["1"], ["2"]]
    assert desk.left(url) == 0


def test_a_window_gathers_a_batch(desk: Desk) -> None:
    url, function = desk.queue("gathered"), desk.function()
    before = desk.cloud.clock.now()
    with_delay = [0] * 15 + [20] * 5 + [60]
    for number, delay in enumerate(with_delay):
        desk.queues.send_message(QueueUrl=url, MessageBody=str(number), DelaySeconds=delay)
    desk.feed(function, "gathered", BatchSize=100, MaximumBatchingWindowInSeconds=30)
    desk.cloud.clock.settle()
    assert [len(batch) for batch in desk.batches(function)] == [20, 1]
    assert (desk.cloud.clock.now() - before).total_seconds() >= 60


def test_filters_keep_what_nobody_wants_away(desk: Desk) -> None:
    url, function = desk.queue("filtered"), desk.function()
    pattern = json.dumps({"body": {"price": [{"numeric": [">", 100]}]}})
    desk.feed(function, "filtered", FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for body in ('{"price": 50}', '{"price": 150}', "no json"):
        desk.queues.send_message(QueueUrl=url, MessageBody=body)
    desk.cloud.clock.settle()
    assert [body for batch in desk.batches(function) for body in batch] == ['{"price": 150}']
    assert desk.left(url) == 0


def test_a_record_is_what_lambda_sends(desk: Desk) -> None:
    source = (
        "import json\ndef handler(event, context):\n    print('RECORD', json.dumps(event['Records'][0]))\n"
    )
    url, function = desk.queue("shapes"), desk.function(source=source)
    desk.feed(function, "shapes")
    attributes = {"desk": {"DataType": "String", "StringValue": "bonds"}}
    sent = desk.queues.send_message(QueueUrl=url, MessageBody="hi", MessageAttributes=attributes)
    desk.cloud.clock.settle()
    events = desk.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    (line,) = [event["message"] for event in events if event["message"].startswith("RECORD ")]
    record = json.loads(line.removeprefix("RECORD "))
    assert record["messageId"] == sent["MessageId"]
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", "us-east-1")
    assert record["eventSourceARN"] == desk.arn("shapes")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["desk"] == {
        "stringValue": "bonds",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
    }


def test_a_disabled_mapping_waits(desk: Desk) -> None:
    url, function = desk.queue("paused"), desk.function()
    uuid = desk.feed(function, "paused", Enabled=False)["UUID"]
    desk.queues.send_message(QueueUrl=url, MessageBody="x")
    desk.cloud.clock.settle()
    assert desk.batches(function) == []
    desk.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    desk.cloud.clock.settle()
    assert desk.batches(function) == [["x"]]
    desk.functions.delete_event_source_mapping(UUID=uuid)
    desk.queues.send_message(QueueUrl=url, MessageBody="y")
    desk.cloud.clock.settle()
    assert desk.batches(function) == [["x"]]
    with pytest.raises(ClientError):
        desk.functions.get_event_source_mapping(UUID=uuid)


def test_a_poison_message_without_a_dead_letter_queue_does_not_stop_time(desk: Desk) -> None:
    url, function = desk.queue("endless"), desk.function("raise")
    desk.feed(function, "endless")
    desk.queues.send_message(QueueUrl=url, MessageBody="poison")
    desk.cloud.clock.settle()
    tries = len(desk.batches(function))
    assert 10 <= tries <= 14
    desk.cloud.clock.advance(minutes=5)  # and it goes on when time does
    assert len(desk.batches(function)) >= tries + 9


def test_one_that_fails_for_ever_does_not_hold_others_up(desk: Desk) -> None:
    url, function = desk.queue("mixed"), desk.function()
    desk.feed(function, "mixed", FunctionResponseTypes=["ReportBatchItemFailures"])
    desk.queues.send_message(QueueUrl=url, MessageBody="poison")
    desk.cloud.clock.settle()
    desk.queues.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)
    desk.cloud.clock.settle()
    assert ["later"] in [[body for body in batch if body == "later"] for batch in desk.batches(function)]


def test_a_group_keeps_its_order_and_waits_for_its_failures(desk: Desk) -> None:
    desk.queues.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})
    policy = json.dumps({"deadLetterTargetArn": desk.arn("dead.fifo"), "maxReceiveCount": 2})
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "RedrivePolicy": policy}
    url = desk.queues.create_queue(QueueName="ordered.fifo", Attributes=attributes)["QueueUrl"]
    function = desk.function("raise")
    desk.feed(function, "ordered.fifo", BatchSize=1)
    for body in ("a1", "a2 poison", "a3", "b1", "b2"):
        desk.queues.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    desk.cloud.clock.settle()
    bodies = [body for batch in desk.batches(function) for body in batch]
    assert [body for body in bodies if body[0] == "a"] == ["a1", "a2 poison", "a2 poison", "a3"]
    assert [body for body in bodies if body[0] == "b"] == ["b1", "b2"]


def test_more_batches_run_the_longer_messages_wait(desk: Desk) -> None:
    source = """
import time
def handler(event, context):
    begun = time.time()
    time.sleep(8)
    print("SPAN", begun, time.time())
"""
    url, function = desk.queue("crowded"), desk.function(source=source)
    for start in range(0, 40, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)]
        desk.queues.send_message_batch(QueueUrl=url, Entries=entries)
    desk.feed(function, "crowded", BatchSize=1)
    desk.cloud.clock.settle()
    found = desk.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    spans = [
        (float(start), float(end))
        for said in (event["message"].split() for event in found)
        if said[0] == "SPAN"
        for start, end in [said[1:]]
    ]
    assert len(spans) == 40
    at_once = max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)
    assert at_once > 10


def test_how_many_batches_run_at_once() -> None:
    unlimited, limited = (
        Mapping("u", "arn", 10, 0.0, (), partial_response=False, most_at_once=most) for most in (None, 7)
    )
    assert [unlimited.concurrency(seconds) for seconds in (0.0, 0.9, 1.0, 60.0, 3_600.0)] == [
        5,
        9,
        10,
        305,
        1_250,
    ]
    assert [limited.concurrency(seconds) for seconds in (0.0, 60.0)] == [5, 7]


def test_a_limit_on_concurrency_holds(desk: Desk) -> None:
    source = """
import time
def handler(event, context):
    begun = time.time()
    time.sleep(8)
    print("SPAN", begun, time.time())
"""
    url, function = desk.queue("narrow"), desk.function(source=source)
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(10)]
    desk.queues.send_message_batch(QueueUrl=url, Entries=entries)
    made = desk.feed(function, "narrow", BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    assert made["ScalingConfig"] == {"MaximumConcurrency": 2}
    before = desk.cloud.clock.now()
    desk.cloud.clock.settle()
    assert (desk.cloud.clock.now() - before).total_seconds() >= 5 * 8
    left = desk.functions.update_event_source_mapping(UUID=made["UUID"], ScalingConfig={})
    assert "ScalingConfig" not in left


def test_a_throttled_batch_is_tried_again_while_nobody_else_can_see_it(desk: Desk) -> None:
    dead, url = desk.queue("busy-dead"), desk.queue("busy", dead="busy-dead")
    name = desk.function(source="import time\ndef handler(event, context):\n    time.sleep(1)\n")
    desk.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    for number in range(10):
        desk.queues.send_message(QueueUrl=url, MessageBody=f"order {number}")
    desk.feed(name, "busy", BatchSize=1)
    desk.cloud.clock.settle()
    assert (desk.left(url), desk.left(dead)) == (0, 0)  # ten seconds of work, thirty of invisibility
    assert [told["function"] for told in desk.cloud.throttles()].count(name) > 3


def test_messages_come_back_from_a_function_that_is_switched_off(desk: Desk) -> None:
    dead, url = desk.queue("off-dead"), desk.queue("off", dead="off-dead", VisibilityTimeout="30")
    function = desk.function()
    desk.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    uuid = desk.feed(function, "off")["UUID"]
    desk.queues.send_message(QueueUrl=url, MessageBody="x")
    desk.cloud.clock.settle()
    assert (desk.batches(function), desk.left(dead)) == ([], 1)
    mapping = desk.functions.get_event_source_mapping(UUID=uuid)
    assert mapping["LastProcessingResult"].startswith("PROBLEM")


def test_lists_come_in_pages(desk: Desk) -> None:
    function = desk.function()
    for number in range(3):
        desk.queue(f"page-{number}")
        desk.feed(function, f"page-{number}")
    pages = desk.functions.get_paginator("list_event_source_mappings").paginate(
        FunctionName=function, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["EventSourceMappings"]) for page in pages] == [2, 1]
    elsewhere = desk.cloud.client("lambda", "eu-west-1").list_event_source_mappings()
    assert elsewhere["EventSourceMappings"] == []


def test_three_hundred_messages(desk: Desk) -> None:
    url, function = desk.queue("many"), desk.function()
    for start in range(0, 300, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)]
        desk.queues.send_message_batch(QueueUrl=url, Entries=entries)
    desk.feed(function, "many", ScalingConfig={"MaximumConcurrency": 3})
    desk.cloud.clock.settle()
    assert sorted(int(body) for batch in desk.batches(function) for body in batch) == list(range(300))


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("InvalidParameterValueException", {"BatchSize": 50}),
        ("InvalidParameterValueException", {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "x"}'}]}}),
        ("InvalidParameterValueException", {"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:nobody"}),
        ("ResourceNotFoundException", {"FunctionName": "nobody"}),
        ("NotImplemented", {"EventSourceArn": "arn:aws:kafka:us-east-1:123456789012:cluster/c/1"}),
    ],
)
def test_what_lambda_refuses(desk: Desk, code: str, settings: dict[str, Any]) -> None:
    desk.queue("refusing")
    given = {"FunctionName": desk.function(), "EventSourceArn": desk.arn("refusing"), **settings}
    with pytest.raises(ClientError) as caught:
        desk.functions.create_event_source_mapping(**given)
    assert caught.value.response["Error"]["Code"] == code


def test_a_queue_shows_messages_again_no_sooner_than_the_function_may_take(desk: Desk) -> None:
    desk.queue("short", VisibilityTimeout="5")
    with pytest.raises(
        ClientError, match="Queue visibility timeout: 5 seconds is less than Function timeout"
    ):
        desk.feed(desk.function(), "short")


@pytest.mark.parametrize(
    ("payload", "failed"),
    [
        (b"null", set()),
        (b"{}", set()),
        (b'{"batchItemFailures": []}', set()),
        (b'{"batchItemFailures": null}', set()),
        (b'{"batchItemFailures": [{"itemIdentifier": "a"}]}', {"a"}),
        (b'{"batchItemFailures": [{"itemIdentifier": "z"}]}', {"a", "b"}),
        (b'{"batchItemFailures": [{"item": "a"}]}', {"a", "b"}),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', {"a", "b"}),
        (b'"text"', {"a", "b"}),
        (b"no json", {"a", "b"}),
    ],
)
def test_partial_batch_responses(payload: bytes, failed: set[str]) -> None:
    assert failed_messages(payload, [{"MessageId": "a"}, {"MessageId": "b"}]) == failed
