"""SnapStart: a version is initialised when it is published, and its environments begin from there.

Source: Lambda developer guide, "Improving startup performance with Lambda SnapStart", its pages on runtime
hooks and monitoring, and the Runtime API's `restore/next`.

Rule 1: publishing runs the initialisation once, up to the moment of the snapshot: the hooks before it have
run, and the runtime asks what comes next. Nothing of that process is kept (a process can't be copied from
outside).
Rule 2: a restored environment is a new process that goes there again, unseen: what its initialisation sleeps
takes no time, and what it prints is not logged. Then the hooks after the restore run, and these are billed.
Rule 3: the snapshot is billed as long as the version is there, three hours at least, and each restore by its
memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offline_cloud.function_host.beginning import LogSink
from offline_cloud.function_host.fleet import Fleet
from offline_cloud.function_host.function_version import FunctionVersion, Status
from offline_cloud.function_host.life_lines import SNAP_START
from offline_cloud.function_host.outcome import Outcome
from offline_cloud.function_host.unavailable import refusal

if TYPE_CHECKING:
    from offline_cloud.function_host.packages import Package
    from offline_cloud.scheduler import Activity
    from offline_cloud.server import CloudContext

__all__ = ["Snapshot", "Snapshots"]

SHORTEST_CACHE = 3 * 3600.0


@dataclass
class Snapshot:
    """A version's snapshot: AWS's `State` of the version, and what it says about it."""

    function: FunctionVersion
    since: float
    state: str = "Pending"
    reason: str = "The function is being created."
    reason_code: str = "Creating"
    until: float | None = None
    taken: threading.Event = field(default_factory=threading.Event)


class Snapshots:
    """The snapshots of one cloud. `bill` is told the milliseconds of each initialisation."""

    def __init__(
        self,
        context: CloudContext,
        fleet: Fleet,
        warm_up: Callable[[Package | None], None],
        log_sink: Callable[[], LogSink],
        bill: Callable[[FunctionVersion, float], None],
    ) -> None:
        self._context = context
        self._fleet = fleet
        self._warm_up = warm_up
        self._log_sink = log_sink
        self._bill = bill
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._all: list[Snapshot] = []

    def take(self, function: FunctionVersion) -> Snapshot:
        """Begin to take one of a version that was just published."""
        snapshot = Snapshot(function, self._context.clock.now())
        with self._lock:
            self._all.append(snapshot)
        self._mine.begun = [*getattr(self._mine, "begun", []), snapshot]
        activity = self._context.scheduler.activity(f"snapshot of {function.name}").begin()
        threading.Thread(
            target=self._take, args=(snapshot, activity), name="lambda-snapshot", daemon=True
        ).start()
        return snapshot

    def wait(self) -> None:
        """Wait for those that this thread has begun; time may move on meanwhile."""
        begun, self._mine.begun = getattr(self._mine, "begun", []), []
        held = self._context.scheduler.current()
        for snapshot in begun:
            if held is not None:
                held.pause()
            snapshot.taken.wait()
            if held is not None:
                held.resume()

    def forget(self, function_arn: str, version: str | None = None) -> None:
        """A version was deleted, or the whole function: its snapshots go."""
        now = self._context.clock.now()
        with self._lock:
            for one in self._all:
                told = one.function
                if told.arn == function_arn and version in (None, told.version) and one.until is None:
                    one.until = now

    def gigabyte_seconds(self) -> dict[tuple[str, str], float]:
        """What was kept of snapshots until now, by function and architecture."""
        now = self._context.clock.now()
        used: dict[tuple[str, str], float] = {}
        with self._lock:
            for one in self._all:
                if one.state == "Active":
                    key = one.function.name, one.function.architecture
                    seconds = max(SHORTEST_CACHE, (one.until or now) - one.since)
                    used[key] = used.get(key, 0.0) + one.function.memory_mb / 1024 * seconds
        return used

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._all.clear()

    def _take(self, snapshot: Snapshot, handed: Activity) -> None:
        fleet, function = self._fleet, snapshot.function
        try:
            with self._context.scheduler.activity(handed.label) as activity:
                handed.end()
                if refusal(function) is not None:  # it can't run here: there is nothing to take
                    snapshot.state, snapshot.reason, snapshot.reason_code = "Active", "", ""
                    return
                self._warm_up(function.package)
                with fleet.lock:
                    environment = fleet.start(function, self._log_sink(), SNAP_START)
                failure, took = environment.take_snapshot(activity)
                environment.stop()  # it stands still from now on: nobody in it is told of an end
                fleet.close(environment)
            self._bill(function, took)
            if failure is None:
                snapshot.state, snapshot.reason, snapshot.reason_code = "Active", "", ""
            else:
                snapshot.state = "Failed"
                snapshot.reason, snapshot.reason_code = _why(failure)
        finally:
            snapshot.taken.set()


def _why(failure: Outcome) -> tuple[str, str]:
    if failure.status is Status.TIMEOUT:
        return "The function's initialisation took too long.", "FunctionError.InitTimeout"
    kind = failure.error_type or "an error"
    return f"The function's initialisation ended with {kind}.", "FunctionError.RuntimeInitError"
