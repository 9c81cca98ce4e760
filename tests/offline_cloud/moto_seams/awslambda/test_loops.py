"""Functions that keep themselves going, through boto3 against a running cloud: stopped after 16 runs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ACCOUNT = "us-east-1:123456789012"
# Calls itself, in the way that the event says, as often as it may.
LOOPING = """
import boto3, json
functions, queues, topics = boto3.client("lambda"), boto3.client("sqs"), boto3.client("sns")
def handler(event, context):
    records = event.get("Records")
    if records:
        event = json.loads(records[0]["body"] if "body" in records[0] else records[0]["Sns"]["Message"])
    depth, way = event["depth"], event["way"]
    print("DEPTH", depth)
    if depth == event.get("end"):
        return depth
    text = json.dumps({**event, "depth": depth + 1})
    if way == "queue":
        queues.send_message(QueueUrl=event["url"], MessageBody=text)
    elif way == "topic":
        topics.publish(TopicArn=event["topic"], Message=text)
    elif way == "event":
        functions.invoke(FunctionName=context.function_name, InvocationType="Event", Payload=text)
    else:
        try:
            reply = functions.invoke(FunctionName=context.function_name, Payload=text)
        except functions.exceptions.RecursiveInvocationException as stopped:
            return [depth, stopped.response["ResponseMetadata"]["HTTPStatusCode"]]
        return json.load(reply["Payload"])
"""


class Lab:
    """A cloud with functions that loop."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions = cloud.client("lambda")
        self.queues = cloud.client("sqs")
        role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", LOOPING)
        self.about = {
            "Runtime": "python3.13",
            "Handler": "app.handler",
            "Role": role["Role"]["Arn"],
            "Code": {"ZipFile": buffer.getvalue()},
            "Timeout": 20,
        }

    def function(self, name: str, **settings: Any) -> str:
        self.functions.create_function(FunctionName=name, **{**self.about, **settings})
        return name

    def send(self, name: str, **event: Any) -> None:
        payload = json.dumps({"depth": 1, **event})
        self.functions.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
        self.cloud.clock.settle()

    def queue(self, name: str, **attributes: str) -> str:
        return str(self.queues.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def depths(self, name: str) -> list[int]:
        events = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        said = [event["message"] for event in events if event["message"].startswith("DEPTH ")]
        return sorted(int(line.split()[1]) for line in said)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Cloud.start(clock="skip", seed=5) as cloud:
        yield Lab(cloud)


def test_events_to_itself(lab: Lab) -> None:
    url = lab.queue("dead-events")
    dead = {"TargetArn": f"arn:aws:sqs:{ACCOUNT}:dead-events"}
    name = lab.function("events", DeadLetterConfig=dead)
    lab.send(name, way="event")
    assert lab.depths(name) == list(range(1, 17))
    (left,) = lab.queues.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(left["Body"])["depth"] == 17


def test_calls_of_itself(lab: Lab) -> None:
    name = lab.function("calls")
    reply = lab.functions.invoke(FunctionName=name, Payload=json.dumps({"depth": 1, "way": "call"}))
    assert json.load(reply["Payload"]) == [16, 400]


def test_a_queue_that_it_fills_and_reads(lab: Lab) -> None:
    dead = lab.queue("dead-rings")
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{ACCOUNT}:dead-rings", "maxReceiveCount": 2})
    url = lab.queue("rings", RedrivePolicy=policy)
    name = lab.function("ring")
    source = f"arn:aws:sqs:{ACCOUNT}:rings"
    made = lab.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=source, BatchSize=1)
    lab.send(name, way="queue", url=url)
    assert lab.depths(name) == list(range(1, 17))
    (left,) = lab.queues.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
    assert json.loads(left["Body"])["depth"] == 17
    assert ";Lineage=" in left["Attributes"]["AWSTraceHeader"]
    lab.functions.delete_event_source_mapping(UUID=made["UUID"])


def test_a_topic_that_it_tells_and_hears(lab: Lab) -> None:
    topics = lab.cloud.client("sns")
    topic = topics.create_topic(Name="round")["TopicArn"]
    name = lab.function("rounds")
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"arn:aws:lambda:{ACCOUNT}:function:{name}")
    lab.send(name, way="topic", topic=topic)
    assert lab.depths(name) == list(range(1, 17))


def test_a_loop_that_is_wanted(lab: Lab) -> None:
    name = lab.function("wanted")
    assert lab.functions.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"
    put = lab.functions.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    assert put["RecursiveLoop"] == "Allow"
    lab.send(name, way="event", end=20)
    assert lab.depths(name) == list(range(1, 21))
    with pytest.raises(ClientError, match="ValidationException"):
        lab.functions.put_function_recursion_config(FunctionName=name, RecursiveLoop="Sometimes")


def test_two_calls_of_one_client_are_no_loop(lab: Lab) -> None:
    name = lab.function("called")
    for _ in range(20):
        lab.functions.invoke(FunctionName=name, Payload=json.dumps({"depth": 1, "way": "event", "end": 1}))
    assert lab.depths(name) == [1] * 20
