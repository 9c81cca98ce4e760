"""The function host: runs invocations, counts what they used, and says who was refused.

Which environment serves an invocation is the fleet's business (`fleet`), and what is provisioned is
`provisioning`'s.

Rule: no lock is held while a function runs.
"""

from __future__ import annotations

import json
import math
import socket
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.concurrency import ACCOUNT_LIMIT, AccountConcurrency
from offline_cloud.function_host import connections, lineage
from offline_cloud.function_host.beginning import LogSink
from offline_cloud.function_host.fleet import Fleet, Start
from offline_cloud.function_host.function_version import (
    FunctionVersion,
    HostStopped,
    Invocation,
    InvokeResult,
    LoopStopped,
    Status,
    Throttled,
)
from offline_cloud.function_host.invocation_metrics import InvocationMetrics
from offline_cloud.function_host.launcher import FunctionCredentials, Launcher
from offline_cloud.function_host.life_lines import PROVISIONED
from offline_cloud.function_host.outcome import Outcome
from offline_cloud.function_host.packages import Package, PackageStore
from offline_cloud.function_host.provisioning import Provisioning
from offline_cloud.function_host.snapshots import Snapshots
from offline_cloud.function_host.unavailable import refusal
from offline_cloud.meter import FunctionUsage

if TYPE_CHECKING:
    from offline_cloud.scheduler import Activity
    from offline_cloud.server import CloudContext

_REMEMBERED = 1_000
FREE_STORAGE_MB = 512
_Line = tuple[str, str, int]  # function, architecture, month of the bill


@dataclass
class _Used:
    """Requests, megabytes times milliseconds, and megabytes restored: whole numbers, so sums are exact."""

    requests: int = 0
    duration: int = 0
    provisioned: int = 0
    storage: int = 0
    restored: int = 0


def _gigabyte_seconds(megabyte_milliseconds: int) -> Decimal:
    return Decimal(megabyte_milliseconds) / 1024 / 1000


_LOOKED_AT = 32
"""So many busy environments are searched for the other end of a connection; with more of them a caller counts
as one from outside.
"""
_CONNECTIONS = 1024


