"""The process of a fork server: import once, fork on request, tell exits, end everything at the owner's end.

The rules stand in `forkserver`, which is the owner's side of it.
"""

from __future__ import annotations

import array
import contextlib
import errno
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from offline_cloud import kernel

LENGTH = struct.Struct("!I")
STATUS = struct.Struct("=i")
PID = struct.Struct("=i?")  # pid or minus errno; whether the pid rides beside it, in the owner's numbers
CREDENTIALS = struct.Struct("=iII")
MOST_DESCRIPTORS = 64
_IDLE_MS = 20


def exactly(channel: socket.socket, count: int) -> bytes:
    """So many bytes; raises `EOFError` if the other end closes before."""
    received = b""
    while len(received) < count:
        part = channel.recv(count - len(received))
        if not part:
            raise EOFError
        received += part
    return received


def main(descriptor: str, settings: str) -> None:
    """Be a fork server on this descriptor; the interpreter was started for it."""
    with contextlib.suppress(OSError, ValueError):  # a kernel without that in /proc
        kernel.forget_start(b"labkit fork server")
    serve(json.loads(settings), [int(descriptor)])


def serve(settings: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Be a fork server, in a process of one's own or in a fork of another fork server; never returns.

    `settings`: those of `ForkServer`. `descriptors`: the channel to the owner and, if it is to live in
    somebody's network, that network's namespace.
    """
    channel = socket.socket(fileno=descriptors[0])
    channel.set_inheritable(False)
    # The owner's end is what ends it: whatever signals its group may get, its children go first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _raise_descriptor_limit()
    if settings["own_users"]:
        with contextlib.suppress(OSError):
            kernel.become_administrator()
    for network in descriptors[1:]:
        kernel.setns(network, kernel.CLONE_NEWNET)
        os.close(network)
    in_space = settings["process_spaces"] and _enter_process_space(channel)
    try:
        for name in settings["preload"]:
            module, _, function = name.partition(":")
            imported = importlib.import_module(module)
            if function:
                getattr(imported, function)()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        print(
            f"fork server: {', '.join(settings['preload'])} left threads behind: {', '.join(others)}",
            file=sys.stderr,
        )
        os._exit(1)
    # What is here now stays: the collector must not touch (and so copy) the pages that children share.
    gc.collect()
    gc.freeze()
    _Server(channel, _ProcessSpaces(in_space), settings["grace_seconds"]).run()


def _enter_process_space(channel: socket.socket) -> bool:
    """Go on as the first process of a new namespace, if the kernel lets us; who began stays and waits."""
    if not kernel.linux:
        return False
    try:
        kernel.become_administrator()
        kernel.unshare(kernel.CLONE_NEWPID)
    except OSError:
        return False
    pid = os.fork()
    if pid:
        channel.close()
        _, status = os.waitpid(pid, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    die_with_parent()
    return True


class _Server:
    """The loop in the warmed process: fork on request, tell exits, end everything at the owner's end."""

    def __init__(self, channel: socket.socket, spaces: _ProcessSpaces, grace_seconds: float) -> None:
        self._channel = channel
        self._grace_seconds = grace_seconds
        self._spaces = spaces
        self._exits: dict[int, int] = {}  # child -> where its status is told
        self._caretakers: dict[int, int] = {}  # child -> first process of its namespace
        self._prepared: int | None = None

    def run(self) -> None:
        awake, wake = os.pipe()
        for end in (awake, wake):
            os.set_blocking(end, False)
        self._wake_pipe = (awake, wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to answer
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        with contextlib.suppress(OSError):
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(awake, select.POLLIN)
        with contextlib.suppress(BrokenPipeError):
            self._tell(os.getpid())
        while True:
            # The next child's namespace is made when nobody waits.
            ready = poll.poll(_IDLE_MS if self._prepared is None and self._spaces.possible else None)
            if not ready:
                self._prepared = self._caretaker()
            for number, _ in ready:
                if number == awake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(awake, 4096)
                    self._reap()
                elif not self._fork():
                    self._end()

    def _fork(self) -> bool:
        """Serve one request; False when the owner is gone."""
        try:
            header, rights, _, _ = self._channel.recvmsg(
                LENGTH.size, socket.CMSG_SPACE(MOST_DESCRIPTORS * array.array("i").itemsize)
            )
            if not header:
                return False
            header += exactly(self._channel, LENGTH.size - len(header))
            request = exactly(self._channel, LENGTH.unpack(header)[0])
        except (OSError, EOFError):
            return False
        given = array.array("i")
        for level, kind, data in rights:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                given.frombytes(data[: len(data) - len(data) % given.itemsize])
        caretaker = self._prepared or self._caretaker()
        self._prepared = None
        try:
            pid = os.fork()
        except OSError as error:
            pid = -(error.errno or errno.EAGAIN)
        if pid == 0:
            self._become_child(request, given)
        told, *others = given
        for number in others:
            os.close(number)
        if pid > 0:
            self._exits[pid] = told
            if caretaker is not None:
                self._caretakers[pid] = caretaker
        else:
            os.close(told)
            self._kill(caretaker)
        try:
            self._tell(pid)
            self._tell(caretaker or 0)
        except OSError:
            return False
        return True

    def _tell(self, pid: int) -> None:
        rides = pid > 0 and self._spaces.possible
        beside = []
        if rides:
            credentials = CREDENTIALS.pack(pid, os.getuid(), os.getgid())
            beside = [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, credentials)]
        self._channel.sendmsg([PID.pack(pid, rides)], beside)

    def _become_child(self, request: bytes, given: array.array[int]) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            die_with_parent()
            self._channel.close()
            for number in (*self._wake_pipe, *self._exits.values(), given[0]):
                os.close(number)
            self._spaces.close()
            os.setsid()
            for number in given[1:]:
                os.set_inheritable(number, False)
            asked = json.loads(request)
            module, _, function = asked["entry"].partition(":")
            getattr(importlib.import_module(module), function)(asked["argument"], list(given[1:]))
            status = 0
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status & 0xFF)

    def _caretaker(self) -> int | None:
        """Make a process namespace for the next child; the pid of its first process."""
        if not self._spaces.enter_new():
            return None
        try:
            pid = os.fork()
        except OSError:
            return None  # the child's own fork will fail too, and say so
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
            die_with_parent()
            os.closerange(0, max([self._channel.fileno(), *self._wake_pipe, *self._exits.values()]) + 8)
            while True:
                signal.pause()
        return pid

    def _reap(self) -> None:
        for pid, status in _ended():
            told = self._exits.pop(pid, None)
            if told is not None:
                # What is left of it goes while the pid is still taken, so the group is surely its own.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                self._kill(self._caretakers.pop(pid, None))
                with contextlib.suppress(OSError):
                    os.write(told, STATUS.pack(status))
                os.close(told)
        if not self._exits and not self._spaces.possible:
            self._kill_orphans()

    def _kill(self, pid: int | None) -> None:
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _kill_orphans(self) -> None:
        """Processes that fled from their group came to us as the subreaper; none of ours is alive now."""
        for pid in _children():
            self._kill(pid)

    def _end(self) -> None:
        self._wait_for_children()
        for pid in self._exits:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        for caretaker in (*self._caretakers.values(), self._prepared):
            self._kill(caretaker)
        self._kill_orphans()
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                os._exit(0)
            self._kill_orphans()

    def _wait_for_children(self) -> None:
        if not self._grace_seconds:
            return
        for pid in self._exits:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM)
        late: list[int] = []
        signal.signal(signal.SIGALRM, lambda number, _: late.append(number))
        signal.setitimer(signal.ITIMER_REAL, self._grace_seconds)
        awake = self._wake_pipe[0]  # every signal writes there
        poll = select.poll()
        poll.register(awake, select.POLLIN)
        self._reap()
        while self._exits and not late:
            poll.poll()
            with contextlib.suppress(BlockingIOError):
                os.read(awake, 4096)
            self._reap()


