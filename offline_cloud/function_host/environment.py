"""An execution environment: its initialisation, its invocations, its end, and what each of them writes to the
log.

Source: Lambda developer guide, "Understanding the Lambda execution environment lifecycle".

Rule 1: one invocation at a time. The caller (the host) hands an environment to one thread only.
Rule 2: an environment outlives its runtime process. After a timeout, an exit or too much memory the process
is ended, the next invocation starts another in the same environment (same log stream, same `/tmp`), and that
initialisation is part of that invocation.
Rule 3: a failed initialisation is tried once more as part of the invocation, with the function's own timeout.
Rule 4: all times are the cloud's. While every thread of the handler sleeps, the environment's activity is
paused, so that the scheduler may move time on; the function's timeout is then a LIMIT timer and fires at its
exact moment.
Rule 5: a function with less memory than comes with a whole processor is held still for what its work takes
longer, while it works and before its answer is taken: its own clock, its timeout, REPORT and the bill agree.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offline_cloud.function_host import log_lines, process_memory
from offline_cloud.function_host.beginning import Beginning, LogSink
from offline_cloud.function_host.extensions import SHUTDOWN_SECONDS
from offline_cloud.function_host.function_version import FunctionVersion, Invocation, Status
from offline_cloud.function_host.invocation_log import InvocationLog, renamed
from offline_cloud.function_host.life_lines import ON_DEMAND, SNAP_START, LifeLine
from offline_cloud.function_host.outcome import (
    Outcome,
    error_payload,
    error_type_of,
    extension_failed,
    reported,
    too_large,
)
from offline_cloud.function_host.platform_log import PlatformLog, Report, platform_log
from offline_cloud.function_host.process_memory import MEGABYTE
from offline_cloud.function_host.processor import Processor
from offline_cloud.function_host.runtime_api import RESPONSE_LIMIT, Call
from offline_cloud.function_host.session import Event, Happening, Launch, Session
from offline_cloud.function_host.sleeps import Sleeps
from offline_cloud.function_host.telemetry import LogRecord
from offline_cloud.function_host.telemetry_api import TelemetryApi, Watched

if TYPE_CHECKING:
    from offline_cloud.clock import Clock
    from offline_cloud.scheduler import Activity, Scheduler

_TICK = 0.01
"""Real seconds between two looks at a running process's memory."""
_PAUSED_TICK = 5.0
_PATIENCE = 1.0
"""Real seconds that a runtime has to ask for its next invocation after its last."""


@dataclass(frozen=True)
class Surroundings:
    """What an environment needs of the cloud: time, how to start a process, where its log goes.

    `renamed`: real paths in what a function says, and what AWS would call them. `extensions`: how to start
    each external extension, by the name of its file. `initialization`: on-demand, provisioned-concurrency or
    snap-start.
    """

    clock: Clock
    scheduler: Scheduler
    launch: Callable[[Environment], Launch]
    log_sink: LogSink
    renamed: dict[str, str] = field(default_factory=dict)
    extensions: Callable[[Environment], Mapping[str, Launch]] | None = None
    initialization: str = ON_DEMAND