class FunctionHost:
    """Runs Lambda functions of one cloud in processes of their own; `concurrency`: each account's limit."""

    def __init__(
        self,
        context: CloudContext,
        templates: Sequence[socket.socket] = (),
        concurrency: int = ACCOUNT_LIMIT,
    ) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._connected: dict[str, str | None] = {}
        self._used: dict[_Line, _Used] = {}
        self._throttles: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self._launcher = Launcher(context, templates)
        self.packages = PackageStore(context.workdir / "packages")
        self.fleet = Fleet(context, self._launcher, self.packages, concurrency)
        self.log_sink: LogSink = _no_log
        self.loops_allowed: set[str] = set()
        """The ARNs of functions that may call themselves without end."""
        self.metrics = InvocationMetrics()
        self.provisioning = Provisioning(
            context, self.fleet, self._launcher.wait_ready, lambda: self.log_sink
        )
        self.snapshots = Snapshots(
            context, self.fleet, self._launcher.wait_ready, lambda: self.log_sink, self._bill_snapshot
        )

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
        else one is made: it is paused while the handler only waits. `trace` is the trace header of what the
        invocation follows from. Raises `Throttled`, `LoopStopped`, or `HostStopped` if the cloud is reset or
        stopped.
        """
        trace, before = lineage.followed(trace or self.new_trace(request_id), function.arn)
        if before >= lineage.MOST and function.arn not in self.loops_allowed:
            now = self._context.clock.now()
            self.metrics.told(arn or function.arn, "RecursiveInvocationsDropped", 1.0, now)
            raise LoopStopped
        invocation = Invocation(request_id, payload, arn or function.arn, client_context, trace)
        with self.caller_waits(source):
            reason = refusal(function)
            if reason is None:
                self._launcher.wait_ready(function.package)
            start = self._take(function, invocation)
            environment = start.environment
            try:
                if reason is None:
                    outcome = environment.invoke(invocation, activity)
                else:
                    outcome = environment.refuse(invocation, json.dumps(reason).encode(), reason["errorType"])
            finally:
                self.fleet.give_back(start)
        if outcome.status is Status.STOPPED:
            raise HostStopped
        self._count(function, outcome, environment.initialization)
        failed = outcome.status is not Status.OK
        self.metrics.invoked(function, invocation.arn, start, outcome.duration, failed=failed)
        return self._result(function, outcome, log_type)

    def warm_up(self, package: Package | None) -> None:
        """Start the process that environments are forked from, without waiting for it: a function with this
        package was created.
        """
        self._launcher.start(package)

    def caller(self, access_key: str) -> str | None:
        """`function:<name>` if that access key is one of an environment here."""
        environment = self.fleet.callers.get(access_key)
        return f"function:{environment.function.name}" if environment is not None else None

    def trace_of(self, access_key: str) -> str:
        """The trace header of what the environment with that access key is doing; empty if there is none."""
        environment = self.fleet.callers.get(access_key)
        return environment.trace if environment is not None else ""

    def access_key_at(self, port: int) -> str | None:
        """The access key of the function whose process is at the other end of a connection from this port of
        loopback; None if that is no function, or can't be told.
        """
        busy = self.fleet.busy()
        link = connections.socket_of(port) if 0 < len(busy) <= _LOOKED_AT else None
        if link is None:
            return None
        if link not in self._connected:  # a kept connection is looked up once
            if len(self._connected) >= _CONNECTIONS:
                self._connected.clear()
            found = (key for key, one in busy if connections.uses(one.processes(), link))
            self._connected[link] = next(found, None)
        return self._connected[link]

    def credentials(self, access_key: str) -> FunctionCredentials | None:
        """What an environment's process signs with, None if that access key is none of ours."""
        environment = self.fleet.callers.get(access_key)
        return self._launcher.credentials(environment) if environment is not None else None

    def environments(self) -> list[dict[str, Any]]:
        """The life lines of all environments, those that are gone first, each in the order of their start."""
        with self.fleet.lock:
            everyone = [*self.fleet.gone, *self.fleet.environments.values()]
        return [environment.life.as_json() for environment in everyone]

    def throttles(self) -> list[dict[str, Any]]:
        """The last invocations that were refused, oldest first.

        `when` (epoch seconds of cloud time), `function`, `version`, `request_id`, `reason`.
        """
        return list(self._throttles)

    def concurrency(self, account: str, region: str) -> AccountConcurrency:
        """What runs at once in an account and Region, and what may."""
        return self.fleet.account(account, region)

    def reserve(self, function_arn: str, count: int | None) -> None:
        """Reserve concurrency for a function, or no longer. Raises `ConcurrencyRefused`."""
        with self.fleet.lock:
            self.fleet.account_of(function_arn).reserve(function_arn, count)

    def shutdown_function(self, arn: str, version: str | None = None) -> None:
        """The function with this ARN, or one version of it, has changed or is gone."""
        self.fleet.end_function(arn, version)

    def forget_function(self, arn: str) -> None:
        """It was deleted: nothing is reserved for it any more, and its environments go."""
        self.loops_allowed.discard(arn)
        with self.fleet.lock:
            self.provisioning.forget(arn)
            self.snapshots.forget(arn)
            self.fleet.account_of(arn).forget(arn)
        self.fleet.end_function(arn)

    def usage(self) -> list[FunctionUsage]:
        """What each function used so far, by architecture and month of the bill; what was provisioned or kept
        as snapshot stands in the first.
        """
        allocated, cached = (
            {(name, arm, 0): seconds for (name, arm), seconds in kept.gigabyte_seconds().items()}
            for kept in (self.provisioning, self.snapshots)
        )
        with self._lock:
            return [
                FunctionUsage(
                    function=name,
                    architecture=architecture,
                    month=month,
                    requests=used.requests,
                    gb_seconds=_gigabyte_seconds(used.duration),
                    provisioned_gb_seconds=allocated.get((name, architecture, month), 0.0),
                    provisioned_duration_gb_seconds=_gigabyte_seconds(used.provisioned),
                    storage_gb_seconds=_gigabyte_seconds(used.storage),
                    snapshot_cache_gb_seconds=cached.get((name, architecture, month), 0.0),
                    snapshot_restored_gb=Decimal(used.restored) / 1024,
                )
                for name, architecture, month in sorted({*self._used, *allocated, *cached})
                for used in [self._used.get((name, architecture, month), _Used())]
            ]

    def reset(self) -> None:
        """End everything and forget it; running invocations raise `HostStopped` in their callers."""
        self.fleet.reset()
        self.provisioning.reset()
        self.snapshots.reset()
        self.metrics.reset()
        self.loops_allowed.clear()
        with self._lock:
            self._used.clear()
            self._throttles.clear()
        self.packages.clear()

    def stop(self) -> None:
        """`reset`, and end the process that environments are forked from: the cloud stops."""
        self.reset()
        self._launcher.stop()

    # ------------------------------------------------------------------ around an invocation

    def _take(self, function: FunctionVersion, invocation: Invocation) -> Start:
        try:
            return self.fleet.take(function, self.log_sink)
        except Throttled as throttled:
            self.metrics.throttled(function, invocation.arn, self._context.clock.now())
            self._throttles.append(
                {
                    "when": self._context.clock.now(),
                    "function": function.name,
                    "version": function.version,
                    "request_id": invocation.request_id,
                    "reason": throttled.reason,
                }
            )
            raise

    @contextmanager
    def caller_waits(self, access_key: str | None) -> Iterator[None]:
        """Inside, the function with this access key waits for a call of its own: time may move on."""
        caller = self.fleet.callers.get(access_key) if access_key else None
        if caller is None:
            yield
        else:
            with caller.away():
                yield

    def new_trace(self, request_id: str) -> str:
        """An X-Ray trace header; nothing is recorded under it yet."""
        digits = request_id.replace("-", "").ljust(32, "0")
        return f"Root=1-{int(self._context.clock.now()):08x}-{digits[:24]};Parent={digits[-16:]};Sampled=0"

    def _count(self, function: FunctionVersion, outcome: Outcome, initialization: str) -> None:
        month = self._context.ledger.month(self._context.clock.now())
        with self._lock:
            used = self._used.setdefault((function.name, function.architecture, month), _Used())
            used.requests += 1
            if initialization == PROVISIONED:
                used.provisioned += outcome.billed * function.memory_mb
            else:
                used.duration += outcome.billed * function.memory_mb
            used.storage += outcome.billed * max(0, function.tmp_mb - FREE_STORAGE_MB)
            if outcome.restore is not None:
                used.restored += function.memory_mb

    def _bill_snapshot(self, function: FunctionVersion, milliseconds: float) -> None:
        month = self._context.ledger.month(self._context.clock.now())
        with self._lock:
            used = self._used.setdefault((function.name, function.architecture, month), _Used())
            used.duration += max(1, math.ceil(milliseconds)) * function.memory_mb

    @staticmethod
    def _result(function: FunctionVersion, outcome: Outcome, log_type: str) -> InvokeResult:
        error = None if outcome.status is Status.OK else "Unhandled"
        tail = outcome.tail if log_type == "Tail" else b""
        return InvokeResult(200, outcome.payload, error, tail, function.version)


def _no_log(function: FunctionVersion, _stream: str, _events: list[tuple[int, str]]) -> None:
    raise RuntimeError(f"Nobody takes the log of {function.name}: install the CloudWatch Logs seam first.")
