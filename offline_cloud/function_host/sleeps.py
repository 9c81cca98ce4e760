"""A handler's sleeps, as timers of the cloud's scheduler.

Rule 1: a sleep is a WAIT timer. While no thread of the handler can do anything before such a timer fires, the
invocation's activity is paused, so the scheduler may move time on; it is resumed before anybody is woken.
Rule 2: as soon as time can be moved on, the function's timeout is a LIMIT timer, so it fires at its exact
moment and in order. (Without a sleep it needs none: the invoking thread looks at the clock.)
Rule 3: between invocations an environment is frozen: its sleeps have no timers, and go on from their due time
later.
Rule 4: a process that is held still, because its share of the processor is used up, is such a sleep too.

Timers fire on the scheduler's thread; everything else is called by the thread that has the environment.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from offline_cloud.function_host import cloud_time, process_memory
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.function_host.session import Session
    from offline_cloud.scheduler import Activity, Scheduler, Timer


_HELD = 0
"""The ticket of a hold; those of the handler's threads begin with 1."""


class Sleeps:
    """The sleeping threads of one environment's runtime process."""

    def __init__(self, scheduler: Scheduler, label: str) -> None:
        self._scheduler = scheduler
        self._label = label
        self._lock = threading.Lock()
        self._timers: dict[int, Timer] = {}
        self._due: dict[int, float] = {}
        self._away = 0
        self._activity: Activity | None = None
        self._paused = False
        self._limit: Timer | None = None
        self._deadline = 0.0
        self.expired = False

    def begin(self, activity: Activity) -> None:
        """An invocation begins; it holds `activity`."""
        self._activity = activity

    def limit(self, deadline: float) -> None:
        """A phase begins that ends at `deadline`, whatever sleeps: an initialisation or an invocation."""
        with self._lock:
            self._cancel_limit()
            self._deadline = deadline
            self.expired = False

    def thaw(self, session: Session) -> None:
        """Go on with the sleeps that were left when the environment was frozen."""
        due, self._due = self._due, {}
        for ticket, when in due.items():
            self._start(session, ticket, when)

    def sleep(self, session: Session, ticket: int, until: float) -> None:
        """A thread of the handler sleeps until that cloud time; between invocations it has no timer yet."""
        if self._activity is None:
            self._due[ticket] = until
            return
        self._start(session, ticket, until)
        self.consider_pause(session)

    def hold(self, session: Session, until: float) -> None:
        """The whole process stands still until that cloud time; whoever holds it calls `rest` and waits."""
        self._start(session, _HELD, until)

    def rest(self) -> bool:
        """Whether it is still to be held; time may move on then."""
        with self._lock:
            if _HELD not in self._timers:
                return False
            if self._activity is not None and not self._paused:
                self._paused = True
                self._activity.pause()
            return True

    def let_go(self) -> None:
        """It is not held any more, whatever the time is."""
        with self._lock:
            timer = self._timers.pop(_HELD, None)
            if timer is not None:
                timer.cancel()
            self._resume()

    @property
    def paused(self) -> bool:
        """Whether the handler can do nothing before a timer fires: nobody need watch it."""
        return self._paused

    def end(self) -> None:
        """The invocation is over: keep what is left without timers."""
        with self._lock:
            self._cancel_limit()
            for ticket, timer in self._timers.items():
                timer.cancel()
                self._due[ticket] = timer.when
            self._timers.clear()
            self._resume()
            self._activity = None

    def forget(self) -> None:
        """The process is gone, and its sleeps with it."""
        with self._lock:
            self._cancel_limit()
            self._cancel_timers()
            self._due.clear()
            self._resume()

    def leave(self, session: Session | None) -> None:
        """The handler waits for an answer that may itself take cloud time: it invoked another function.

        Called, like `come_back`, by the thread that serves that request.
        """
        with self._lock:
            self._away += 1
        if session is not None:
            session.interrupt()  # the thread that has the environment considers what that means

    def come_back(self) -> None:
        """That answer is there."""
        with self._lock:
            self._away -= 1
            self._resume()

    def consider_pause(self, session: Session) -> None:
        """Pause the activity if every thread of the handler waits for a timer, or for a thread that does.

        A sleep that was sent and not yet taken in has no timer: first see that all wait, then that nothing is
        left.
        """
        if self._paused or not (self._timers or self._away):
            return
        status = process_memory.status(session.process.pid)
        threads = status.threads if status is not None else 1
        elsewhere = self._away + (session.extensions.waiting_inside if session.extensions else 0)
        idle = len(self._timers) + elsewhere
        if idle < threads:
            idle, threads = process_memory.waiting_threads(session.process.pid, cloud_time.CONTROL)
            idle += elsewhere
        if idle >= threads > 0 and not session.has_news():
            with self._lock:
                if (self._timers or self._away) and self._activity is not None and not self._paused:
                    self._arm_limit(session)
                    self._paused = True
                    self._activity.pause()

    def _start(self, session: Session, ticket: int, until: float) -> None:
        with self._lock:
            self._arm_limit(session)
            self._timers[ticket] = self._scheduler.call_at(
                until,
                lambda: self._wake(session, ticket),
                kind=TimerKind.WAIT,
                label=f"sleep in {self._label}",
            )

    def _arm_limit(self, session: Session) -> None:
        if self._limit is None:
            self._limit = self._scheduler.call_at(
                self._deadline,
                lambda: self._expire(session),
                kind=TimerKind.LIMIT,
                label=f"timeout of {self._label}",
            )

    def _wake(self, session: Session, ticket: int) -> None:
        with self._lock:
            if self._timers.pop(ticket, None) is None:
                return
            self._resume()
            # Still under the lock: whoever looks at the process next must find the thread running.
            if ticket != _HELD:
                session.wake(ticket)
        session.interrupt()

    def _expire(self, session: Session) -> None:
        with self._lock:
            self.expired = True
            self._cancel_timers()
            self._resume()
        session.interrupt()

    def _cancel_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _cancel_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _resume(self) -> None:
        if self._paused and self._activity is not None:
            self._paused = False
            self._activity.resume()