class Environment(Beginning):
    """One execution environment of one function version."""

    def __init__(
        self,
        function: FunctionVersion,
        identifier: str,
        surroundings: Surroundings,
    ) -> None:
        super().__init__()
        self.function = function
        self.id = identifier
        self._clock = clock = surroundings.clock
        self.stream = log_lines.stream_name(clock.now(), function.version, identifier)
        self.initialization = surroundings.initialization
        self.life = LifeLine(
            identifier, function.name, function.version, function.memory_mb, self.initialization
        )
        self.last_used = clock.now()
        self.trace = ""
        """The trace header of the invocation that it serves, or has served last."""
        self._launch = surroundings.launch(self)
        self._extensions = surroundings.extensions(self) if surroundings.extensions is not None else {}
        self._scheduler = surroundings.scheduler
        self._sink = surroundings.log_sink
        self._renamed = surroundings.renamed
        self._words: PlatformLog = platform_log(function, self.initialization)
        self._telemetry = TelemetryApi() if self._extensions else None
        if self._telemetry is not None:
            self._words = Watched(self._words, function, self._telemetry, self.initialization)
        self._files: int | None = None
        self._peak = 0
        self._threads = 0
        self._over_memory = False
        self._frozen = False
        self._processor: Processor
        self._shares = False
        self._stopping = False
        self._retired = False
        self._sleeps = Sleeps(surroundings.scheduler, function.name)
        self._log: InvocationLog

    # ------------------------------------------------------------------ for the host

    def invoke(self, invocation: Invocation, activity: Activity | None = None) -> Outcome:
        """Run one invocation to its end; never raises for anything that the function does.

        `activity` is what the calling thread holds; without one the invocation holds its own.
        """
        if activity is None:
            with self._scheduler.activity(f"function {self.function.name}") as own:
                return self.invoke(invocation, own)
        self.trace = invocation.trace_id
        self._sleeps.begin(activity)
        self._log = InvocationLog(self._clock, self._renamed, self._words)
        try:
            outcome = self._invoke(invocation)
        finally:
            self._sleeps.end()
            self._sink(self.function, self.stream, self._log.events)
        outcome.log = [message for _, message in self._log.events[self._log.tail_from :]]
        self.last_used = self._clock.now()
        self.life.begin("idle", self.last_used)
        self._rest()
        return outcome

    def stop(self) -> None:
        """End it: at once when it is idle; a running invocation ends as STOPPED. Any thread may call it."""
        self._stopping = True
        session = self._session
        if session is not None:
            session.process.kill()
            session.interrupt()

    def processes(self) -> list[int]:
        """The processes of the runtime."""
        session = self._session
        return process_memory.tree(session.process.pid) if session is not None else []

    @property
    def says_goodbye(self) -> bool:
        """Whether its extensions are to be told that it ends: first `shut_down`, then `close`."""
        return bool(self._extensions) and self._session is not None and not self._stopping

    def shut_down(self, reason: str = "spindown") -> None:
        """Tell the extensions that it ends, wait for them (2 s at most), write down what they say."""
        session = self._session
        if session is None or not session.extensions:
            return
        if self._frozen:
            session.thaw()
            self._frozen = False
        log = InvocationLog(self._clock, self._renamed, self._words)
        self._tell_extensions(session)
        session.shut_down(reason, self._clock.now() + SHUTDOWN_SECONDS, SHUTDOWN_SECONDS)
        log.written(list(itertools.chain(*session.take_records())))
        self._sink(self.function, self.stream, log.events)

    def close(self, now: float) -> None:
        """Give everything back; only when no invocation runs."""
        self._end_session()
        if self._files is not None:
            os.close(self._files)
            self._files = None
        self.life.begin("shutdown", now)
        self.life.finish(now)

    def retire(self) -> None:
        """Don't use it again after the invocation that it may be running. Any thread may call it."""
        self._retired = True

    def refuse(self, invocation: Invocation, payload: bytes, error_type: str) -> Outcome:
        """Answer an invocation with an error of ours, logged as any other, without a process."""
        self._log = InvocationLog(self._clock, {}, self._words)
        self.life.begin("invoke", self._clock.now(), invocation.request_id)
        now, words = self._clock.now(), self._words
        self._log.platform(words.started(now, invocation.request_id, self.function.version))
        self._log.platform(words.refused(now, payload))
        outcome = Outcome(Status.ERROR, payload, error_type=error_type)
        self._log.platform(words.answered(now, self._report_of(outcome, invocation)))
        self._report(outcome, invocation)
        outcome.log = [message for _, message in self._log.events]
        self._sink(self.function, self.stream, self._log.events)
        self.life.finish(self._clock.now(), outcome.status.value)
        self.life.begin("idle", self._clock.now())
        return outcome

    @property
    def alive(self) -> bool:
        """Whether it may be invoked again."""
        return not (self._stopping or self._retired)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The handler waits for a call that may itself wait (it invoked a function): time may move on."""
        self._sleeps.leave(self._session)
        try:
            yield
        finally:
            self._sleeps.come_back()

    # ------------------------------------------------------------------ an invocation, step by step

    def _invoke(self, invocation: Invocation) -> Outcome:
        function, now = self.function, self._clock.now
        arrived = now()
        init, self._prepared = self._prepared, None
        session = self._usable_session()
        if session is None and not self._started and self.initialization == SNAP_START:
            session = self._restore(arrived)
        elif session is None and not self._started:
            failure, took = self._first_init(arrived)
            if failure is None:
                init, session = took, self._session
        started = now()
        self.life.begin("invoke", started, invocation.request_id)
        deadline = started + function.timeout
        failure = None
        if session is None:
            failure, _ = self._initialise(function.timeout, "invoke")
            session = self._session
        self._log.platform(self._words.started(now(), invocation.request_id, function.version))
        if failure is None:
            assert session is not None
            self._sleeps.limit(deadline)
            self._processor.begin()
            session.invoke(invocation, deadline)
            self._shares = True
            outcome = self._until_answered(session, invocation, deadline)
            self._shares = False
            self._answered(session, outcome, invocation, started)
            if session.extensions and outcome.status in (Status.OK, Status.ERROR):
                self._until_extensions_wait(session, deadline)
        else:
            outcome = Outcome(failure.status, failure.payload, error_type=failure.error_type, in_init=True)
            self._answered(session, outcome, invocation, started)
        ended = min(now(), deadline) if outcome.status is Status.TIMEOUT else now()
        outcome.duration = max(0.0, ended - started) * 1000
        outcome.init = init
        if self._restored is not None:
            (outcome.restore, outcome.billed_restore), self._restored = self._restored, None
        by_extension = (outcome.error_type or "").startswith("Extension.")
        if outcome.status not in (Status.OK, Status.ERROR) or failure is not None or by_extension:
            self._name_the_end(outcome, invocation)
            self.shut_down("timeout" if outcome.status is Status.TIMEOUT else "failure")
            self._end_session()
        elif session is not None and session.extensions and session.extensions.failure:
            self._end_session()
        self._report(outcome, invocation)
        self.life.finish(ended, "ok" if outcome.status is Status.OK else outcome.status.value)
        return outcome

    def _until_answered(self, session: Session, invocation: Invocation, deadline: float) -> Outcome:
        while True:
            event = self._next_event(session, deadline)
            if (ended := self._ended(session, event)) is not None:
                return ended
            call = event.call if event is not None else None
            if call is None or call.call not in (Call.RESPONSE, Call.ERROR):
                continue
            if call.request_id != invocation.request_id:
                session.refuse(400, "InvalidRequestID", "Invalid request ID")
                continue
            self._keep_to_share(session, deadline, 0.0)
            if self._sleeps.expired or self._stopping:
                return Outcome(self._why_nothing(), b"")
            if len(call.body) > RESPONSE_LIMIT:
                session.refuse(
                    413, "RequestEntityTooLarge", f"Exceeded maximum allowed size ({RESPONSE_LIMIT})"
                )
                self._take_records(session, final=False)
                return too_large()
            session.accept()
            self._take_records(session, final=True)
            if self._used_too_much(session):
                return Outcome(Status.OUT_OF_MEMORY, b"", error_type="Runtime.OutOfMemory")
            if call.call is Call.ERROR:
                return Outcome(Status.ERROR, self._shown(call.body), error_type=error_type_of(call))
            return Outcome(Status.OK, call.body)

    def _ended(self, session: Session, event: Event | None) -> Outcome | None:
        """The outcome if nothing more is to come: time or memory is over, or a process has ended."""
        if event is None:
            return Outcome(self._why_nothing(), b"")
        if event.happening is Happening.EXIT:
            return self._exit_outcome(session, event.status)
        if session.extensions and session.extensions.failure:
            return extension_failed(session.extensions)
        return None

    def _until_extensions_wait(self, session: Session, deadline: float) -> None:
        """An invocation is over when the runtime and every extension ask for what comes next.

        One that does not ask before the function's timeout is ended with the environment; the answer stands.
        """
        extensions = session.extensions
        while extensions and not session.ready and not extensions.failure:
            event = self._next_event(session, deadline)
            if event is None or event.happening is Happening.EXIT:
                extensions.failure = ("Extension.Timeout", "the function's timeout is over")
        self._take_records(session, final=False)

    def _next_event(self, session: Session, deadline: float) -> Event | None:
        """The next event that is not a sleep; None when time or memory is over, or it was stopped."""
        while True:
            left = deadline - self._clock.now()
            if self._sleeps.expired or self._stopping or left <= 0:
                return None
            event = session.wait(min(left, _PAUSED_TICK if self._sleeps.paused else _TICK))
            match event.happening:
                case Happening.CALL | Happening.EXIT | Happening.EXTENSION_ENDED:
                    return None if self._stopping else event
                case Happening.SLEEP if self._unseen:
                    session.wake(event.ticket)
                case Happening.SLEEP:
                    self._sleeps.sleep(session, event.ticket, self._clock.now() + event.seconds)
                case Happening.TICK:
                    in_use = sum(map(process_memory.resident, session.processes))
                    if in_use > self.function.memory_mb * MEGABYTE:
                        self._peak = max(self._peak, self.function.memory_mb * MEGABYTE)
                        self._over_memory = True
                        return None
                    self._sleeps.consider_pause(session)
                    if not self._sleeps.paused:
                        self._keep_to_share(session, deadline, _TICK)
                case Happening.INTERRUPT:
                    self._sleeps.consider_pause(session)

    def _keep_to_share(self, session: Session, deadline: float, least: float) -> None:
        """Hold the process still for what its work takes longer, if that is more than `least` seconds."""
        if not self._shares:
            return
        now = self._clock.now()
        owed = self._processor.owed(now - (deadline - self.function.timeout))
        if owed <= least:
            return
        session.process.stop()
        self._sleeps.hold(session, now + owed)
        while self._sleeps.rest() and not self._stopping and session.wait_for_interrupt(_PAUSED_TICK):
            pass
        self._sleeps.let_go()
        self._processor.pay(self._clock.now() - now)  # on a busy machine that is more than was owed
        session.process.resume()

    def _why_nothing(self) -> Status:
        if self._over_memory:
            self._over_memory = False
            return Status.OUT_OF_MEMORY
        return Status.STOPPED if self._stopping else Status.TIMEOUT

    # ------------------------------------------------------------------ between invocations

    def _rest(self) -> None:
        """Freeze what a handler left behind: threads and processes do not run between invocations."""
        session = self._session
        if session is None:
            return
        alone = not session.extensions and self._threads == 1
        if alone and len(process_memory.tree(session.process.pid)) == 1:
            return  # its only thread waits for the next invocation
        if self._until_ready(session):
            session.freeze()
            self._frozen = True

    def _usable_session(self) -> Session | None:
        """The runtime process, thawed and asking for work; None if there is none or it has ended."""
        session = self._session
        if session is None:
            return None
        if self._frozen:
            session.thaw()
            self._frozen = False
        self._sleeps.limit(self._clock.now() + self.function.timeout)
        self._sleeps.thaw(session)
        if self._until_ready(session):
            return session
        self._take_records(session, final=True)
        self._end_session()
        return None

    def _until_ready(self, session: Session) -> bool:
        """Whether the runtime asks for work; False if it has ended, or does not ask in time."""
        while not session.exited:
            event = session.wait(0 if session.ready else _PATIENCE)
            if event.happening is Happening.SLEEP:
                self._sleeps.sleep(session, event.ticket, self._clock.now() + event.seconds)
            elif event.happening is Happening.TICK or (event.call is not None and session.ready):
                return session.ready
        return False

    def _answered(
        self, session: Session | None, outcome: Outcome, invocation: Invocation, started: float
    ) -> None:
        """The runtime is done: say so, and tell the extensions, which may wait for just that."""
        if session is not None:
            self._take_records(session, final=True)
        outcome.duration = max(0.0, self._clock.now() - started) * 1000
        if outcome.status is Status.TIMEOUT:
            outcome.duration = min(outcome.duration, self.function.timeout * 1000)
        report = self._report_of(outcome, invocation)
        self._log.platform(self._words.answered(self._clock.now(), report))
        if session is not None:
            self._tell_extensions(session)

    def _tell_extensions(self, session: Session) -> None:
        if self._telemetry is None or session.exited:
            return
        for delivery in list(self._telemetry.due()):
            if not session.post(delivery):
                self._telemetry.dropped(delivery, self._clock.now())

    def _end_session(self) -> None:
        session, self._session = self._session, None
        if self._telemetry is not None:
            self._telemetry.reset()
        self._frozen = False
        self._sleeps.forget()
        if session is not None:
            session.close()

    # ------------------------------------------------------------------ what is written

    def _take_records(self, session: Session, *, final: bool) -> None:
        session.flush_log() if final else session.read_log()
        records, of_extensions = session.take_records()
        self._log.written(records)
        if of_extensions:
            self._log.written(of_extensions)
        if self._telemetry is not None:
            self._tell_of_records("function", records)
            self._tell_of_records("extension", of_extensions)

    def _tell_of_records(self, kind: str, records: list[LogRecord]) -> None:
        assert self._telemetry is not None, "nobody wants to hear"
        for record in records:
            said: Any = record.message.rstrip("\n")
            if self.function.log_format == "JSON" and said.startswith("{"):
                with contextlib.suppress(ValueError, RecursionError):
                    said = json.loads(said)
            when = record.milliseconds / 1000 if record.milliseconds else self._clock.now()
            self._telemetry.add(kind, {"time": log_lines.timestamp(when), "type": kind, "record": said})

    def _exit_outcome(self, session: Session, wait_status: int) -> Outcome:
        if session.not_started is None:
            reason, error_type = log_lines.exit_reason(wait_status), "Runtime.ExitError"
        else:
            _, program = self.function.bootstrap or (None, None)
            reason, error_type = (
                log_lines.not_started(program, session.not_started),
                "Runtime.InvalidEntrypoint",
            )
        return Outcome(Status.EXIT, reason.encode(), error_type=error_type)

    def _name_the_end(self, outcome: Outcome, invocation: Invocation) -> None:
        """The caller's payload and the log's line for an end that the runtime did not report itself."""
        session = self._session
        if session is not None:
            self._take_records(session, final=True)
        request_id, timeout = invocation.request_id, self.function.timeout
        match outcome.status:
            case Status.TIMEOUT:
                now = self._clock.now()
                self._log.platform(self._words.broken(now, log_lines.timed_out(request_id, now, timeout)))
                outcome.payload = error_payload(
                    "Sandbox.Timedout", log_lines.timed_out_message(request_id, timeout)
                )
            case Status.EXIT | Status.OUT_OF_MEMORY:
                killed = outcome.status is Status.OUT_OF_MEMORY
                reason = log_lines.exit_reason(9) if killed else outcome.payload.decode()
                error_type = "Runtime.ExitError" if killed or not outcome.error_type else outcome.error_type
                message, line = log_lines.exited(reason, request_id, error_type)
                self._log.platform(self._words.broken(self._clock.now(), line))
                outcome.payload = error_payload(error_type, message)
                outcome.error_type = "Runtime.OutOfMemory" if killed else error_type
            case Status.ERROR if outcome.error_type and outcome.error_type.startswith("Extension."):
                message, line = log_lines.exited(outcome.payload.decode(), request_id, outcome.error_type)
                self._log.platform(self._words.broken(self._clock.now(), line))
                outcome.payload = error_payload(outcome.error_type, message)
            case _:
                pass

    def _report(self, outcome: Outcome, invocation: Invocation) -> None:
        report = self._report_of(outcome, invocation)
        self.life.max_memory_mb = report.used_mb
        self._log.platform(self._words.ended(self._clock.now(), report))

    def _report_of(self, outcome: Outcome, invocation: Invocation) -> Report:
        used = min(self.function.memory_mb, -(-self._peak // MEGABYTE))
        return Report(
            invocation.request_id,
            outcome.duration,
            self.function.memory_mb,
            used,
            outcome.init,
            reported(outcome.status),
            outcome.error_type,
            len(outcome.payload) if outcome.status in (Status.OK, Status.ERROR) else 0,
            outcome.restore,
            outcome.billed_restore,
            outcome.in_init,
        )

    def _shown(self, error: bytes) -> bytes:
        """An error's payload with the paths that AWS would name."""
        return renamed(error.decode("utf-8", "replace"), self._renamed).encode() if self._renamed else error

    def _measure(self, session: Session) -> None:
        found = [process_memory.status(process) for process in session.processes]
        self._threads = found[0].threads if found[0] is not None else 0
        self._peak = max(self._peak, sum(status.peak for status in found if status is not None))

    def _used_too_much(self, session: Session) -> bool:
        self._measure(session)
        return self._peak > self.function.memory_mb * MEGABYTE
