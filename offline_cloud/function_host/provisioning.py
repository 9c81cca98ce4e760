"""Provisioned concurrency, done: environments that are initialised before anybody calls.

Source: Lambda developer guide, "Configuring provisioned concurrency for a function".

Rule 1: allocation begins a minute after it was asked for (a rule of this kit: AWS takes "a minute or two").
That minute is a WAIT: a cloud that skips does not wait for it.
Rule 2: each environment is initialised for real, all at once, on the cloud's time. One whose initialisation
fails is no provisioned environment, and the configuration says so.
Rule 3: what is provisioned is charged from when it was asked for until it is given up, by five minutes that
have begun, whether or not it stands ready or is used.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offline_cloud.engines.concurrency import billed_seconds
from offline_cloud.function_host.beginning import LogSink
from offline_cloud.function_host.fleet import Allocation, Fleet
from offline_cloud.function_host.function_version import FunctionVersion, Status
from offline_cloud.function_host.life_lines import PROVISIONED
from offline_cloud.function_host.unavailable import refusal
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from offline_cloud.function_host.packages import Package
    from offline_cloud.scheduler import Activity
    from offline_cloud.server import CloudContext

__all__ = ["ALLOCATION_SECONDS", "Provisioned", "Provisioning"]

ALLOCATION_SECONDS = 60.0
INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What stands ready of one version; `failure` is AWS's StatusReason."""

    wanted: int
    ready: int
    failure: str | None


@dataclass(slots=True)
class _Charge:
    """A number of environments of a function that was provisioned for a time."""

    function: str
    architecture: str
    gigabytes: float
    since: float
    until: float | None = None


class Provisioning:
    """The provisioned concurrency of all functions of a cloud."""

    def __init__(
        self,
        context: CloudContext,
        fleet: Fleet,
        warm_up: Callable[[Package | None], None],
        log_sink: Callable[[], LogSink],
    ) -> None:
        self._context = context
        self._fleet = fleet
        self._warm_up = warm_up
        self._log_sink = log_sink
        self._charges: list[_Charge] = []
        self._open: dict[tuple[str, str], _Charge] = {}

    def set(self, function_arn: str, wanted: Sequence[tuple[FunctionVersion, int]]) -> None:
        """Have that many environments of these versions, and of no other. Raises `ConcurrencyRefused`."""
        fleet, now = self._fleet, self._context.clock.now()
        with fleet.lock:
            concurrency = fleet.account_of(function_arn)
            concurrency.provision(function_arn, sum(count for _, count in wanted))
            asked = {version.version: (version, count) for version, count in wanted}
            for key in [key for key in fleet.allocations if key[0] == function_arn and key[1] not in asked]:
                self._give_up(key, now)
            for version, count in asked.values():
                self._ask(version, count, now)
            self._tell_account(function_arn)

    def forget(self, function_arn: str) -> None:
        """The function was deleted."""
        with self._fleet.lock:
            for key in [key for key in self._fleet.allocations if key[0] == function_arn]:
                self._give_up(key, self._context.clock.now())

    def of(self, function_arn: str, version: str) -> Provisioned:
        """What stands ready of a version."""
        with self._fleet.lock:
            allocation = self._fleet.allocations.get((function_arn, version))
            if allocation is None:
                return Provisioned(0, 0, None)
            return Provisioned(allocation.wanted, len(allocation.all), allocation.failure)

    def gigabyte_seconds(self) -> dict[tuple[str, str], float]:
        """What was provisioned until now, charged or not yet, by function and architecture."""
        now, used = self._context.clock.now(), dict[tuple[str, str], float]()
        with self._fleet.lock:
            for charge in self._charges:
                seconds = billed_seconds(charge.since, charge.until or now)
                line = charge.function, charge.architecture
                used[line] = used.get(line, 0.0) + charge.gigabytes * seconds
        return used

    def reset(self) -> None:
        """Forget everything."""
        with self._fleet.lock:
            self._charges.clear()
            self._open.clear()

    # ------------------------------------------------------------------ with the fleet's lock held

    def _ask(self, function: FunctionVersion, count: int, now: float) -> None:
        key = (function.arn, function.version)
        allocation = self._fleet.allocations.get(key)
        if allocation is None:
            allocation = self._fleet.allocations[key] = Allocation(function)
        if allocation.wanted == count and allocation.failure is None:
            return
        allocation.wanted, allocation.failure = count, None
        self._charge(key, function, count, now)
        self._fleet.release(allocation, count)
        if len(allocation.all) < count:
            self._context.scheduler.call_at(
                now + ALLOCATION_SECONDS,
                lambda: self._allocate(key, allocation),
                kind=TimerKind.WAIT,
                label=f"provisioned concurrency of {function.name}",
            )

    def _give_up(self, key: tuple[str, str], now: float) -> None:
        allocation = self._fleet.allocations.pop(key)
        allocation.wanted = 0
        self._fleet.release(allocation, 0)
        charge = self._open.pop(key, None)
        if charge is not None:
            charge.until = now

    def _charge(self, key: tuple[str, str], function: FunctionVersion, count: int, now: float) -> None:
        before = self._open.pop(key, None)
        if before is not None:
            before.until = now
        gigabytes = count * function.memory_mb / 1024
        charge = self._open[key] = _Charge(function.name, function.architecture, gigabytes, now)
        self._charges.append(charge)

    def _tell_account(self, function_arn: str) -> None:
        ready = sum(
            len(allocation.all)
            for key, allocation in self._fleet.allocations.items()
            if key[0] == function_arn
        )
        self._fleet.account_of(function_arn).stands_ready(function_arn, ready)

    # ------------------------------------------------------------------ allocation

    def _allocate(self, key: tuple[str, str], allocation: Allocation) -> None:
        """On the scheduler's thread: start what is missing, each on a thread of its own."""
        with self._fleet.lock:
            if self._fleet.allocations.get(key) is not allocation:
                return
            missing = allocation.wanted - len(allocation.all)
        for _ in range(missing):
            activity = self._context.scheduler.activity(f"provisioning {allocation.function.name}").begin()
            threading.Thread(
                target=self._prepare,
                args=(key, allocation, activity),
                name="lambda-provisioning",
                daemon=True,
            ).start()

    def _prepare(self, key: tuple[str, str], allocation: Allocation, handed: Activity) -> None:
        fleet, function = self._fleet, allocation.function
        with self._context.scheduler.activity(handed.label) as activity:
            handed.end()
            if refusal(function) is not None:  # AWS would run it
                allocation.failure = INIT_FAILED
                return
            self._warm_up(function.package)
            with fleet.lock:
                environment = fleet.start(function, self._log_sink(), PROVISIONED)
            failure = environment.prepare(activity)
            with fleet.lock:
                current = fleet.allocations.get(key) is allocation
                if (
                    current
                    and failure is None
                    and environment.alive
                    and len(allocation.all) < allocation.wanted
                ):
                    allocation.all.add(environment)
                    allocation.idle.append(environment)
                    self._tell_account(function.arn)
                    return
                if failure is not None and failure.status is not Status.STOPPED:
                    allocation.failure = INIT_FAILED
            fleet.close(environment)
