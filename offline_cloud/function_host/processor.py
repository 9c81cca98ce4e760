"""A function's share of a processor: how much longer its work takes than on a whole one.

Source: Lambda developer guide, "Configure Lambda function memory": power grows in proportion to memory, and
1,769 MB have the equivalent of one vCPU.

Rule 1: work is real and measured in CPU time of the function's processes, so what only waits is not slowed
down. What the share adds passes as cloud time.
Rule 2: up to `FREE` CPU seconds an invocation is not slowed down at all, from twice that on all its work
counts, and in between a growing part. So the noise of a computer does not show in a small handler, and large
work is in proportion. (AWS shares a processor in slices; there the first slice is free.)
Rule 3: time in which this computer had no processor free for the function counts as part of what is added:
how long it takes does not depend on what else is running here.
Rule 4: initialisation has a whole processor, as on AWS.

Kernels that do not tell a process's CPU time (macOS) slow nothing down; the limits page says so.
"""

from __future__ import annotations

import os
import time

from offline_cloud.function_host import process_memory

__all__ = ["FREE", "WHOLE_MB", "Processor", "added"]

WHOLE_MB = 1769
"""Megabytes of memory that come with one vCPU."""
FREE = 0.010
"""CPU seconds of an invocation. A warm one has 0.2 ms, a call by boto3 1 ms, making a client 3 to 8 ms."""

_CLOCK_OF_PROCESS = 2
"""CPUCLOCK_SCHED of a whole process, as clock_getcpuclockid(3) makes it."""
_JIFFY = 1 / os.sysconf("SC_CLK_TCK")


def added(cpu: float, memory_mb: int) -> float:
    """Seconds that work of `cpu` CPU seconds takes longer than on a whole processor."""
    counted = min(1.0, max(0.0, cpu / FREE - 1))
    return counted * cpu * max(0.0, WHOLE_MB / memory_mb - 1)


class Processor:
    """The share of one runtime process; `begin` an invocation, ask what is `owed`, `pay` it."""

    def __init__(self, pid: int, memory_mb: int) -> None:
        self._pid = pid
        self._memory_mb = memory_mb
        self._others = _of_descendants(pid)
        self._delayed = _delay(pid)
        self._from = 0.0
        self._delayed_before = 0.0
        self._paid = 0.0

    def begin(self) -> None:
        """An invocation begins."""
        self._from = _of_process(self._pid) + self._others
        self._delayed_before = self._delayed
        self._paid = 0.0

    def owed(self, elapsed: float) -> float:
        """Seconds that are still to pass for what was done in the `elapsed` seconds of this invocation."""
        if self._memory_mb >= WHOLE_MB or elapsed < FREE:
            return 0.0
        # One that has ended and that nobody waited for is counted nowhere: keep what it had.
        self._others = max(self._others, _of_descendants(self._pid))
        cpu = _of_process(self._pid) + self._others - self._from
        self._delayed = _delay(self._pid)
        passed = self._paid + self._delayed - self._delayed_before
        return max(0.0, added(cpu, self._memory_mb) - passed)

    def pay(self, seconds: float) -> None:
        """So much has just passed while the process was held still."""
        self._paid += seconds
        # On a busy machine it waited for a processor to stop on: that time is paid already.
        self._delayed_before += _delay(self._pid) - self._delayed


def _of_process(pid: int) -> float:
    """CPU seconds of all threads that a process has or had."""
    try:
        return time.clock_gettime((~pid << 3) | _CLOCK_OF_PROCESS)
    except (OSError, AttributeError):  # it is gone, or the system has no such clock
        return 0.0


def _delay(pid: int) -> float:
    """Seconds that a process's first thread, the handler's, could have run and waited for a processor."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:  # noqa: PTH123
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):  # a kernel without these figures
        return 0.0


def _of_descendants(pid: int) -> float:
    """CPU seconds of the processes that it has started: of those that live, and those that it waited for."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - a third of the time
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    waited_for = (int(fields[13]) + int(fields[14])) * _JIFFY
    return waited_for + sum(_of_process(member) for member in process_memory.tree(pid)[1:])
