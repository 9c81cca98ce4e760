"""The execution environments of one cloud: which there are, which one serves an invocation, when each goes.

Rule 1: a provisioned environment of the version comes first; then an idle one of the same version and
revision, the last used first; else one is started, if concurrency allows it (`engines.concurrency`).
Rule 2: an environment that has been idle for ten minutes of cloud time is shut down (a rule of this kit: AWS
publishes none). Its timer is a LIMIT: it fires when time passes it and never pulls time forward. Provisioned
environments stay.
Rule 3: a changed or deleted function takes its environments with it: idle ones at once, busy ones when they
are done.
Rule 4: what a computer keeps is bounded (`KEPT`): beyond it, whoever starts an environment ends the one that
has been idle longest. Running ones are bounded by concurrency alone.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offline_cloud.engines.concurrency import ACCOUNT_LIMIT, AccountConcurrency
from offline_cloud.function_host.beginning import LogSink
from offline_cloud.function_host.environment import Environment, Surroundings
from offline_cloud.function_host.function_version import FunctionVersion, Throttled
from offline_cloud.function_host.life_lines import ON_DEMAND, PROVISIONED, SNAP_START
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.function_host.launcher import Launcher
    from offline_cloud.function_host.packages import PackageStore
    from offline_cloud.scheduler import Activity
    from offline_cloud.server import CloudContext

IDLE_SECONDS = 600.0
KEPT = 250
_REMEMBERED = 1_000


@dataclass
class Allocation:
    """The provisioned environments of one version: `wanted` of them, `all` that stand ready, `idle` now."""

    function: FunctionVersion
    wanted: int = 0
    all: set[Environment] = field(default_factory=set)
    idle: list[Environment] = field(default_factory=list)
    failure: str | None = None


@dataclass(slots=True)  # not frozen, for speed: one for each invocation
class Start:
    """An invocation that begins: in which environment, when, and how many run with it.

    `running` of the function, `in_all` of the account, `unreserved` of those; `claimed` is the account's
    claimed concurrency; `concurrency` is where it is counted until it is over. Of the version,
    `ready` provisioned environments are there (None where nothing is provisioned), `busy` of them with this.
    """

    environment: Environment
    when: float
    running: int
    in_all: int
    unreserved: int
    claimed: int
    concurrency: AccountConcurrency
    ready: int | None = None
    busy: int = 0


class Fleet:
    """All environments of a cloud. `lock` guards them, and the accounts."""

    def __init__(
        self, context: CloudContext, launcher: Launcher, packages: PackageStore, limit: int = ACCOUNT_LIMIT
    ) -> None:
        self.lock = threading.RLock()
        self.environments: dict[str, Environment] = {}
        self.gone: deque[Environment] = deque(maxlen=_REMEMBERED)
        self.callers: dict[str, Environment] = {}
        self.allocations: dict[tuple[str, str], Allocation] = {}
        self.limit = limit
        self._context = context
        self._launcher = launcher
        self._packages = packages
        self._idle: dict[tuple[str, str, str], list[Environment]] = {}
        self._accounts: dict[tuple[str, str], AccountConcurrency] = {}

    def busy(self) -> list[tuple[str, Environment]]:
        """Environments that serve an invocation, with the access key of each."""
        with self.lock:
            waiting = [environment.id for idle in self._idle.values() for environment in idle]
            waiting += [one.id for allocation in self.allocations.values() for one in allocation.idle]
            idle_ids = set(waiting)
            return [(key, one) for key, one in self.callers.items() if one.id not in idle_ids]

    def account(self, account: str, region: str) -> AccountConcurrency:
        """The concurrency of an account in a Region."""
        concurrency = self._accounts.get((account, region))
        if concurrency is None:
            with self.lock:
                concurrency = self._accounts.setdefault((account, region), AccountConcurrency(self.limit))
        return concurrency

    def account_of(self, function_arn: str) -> AccountConcurrency:
        """That of a function's account and Region."""
        _, _, _, region, account, *_ = function_arn.split(":")
        return self.account(account, region)

    def take(self, function: FunctionVersion, log_sink: LogSink) -> Start:
        """An environment for one invocation, to be given back. Raises `Throttled`."""
        arn, now = function.arn, self._context.clock.now()
        concurrency = self.account(function.account, function.region)
        with self.lock:
            allocation = self.allocations.get((arn, function.version)) if self.allocations else None
            if allocation is not None and allocation.idle:
                environment = allocation.idle.pop()
                concurrency.began(arn, now, provisioned=True)
            else:
                idle = self._idle.get((arn, function.version, function.revision))
                cold = not idle
                reason = concurrency.refusal(arn, now, cold=cold)
                if reason is not None:
                    raise Throttled(reason)
                kind = SNAP_START if function.snap_start else ON_DEMAND
                environment = idle.pop() if idle else self.start(function, log_sink, kind)
                concurrency.began(arn, now, cold=cold)
            return Start(
                environment,
                now,
                concurrency.running(arn),
                concurrency.running_in_all,
                concurrency.running_unreserved,
                concurrency.claimed_now,
                concurrency,
                len(allocation.all) if allocation is not None else None,
                len(allocation.all) - len(allocation.idle) if allocation is not None else 0,
            )

    def start(
        self, function: FunctionVersion, log_sink: LogSink, initialization: str = ON_DEMAND
    ) -> Environment:
        """A new environment, with the lock held; its process starts when it is first used or prepared."""
        if len(self.environments) >= KEPT:
            self._make_room()
        context = self._context
        surroundings = Surroundings(
            context.clock,
            context.scheduler,
            lambda started: self._launcher.launch_for(started, self._packages),
            log_sink,
            self._launcher.renamed(function, self._packages),
            lambda started: self._launcher.extensions_for(started, self._packages),
            initialization,
        )
        environment = Environment(function, context.ids.hex(32), surroundings)
        self.environments[environment.id] = environment
        self.callers[self._launcher.access_key(environment)] = environment
        if initialization != PROVISIONED:
            self._watch_idleness(environment, context.clock.now() + IDLE_SECONDS)
        return environment

    def give_back(self, start: Start) -> None:
        """The invocation is over."""
        environment = start.environment
        function = environment.function
        provisioned = environment.initialization == PROVISIONED
        with self.lock:
            start.concurrency.ended(function.arn, provisioned=provisioned)
            if environment.alive:
                if provisioned:
                    self.allocations[function.arn, function.version].idle.append(environment)
                else:
                    key = (function.arn, function.version, function.revision)
                    self._idle.setdefault(key, []).append(environment)
                return
        self.close(environment)

    def end_function(self, arn: str, version: str | None = None) -> None:
        """The function with this ARN, or one version of it, has changed or is gone."""
        with self.lock:
            leaving = [
                environment
                for environment in self.environments.values()
                if environment.function.arn == arn and version in (None, environment.function.version)
            ]
            for environment in leaving:
                environment.retire()
            ended = [environment for environment in leaving if self._take_from_idle(environment)]
        for environment in ended:
            self.close(environment)

    def reset(self) -> None:
        """End everything and forget it; running invocations end as STOPPED."""
        with self.lock:
            everyone = list(self.environments.values())
            ended = [environment for environment in everyone if self._take_from_idle(environment)]
            for environment in everyone:
                environment.stop()
        for environment in ended:
            self.close(environment)
        with self.lock:
            # Those that still run find themselves forgotten when they are done.
            self.environments.clear()
            self.callers.clear()
            self.gone.clear()
            self.allocations.clear()
            self._accounts.clear()

    def close(self, environment: Environment) -> None:
        """End an environment that nobody uses any more."""
        with self.lock:
            self._bury(environment)

    # ------------------------------------------------------------------ with the lock held

    def release(self, allocation: Allocation, wanted: int) -> None:
        """Keep that many provisioned environments: idle ones go first, busy ones when they are done."""
        while len(allocation.all) > wanted:
            idle = bool(allocation.idle)
            environment = allocation.idle.pop() if idle else next(iter(allocation.all))
            allocation.all.discard(environment)
            environment.retire()
            if idle:
                self._bury(environment)

    def _make_room(self) -> None:
        waiting = [environment for idle in self._idle.values() for environment in idle]
        if waiting:
            oldest = min(waiting, key=lambda environment: environment.last_used)
            self._take_from_idle(oldest)
            self._bury(oldest)

    def _take_from_idle(self, environment: Environment) -> bool:
        function = environment.function
        if environment.initialization == PROVISIONED:
            allocation = self.allocations.get((function.arn, function.version))
            if allocation is None or environment not in allocation.idle:
                return False
            allocation.idle.remove(environment)
            allocation.all.discard(environment)
            return True
        key = (function.arn, function.version, function.revision)
        idle = self._idle.get(key, [])
        if environment not in idle:
            return False
        idle.remove(environment)
        if not idle:
            del self._idle[key]
        return True

    def _bury(self, environment: Environment) -> None:
        if environment.says_goodbye:
            # It waits for extensions, and nobody may wait for it: not the scheduler, not who holds the lock.
            activity = self._context.scheduler.activity("the end of an environment").begin()
            threading.Thread(
                target=self._shut_down, args=(environment, activity), name="lambda-shutdown", daemon=True
            ).start()
        else:
            self._end(environment)
        if self.environments.pop(environment.id, None) is not None:
            self.callers.pop(self._launcher.access_key(environment), None)
            self.gone.append(environment)

    def _shut_down(self, environment: Environment, activity: Activity) -> None:
        try:
            environment.shut_down()
            self._end(environment)
        finally:
            activity.end()

    def _end(self, environment: Environment) -> None:
        environment.close(self._context.clock.now())
        self._launcher.forget(environment)

    # ------------------------------------------------------------------ idle reclaim

    def _watch_idleness(self, environment: Environment, when: float) -> None:
        self._context.scheduler.call_at(
            when,
            lambda: self._reclaim(environment),
            kind=TimerKind.LIMIT,
            label=f"idle environment of {environment.function.name}",
        )

    def _reclaim(self, environment: Environment) -> None:
        """On the scheduler's thread: ten minutes after the last look."""
        with self.lock:
            if environment.id not in self.environments:
                return
            due = environment.last_used + IDLE_SECONDS
            now = self._context.clock.now()
            if due > now or not self._take_from_idle(environment):
                self._watch_idleness(environment, due if due > now else now + IDLE_SECONDS)
                return
            self._bury(environment)