class _ProcessSpaces:
    """Process namespaces for the children, one after the other, within the server's own."""

    def __init__(self, possible: bool) -> None:
        self.possible = possible
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if possible else -1

    def enter_new(self) -> bool:
        """From now on children are born in a new namespace; the first one is its caretaker."""
        if not self.possible:
            return False
        # A process makes a new one only while it has its own for its children.
        kernel.setns(self._own, kernel.CLONE_NEWPID)
        try:
            kernel.unshare(kernel.CLONE_NEWPID)
        except OSError:
            return False  # too many on this machine: this child lives in the server's namespace
        return True

    def close(self) -> None:
        """In a child: it has no use for the way back."""
        if self._own >= 0:
            os.close(self._own)


def _raise_descriptor_limit() -> None:
    """A server holds a descriptor for each child, and a shell's usual limit is 1,024."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # macOS has a lower limit of its own
        import resource

        _, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))


def die_with_parent() -> None:
    """On Linux: be killed when the parent ends. Call it again after a change of user."""
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _ended() -> Iterator[tuple[int, int]]:
    """Children that have ended, with the status that `os.waitpid` gives.

    While one is in the caller's hands its pid stays taken, so that a signal cannot meet a stranger (macOS
    lets a child go first: Python has no waitid(2) there).
    """
    while True:
        try:
            if hasattr(os, "waitid"):
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None:
                    return
                status = ended.si_status << 8 if ended.si_code == os.CLD_EXITED else ended.si_status
                yield ended.si_pid, status | (0x80 if ended.si_code == os.CLD_DUMPED else 0)
                os.waitpid(ended.si_pid, 0)
            else:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                yield pid, status
        except ChildProcessError:
            return


def _children() -> list[int]:
    try:
        told = Path("/proc/thread-self/children").read_text()
    except OSError:
        return []
    return [int(pid) for pid in told.split()]
