"""moto's SQS backend, with messages on a shelf, and a long poll that takes a nap instead of polling.

moto looks again every second of real time and holds its service's lock meanwhile. Here the request lends the
lock, and wakes when something happens to the queue, when a message becomes visible by cloud time, or at the
end of its wait.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend, _filter_message_attributes

from offline_cloud.function_host import lineage
from offline_cloud.moto_seams.sqs.shelf import Shelf

if TYPE_CHECKING:
    from offline_cloud.event_sources import QueuePoller
    from offline_cloud.server import CloudContext
    from offline_cloud.waiting import Nap

_AFTER = 0.002  # seconds: moto's messages are visible after their moment, in whole milliseconds
_LONGEST_INVISIBLE = 43_200


class OfflineQueue(Queue):
    """A queue that wakes who waits for it."""

    @property
    def shelf(self) -> Shelf:
        """Its messages."""
        shelf: Shelf | None = self.__dict__.get("_shelf")
        if shelf is None:
            clock = OfflineSqsBackend.context.clock
            shelf = self.__dict__["_shelf"] = Shelf(lambda: clock.now() * 1000)
        return shelf

    @property
    def _messages(self) -> list[Message]:
        """What moto has as a list, and replaces in a purge."""
        return self.shelf.all()

    @_messages.setter
    def _messages(self, messages: list[Message]) -> None:
        self.shelf.replace(messages)

    @property
    def messages(self) -> list[Message]:
        """Those that can be received now."""
        return self.shelf.ready()

    @property
    def approximate_number_of_messages(self) -> int:
        """How many can be received now."""
        return self.shelf.counts()[0]

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        """How many are in flight."""
        return self.shelf.counts()[1]

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        """How many are delayed."""
        return self.shelf.counts()[2]

    def add_message(self, message: Message) -> None:
        """Take a message in, whoever sent it: a client, SNS, S3, EventBridge, another queue."""
        if self.fifo_queue and message.deduplication_id:
            identifier = str(message.deduplication_id)
            if self.deduplication_scope == "messageGroup":
                identifier = f"{message.group_id} {identifier}"
            if self.shelf.is_duplicate(identifier, float(message.sent_timestamp or 0)):
                return
        trace = lineage.current()
        if trace and not message.approximate_receive_count:
            own = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
            message.system_attributes = {**own, **(message.system_attributes or {})}
        self.shelf.put(message)
        self._wake()

    def delete_message(self, receipt_handle: str) -> None:
        """Delete a message; of a FIFO queue's group, the next one can be received now."""
        if not self.shelf.delete(receipt_handle):
            raise ReceiptHandleIsInvalid
        self._wake()

    def pollers(self) -> set[QueuePoller]:
        """The event source mappings that are fed from it."""
        feeding: set[QueuePoller] = self.__dict__.setdefault("_pollers", set())
        return feeding

    def naps(self) -> set[Nap]:
        """The receivers that wait."""
        waiting: set[Nap] = self.__dict__.setdefault("_naps", set())
        return waiting

    def next_changes(self, receives: int) -> tuple[float, float]:
        """When a hidden message becomes visible that was received fewer than so often, and another one.

        Epoch seconds; infinity if there is none.
        """
        fresh, worn = self.shelf.next_change(receives)
        return fresh / 1000 + _AFTER, worn / 1000 + _AFTER

    def next_change(self) -> float:
        """When the next hidden or delayed message becomes visible; infinity if there is none."""
        return min(self.next_changes(1))

    def receivable(self) -> int:
        """How many a receive could take now."""
        return self.shelf.receivable(fifo=bool(self.fifo_queue))

    def take(self, count: int, seconds: int) -> list[Message]:
        """Receive; what was received too often goes to the dead-letter queue."""
        dead_letters: Any = self.dead_letter_queue
        policy = self.redrive_policy if dead_letters is not None else None
        found = self.shelf.receive(
            count,
            seconds,
            fifo=bool(self.fifo_queue),
            most_receives=policy["maxReceiveCount"] if policy else None,
            retention=float(self.message_retention_period),
        )
        for message in found.dead:
            dead_letters.add_message(message)
        return found.messages

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
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        """ReceiveMessage; waits for up to `wait_seconds_timeout` of cloud time."""
        clock, locks = self.context.clock, self.context.locks
        deadline = clock.now() + wait_seconds_timeout
        while True:
            queue = self.get_queue(queue_name)
            messages = queue.take(count, int(visibility_timeout or 0))
            if messages or clock.now() >= deadline:
                return [_shown(message, message_attribute_names or []) for message in messages]
            nap = locks.nap()
            if nap is None:
                return []
            queue.naps().add(nap)
            try:
                nap.sleep(min(deadline, queue.next_change()))
            finally:
                queue.naps().discard(nap)

    def change_message_visibility(
        self, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        """ChangeMessageVisibility; with 0 the message can be received at once."""
        queue = self.get_queue(queue_name)
        message = queue.shelf.find(receipt_handle)
        if message is None:
            raise ReceiptHandleIsInvalid
        seconds = int(visibility_timeout)
        since = self.context.clock.now() - (message.sent_timestamp or 0) / 1000
        if since + seconds > _LONGEST_INVISIBLE:
            raise InvalidParameterValue(
                f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: Total "
                f"VisibilityTimeout for the message is beyond the limit [{_LONGEST_INVISIBLE} seconds]"
            )
        queue.shelf.change_visibility(receipt_handle, seconds)
        queue._wake()


def _shown(message: Message, names: list[str]) -> Message:
    """A copy for the answer: later receives change the message."""
    shown = copy.copy(message)
    _filter_message_attributes(shown, names)
    return shown
