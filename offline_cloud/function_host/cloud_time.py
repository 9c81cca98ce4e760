"""Inside an environment: the cloud's clock instead of the machine's.

The offset of cloud time from real time is eight bytes (a native double) in a file that the clock of the cloud
keeps; it is mapped into memory, so that every reading is current and costs no call to anybody.

Rule 1: whoever reads the time reads the cloud's: `time.time()` and `datetime.now()` through time-machine,
monotonic and performance counters by replacing them in `time` before the function's code is imported.
Rule 2: `time.sleep` waits for the scheduler of the cloud, which may move time on; a kernel timeout (`select`,
`Event.wait`, a socket's) runs in real time.
"""

from __future__ import annotations

import math
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from offline_cloud import clock, kernel

SLEEP = struct.Struct("<Qd")
"""Environment to host: ticket, seconds."""
WAKE = struct.Struct("<Q")
"""Host to environment: ticket."""

FILES = b"files"
"""Environment to host, first of all: its file system stands, and a descriptor of it rides beside."""

NOT_STARTED = 0
"""The ticket that is no sleep: the environment's program can't be started. The seconds are the errno then, 0
if there is no program."""

CONTROL = 33
"""The descriptor of the control socket in an environment's process."""

_really_sleep = time.sleep


# Real seconds that the cloud is ahead; none until `install` maps the clock's own file.
_offset: memoryview[float] = memoryview(struct.pack("d", 0.0)).cast("d")


def prepare() -> None:
    """Turn every reader of time in this process to the cloud's, in the template, where it is done once."""
    clock.travel(lambda: _offset[0])
    _replace_counters()


def install(offset_file: str, control: socket.socket) -> None:
    """Follow one cloud's clock, and sleep by its scheduler; in the environment's process.

    `control` is the end to the host of a SOCK_SEQPACKET or SOCK_DGRAM pair.
    """
    global _offset
    descriptor = os.open(offset_file, os.O_RDONLY)
    _offset = kernel.map_number(descriptor)
    os.close(descriptor)
    time.sleep = _Sleeper(control)


def _replace_counters() -> None:
    def shifted(counter: Callable[[], float]) -> Callable[[], float]:
        def read() -> float:
            return counter() + _offset[0]

        read.__name__ = read.__qualname__ = counter.__name__
        return read

    def shifted_ns(counter: Callable[[], int]) -> Callable[[], int]:
        def read() -> int:
            return counter() + int(_offset[0] * 1e9)

        read.__name__ = read.__qualname__ = counter.__name__
        return read

    time.monotonic = shifted(time.monotonic)
    time.perf_counter = shifted(time.perf_counter)
    time.monotonic_ns = shifted_ns(time.monotonic_ns)
    time.perf_counter_ns = shifted_ns(time.perf_counter_ns)


class _Sleeper:
    """`time.sleep` by the cloud's scheduler, for any number of threads over one control socket.

    One of the sleeping threads reads the socket for all; when it has its own ticket, another takes over.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._process = os.getpid()
        self._changed = threading.Condition()
        self._woken: set[int] = set()
        self._reading = False
        self._last = 0

    def __call__(self, seconds: Any, /) -> None:
        duration = float(seconds)
        if math.isnan(duration):
            raise ValueError("Invalid value NaN (not a number)")
        if duration < 0:
            raise ValueError("sleep length must be non-negative")
        if duration == 0 or os.getpid() != self._process:
            _really_sleep(seconds)  # a process that the handler forked is unknown to the scheduler
            return
        with self._changed:
            self._last += 1
            ticket = self._last
        self._control.send(SLEEP.pack(ticket, duration))
        self._wait(ticket)

    def _wait(self, ticket: int) -> None:
        while True:
            with self._changed:
                while self._reading and ticket not in self._woken:
                    self._changed.wait()
                if ticket in self._woken:
                    self._woken.discard(ticket)
                    return
                self._reading = True
            packet = b""
            try:
                packet = self._control.recv(WAKE.size)
            finally:
                with self._changed:
                    self._reading = False
                    if len(packet) == WAKE.size:
                        self._woken.add(WAKE.unpack(packet)[0])
                    self._changed.notify_all()
            if not packet:
                os._exit(1)  # the host is gone
