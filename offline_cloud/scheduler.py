"""What is to happen later, and when time may be moved on to it.

Rule 1: timers fire in the order of (when, the order in which they were set), one at a time, on one thread.
Rule 2: time is moved only while the cloud is quiet, that is while no activity is held; so whatever a timer
set off has come to rest before the next one fires.
Rule 3: only a WAIT pulls time forward by itself. A LIMIT fires in order when time passes it. A GUARD stands
for somebody outside who may still act, so nothing but `advance` (or real time) goes past it.
Rule 4: a timer also fires when its moment comes by real time, quiet or not: an endless loop meets its limit.

A callback must not block: whatever takes time takes an activity and goes elsewhere.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Self

from offline_cloud.clock import Clock

__all__ = ["Activity", "Scheduler", "Timer", "TimerKind"]

_log = logging.getLogger(__name__)
_SWEPT_FROM = 1_024
"""So many timers may stand in the heap before cancelled ones are looked for."""


class TimerKind(Enum):
    """How a timer takes part when time is moved (rule 3)."""

    WAIT = "wait"
    LIMIT = "limit"
    GUARD = "guard"


class Timer:
    """One thing to do at `when`; `cancel()` at any time, from any thread."""

    __slots__ = ("_callback", "_done", "_sequence", "label", "when")

    def __init__(self, when: float, sequence: int, callback: Callable[[], None], label: str) -> None:
        self.when = when
        self.label = label
        self._sequence = sequence
        self._callback = callback
        self._done = False

    def __lt__(self, other: Timer) -> bool:
        return (self.when, self._sequence) < (other.when, other._sequence)

    def cancel(self) -> None:
        """Make sure that it doesn't fire any more; harmless when it has."""
        self._done = True
        # It may stand in the heap for long: an execution's limit is a year away.
        self._callback = _nothing


class Activity:
    """Something that is going on: while it is held and not paused, time is not moved."""

    __slots__ = ("_outer", "_paused", "_scheduler", "label")

    def __init__(self, scheduler: Scheduler, label: str) -> None:
        self._scheduler = scheduler
        self._paused = False
        self._outer: Activity | None = None
        self.label = label

    def pause(self) -> None:
        """It only waits now, for a timer or for another activity."""
        if not self._paused:
            self._paused = True
            self._scheduler._count(-1)

    def resume(self) -> None:
        """It goes on; call this before waking whoever acts."""
        if self._paused:
            self._paused = False
            self._scheduler._count(+1)

    def begin(self) -> Self:
        """Count it without making it this thread's own: another thread will go on with it, and `end` it."""
        self._scheduler._count(+1)
        return self

    def end(self) -> None:
        """What `begin` counted is over."""
        self._scheduler._count(-1)

    def __enter__(self) -> Self:
        self._scheduler._count(+1)
        self._outer = self._scheduler.current()
        self._scheduler._mine.activity = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler._mine.activity = self._outer
        if not self._paused:
            self._scheduler._count(-1)


