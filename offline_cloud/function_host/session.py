"""A runtime process and every channel to it, driven by whoever invokes: no thread of its own.

The invoking thread polls the Runtime API's listener and connections, the log pipe, the control socket (a
handler's `time.sleep`), the process's end and a wake-up, and gets one event at a time from `wait`. So a warm
invocation costs no hand-over between threads, and between invocations nobody watches: what the process says
then waits in its buffers.

Rule 1: only the thread that has the environment calls these methods, except `interrupt`, which any thread may
call.
Rule 2: what the process wrote before it answered is read before the answer is reported.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from offline_cloud.clock import seconds_left
from offline_cloud.function_host import cloud_time, runtime_api
from offline_cloud.function_host.extensions import Extensions
from offline_cloud.function_host.function_version import Invocation
from offline_cloud.function_host.runtime_api import Call, RuntimeCall, RuntimeConnection
from offline_cloud.function_host.telemetry import LogRecord, TelemetryReader
from offline_cloud.function_host.telemetry_api import Delivery


class RuntimeProcess(Protocol):
    """A started process: `exit_descriptor` becomes readable when it has ended."""

    pid: int
    exit_descriptor: int

    def wait_status(self) -> int:
        """The status as `os.waitpid` gives it, once the process has ended."""

    def kill(self) -> None:
        """End it and all that it started; returns at once."""

    def stop(self) -> None:
        """Freeze it and all that it started."""

    def resume(self) -> None:
        """Let it go on."""

    def close(self) -> None:
        """Give back what the handle holds."""


class Happening(Enum):
    """What `wait` can return."""

    CALL = auto()
    EXIT = auto()
    SLEEP = auto()
    INTERRUPT = auto()
    EXTENSION_ENDED = auto()
    TICK = auto()


@dataclass(frozen=True)
class Event:
    """One happening: `call` of a CALL, `status` of an EXIT, `ticket` and `seconds` of a SLEEP."""

    happening: Happening
    call: RuntimeCall | None = None
    status: int = 0
    ticket: int = 0
    seconds: float = 0.0


Launch = Callable[[str, list[int]], RuntimeProcess]
"""Start a process: the Runtime API's address, and the descriptors that it inherits."""

_READ, _PIPE = 1 << 18, 1 << 20
_PATIENCE = 5.0
"""Real seconds in which a process makes its file system; it takes some milliseconds."""
_TICK = Event(Happening.TICK)
_EXTENSION_ENDED = Event(Happening.EXTENSION_ENDED)
_OF_EXTENSIONS = {
    Call.EXTENSION_REGISTER,
    Call.EXTENSION_NEXT,
    Call.EXTENSION_INIT_ERROR,
    Call.EXTENSION_EXIT_ERROR,
    Call.TELEMETRY,
    Call.LOGS,
}
_INTERRUPT = Event(Happening.INTERRUPT)


