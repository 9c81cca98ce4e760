"""SQS over the shelf, through boto3 against a running cloud."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

NAMES = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]


class Queue:
    """A queue of the shared cloud."""

    def __init__(self, cloud: Cloud, name: str, **attributes: str) -> None:
        self.sqs = cloud.client("sqs")
        self.url: str = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def send(self, *bodies: str, **settings: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **settings)

    def receive(self, **settings: Any) -> list[dict[str, Any]]:
        given = {"MaxNumberOfMessages": 10, **settings}
        return list(self.sqs.receive_message(QueueUrl=self.url, **given).get("Messages", []))

    def bodies(self, **settings: Any) -> list[str]:
        return [message["Body"] for message in self.receive(**settings)]

    def counts(self) -> list[int]:
        told = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=NAMES)["Attributes"]
        return [int(told[name]) for name in NAMES]


@pytest.fixture
def queue(cloud: Cloud, fresh_name: Callable[[str], str]) -> Callable[..., Queue]:
    def make(ending: str = "", **attributes: str) -> Queue:
        return Queue(cloud, fresh_name("queue") + ending, **attributes)

    return make


def test_where_messages_are_counted(queue: Callable[..., Queue]) -> None:
    one = queue()
    one.send("a", "b", "c")
    one.send("later", DelaySeconds=900)
    assert one.counts() == [3, 0, 1]
    first, second = one.receive(MaxNumberOfMessages=2)
    assert one.counts() == [1, 2, 1]
    one.sqs.delete_message(QueueUrl=one.url, ReceiptHandle=first["ReceiptHandle"])
    one.sqs.change_message_visibility(
        QueueUrl=one.url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0
    )
    assert one.counts() == [2, 0, 1]
    assert one.bodies() == ["b", "c"]
    one.sqs.purge_queue(QueueUrl=one.url)
    assert (one.counts(), one.bodies()) == ([0, 0, 0], [])


def test_a_handle_that_never_was(queue: Callable[..., Queue]) -> None:
    one = queue()
    for operation, settings in (
        ("delete_message", {}),
        ("change_message_visibility", {"VisibilityTimeout": 5}),
    ):
        with pytest.raises(ClientError) as caught:
            getattr(one.sqs, operation)(QueueUrl=one.url, ReceiptHandle="nobody", **settings)
        assert caught.value.response["Error"]["Code"] == "ReceiptHandleIsInvalid"


def test_an_answer_keeps_what_it_said(queue: Callable[..., Queue]) -> None:
    one = queue()
    attributes = {name: {"DataType": "String", "StringValue": name} for name in ("desk", "book")}
    one.send("a", MessageAttributes=attributes)
    (seen,) = one.receive(VisibilityTimeout=0, MessageAttributeNames=["desk"], AttributeNames=["All"])
    assert list(seen["MessageAttributes"]) == ["desk"]
    assert seen["Attributes"]["ApproximateReceiveCount"] == "1"
    (again,) = one.receive(MessageAttributeNames=["All"], AttributeNames=["All"])
    assert sorted(again["MessageAttributes"]) == ["book", "desk"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_what_was_received_too_often_moves(queue: Callable[..., Queue]) -> None:
    dead = queue()
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    one = queue(RedrivePolicy=policy)
    one.send("a", "b")
    assert one.bodies(VisibilityTimeout=0) == ["a", "b"]
    assert one.bodies() == []
    assert (one.counts()[0], dead.bodies()) == (0, ["a", "b"])


def test_groups_and_duplicates(queue: Callable[..., Queue]) -> None:
    one = queue(".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    one.send("a1", "a2", MessageGroupId="a")
    one.send("b1", MessageGroupId="b")
    first = one.receive(MaxNumberOfMessages=1)[0]
    assert one.bodies() == ["b1"]
    one.sqs.delete_message(QueueUrl=one.url, ReceiptHandle=first["ReceiptHandle"])
    one.send("a1", MessageGroupId="a")  # within five minutes, though it is gone
    assert one.bodies() == ["a2"]
