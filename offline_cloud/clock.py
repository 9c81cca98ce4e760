"""The cloud's clock, and the only reader of real time in this package.

Rule 1: cloud time is real time plus an offset. It passes by itself, and it jumps when somebody says so.
Rule 2: the offset never shrinks, so cloud time never goes back.
Rule 3: everybody in the process agrees. `time.time()`, `datetime.now()` and with them all of moto read cloud
time through time-machine, and so does every function process, which maps the file of the offset.
"""

from __future__ import annotations

import mmap
import struct
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# time-machine offers fixtures where it finds pytest and reads dates where it finds dateutil. A cloud needs
# neither, and importing them costs 50 ms and 20 MB wherever the test extra happens to be installed.
_unwanted = [name for name in ("pytest", "dateutil", "dateutil.parser") if name not in sys.modules]
for _name in _unwanted:
    sys.modules[_name] = None  # type: ignore[assignment]
import time_machine  # noqa: E402

for _name in _unwanted:
    del sys.modules[_name]

__all__ = ["Clock", "seconds_left", "travel"]

_OFFSET = struct.Struct("=d")
_NANOSECONDS = 1_000_000_000


class Clock:
    """Cloud time of one cloud.

    `offset_file` is where the offset stands, as one native double of seconds, for processes that follow
    this clock; without one the clock keeps it to itself, which is what tests of an engine want.
    """

    def __init__(self, offset_file: Path | None = None) -> None:
        self.offset_file = offset_file
        self._offset = 0.0
        self._mapped: mmap.mmap | None = None
        if offset_file is not None:
            offset_file.write_bytes(_OFFSET.pack(0.0))
            with offset_file.open("r+b") as file:
                self._mapped = mmap.mmap(file.fileno(), _OFFSET.size)

    @property
    def offset(self) -> float:
        """Seconds that the cloud is ahead of real time."""
        return self._offset

    def now(self) -> float:
        """Cloud time in seconds since 1970."""
        return _real_time() + self._offset

    def utc(self) -> datetime:
        """Cloud time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def move_to(self, when: float) -> None:
        """Jump forward to `when` (seconds since 1970); a moment that has passed changes nothing.

        Only the scheduler calls this, because a jump must fire what lies between.
        """
        ahead = when - self.now()
        if ahead > 0:
            self._offset += ahead
            if self._mapped is not None:
                self._mapped[:] = _OFFSET.pack(self._offset)

    def install(self) -> None:
        """Put this whole process on cloud time, for good."""
        travel(lambda: self._offset)


def seconds_left(seconds: float) -> Iterator[float]:
    """Count `seconds` of real time down for work outside of the cloud's time; ends when they are over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield left


def travel(offset: Callable[[], float]) -> None:
    """Let every reader of wall-clock time in this process see real time plus `offset()` seconds."""
    traveller = time_machine.travel(0).start()
    real_nanoseconds = time_machine.escape_hatch.time.time_ns

    class Traveller(type(traveller)):  # type: ignore[misc]
        def time_ns(self) -> int:
            return real_nanoseconds() + int(offset() * _NANOSECONDS)

    stack: list[Any] = time_machine.traveller_stack
    stack[-1] = Traveller(0, None, True)


def _real_time() -> float:
    """Seconds since 1970 by the machine's clock, whether or not this process travels."""
    hatch = time_machine.escape_hatch
    return hatch.time.time() if hatch.is_travelling() else time.time()