class Session:
    """One run of a runtime process, from its start to its end."""

    def __init__(
        self,
        launch: Launch,
        extensions: Extensions[socket.socket] | None = None,
        launch_extensions: Mapping[str, Launch] | None = None,
        files: int | None = None,
    ) -> None:
        self.extensions = extensions
        self.files = files
        """A descriptor of the environment's file system, once there is one. The next session needs it; it is
        closed by who made this session."""
        self._extension_processes: dict[str, RuntimeProcess] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        self._log, log_writer = os.pipe()
        _widen(log_writer)
        self._control, remote_control = socket.socketpair(socket.AF_UNIX, _PACKETS)
        # Sockets, not pipes, where another thread may write: a closed one refuses, a descriptor's number is
        # used again.
        self._awake, self._waker = socket.socketpair()
        os.set_blocking(self._log, False)
        for channel in (self._listener, self._control, self._awake, self._waker):
            channel.setblocking(False)
        self._connections: dict[int, tuple[socket.socket, RuntimeConnection]] = {}
        self._asking: socket.socket | None = None
        self._answering: socket.socket | None = None
        self._reader = TelemetryReader()
        # Extensions write to a pipe of their own, so that it can be told who wrote what.
        self._extension_log, extension_writer = os.pipe() if launch_extensions else (-1, -1)
        self._extension_reader = TelemetryReader()
        self.extension_records: list[LogRecord] = []
        self._events: deque[Event] = deque()
        self._told_of_files = files is not None
        self.records: list[LogRecord] = []
        self.exited = False
        self.not_started: int | None = None
        """An errno, when the runtime's program could not be started; 0 if there is none."""
        address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        try:
            for name, launch_extension in (launch_extensions or {}).items():
                started = launch_extension(address, self._inherited(extension_writer, remote_control))
                self._extension_processes[name] = started
                self._wait_for_files(started)
            self.process = launch(address, self._inherited(log_writer, remote_control))
        except BaseException:
            self._end_extensions()
            self._close_channels()
            raise
        finally:
            os.close(log_writer)
            remote_control.close()
            if extension_writer >= 0:
                os.close(extension_writer)
        self._poll = select.poll()
        for descriptor in (
            self._listener.fileno(),
            self._log,
            self._control.fileno(),
            self._awake.fileno(),
            self.process.exit_descriptor,
        ):
            self._poll.register(descriptor, select.POLLIN)
        for process in self._extension_processes.values():
            self._poll.register(process.exit_descriptor, select.POLLIN)
        if self._extension_log >= 0:
            os.set_blocking(self._extension_log, False)
            self._poll.register(self._extension_log, select.POLLIN)

    @property
    def processes(self) -> list[int]:
        """The runtime's process, then those of the extensions: they share the function's memory."""
        return [self.process.pid, *(process.pid for process in self._extension_processes.values())]

    @property
    def ready(self) -> bool:
        """Whether the runtime has asked for its next invocation, and every extension for its next event."""
        return self._asking is not None and (not self.extensions or self.extensions.all_wait)

    def wait(self, timeout: float) -> Event:
        """The next event, after about `timeout` real seconds at the latest (then TICK), whatever is written
        to the log meanwhile.
        """
        left, countdown = timeout, seconds_left(timeout)
        while not self._events:
            ready = self._poll.poll(max(0.0, left) * 1000)
            self._handle([descriptor for descriptor, _ in ready])
            left = next(countdown, 0.0)
            if not self._events and (left == 0.0 or not ready):
                return _TICK
        return self._events.popleft()

    def wait_for_interrupt(self, timeout: float) -> bool:
        """Wait for `interrupt`, `timeout` real seconds at most, and take in nothing else; False when the
        process has ended.
        """
        poll = select.poll()
        poll.register(self._awake, select.POLLIN)
        poll.register(self.process.exit_descriptor, select.POLLIN)
        ready = dict(poll.poll(max(0.0, timeout) * 1000))
        with contextlib.suppress(BlockingIOError):
            self._awake.recv(64)
        return self.process.exit_descriptor not in ready

    def has_news(self) -> bool:
        """Whether the process has said something that `wait` has not returned yet."""
        return bool(self._events or self._poll.poll(0))

    def invoke(self, invocation: Invocation, deadline: float) -> None:
        """Answer the runtime's `next`; only when it is `ready`."""
        connection, self._asking = self._asking, None
        assert connection is not None, "the runtime has not asked for an invocation"
        if self.extensions:
            for waiting, told in self.extensions.invoke(invocation, deadline):
                _send(waiting, told)
        _send(connection, runtime_api.next_answer(invocation, deadline))

    def freeze(self) -> None:
        """Let nothing run between invocations."""
        for process in (self.process, *self._extension_processes.values()):
            process.stop()

    def thaw(self) -> None:
        """Let everything go on."""
        for process in (self.process, *self._extension_processes.values()):
            process.resume()

    def shut_down(self, reason: str, deadline: float, seconds: float) -> None:
        """Tell the extensions that the environment ends, and wait for that, `seconds` of real time at most.

        What they write is in `records` then. An extension is a program of its own, on real time.
        """
        if not self.extensions:
            return
        told = self.extensions.told_of_shutdown()
        for waiting, event in self.extensions.shut_down(reason, deadline):
            _send(waiting, event)
        for left in seconds_left(seconds):
            if not self._extension_processes.keys() & set(told):
                break
            self._handle([descriptor for descriptor, _ in self._poll.poll(left * 1000)])
        self.flush_log()

    def wake(self, ticket: int) -> None:
        """End a handler's sleep. Any thread may call it; a process that has ended does not mind."""
        with contextlib.suppress(OSError):
            self._control.send(cloud_time.WAKE.pack(ticket))

    def interrupt(self) -> None:
        """Make `wait` return INTERRUPT. Any thread may call it."""
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    @staticmethod
    def post(delivery: Delivery) -> bool:
        """Give an extension's listener what it has subscribed to; whether it took it, within some seconds."""
        head = (
            f"POST {delivery.path} HTTP/1.1\r\nHost: sandbox.localdomain:{delivery.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(delivery.body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        try:
            with socket.create_connection(("127.0.0.1", delivery.port), timeout=3) as connection:
                connection.sendall(head.encode() + delivery.body)
                return connection.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False

    def read_log(self) -> None:
        """Take what the process has written so far into `records`: all that the pipe can hold, and not for
        ever what is written meanwhile.
        """
        self.records += self._read(self._log, self._reader)
        if self._extension_log >= 0:
            self.extension_records += self._read(self._extension_log, self._extension_reader)

    def _read(self, pipe: int, reader: TelemetryReader) -> list[LogRecord]:
        taken = 0
        records: list[LogRecord] = []
        while taken < 2 * _PIPE:
            try:
                data = os.read(pipe, _READ)
            except BlockingIOError:
                break
            if not data:
                self._forget(pipe)
                break
            taken += len(data)
            records += reader.feed(data)
        return records

    def flush_log(self) -> None:
        """`read_log`, and also what is not a whole line or frame yet."""
        self.read_log()
        self.records += self._reader.flush()
        self.extension_records += self._extension_reader.flush()

    def take_records(self) -> tuple[list[LogRecord], list[LogRecord]]:
        """What was written since the last call: by the function, by its extensions."""
        taken = self.records, self.extension_records
        self.records, self.extension_records = [], []
        return taken

    def close(self) -> None:
        """End the process if it still runs, and close every channel."""
        self._end_extensions()
        if not self.exited:
            self.process.kill()
        self.process.close()
        self._close_channels()

    def _inherited(self, log: int, control: socket.socket) -> list[int]:
        return [log, control.fileno(), *([self.files] if self.files is not None else [])]

    def _wait_for_files(self, process: RuntimeProcess) -> None:
        """Let the first process make the file system that the others go on with."""
        if self.files is not None or self._told_of_files:
            return
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(process.exit_descriptor, select.POLLIN)
        if poll.poll(_PATIENCE * 1000):
            self.read_control()

    def _end_extensions(self) -> None:
        for process in self._extension_processes.values():
            process.kill()
            process.close()
        self._extension_processes.clear()

    def _close_channels(self) -> None:
        for connection, _ in self._connections.values():
            connection.close()
        self._connections.clear()
        for channel in (self._listener, self._control, self._awake, self._waker):
            channel.close()
        os.close(self._log)
        if self._extension_log >= 0:
            os.close(self._extension_log)

    def _take_ended_extensions(self, ready: list[int]) -> None:
        for name, process in list(self._extension_processes.items()):
            if process.exit_descriptor in ready and self.extensions is not None:
                self._forget(process.exit_descriptor)
                self.read_control()
                self.extensions.ended(name, process.wait_status(), self.not_started)
                self.not_started = None
                process.close()
                del self._extension_processes[name]
                self._events.append(_EXTENSION_ENDED)

    def _handle(self, ready: list[int]) -> None:
        self._take_ended_extensions(ready)
        ended = self.process.exit_descriptor in ready
        for descriptor in ready:
            if descriptor in self._connections:
                self._read_connection(descriptor)
            elif descriptor == self._listener.fileno():
                self._accept()
            elif descriptor in (self._log, self._extension_log):
                self.read_log()
            elif descriptor == self._control.fileno():
                self.read_control()
            elif descriptor == self._awake.fileno():
                self._awake.recv(64)
                self._events.append(_INTERRUPT)
        if ended:
            # Its last words may have arrived after this poll: they count before its end.
            self._accept()
            self.read_control()
            for descriptor in list(self._connections):
                self._read_connection(descriptor)
            self._forget(self.process.exit_descriptor)
            self.exited = True
            self._events.append(Event(Happening.EXIT, status=self.process.wait_status()))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections[connection.fileno()] = (connection, RuntimeConnection())
            self._poll.register(connection.fileno(), select.POLLIN)
            self._read_connection(connection.fileno())

    def _read_connection(self, descriptor: int) -> None:
        connection, parser = self._connections[descriptor]
        while True:
            try:
                data = connection.recv(_READ)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self._drop(descriptor)
                return
            try:
                calls = parser.feed(data)
            except ValueError:
                _send(connection, runtime_api.refusal(400, "InvalidRequest", "This is not HTTP/1.1"))
                self._drop(descriptor)
                return
            if parser.wants_continue:
                _send(connection, runtime_api.CONTINUE)
            for call in calls:
                self._take(connection, call)
            if len(data) < _READ:
                break

    def _take(self, connection: socket.socket, call: RuntimeCall) -> None:
        if call.call in _OF_EXTENSIONS and self.extensions is not None:
            answer = self.extensions.take(connection, call)
            if answer is not None:
                _send(connection, answer)
            self._events.append(Event(Happening.CALL, call))
            return
        if call.call is Call.NEXT:
            self._asking = connection
        elif call.call is Call.OTHER or call.call in _OF_EXTENSIONS:
            _send(connection, runtime_api.refusal(404, "NotFound", f"The Runtime API has no {call.path}"))
            return
        self.read_log()
        self._events.append(Event(Happening.CALL, call))
        self._answering = connection

    def accept(self) -> None:
        """Say 202 to the response or error that `wait` returned last."""
        assert self._answering is not None, "there is no call to answer"
        _send(self._answering, runtime_api.ACCEPTED)

    def restore(self) -> None:
        """Answer the `restore/next` that `wait` returned last: what follows runs after the restore."""
        assert self._answering is not None, "there is no call to answer"
        _send(self._answering, runtime_api.RESTORED)

    def refuse(self, status: int, error_type: str, message: str) -> None:
        """Refuse it."""
        assert self._answering is not None, "there is no call to answer"
        _send(self._answering, runtime_api.refusal(status, error_type, message))

    def read_control(self) -> None:
        """Take what the process has sent: that its files are there, and its sleeps."""
        while True:
            packet = b""
            given: list[int] = []
            try:
                if self._told_of_files:
                    packet = self._control.recv(cloud_time.SLEEP.size)
                else:
                    packet, given, _, _ = socket.recv_fds(self._control, cloud_time.SLEEP.size, 1)
            except BlockingIOError:
                return
            except OSError:
                pass
            self.files = given[0] if given else self.files
            if packet == cloud_time.FILES and not self._told_of_files:
                self._told_of_files = True
                continue
            if len(packet) != cloud_time.SLEEP.size:
                self._forget(self._control.fileno())
                return
            ticket, seconds = cloud_time.SLEEP.unpack(packet)
            if ticket == cloud_time.NOT_STARTED:
                self.not_started = int(seconds)
                continue
            self._events.append(Event(Happening.SLEEP, ticket=ticket, seconds=seconds))

    def _drop(self, descriptor: int) -> None:
        connection, _ = self._connections.pop(descriptor)
        if connection is self._asking:
            self._asking = None
        if self.extensions is not None:
            self.extensions.dropped(connection)
        self._forget(descriptor)
        connection.close()

    def _forget(self, descriptor: int) -> None:
        try:
            self._poll.unregister(descriptor)
        except KeyError:
            return


# Message boundaries are kept by both; only Linux has the first for this family, and with it the end is
# noticed.
_PACKETS = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM


def _widen(pipe: int) -> None:
    """A megabyte between us and a handler that prints much: it need not wait for us at every page."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):  # the user's limit for pipes is reached
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _send(connection: socket.socket, data: bytes) -> None:
    """Send all; a runtime that is gone or does not read is noticed by its end or its timeout."""
    try:
        sent = connection.send(data)
        if sent < len(data):
            connection.settimeout(10)
            connection.sendall(data[sent:])
            connection.setblocking(False)
    except OSError:
        return
