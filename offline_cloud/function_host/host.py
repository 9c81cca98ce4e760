"""The function host: which environment serves an invocation, how many there are, and what they used.

Rule 1: an idle environment of the same function version and revision is used again, the last used first; else
one more is started, up to the account's concurrency.
Rule 2: an environment that has been idle for ten minutes of cloud time is shut down (a rule of this kit: AWS
publishes none). Its timer is a LIMIT: it fires when time passes it and never pulls time forward.
Rule 3: a changed or deleted function takes its environments with it: idle ones at once, busy ones when they
are done.
Rule 4: no lock is held while a function runs.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from offline_cloud.function_host.environment import Environment, LogSink, Surroundings
from offline_cloud.function_host.function_version import (
    FunctionVersion,
    HostStopped,
    Invocation,
    InvokeResult,
    Status,
    Throttled,
)
from offline_cloud.function_host.launcher import FunctionCredentials, Launcher
from offline_cloud.function_host.outcome import Outcome
from offline_cloud.function_host.packages import Package, PackageStore
from offline_cloud.function_host.unavailable import refusal
from offline_cloud.meter import FunctionUsage
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.scheduler import Activity
    from offline_cloud.server import CloudContext

IDLE_SECONDS = 600.0
CONCURRENCY = 250
"""Environments that may run at once in this cloud; AWS's default for an account is 1,000, and 10 for a new
one.
"""
_REMEMBERED = 1_000


class FunctionHost:
    """Runs Lambda functions of one cloud in processes of their own."""

    def __init__(self, context: CloudContext, templates: Sequence[socket.socket] = ()) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._environments: dict[str, Environment] = {}
        self._idle: dict[tuple[str, str, str], list[Environment]] = {}
        self._gone: deque[Environment] = deque(maxlen=_REMEMBERED)
        self._callers: dict[str, Environment] = {}
        self._used: dict[str, list[float]] = {}
        self._running: dict[str, int] = {}
        self._launcher = Launcher(context, templates)
        self.packages = PackageStore(context.workdir / "packages")
        self.log_sink: LogSink = _no_log

    # ------------------------------------------------------------------ the contract

    def invoke(
        self,
        function: FunctionVersion,
        payload: bytes,
        *,
        request_id: str,
        arn: str = "",
        log_type: str = "None",
        client_context: str | None = None,
        source: str | None = None,
        trace: str = "",
        activity: Activity | None = None,
    ) -> InvokeResult:
        """Run one invocation and wait for its end.

        `arn` is the one that was invoked, qualifier included; `source` the access key of a function that
        calls this one; `activity` what the calling thread already holds (a request that is being served),
        else one is made: it is paused while the handler only waits. Raises `Throttled`, or `HostStopped` if
        the cloud is reset or stopped.
        """
        invocation = Invocation(
            request_id, payload, arn or function.arn, client_context, trace or self._trace(request_id)
        )
        with self.caller_waits(source):
            reason = refusal(function)
            if reason is None:
                self._launcher.wait_ready(function.package)
            environment = self._take(function)
            try:
                if reason is None:
                    outcome = environment.invoke(invocation, activity)
                else:
                    outcome = environment.refuse(invocation, json.dumps(reason).encode(), reason["errorType"])
            finally:
                self._give_back(environment)
        if outcome.status is Status.STOPPED:
            raise HostStopped
        self._count(function, outcome)
        return self._result(function, outcome, log_type)

    def warm_up(self, package: Package | None) -> None:
        """Start the process that environments are forked from, without waiting for it: a function with this
        package was created.
        """
        self._launcher.start(package)

    def caller(self, access_key: str) -> str | None:
        """`function:<name>` if that access key is one of an environment here."""
        environment = self._callers.get(access_key)
        return f"function:{environment.function.name}" if environment is not None else None

    def credentials(self, access_key: str) -> FunctionCredentials | None:
        """What an environment's process signs with, None if that access key is none of ours."""
        environment = self._callers.get(access_key)
        return self._launcher.credentials(environment) if environment is not None else None

    def environments(self) -> list[dict[str, Any]]:
        """The life lines of all environments, those that are gone first, each in the order of their start."""
        with self._lock:
            everyone = [*self._gone, *self._environments.values()]
        return [environment.life.as_json() for environment in everyone]

    def shutdown_function(self, arn: str, version: str | None = None) -> None:
        """The function with this ARN, or one version of it, has changed or is gone."""
        with self._lock:
            leaving = [
                environment
                for environment in self._environments.values()
                if environment.function.arn == arn and version in (None, environment.function.version)
            ]
            for environment in leaving:
                environment.retire()
            ended = [environment for environment in leaving if self._take_from_idle(environment)]
        for environment in ended:
            self._close(environment)

    def usage(self) -> list[FunctionUsage]:
        """What each function used so far: requests and GB-seconds."""
        with self._lock:
            return [
                FunctionUsage(function=name, requests=int(requests), gb_seconds=gb_seconds)
                for name, (requests, gb_seconds) in sorted(self._used.items())
            ]

    def reset(self) -> None:
        """End everything and forget it; running invocations raise `HostStopped` in their callers."""
        with self._lock:
            everyone = list(self._environments.values())
            ended = [environment for environment in everyone if self._take_from_idle(environment)]
            for environment in everyone:
                environment.stop()
        for environment in ended:
            self._close(environment)
        with self._lock:
            self._gone.clear()
            self._used.clear()
        self.packages.clear()

    def stop(self) -> None:
        """`reset`, and end the process that environments are forked from: the cloud stops."""
        self.reset()
        self._launcher.stop()

    # ------------------------------------------------------------------ environments

    def _take(self, function: FunctionVersion) -> Environment:
        key = (function.arn, function.version, function.revision)
        with self._lock:
            running = self._running.get(function.name, 0)
            if function.reserved_concurrency is not None and running >= function.reserved_concurrency:
                raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
            idle = self._idle.get(key)
            if idle:
                environment = idle.pop()
            else:
                if len(self._environments) >= CONCURRENCY and not self._make_room():
                    raise Throttled("ConcurrentInvocationLimitExceeded")
                environment = self._new(function)
            self._running[function.name] = running + 1
        return environment

    def _new(self, function: FunctionVersion) -> Environment:
        context = self._context
        surroundings = Surroundings(
            context.clock,
            context.scheduler,
            lambda started: self._launcher.launch_for(started, self.packages),
            self.log_sink,
            self._launcher.renamed(function, self.packages),
            lambda started: self._launcher.extensions_for(started, self.packages),
        )
        environment = Environment(function, context.ids.hex(32), surroundings)
        self._environments[environment.id] = environment
        self._callers[self._launcher.access_key(environment)] = environment
        self._watch_idleness(environment, context.clock.now() + IDLE_SECONDS)
        return environment

    def _give_back(self, environment: Environment) -> None:
        function = environment.function
        with self._lock:
            self._running[function.name] -= 1
            if environment.alive:
                key = (function.arn, function.version, function.revision)
                self._idle.setdefault(key, []).append(environment)
                return
        self._close(environment)

    def _make_room(self) -> bool:
        """End the environment that has been idle longest, with the lock held; False if all are busy."""
        waiting = [environment for idle in self._idle.values() for environment in idle]
        if not waiting:
            return False
        oldest = min(waiting, key=lambda environment: environment.last_used)
        self._take_from_idle(oldest)
        self._bury(oldest)
        return True

    def _take_from_idle(self, environment: Environment) -> bool:
        function = environment.function
        key = (function.arn, function.version, function.revision)
        idle = self._idle.get(key, [])
        if environment not in idle:
            return False
        idle.remove(environment)
        if not idle:
            del self._idle[key]
        return True

    def _close(self, environment: Environment) -> None:
        with self._lock:
            self._bury(environment)

    def _bury(self, environment: Environment) -> None:
        if environment.says_goodbye:
            # It waits for extensions, and nobody may wait for it: not the scheduler, not who holds the lock.
            activity = self._context.scheduler.activity("the end of an environment").begin()
            threading.Thread(
                target=self._shut_down, args=(environment, activity), name="lambda-shutdown", daemon=True
            ).start()
        else:
            self._end(environment)
        if self._environments.pop(environment.id, None) is not None:
            self._callers.pop(self._launcher.access_key(environment), None)
            self._gone.append(environment)

    def _shut_down(self, environment: Environment, activity: Activity) -> None:
        try:
            environment.shut_down()
            self._end(environment)
        finally:
            activity.end()

    def _end(self, environment: Environment) -> None:
        environment.close(self._context.clock.now())
        self._launcher.forget(environment)

    def _watch_idleness(self, environment: Environment, when: float) -> None:
        self._context.scheduler.call_at(
            when,
            lambda: self._reclaim(environment),
            kind=TimerKind.LIMIT,
            label=f"idle environment of {environment.function.name}",
        )

    def _reclaim(self, environment: Environment) -> None:
        """On the scheduler's thread: ten minutes after the last look."""
        with self._lock:
            if environment.id not in self._environments:
                return
            due = environment.last_used + IDLE_SECONDS
            now = self._context.clock.now()
            if due > now or not self._take_from_idle(environment):
                self._watch_idleness(environment, due if due > now else now + IDLE_SECONDS)
                return
            self._bury(environment)

    # ------------------------------------------------------------------ around an invocation

    @contextmanager
    def caller_waits(self, access_key: str | None) -> Iterator[None]:
        """Inside, the function with this access key waits for a call of its own: time may move on."""
        caller = self._callers.get(access_key) if access_key else None
        if caller is None:
            yield
        else:
            with caller.away():
                yield

    def _trace(self, request_id: str) -> str:
        """An X-Ray trace header; nothing is recorded under it yet."""
        digits = request_id.replace("-", "").ljust(32, "0")
        return f"Root=1-{int(self._context.clock.now()):08x}-{digits[:24]};Parent={digits[-16:]};Sampled=0"

    def _count(self, function: FunctionVersion, outcome: Outcome) -> None:
        with self._lock:
            used = self._used.setdefault(function.name, [0, 0.0])
            used[0] += 1
            used[1] += outcome.billed / 1000 * function.memory_mb / 1024

    @staticmethod
    def _result(function: FunctionVersion, outcome: Outcome, log_type: str) -> InvokeResult:
        error = None if outcome.status is Status.OK else "Unhandled"
        tail = outcome.tail if log_type == "Tail" else b""
        return InvokeResult(200, outcome.payload, error, tail, function.version)


def _no_log(function: FunctionVersion, _stream: str, _events: list[tuple[int, str]]) -> None:
    raise RuntimeError(f"Nobody takes the log of {function.name}: install the CloudWatch Logs seam first.")