class Scheduler:
    """Timers of one cloud on one clock; `skip` lets it settle by itself whenever it is quiet."""

    def __init__(self, clock: Clock, *, skip: bool = False) -> None:
        self.clock = clock
        self._skip = skip
        self._mine = threading.local()
        self._changed = threading.Condition()
        self._sequence = itertools.count()
        self._timers: list[Timer] = []
        self._waits: list[Timer] = []
        self._guards: list[Timer] = []
        self._full = _SWEPT_FROM
        self._active = 0
        self._moving = threading.Lock()
        self._target: float | None = None
        self._settling = False
        self._running = True
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._thread.start()

    def call_at(
        self,
        when: float,
        callback: Callable[[], None],
        *,
        kind: TimerKind,
        repeating: bool = False,
        label: str = "",
    ) -> Timer:
        """Fire `callback` at `when` (seconds since 1970, cloud time); a past moment means at once.

        `repeating` marks a timer that sets its next one, as a schedule does: it never pulls time forward.
        """
        timer = Timer(when, next(self._sequence), callback, label)
        with self._changed:
            if len(self._timers) >= self._full:
                self._sweep()
            heapq.heappush(self._timers, timer)
            if kind is TimerKind.GUARD:
                heapq.heappush(self._guards, timer)
            elif kind is TimerKind.WAIT and not repeating:
                heapq.heappush(self._waits, timer)
            if self._timers[0] is timer or self._may_move():
                self._changed.notify_all()
        return timer

    def call_later(
        self,
        delay: float,
        callback: Callable[[], None],
        *,
        kind: TimerKind,
        repeating: bool = False,
        label: str = "",
    ) -> Timer:
        """Fire `callback` in `delay` seconds of cloud time."""
        return self.call_at(self.clock.now() + delay, callback, kind=kind, repeating=repeating, label=label)

    def activity(self, label: str) -> Activity:
        """Something that goes on inside a `with` block."""
        return Activity(self, label)

    def current(self) -> Activity | None:
        """The innermost activity that this thread holds."""
        held: Activity | None = getattr(self._mine, "activity", None)
        return held

    def pending(self) -> int:
        """How many timers are set."""
        with self._changed:
            return sum(not timer._done for timer in self._timers)

    def advance(self, seconds: float) -> None:
        """Move time on by `seconds`, firing in order what falls due, each when the last has come to rest."""
        if seconds < 0:
            raise ValueError(f"time only moves forward, not by {seconds} s")
        with self._moving, self._changed:
            self._target = self.clock.now() + seconds
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._target is None or not self._running)

    def settle(self) -> None:
        """Move time on from wait to wait until none is left that ends by itself, or a guard stands next."""
        with self._moving, self._changed:
            self._settling = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._settling or not self._running)

    def clear(self) -> None:
        """Forget every timer, as a reset does."""
        with self._changed:
            for timer in self._timers:
                timer.cancel()
            self._timers, self._waits, self._guards = [], [], []
            self._changed.notify_all()

    def stop(self) -> None:
        """Fire nothing more; whoever waits in `advance` or `settle` returns."""
        with self._changed:
            self._running = False
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _sweep(self) -> None:
        """Drop what was cancelled; what is cancelled again and again would pile up. Holds `_changed`."""
        for timers in (self._timers, self._waits, self._guards):
            timers[:] = [timer for timer in timers if not timer._done]
            heapq.heapify(timers)
        self._full = max(_SWEPT_FROM, 2 * len(self._timers))

    def _count(self, change: int) -> None:
        with self._changed:
            self._active += change
            if self._may_move():
                self._changed.notify_all()

    def _may_move(self) -> bool:
        """Whether time may have to be moved now: waking the thread in vain would cost every request a switch.

        Holds `_changed`.
        """
        wanted = self._target is not None or self._settling or (self._skip and bool(self._waits))
        return wanted and self._active == 0

    def _run(self) -> None:
        while True:
            with self._changed:
                timer = self._next_to_fire()
            if timer is None:
                return
            try:
                timer._callback()
            except Exception:
                # One broken callback must not stop every other timer of the cloud.
                _log.exception("timer %r failed", timer.label)

    def _next_to_fire(self) -> Timer | None:
        """Wait until a timer is due and take it; None when the scheduler stops. Holds `_changed`."""
        while self._running:
            first = _first(self._timers)
            if first is not None and first.when <= self.clock.now():
                heapq.heappop(self._timers)
                first._done = True
                return first
            if self._active == 0 and self._move_on(first):
                continue
            self._changed.wait(None if first is None else max(0.0, first.when - self.clock.now()))
        return None

    def _move_on(self, first: Timer | None) -> bool:
        """Move time if somebody asked for it; False when there is nothing to do but wait."""
        if self._target is not None:
            if first is not None and first.when <= self._target:
                self.clock.move_to(first.when)
            else:
                self.clock.move_to(self._target)
                self._target = None
                self._changed.notify_all()
            return True
        if self._settling or self._skip:
            wait, guard = _first(self._waits), _first(self._guards)
            if first is not None and wait is not None and (guard is None or wait.when < guard.when):
                self.clock.move_to(first.when)
                return True
            if self._settling:
                self._settling = False
                self._changed.notify_all()
                return True
        return False


def _nothing() -> None:
    """What a cancelled timer calls."""


def _first(timers: list[Timer]) -> Timer | None:
    """The earliest timer that still counts; what was cancelled or has fired is dropped on the way."""
    while timers and timers[0]._done:
        heapq.heappop(timers)
    return timers[0] if timers else None
