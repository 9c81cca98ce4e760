"""How a request waits for an execution or for a task, without holding time up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.scheduler import Activity, Scheduler
    from offline_cloud.server import CloudContext

__all__ = ["Wait", "Waits"]


class Wait:
    """One request that waits."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._activity: Activity | None = scheduler.current()
        self._woken = threading.Event()
        self._switch = threading.Lock()

    def wake(self) -> None:
        """End it, now or before it begins; its activity goes on first, so that time doesn't run away."""
        with self._switch:
            if not self._woken.is_set():
                if self._activity is not None:
                    self._activity.resume()
                self._woken.set()

    @property
    def woken(self) -> bool:
        return self._woken.is_set()

    def sleep(self) -> None:
        with self._switch:
            if not self._woken.is_set() and self._activity is not None:
                self._activity.pause()
        self._woken.wait()


class Waits:
    """All requests that wait; a reset ends them."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._waiting: set[Wait] = set()

    def make(self) -> Wait:
        """A wait of this thread's request. Whoever may wake it must know it before it sleeps."""
        wait = Wait(self._context.scheduler)
        self._waiting.add(wait)
        return wait

    def sleep(self, wait: Wait, caller: str, until: float | None = None) -> None:
        """Wait until somebody wakes it, or until this moment of cloud time.

        `caller` is the access key of the request: a function that waits here waits, too.
        """
        scheduler = self._context.scheduler
        timer = (
            scheduler.call_at(until, wait.wake, kind=TimerKind.WAIT, label="a request that waits")
            if until is not None
            else None
        )
        try:
            with self._away(caller):
                wait.sleep()
        finally:
            self._waiting.discard(wait)
            if timer is not None:
                timer.cancel()

    def drop(self, wait: Wait) -> None:
        """This one does not sleep after all."""
        self._waiting.discard(wait)

    def wake_all(self) -> None:
        """Let everybody go."""
        for wait in list(self._waiting):
            wait.wake()

    @contextmanager
    def _away(self, caller: str) -> Iterator[None]:
        with self._context.function_host.caller_waits(caller) if caller else nullcontext():
            yield
