"""How an execution environment begins: by an initialisation (with an invocation or before one), or a restore.

Source: Lambda developer guide, "Understanding the Lambda execution environment lifecycle" and "Improving
startup performance with Lambda SnapStart".

Rule 1: the first initialisation has ten seconds. One that ends in a snapshot has more.
Rule 2: a snapshot is taken where the runtime asks `restore/next`, or for its first invocation if it never
asks that. What is restored goes there again, unseen (`snapshots`), and goes on from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.function_host.extensions import Extensions
from offline_cloud.function_host.function_version import FunctionVersion, Status
from offline_cloud.function_host.invocation_log import InvocationLog
from offline_cloud.function_host.life_lines import SNAP_START, LifeLine
from offline_cloud.function_host.outcome import Outcome, error_type_of, extension_failed, reported
from offline_cloud.function_host.platform_log import PlatformLog
from offline_cloud.function_host.processor import Processor
from offline_cloud.function_host.runtime_api import Call
from offline_cloud.function_host.session import Event, Happening, Launch, Session
from offline_cloud.function_host.sleeps import Sleeps
from offline_cloud.function_host.telemetry_api import TelemetryApi

if TYPE_CHECKING:
    from offline_cloud.clock import Clock
    from offline_cloud.scheduler import Activity

__all__ = ["Beginning", "LogSink"]

INIT_SECONDS, SNAPSHOT_SECONDS, RESTORE_SECONDS = 10.0, 130.0, 10.0
"""What AWS gives an init phase, one that ends in a snapshot, and what runs after a restore."""

LogSink = Callable[[FunctionVersion, str, list[tuple[int, str]]], None]
"""Takes the function, the stream's name and events (epoch milliseconds, message) in order."""


