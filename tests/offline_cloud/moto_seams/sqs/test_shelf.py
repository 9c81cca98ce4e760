"""The messages of a queue: where they are, without a cloud."""

from __future__ import annotations

from typing import Any

import pytest

from offline_cloud.moto_seams.sqs.shelf import Received, Shelf

NEVER = float("inf")


class Message:
    """What the shelf needs of moto's message, on a clock of the test's own."""

    def __init__(self, clock: Clock, name: str, group: str | None = None, delay: float = 0.0) -> None:
        self.clock = clock
        self.id = name
        self.group_id = group
        self.sent_timestamp = clock.now
        self.delayed_until = clock.now + delay * 1000 if delay else 0.0
        self.visible_at = 0.0
        self.approximate_receive_count = 0
        self.receipt_handle: str | None = None

    def mark_received(self, visibility_timeout: int) -> None:
        self.clock.now += self.clock.ticks
        self.approximate_receive_count += 1
        self.receipt_handle = f"{self.id}-{self.approximate_receive_count}"
        if visibility_timeout:
            self.change_visibility(visibility_timeout)

    def change_visibility(self, visibility_timeout: int) -> None:
        self.visible_at = self.clock.now + visibility_timeout * 1000


class Clock:
    """Milliseconds, as the test sets them."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.ticks = 0.0


class Queue:
    """A shelf and short words for what is done with it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shelf = Shelf(lambda: self.clock.now)
        self.most_receives: int | None = None
        self.fifo = False

    def put(self, *names: str, **settings: Any) -> None:
        for name in names:
            self.shelf.put(Message(self.clock, name, **settings))  # type: ignore[arg-type]

    def receive(self, count: int = 10, seconds: int = 30) -> Received:
        return self.shelf.receive(
            count, seconds, fifo=self.fifo, most_receives=self.most_receives, retention=3_600.0
        )

    def names(self, count: int = 10, seconds: int = 30) -> list[str]:
        return [message.id for message in self.receive(count, seconds).messages]

    def later(self, seconds: float) -> None:
        self.clock.now += seconds * 1000 + 1


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_what_is_in_flight_comes_back_before_later_messages(queue: Queue) -> None:
    queue.put("a", "b", "c")
    assert queue.names(2) == ["a", "b"]
    assert queue.shelf.counts() == (1, 2, 0)
    queue.later(30)
    assert queue.names() == ["a", "b", "c"]


def test_what_was_received_together_comes_back_together(queue: Queue) -> None:
    queue.put("a", "b", "c")
    queue.clock.ticks = 7.0  # milliseconds pass while messages are received
    assert queue.names() == ["a", "b", "c"]
    queue.clock.ticks = 0.0
    fresh, _ = queue.shelf.next_change()
    queue.clock.now = fresh + 1
    assert queue.shelf.counts() == (3, 0, 0)


def test_a_delayed_message_waits(queue: Queue) -> None:
    queue.put("a", delay=5)
    queue.put("b")
    assert queue.shelf.counts() == (1, 0, 1)
    assert queue.names() == ["b"]
    queue.later(5)
    assert queue.names() == ["a"]


def test_any_handle_deletes(queue: Queue) -> None:
    queue.put("a", "b")
    queue.receive(1)
    queue.later(30)
    queue.receive(1)
    assert queue.shelf.delete("a-1")
    assert queue.shelf.delete("a-1")  # again
    assert not queue.shelf.delete("nobody")
    assert [message.id for message in queue.shelf.all()] == ["b"]
    assert queue.shelf.counts() == (1, 0, 0)


def test_visibility_is_changed(queue: Queue) -> None:
    queue.put("a", "b")
    queue.receive()
    queue.shelf.change_visibility("a-1", 0)
    assert queue.names() == ["a"]
    queue.shelf.change_visibility("b-1", 300)
    queue.later(60)
    assert queue.names() == ["a"]
    assert queue.shelf.change_visibility("nobody", 5) is None


def test_received_too_often(queue: Queue) -> None:
    queue.most_receives = 2
    queue.put("a", "b")
    for _ in range(2):
        assert queue.names() == ["a", "b"]
        queue.later(30)
    found = queue.receive()
    assert (found.messages, [message.id for message in found.dead]) == ([], ["a", "b"])
    assert queue.shelf.counts() == (0, 0, 0)


def test_old_messages_are_gone(queue: Queue) -> None:
    queue.put("a")
    queue.later(3_600)
    queue.put("b")
    assert queue.names() == ["b"]


def test_a_group_waits_for_its_messages_in_flight(queue: Queue) -> None:
    queue.fifo = True
    queue.put("a1", "a2", "a3", group="a")
    queue.put("b1", group="b")
    assert queue.names(2) == ["a1", "a2"]
    assert (queue.shelf.counts()[0], queue.shelf.receivable(fifo=True)) == (2, 1)
    assert queue.names() == ["b1"]
    assert queue.names() == []
    queue.shelf.delete("a2-1")
    assert queue.names() == []
    queue.later(30)
    queue.shelf.delete("b1-1")
    assert queue.names() == ["a1", "a3"]


def test_the_next_change_tells_fresh_messages_from_worn_ones(queue: Queue) -> None:
    now = queue.clock.now
    assert queue.shelf.next_change(2) == (NEVER, NEVER)
    queue.put("a")
    queue.receive(seconds=10)
    queue.later(10)
    queue.receive(seconds=10)
    queue.put("b", delay=60)
    fresh, worn = queue.shelf.next_change(2)
    assert (fresh, worn) == (now + 70_001, now + 20_001)
    queue.shelf.delete("a-1")
    assert queue.shelf.next_change(2) == (now + 70_001, NEVER)


def test_a_duplicate_is_known_for_five_minutes(queue: Queue) -> None:
    assert not queue.shelf.is_duplicate("x", 0.0)
    assert queue.shelf.is_duplicate("x", 299_999.0)
    assert not queue.shelf.is_duplicate("x", 300_000.0)


def test_a_purge_leaves_nothing(queue: Queue) -> None:
    queue.put("a", "b")
    queue.receive(1)
    queue.shelf.replace([])
    queue.later(60)
    assert (queue.shelf.all(), queue.names(), queue.shelf.counts()) == ([], [], (0, 0, 0))
