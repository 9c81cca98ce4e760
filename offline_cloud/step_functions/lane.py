"""One execution steps at a time.

Rule 1: whoever has news for an execution (a request, a timer, a worker) takes the lane, steps on its own
thread, and then runs what that step has queued. There is no hand-over to another thread, so a machine
without work outside ends within its StartExecution.
Rule 2: what goes on for long (`later`) belongs to the lane's own thread, which lets everybody else pass
between two steps. The cloud counts as busy until it is done.
Rule 3: nothing on the lane blocks.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from offline_cloud.scheduler import Scheduler

__all__ = ["Lane"]

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_PATIENCE = 0.002  # seconds: how long the lane's own thread stands back when others wish to pass
_STEPS_AT_ONCE = 500  # of what is queued; the rest is for the lane's own thread

Step = Callable[[], None]


class Lane:
    """Takes steps one at a time, in the order in which they come."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._mutex = threading.RLock()
        self._queued: deque[Step] = deque()
        self._long: deque[Step] = deque()
        self._wishing = 0
        self._draining = False
        self._thread: threading.Thread | None = None
        self._standing_back = threading.Event()

    def call(self, step: Callable[[], _T]) -> _T:
        """Take this step now, on this thread, and then what it queues; its result or its exception."""
        self._wishing += 1  # a hint only: a lost update costs nobody more than `_PATIENCE`
        with self._mutex:
            self._wishing -= 1
            try:
                return step()
            finally:
                if not self._draining:
                    self._drain()

    def queue(self, step: Step) -> None:
        """Take this step soon, after what was queued before; called by a step."""
        self._queued.append(step)

    def later(self, step: Step) -> None:
        """Take this step when others have had their turn; called by a step."""
        self._scheduler.activity("an execution that goes on").begin()
        self._long.append(step)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="step-functions", daemon=True)
            self._thread.start()

    def _drain(self) -> None:
        self._draining = True
        left = _STEPS_AT_ONCE
        try:
            while self._queued:
                if left <= 0:
                    self.later(_go_on)
                    return
                left -= 1
                _take(self._queued.popleft())
        finally:
            self._draining = False

    def _work(self) -> None:
        """Take the long steps; end when there are none."""
        while True:
            if self._wishing > 0:
                self._standing_back.wait(_PATIENCE)
            with self._mutex:
                if not self._long:
                    self._thread = None
                    return
                _take(self._long.popleft())
                self._drain()
                self._scheduler.activity("an execution that goes on").end()


def _take(step: Step) -> None:
    try:
        step()
    except Exception:
        # One broken step must not stop every other execution of the cloud.
        _log.exception("a step of an execution failed")


def _go_on() -> None:
    """The lane's own thread takes what is queued."""
