"""How a request that is being served waits without holding anybody up.

Rule 1: a service's lock and the request's activity are given back for the length of a nap, so others are
served and time may move; both are taken again before the request goes on.
Rule 2: whoever wakes a nap resumes its activity first, so time doesn't run away between call and awakening.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.scheduler import Activity, Scheduler

__all__ = ["Nap", "ServiceLocks"]

_PATIENCE = 0.05
"""Seconds that a reset waits for one lock before it gives back those that it has."""


class ServiceLocks:
    """One lock per service, and the naps of requests that have lent theirs."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._locks: dict[str, threading.RLock] = {}
        self._making = threading.RLock()
        self._mine = threading.local()
        self._naps: set[Nap] = set()

    @contextmanager
    def serving(self, service: str) -> Iterator[None]:
        """Be the only request of this service that is served."""
        with self._lock(service):
            outer: str | None = getattr(self._mine, "service", None)
            self._mine.service = service
            try:
                yield
            finally:
                self._mine.service = outer

    @contextmanager
    def everything(self) -> Iterator[None]:
        """Wake all naps, and let nobody be served meanwhile, as a reset needs it."""
        while (locks := self._take_everything()) is None:
            pass
        self._mine.alone = True
        try:
            yield
        finally:
            self._mine.alone = False
            self._release(locks)

    def _take_everything(self) -> list[Any] | None:
        """All locks; None if somebody holds one and may wait for another: S3 for SQS, for one."""
        self._making.acquire()
        for nap in list(self._naps):
            nap.wake()
        held: list[Any] = []
        for lock in self._locks.values():
            if not lock.acquire(timeout=_PATIENCE):
                self._release(held)
                return None
            held.append(lock)
        return held

    def _release(self, locks: list[Any]) -> None:
        for lock in locks:
            lock.release()
        self._making.release()

    def nap(self) -> Nap | None:
        """A nap for the request that this thread serves; None if it can't wait, as in a reset.

        Whoever may wake it must know it before it sleeps.
        """
        service: str | None = getattr(self._mine, "service", None)
        if service is None or getattr(self._mine, "alone", False):
            return None
        return Nap(self._scheduler, self._lock(service), self._naps)

    def _lock(self, service: str) -> Any:
        lock = self._locks.get(service)
        if lock is None:
            with self._making:
                lock = self._locks.setdefault(service, threading.RLock())
        return lock


class Nap:
    """One wait of one request."""

    def __init__(self, scheduler: Scheduler, lock: Any, naps: set[Nap]) -> None:
        self._scheduler = scheduler
        self._lock = lock
        self._naps = naps
        self._activity: Activity | None = scheduler.current()
        self._switch = threading.Lock()
        self._woken = threading.Event()

    def wake(self) -> None:
        """End the nap, now or before it begins. Any thread may call it, as often as it likes."""
        with self._switch:
            if not self._woken.is_set():
                if self._activity is not None:
                    self._activity.resume()
                self._woken.set()

    def sleep(self, until: float) -> None:
        """Wait until somebody wakes us, or until this moment of cloud time."""
        timer = self._scheduler.call_at(until, self.wake, kind=TimerKind.WAIT, label="a request that waits")
        self._naps.add(self)
        with self._switch:
            if not self._woken.is_set() and self._activity is not None:
                self._activity.pause()
        self._lock.release()
        try:
            self._woken.wait()
        finally:
            self._lock.acquire()
            self._naps.discard(self)
            timer.cancel()
