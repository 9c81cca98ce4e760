"""What the kernel says of a runtime process: memory, threads, whether it only waits.

Source: proc(5). Where there is no /proc (macOS) every answer is "unknown", and the limits page says what
follows.
"""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")
# System call numbers: futex and recvfrom.
_FUTEX, _RECEIVE = (b"98", b"207") if platform.machine() == "aarch64" else (b"202", b"45")
MEGABYTE = 1024 * 1024
_OWN = re.compile(rb"Private_(?:Clean|Dirty):\s+(\d+) kB")
_STATUS = re.compile(rb"VmHWM:\s+(\d+) kB.*?Threads:\s+(\d+)", re.DOTALL)


@dataclass(frozen=True)
class ProcessStatus:
    """Highest resident memory so far in bytes, and the number of threads."""

    peak: int
    threads: int


def status(pid: int) -> ProcessStatus | None:
    """The status of a process, or None if it is gone or the system does not tell."""
    data = _read(f"/proc/{pid}/status")
    found = _STATUS.search(data)
    return ProcessStatus(int(found[1]) * 1024, int(found[2])) if found else None


def resident(pid: int) -> int:
    """Bytes of memory that a process has in use now, and what its descendants have beyond it; 0 if unknown.

    What a forked descendant still shares with its parent is counted once.
    """
    data = _read(f"/proc/{pid}/statm")
    total = int(data.split()[1]) * _PAGE if data else 0
    for member in tree(pid)[1:]:
        own = _OWN.findall(_read(f"/proc/{member}/smaps_rollup"))
        total += sum(int(kilobytes) for kilobytes in own) * 1024
    return total


def tree(pid: int) -> list[int]:
    """A process and its descendants, parents first; descendants that left their parent are not found."""
    found = [pid]
    for member in found:
        try:
            threads = os.listdir(f"/proc/{member}/task")  # noqa: PTH208 - a quarter of the time
        except OSError:
            continue
        for thread in threads:  # each thread has the children that it started
            found += [int(child) for child in _read(f"/proc/{member}/task/{thread}/children").split()]
    return found


def waiting_threads(pid: int, descriptor: int) -> tuple[int, int]:
    """How many threads can do nothing before another thread or `descriptor` lets them go on; and of how many.

    They wait for a lock, a queue or a future without a time limit, or read that descriptor. (A thread that
    waits for the interpreter's own lock has a time limit, and so counts as running.) If any ran while we
    looked, none counts as waiting: the one that we saw first may have been woken by the one that we saw last.
    """
    ran = _ran(pid)
    waiting = sum(_waits(f"/proc/{pid}/task/{thread}", descriptor) for thread in ran)
    return (waiting if _ran(pid) == ran else 0), len(ran)


def _ran(pid: int) -> dict[str, bytes]:
    """How long, and how often, each thread was on a processor until it last left one."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - a quarter of the time
    except OSError:
        return {}
    return {thread: _read(f"/proc/{pid}/task/{thread}/schedstat") for thread in threads}


def _waits(thread: str, descriptor: int) -> bool:
    number, *arguments = _read(f"{thread}/syscall").split() or [b""]
    if number == _FUTEX:
        without_limit = int(arguments[3], 16) == 0
    else:
        without_limit = number == _RECEIVE and int(arguments[0], 16) == descriptor
    # Woken, it may wait for memory on its way out of that call (D): only a sleep that can be broken counts.
    return without_limit and _read(f"{thread}/stat").rpartition(b")")[2].startswith(b" S ")


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
