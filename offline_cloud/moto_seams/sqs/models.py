"""moto's SQS backend, with a long poll that takes a nap instead of polling.

moto looks again every second of real time and holds its service's lock meanwhile. Here the request lends the
lock, and wakes when something happens to the queue, when a message becomes visible by cloud time, or at the
end of its wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.sqs.models import Message, Queue, SQSBackend

if TYPE_CHECKING:
    from offline_cloud.event_sources import QueuePoller
    from offline_cloud.server import CloudContext
    from offline_cloud.waiting import Nap

_AFTER = 0.002  # seconds: moto's messages are visible after their moment, in whole milliseconds


class OfflineQueue(Queue):
    """A queue that wakes who waits for it."""

    def add_message(self, message: Message) -> None:
        """Take a message in, whoever sent it: a client, SNS, S3, EventBridge, another queue."""
        super().add_message(message)
        self._wake()

    def delete_message(self, receipt_handle: str) -> None:
        """Delete a message; of a FIFO queue's group, the next one can be received now."""
        super().delete_message(receipt_handle)
        self._wake()

    def pollers(self) -> set[QueuePoller]:
        """The event source mappings that are fed from it."""
        feeding: set[QueuePoller] = self.__dict__.setdefault("_pollers", set())
        return feeding

    def most_receives(self) -> int:
        """How often the hidden message that was received most has been received."""
        hidden = (message for message in self._messages if not message.visible)
        return max((message.approximate_receive_count for message in hidden), default=0)

    def naps(self) -> set[Nap]:
        """The receivers that wait."""
        waiting: set[Nap] = self.__dict__.setdefault("_naps", set())
        return waiting

    def next_change(self) -> float:
        """When the next hidden or delayed message becomes visible; infinity if there is none."""
        now = OfflineSqsBackend.context.clock.now() * 1000
        moments = [max(message.visible_at, message.delayed_until) for message in self._messages]
        return min((moment / 1000 + _AFTER for moment in moments if moment >= now), default=float("inf"))

    def _wake(self) -> None:
        for nap in list(self.naps()):
            nap.wake()
        for poller in list(self.pollers()):
            poller.notice()


class OfflineSqsBackend(SQSBackend):
    """SQS of one account and region."""

    context: ClassVar[CloudContext]

    def create_queue(self, name: str, tags: dict[str, str] | None = None, **kwargs: Any) -> Queue:
        """CreateQueue, also for CloudFormation."""
        queue = super().create_queue(name, tags, **kwargs)
        queue.__class__ = OfflineQueue  # moto makes its queues without a factory
        return queue

    def receive_message(
        self, queue_name: str, count: int, wait_seconds_timeout: int, *rest: Any, **more: Any
    ) -> list[Message]:
        """ReceiveMessage; waits for up to `wait_seconds_timeout` of cloud time."""
        clock, locks = self.context.clock, self.context.locks
        deadline = clock.now() + wait_seconds_timeout
        while True:
            messages: list[Message] = super().receive_message(queue_name, count, 0, *rest, **more)
            if messages or clock.now() >= deadline:
                return messages
            nap = locks.nap()
            if nap is None:
                return messages
            queue = self.get_queue(queue_name)
            queue.naps().add(nap)
            try:
                nap.sleep(min(deadline, queue.next_change()))
            finally:
                queue.naps().discard(nap)
