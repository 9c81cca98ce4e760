"""The messages of one queue, so kept that no request looks at all of them.

moto walks through its list several times for each send, receive and delete.

Rule 1: a message is in one place: ready, in flight or delayed. Time alone moves it to ready; whoever looks
makes the moves that are due.
Rule 2: ready messages go out in the order in which they came, those that came back included. Of a FIFO queue,
a group with a message in flight waits.
Rule 3: any thread may ask: a lock of its own guards it.
"""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.sqs.models import Message

__all__ = ["Received", "Shelf"]

DEDUPLICATION_MILLISECONDS = 300_000


class _Place(Enum):
    READY = "ready"
    IN_FLIGHT = "in flight"
    DELAYED = "delayed"


@dataclass(slots=True)
class _Entry:
    message: Message
    number: int
    place: _Place
    until: float


@dataclass(frozen=True, slots=True)
class Received:
    """What a receive found: messages for the caller, and those that were received too often."""

    messages: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)


class Shelf:
    """`now` tells the time in milliseconds, as moto's messages have it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._number = 0
        self._entries: dict[str, _Entry] = {}
        self._ready: list[tuple[int, str]] = []
        self._hidden: list[tuple[float, int, str]] = []
        self._counts: Counter[_Place] = Counter()
        self._busy_groups: Counter[str] = Counter()
        self._ready_groups: Counter[str] = Counter()
        self._handles: dict[str, str] = {}
        self._duplicates: dict[str, float] = {}

    # ------------------------------------------------------------------ messages come and go

    def put(self, message: Message) -> None:
        """A message comes in; it may be delayed."""
        with self._lock:
            self._number += 1
            now = self._now()
            delayed = message.delayed_until > now
            place = _Place.DELAYED if delayed else _Place.READY
            entry = _Entry(message, self._number, place, message.delayed_until)
            self._entries[message.id] = entry
            self._place(entry)

    def is_duplicate(self, identifier: str, sent: float) -> bool:
        """Whether a message of a FIFO queue with this deduplication id came in the last five minutes."""
        with self._lock:
            before = self._duplicates.get(identifier)
            if before is not None and sent - before < DEDUPLICATION_MILLISECONDS:
                return True
            self._duplicates[identifier] = sent
            return False

    def receive(
        self, count: int, seconds: int, *, fifo: bool, most_receives: int | None, retention: float
    ) -> Received:
        """Take up to `count` messages into flight for `seconds`; `retention` in seconds."""
        found = Received()
        with self._lock:
            self._tick()
            now = self._now()
            oldest = now - retention * 1000
            waiting_groups = set(self._busy_groups) if fifo else set()
            aside = []
            while self._ready and len(found.messages) < count:
                number, identifier = heapq.heappop(self._ready)
                entry = self._entries.get(identifier)
                if entry is None or entry.number != number or entry.place is not _Place.READY:
                    continue
                message = entry.message
                if (message.sent_timestamp or 0) <= oldest:
                    self._drop(entry)
                elif message.group_id in waiting_groups:
                    aside.append((number, identifier))
                elif most_receives is not None and message.approximate_receive_count >= most_receives:
                    self._drop(entry)
                    found.dead.append(message)
                else:
                    message.mark_received(visibility_timeout=seconds)
                    self._handles[str(message.receipt_handle)] = identifier
                    if seconds:
                        # What was received together comes back together: moto reads the clock for each.
                        message.visible_at = now + seconds * 1000
                        self._move(entry, _Place.IN_FLIGHT, message.visible_at)
                    else:
                        aside.append((number, identifier))
                    found.messages.append(message)
            for item in aside:
                heapq.heappush(self._ready, item)
        return found

    def delete(self, handle: str) -> bool:
        """Delete a message by a receipt handle that it has or had; whether there ever was such a handle."""
        with self._lock:
            identifier = self._handles.get(handle)
            if identifier is None:
                return False
            entry = self._entries.get(identifier)
            if entry is not None:
                self._drop(entry)
            return True

    def change_visibility(self, handle: str, seconds: int) -> Message | None:
        """Let a message be hidden for so long from now; None if it is not there."""
        with self._lock:
            entry = self._entries.get(self._handles.get(handle, ""))
            if entry is None:
                return None
            entry.message.change_visibility(seconds)
            place = _Place.IN_FLIGHT if seconds else _Place.READY
            self._move(entry, place, entry.message.visible_at)
            return entry.message

    def find(self, handle: str) -> Message | None:
        """The message that has or had a receipt handle, while it is there."""
        with self._lock:
            entry = self._entries.get(self._handles.get(handle, ""))
            return entry.message if entry is not None else None

    def replace(self, messages: Iterable[Message]) -> None:
        """Have these messages and no others, as after a purge."""
        with self._lock:
            for entry in list(self._entries.values()):
                self._drop(entry)
            for message in messages:
                self.put(message)

    # ------------------------------------------------------------------ what there is

    def all(self) -> list[Message]:
        """All messages, in the order in which they came."""
        with self._lock:
            return [entry.message for entry in self._entries.values()]

    def ready(self) -> list[Message]:
        """Those that can be received now."""
        with self._lock:
            self._tick()
            return [entry.message for entry in self._entries.values() if entry.place is _Place.READY]

    def counts(self) -> tuple[int, int, int]:
        """How many are ready, in flight and delayed."""
        with self._lock:
            self._tick()
            return self._counts[_Place.READY], self._counts[_Place.IN_FLIGHT], self._counts[_Place.DELAYED]

    def receivable(self, *, fifo: bool) -> int:
        """How many a receive could take: of a FIFO queue, those of groups with nothing in flight."""
        with self._lock:
            self._tick()
            waiting = sum(self._ready_groups[group] for group in self._busy_groups) if fifo else 0
            return self._counts[_Place.READY] - waiting

    def next_change(self, receives: int | None = None) -> tuple[float, float]:
        """When the next hidden message gets ready, in milliseconds; infinity if none is hidden.

        The first number is of messages that were received fewer than `receives` times, the second of others.
        """
        moments = [float("inf"), float("inf")]
        with self._lock:
            self._tick()
            for until, number, identifier in self._hidden:
                entry = self._entries.get(identifier)
                if entry is None or (entry.number, entry.until) != (number, until):
                    continue
                if entry.place is _Place.READY:
                    continue
                often = receives is not None and entry.message.approximate_receive_count >= receives
                moments[often] = min(moments[often], until)
        return moments[0], moments[1]

    # ------------------------------------------------------------------ places, with the lock held

    def _place(self, entry: _Entry) -> None:
        self._count(entry, +1)
        if entry.place is _Place.READY:
            heapq.heappush(self._ready, (entry.number, entry.message.id))
        else:
            heapq.heappush(self._hidden, (entry.until, entry.number, entry.message.id))

    def _count(self, entry: _Entry, change: int) -> None:
        self._counts[entry.place] += change
        group = entry.message.group_id
        if group is not None and entry.place is not _Place.DELAYED:
            groups = self._ready_groups if entry.place is _Place.READY else self._busy_groups
            groups[group] += change
            if not groups[group]:
                del groups[group]

    def _move(self, entry: _Entry, place: _Place, until: float) -> None:
        self._count(entry, -1)
        entry.place, entry.until = place, until
        self._place(entry)

    def _drop(self, entry: _Entry) -> None:
        self._count(entry, -1)
        del self._entries[entry.message.id]

    def _tick(self) -> None:
        now = self._now()
        while self._hidden and self._hidden[0][0] < now:
            until, number, identifier = heapq.heappop(self._hidden)
            entry = self._entries.get(identifier)
            if entry is None or entry.place is _Place.READY or (entry.number, entry.until) != (number, until):
                continue
            self._move(entry, _Place.READY, until)
