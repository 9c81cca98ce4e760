"""A warmed process that forks children on request.

    server = ForkServer(["my.module"])                 # returns at once, warms up meanwhile
    child = server.fork("my.module:run", {"n": 1}, [descriptor])
    child.exit_descriptor                              # readable when the child has ended
    child.wait_status(); child.close(); server.close()

Rule 1: the server has one thread and has imported the `preload` modules and nothing else of the owner's: not
its memory, not its environment variables, not its descriptors. So no child has them either.
Rule 2: between a request and the fork there is no work; the child reads the request itself.
Rule 3: no child outlives the owner. When the owner's socket closes, however that came about, the server ends
every child, then itself; should the server be killed, the kernel ends the children (Linux).
Rule 4: with a child ends all that it has started. Where the kernel allows it the server lives in a process
namespace, and each child in one of its own within: the namespace's first process is a caretaker that only
reaps, and with it everything in the namespace dies. Elsewhere the child's process group is killed, and
orphans when no child is left.

Processes cannot be forked on Windows; importing this is safe there.

A child leads a session of its own and has no descriptor but 0, 1, 2 and those that it was given.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from offline_cloud import kernel
from offline_cloud.forkserver_process import CREDENTIALS, LENGTH, PID, STATUS, exactly

__all__ = ["Child", "ForkServer", "ForkServerError", "channel"]

_END_SECONDS = 10.0
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT")


class ForkServerError(RuntimeError):
    """The server did not start, or is gone."""


class Child:
    """A forked process: `exit_descriptor` becomes readable when it has ended. Any thread may call it.

    What it starts and leaves behind becomes a child of `caretaker`, where there is one.
    """

    def __init__(self, pid: int, caretaker: int | None, exit_descriptor: int) -> None:
        self.pid = pid
        self.caretaker = caretaker
        self.exit_descriptor = exit_descriptor
        self._lock = threading.Lock()
        self._status: int | None = None

    def wait_status(self) -> int:
        """The status as `os.waitpid` gives it; blocks until the process has ended."""
        with self._lock:
            if self._status is None:
                told = os.read(self.exit_descriptor, STATUS.size)
                # Nothing told: the server died before the child did, and the kernel killed the child.
                self._status = STATUS.unpack(told)[0] if len(told) == STATUS.size else signal.SIGKILL
            return self._status

    def ended(self, timeout: float = 0.0) -> bool:
        """Whether it has ended, waiting up to `timeout` seconds for it."""
        if self._status is not None:
            return True
        poll = select.poll()
        poll.register(self.exit_descriptor, select.POLLIN)
        return bool(poll.poll(timeout * 1000))

    def kill(self) -> None:
        """End it and all that it started; returns at once."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Freeze its process group."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let its process group go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Give back the descriptor."""
        if self.exit_descriptor >= 0:
            os.close(self.exit_descriptor)
            self.exit_descriptor = -1

    def _signal(self, number: int) -> None:
        # The end is told before the pid is free for another process.
        if self.exit_descriptor < 0 or self.ended():
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


class ForkServer:
    """The owner's end. Starting does not wait; the first `fork` does, and raises `ForkServerError` if the
    server ended meanwhile, with its own words on stderr."""

    def __init__(
        self,
        preload: Sequence[str],
        *,
        variables: Mapping[str, str] | None = None,
        process_spaces: bool = True,
        own_users: bool = False,
        grace_seconds: float = 0.0,
    ) -> None:
        """Start one in an interpreter of its own.

        `preload`: modules that every child has imported, or functions ("module:function") that it has called.
        `variables`: environment variables of the server beside PATH, the language and TMPDIR. Without
        `process_spaces` children live among the machine's processes. `own_users`: let it, and what is
        branched off it, make namespaces even if the owner may not. At the end children get SIGTERM and
        `grace_seconds` to go by themselves.
        """
        mine, remote = channel()
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        # Sets of texts come in the same order in every run.
        environment["PYTHONHASHSEED"] = "0"
        environment.update(variables or {})
        here = str(Path(__file__).resolve().parents[1])
        start = (
            "import sys; sys.path.append(sys.argv[1]); "
            "from offline_cloud import forkserver_process; "
            "forkserver_process.main(*sys.argv[2:])"
        )
        settings = _settings(preload, process_spaces, grace_seconds, own_users=own_users)
        with remote:
            process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-c", start, here, str(remote.fileno()), json.dumps(settings)],
                pass_fds=[remote.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        self._begin(mine, process)

    @classmethod
    def attached(cls, channel: socket.socket) -> Self:
        """The server at the other end of this channel, which somebody else has branched off."""
        server = cls.__new__(cls)
        server._begin(channel, None)
        return server

    def branch(
        self, preload: Sequence[str], *, process_spaces: bool = True, grace_seconds: float = 0.0
    ) -> Self:
        """A server that goes on from what this one has imported; it is to be closed before this one."""
        mine, remote = channel()
        with remote:
            child = self.branch_on(
                remote, preload, process_spaces=process_spaces, grace_seconds=grace_seconds
            )
        child.close()  # nobody asks how it ended: its channel says that it did
        return self.attached(mine)

    def branch_on(
        self,
        remote: socket.socket,
        preload: Sequence[str] = (),
        *,
        network: int | None = None,
        process_spaces: bool = True,
        grace_seconds: float = 0.0,
    ) -> Child:
        """The same for whoever holds the other end of `remote`, a channel's end that the caller may close.

        `network`: descriptor of the network namespace to live in.
        """
        settings = _settings(preload, process_spaces, grace_seconds)
        networks = [] if network is None else [network]
        return self.fork("offline_cloud.forkserver_process:serve", settings, [remote.fileno(), *networks])

    def _begin(self, channel: socket.socket, process: subprocess.Popen[bytes] | None) -> None:
        self._lock = threading.Lock()
        self._socket = channel
        self._process = process
        self._ready = False
        self._pid = process.pid if process is not None else -1

    @property
    def pid(self) -> int:
        """The process whose children the forked ones are; known when it is ready."""
        return self._pid

    def wait_ready(self) -> None:
        """Wait until it has imported everything."""
        with self._lock:
            self._wait_ready()

    def fork(self, entry: str, argument: Mapping[str, Any], descriptors: Sequence[int] = ()) -> Child:
        """A child that calls `entry` ("module:function") with (argument, descriptors) and then ends.

        `argument` travels as JSON; the child gets duplicates of `descriptors` under other numbers, in the
        same order. What the function returns is dropped; an exception is printed, status 1.
        """
        request = json.dumps({"entry": entry, "argument": argument}).encode()
        reading, writing = os.pipe()
        try:
            with self._lock:
                self._wait_ready()
                given = array.array("i", [writing, *descriptors])
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, given)]
                self._socket.sendmsg([LENGTH.pack(len(request))], rights)
                self._socket.sendall(request)
                pid = self._told_pid()
                caretaker = self._told_pid()
            if pid <= 0:
                raise OSError(-pid, f"the fork server could not fork: {os.strerror(-pid)}")
        except (EOFError, BrokenPipeError, ConnectionResetError):
            os.close(reading)
            raise ForkServerError("the fork server is gone: start a new one.") from None
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return Child(pid, caretaker or None, reading)

    def close(self) -> None:
        """End every child and the server; nothing is left when this returns."""
        with contextlib.suppress(OSError):  # it may be gone
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(_END_SECONDS)
            while self._socket.recv(4096):
                pass
        self._socket.close()
        if self._process is not None:
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _told_pid(self) -> int:
        if not kernel.linux:
            return int(PID.unpack(exactly(self._socket, PID.size))[0])
        # The kernel translates the pid of credentials from one process namespace into another.
        told, rights, _, _ = self._socket.recvmsg(PID.size, socket.CMSG_SPACE(CREDENTIALS.size))
        if not told:
            raise EOFError
        pid, rides = PID.unpack(told + exactly(self._socket, PID.size - len(told)))
        return int(CREDENTIALS.unpack(rights[0][2])[0]) if rides else int(pid)

    def _wait_ready(self) -> None:
        if self._ready:
            return
        try:
            self._pid = self._told_pid()
        except (EOFError, ConnectionResetError):
            if self._process is not None:
                self._process.wait()
            raise ForkServerError(
                "the fork server ended while it was warming up: see its message above."
            ) from None
        self._ready = True


def channel() -> tuple[socket.socket, socket.socket]:
    """The two ends between an owner and a server: the owner's first."""
    mine, remote = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    if kernel.linux:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return mine, remote


def _settings(
    preload: Sequence[str], process_spaces: bool, grace_seconds: float, *, own_users: bool = False
) -> dict[str, Any]:
    return {
        "preload": list(preload),
        "process_spaces": process_spaces,
        "own_users": own_users,
        "grace_seconds": grace_seconds,
    }