class Beginning:
    """The part of an environment that begins it; `environment.Environment` is the whole."""

    function: FunctionVersion
    id: str
    stream: str
    initialization: str
    life: LifeLine
    last_used: float
    _clock: Clock
    _launch: Launch
    _extensions: Mapping[str, Launch]
    _sink: LogSink
    _renamed: dict[str, str]
    _words: PlatformLog
    _telemetry: TelemetryApi | None
    _log: InvocationLog
    _sleeps: Sleeps
    _processor: Processor
    _files: int | None
    _peak: int

    def __init__(self) -> None:
        self._session: Session | None = None
        self._started = False
        self._prepared: float | None = None
        self._restored: tuple[float, int] | None = None
        self._unseen = False
        self._back_since: float | None = None

    def prepare(self, activity: Activity) -> Outcome | None:
        """Initialise it before anybody asks for it: the failure, or None.

        The report of its first invocation tells how long that took, and it is billed with it.
        """
        self._sleeps.begin(activity)
        self._log = InvocationLog(self._clock, self._renamed, self._words)
        try:
            failure, took = self._first_init(self._clock.now())
        finally:
            self._sleeps.end()
            self._sink(self.function, self.stream, self._log.events)
        if failure is None:
            self._prepared = took
            self.last_used = self._clock.now()
            self.life.begin("idle", self.last_used)
            self._rest()
        return failure

    def take_snapshot(self, activity: Activity) -> tuple[Outcome | None, float]:
        """Initialise it up to the moment of its snapshot: the failure or None, and milliseconds."""
        self._sleeps.begin(activity)
        self._log = InvocationLog(self._clock, self._renamed, self._words)
        try:
            return self._first_init(self._clock.now())
        finally:
            self._sleeps.end()
            self._sink(self.function, self.stream, self._log.events)

    # ------------------------------------------------------------------ step by step

    def _first_init(self, when: float) -> tuple[Outcome | None, float]:
        """The init phase of its life."""
        self._started = True
        self._log.platform(self._words.init_started(when))
        self._log.tail_from = len(self._log.events)
        self.life.begin("init", when)
        seconds = SNAPSHOT_SECONDS if self.initialization == SNAP_START else INIT_SECONDS
        failure, took = self._initialise(seconds, "init")
        self.life.finish(self._clock.now(), "ok" if failure is None else failure.status.value)
        if failure is not None:
            self._end_session()
        return failure, took

    def _restore(self, when: float) -> Session | None:
        """Begin from the snapshot: a new process goes there again, unseen, and then on from there."""
        self._started = True
        self._log.platform(self._words.restore_started(when))
        self._log.tail_from = len(self._log.events)
        self.life.begin("restore", when)
        self._unseen, self._back_since = True, None
        failure, took = self._initialise(SNAPSHOT_SECONDS, "restore")
        self._unseen = False
        now = self._clock.now()
        self.life.finish(now, "ok" if failure is None else failure.status.value)
        status = "success" if failure is None else reported(failure.status)
        error_type = failure.error_type if failure is not None else None
        self._log.platform(self._words.restore_ended(now, took, status, error_type))
        if failure is not None:
            self._end_session()
            return None
        since = now if self._back_since is None else self._back_since
        self._restored = took, math.ceil(round((now - since) * 1000, 3))
        return self._session

    def _come_back(self, session: Session) -> float:
        """The process is where the snapshot was taken; until when it may take to go on from there."""
        if self._unseen:
            session.flush_log()
            session.take_records()
        self._unseen, self._back_since = False, self._clock.now()
        session.restore()
        deadline = self._back_since + RESTORE_SECONDS
        self._sleeps.limit(deadline)
        return deadline

    def _initialise(self, seconds: float, phase: str) -> tuple[Outcome | None, float]:
        """Start a runtime process and wait until it asks for work: its failure or None, and milliseconds."""
        started = self._clock.now()
        deadline = started + seconds
        self._peak = 0  # that of the process before, if there was one, went with it
        self._sleeps.limit(deadline)
        extensions = Extensions[Any](self._extensions, self.function, self.id, self._telemetry)
        session = self._session = Session(self._launch, extensions, self._extensions, self._files)
        failure: Outcome | None = None
        asks_restore = False
        while failure is None and not session.ready:
            if asks_restore and (not extensions or extensions.all_wait):
                if phase == "init":
                    break  # the moment of the snapshot
                asks_restore, deadline = False, self._come_back(session)
            event = self._next_event(session, deadline)
            if extensions and extensions.failure:
                failure = extension_failed(extensions)
            elif event is None:
                why = self._why_nothing()
                error_type = "Runtime.OutOfMemory" if why is Status.OUT_OF_MEMORY else None
                failure = Outcome(why, b"", error_type=error_type)
            elif event.happening is Happening.EXIT:
                failure = self._exit_outcome(session, event.status)
            elif event.call is not None and event.call.call is Call.RESTORE_NEXT:
                asks_restore = True
            elif event.call is not None and event.call.call in (Call.INIT_ERROR, Call.RESTORE_ERROR):
                session.accept()
                failure = Outcome(
                    Status.ERROR, self._shown(event.call.body), error_type=error_type_of(event.call)
                )
        self._measure(session)
        self._processor = Processor(session.process.pid, self.function.memory_mb)
        if self._unseen and failure is None:
            session.flush_log()
            session.take_records()
        self._take_records(session, final=failure is not None)
        session.read_control()
        self._files = session.files
        now = self._clock.now()
        if phase != "restore":  # they began with the initialisation, and that is told once
            self._log_extensions(extensions)
        extensions.close()
        milliseconds = (now - started) * 1000
        if failure is not None and failure.status is Status.TIMEOUT:
            milliseconds = min(milliseconds, seconds * 1000)
        status = "success" if failure is None else reported(failure.status)
        error_type = failure.error_type if failure is not None else None
        if phase != "restore":
            self._log.platform(self._words.init_ended(now, milliseconds, phase, status, error_type))
        return failure, milliseconds

    def _log_extensions(self, extensions: Extensions[Any]) -> None:
        now = self._clock.now()
        self._log.platform(self._words.extensions(now, extensions.states()))
        for name, types in self._telemetry.subscriptions() if self._telemetry is not None else ():
            self._log.platform(self._words.subscribed(now, name, types))

    if TYPE_CHECKING:

        def _next_event(self, session: Session, deadline: float) -> Event | None: ...
        def _why_nothing(self) -> Status: ...
        def _rest(self) -> None: ...
        def _end_session(self) -> None: ...
        def _take_records(self, session: Session, *, final: bool) -> None: ...
        def _measure(self, session: Session) -> None: ...
        def _shown(self, error: bytes) -> bytes: ...
        def _exit_outcome(self, session: Session, wait_status: int) -> Outcome: ...
