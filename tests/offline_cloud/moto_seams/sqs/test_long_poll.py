"""A long poll: on cloud time, woken at once, holding up nobody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud


class Queues:
    """A cloud's queues, and requests that wait in threads of their own."""

    def __init__(self, cloud: Cloud, pool: ThreadPoolExecutor) -> None:
        session: Any = cloud.session()
        self.sqs = cloud.client("sqs")
        self.poller = session.client("sqs")
        self.cloud = cloud
        self._pool = pool

    def make(self, name: str, **attributes: str) -> str:
        url: str = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def receive(self, queue: str, wait: int = 20, **more: Any) -> list[str]:
        answer = self.poller.receive_message(QueueUrl=queue, WaitTimeSeconds=wait, **more)
        return [message["Body"] for message in answer.get("Messages", [])]

    def receive_later(self, queue: str, timers: int = 1, **more: Any) -> Any:
        """Begin to receive in a thread, and come back when the request waits: its timer is set."""
        before = self.timers()
        waiting = self._pool.submit(self.receive, queue, **more)
        while self.timers() < before + timers:
            time.sleep(0.002)
        return waiting

    def timers(self) -> int:
        count: int = self.cloud._call("GET", "clock")["timers"]
        return count


@pytest.fixture(scope="module")
def queues() -> Iterator[Queues]:
    with Cloud.start() as cloud, ThreadPoolExecutor(4) as pool:
        yield Queues(cloud, pool)


def test_a_message_wakes_who_waits(queues: Queues) -> None:
    queue = queues.make("woken")
    waiting = queues.receive_later(queue)
    queues.sqs.send_message(QueueUrl=queue, MessageBody="hello")  # not held up by the poll
    assert waiting.result(timeout=10) == ["hello"]


def test_other_queues_are_served_meanwhile(queues: Queues) -> None:
    waiting = queues.receive_later(queues.make("quiet"))
    busy = queues.make("busy")
    queues.sqs.send_message(QueueUrl=busy, MessageBody="now")
    assert "Messages" in queues.sqs.receive_message(QueueUrl=busy)
    queues.cloud.clock.advance(seconds=21)
    assert waiting.result(timeout=10) == []


def test_the_wait_ends_by_cloud_time(queues: Queues) -> None:
    waiting = queues.receive_later(queues.make("empty"))
    queues.cloud.clock.advance(seconds=19)
    assert not waiting.done()
    queues.cloud.clock.settle()
    assert waiting.result(timeout=10) == []


def test_a_delayed_message_arrives_at_its_moment(queues: Queues) -> None:
    queue = queues.make("delayed")
    queues.sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=10)
    waiting = queues.receive_later(queue)
    begun = queues.cloud.clock.now()
    queues.cloud.clock.settle()
    assert waiting.result(timeout=10) == ["later"]
    assert 5 < (queues.cloud.clock.now() - begun).total_seconds() < 19


def test_a_message_comes_back_when_its_time_is_over(queues: Queues) -> None:
    queue = queues.make("again", VisibilityTimeout="8")
    queues.sqs.send_message(QueueUrl=queue, MessageBody="twice")
    assert queues.receive(queue) == ["twice"]
    waiting = queues.receive_later(queue)
    queues.cloud.clock.settle()
    assert waiting.result(timeout=10) == ["twice"]


def test_a_queues_own_wait_time_counts(queues: Queues) -> None:
    queue = queues.make("patient", ReceiveMessageWaitTimeSeconds="20")
    waiting = queues._pool.submit(lambda: queues.poller.receive_message(QueueUrl=queue).get("Messages"))
    while queues.timers() == 0:
        time.sleep(0.002)
    queues.sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert waiting.result(timeout=10)[0]["Body"] == "hello"


def test_a_fifo_group_goes_on_when_its_message_is_deleted(queues: Queues) -> None:
    queue = queues.make("in-order.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("first", "second"):
        queues.sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId="g")
    first = queues.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)["Messages"][0]
    waiting = queues.receive_later(queue, MaxNumberOfMessages=1)
    queues.sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    assert waiting.result(timeout=10) == ["second"]


def test_a_reset_ends_the_wait(queues: Queues) -> None:
    waiting = queues.receive_later(queues.make("forgotten"))
    queues.cloud.reset()
    with pytest.raises(ClientError, match="NonExistentQueue"):
        waiting.result(timeout=10)


def test_where_waiting_is_skipped_a_poll_costs_no_time() -> None:
    with Cloud.start(clock="skip") as cloud:
        sqs = cloud.client("sqs")
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="in a minute", DelaySeconds=60)
        begun, bodies = cloud.clock.now(), []
        while not bodies:
            answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
            bodies = [message["Body"] for message in answer.get("Messages", [])]
        assert (cloud.clock.now() - begun).total_seconds() > 50
