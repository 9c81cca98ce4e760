"""Threads for what blocks: functions and calls of other services.

Rule 1: work that was handed in counts as an activity until it is done, so time doesn't move under it; what it
waits for (a function that sleeps) pauses the activity of its thread.
Rule 2: work that waits for a free thread holds time up, so there are more threads than functions can run at
once: the function host refuses the next one, as AWS does. A thread that has nothing to do ends.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.scheduler import Activity, Scheduler

__all__ = ["WorkPool"]

MOST_THREADS = 1_100
_PATIENCE = 5.0  # seconds until an idle thread ends
_log = logging.getLogger(__name__)


class WorkPool:
    """Starts a thread when there is work and no thread is free."""

    def __init__(self, scheduler: Scheduler, name: str = "step-functions-work") -> None:
        self._scheduler = scheduler
        self._name = name
        self._jobs: queue.SimpleQueue[tuple[Activity, Callable[[], None]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._free = 0  # threads without work less work without a thread

    def submit(self, label: str, job: Callable[[], None]) -> None:
        """Do this on another thread."""
        self._jobs.put((self._scheduler.activity(label).begin(), job))
        with self._lock:
            self._free -= 1
            if self._free >= 0 or self._threads >= MOST_THREADS:
                return
            self._threads += 1
            self._free += 1
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                handed, job = self._jobs.get(timeout=_PATIENCE)
            except queue.Empty:
                with self._lock:
                    # Work that came in this moment counts on us.
                    if self._free > 0:
                        self._free -= 1
                        self._threads -= 1
                        return
                continue
            with self._scheduler.activity(handed.label):
                handed.end()
                try:
                    job()
                except Exception:
                    _log.exception("%s failed", handed.label)
            with self._lock:
                self._free += 1
