"""The grader's end of the process in which a learner's notebook runs: start it, give it cells, end it.

Rule 1: what comes back says only that a cell ended, and is believed in nothing else.
Rule 2: every wait has a limit: time per cell, memory for all processes together.
Rule 3: when `close` returns, no process of the learner's is left.
"""

from __future__ import annotations

import base64
import os
import re
import select
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from grader.channel import Channel, ChannelClosed
from offline_cloud import scratch
from offline_cloud.forkserver import Child, ForkServer
from offline_cloud.function_host import process_memory
from offline_cloud.isolation import Protections

PRELOADED = (
    "grader.learner_process",
    "labkit.aws_cli.shim",
    "labkit",
    "labkit.deployment",
    "labkit.executions",
    "labkit.function_source",
    "labkit.machine_deployment",
    "labkit.notebook",
    "labkit.session",
    "labkit.views",
    "labkit.pictures",
    "offline_cloud.cloud",
    "offline_cloud.guard",
)
_LARGEST_MESSAGE = 64 * 1024
_START_SECONDS = 30.0
_INTERRUPT_SECONDS = 1.0
_LOOK_SECONDS = 0.05
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


class Ending(Enum):
    """How a cell ended."""

    DONE = "done"
    ERROR = "error"
    TIMEOUT = "timeout"
    DIED = "died"
    MEMORY = "memory"


@dataclass(frozen=True)
class CellOutcome:
    """How a cell ended; of an error its name, message and line."""

    ending: Ending
    name: str = ""
    message: str = ""
    line: int | None = None


@dataclass(frozen=True)
class LearnerLimits:
    """What a learner's processes may use: megabytes together, how many, files open, megabytes on disk."""

    memory_mb: int = 1024
    processes: int = 64
    files: int = 256
    disk_mb: int = 64


class LearnerProcess:
    """One process that runs cells. `held`: which protections it really has."""

    def __init__(
        self,
        template: ForkServer,
        slug: str,
        files: Mapping[str, bytes],
        limits: LearnerLimits,
    ) -> None:
        self._limits = limits
        self._cell = 0
        self._gone = self._closed = False
        self.listener: int | None = None
        self._home = scratch.folder("labkit-learner-")
        mine, theirs = socket.socketpair()
        self._channel = Channel(mine, _LARGEST_MESSAGE)
        confinement = {
            "tmp_mb": limits.disk_mb,
            "memory_mb": limits.memory_mb,
            "processes": limits.processes,
            "files": limits.files,
            "file_mb": limits.disk_mb,
            "network": "own",
            "scratch": str(self._home),
        }
        argument = {
            "confinement": confinement,
            "home": str(self._home),
            "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
            "slug": slug,
        }
        with theirs:
            self._child: Child = template.fork("grader.learner_process:run", argument, [theirs.fileno()])
        self._watched = _outermost(self._child.pid, template.pid)
        try:
            self.listener = self._channel.receive_descriptor(_START_SECONDS)
            told = self._channel.receive(_START_SECONDS)
            if told is None:
                raise ChannelClosed
        except ChannelClosed:
            self.close()
            raise RuntimeError("the learner's process did not start.") from None
        self.held = Protections(**told["held"])

    @property
    def alive(self) -> bool:
        """Whether it still takes cells."""
        return not self._gone

    def take_listener(self) -> int:
        """The listening socket of its own network, now the caller's. Raises `ValueError` if it has none."""
        listener, self.listener = self.listener, None
        if listener is None:
            raise ValueError("this process has no network of its own.")
        return listener

    def connect(self, endpoint: str, token: str) -> None:
        """Tell it its cloud. With a network of its own it reaches the cloud through the listener only."""
        with suppress(ChannelClosed):
            self._channel.send({"endpoint": endpoint, "token": token})

    def run_cell(self, source: str, seconds: float) -> CellOutcome:
        """Run one cell for `seconds` at most; it is interrupted then, and killed if it goes on."""
        self._cell += 1
        try:
            self._channel.send({"cell": self._cell, "source": source})
        except ChannelClosed:
            return self._dead(Ending.DIED)
        outcome = self._wait(time.monotonic() + seconds)
        if outcome is not None:
            return outcome
        with suppress(OSError):
            os.killpg(self._child.pid, signal.SIGINT)
        outcome = self._wait(time.monotonic() + _INTERRUPT_SECONDS)
        if outcome is None or self._gone:
            return self._dead(Ending.TIMEOUT)
        return CellOutcome(Ending.TIMEOUT)

    def stop(self) -> None:
        """Freeze it, so that it can't watch or disturb a check."""
        self._child.stop()

    def resume(self) -> None:
        """Let it go on."""
        self._child.resume()

    def close(self) -> None:
        """End it and all that it has started."""
        if self._closed:
            return
        self._closed = self._gone = True
        self._child.kill()
        select.select([self._child.exit_descriptor], [], [], _START_SECONDS)
        self._child.close()
        self._channel.close()
        if self.listener is not None:
            os.close(self.take_listener())
        scratch.remove(self._home)

    def _wait(self, deadline: float) -> CellOutcome | None:
        """How the cell ended, or None if it hasn't by then."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            waiting: list[Any] = [self._channel, self._child.exit_descriptor]
            ready = select.select(waiting, [], [], min(left, _LOOK_SECONDS))[0]
            if self._channel in ready:
                try:
                    message = self._channel.receive(0)
                except ChannelClosed:
                    return self._dead(Ending.DIED)
                if message is not None and message.get("cell") == self._cell:
                    return _outcome(message.get("error"))
            elif ready:
                return self._dead(Ending.DIED)
            elif self._uses_too_much():
                return self._dead(Ending.MEMORY)

    def _uses_too_much(self) -> bool:
        limit = self._limits.memory_mb * process_memory.MEGABYTE
        if process_memory.resident(self._watched) <= limit:
            return False
        # What forks share is counted once for each of them there; the exact figure takes longer to get.
        return _proportional(self._watched) > limit

    def _dead(self, ending: Ending) -> CellOutcome:
        self._gone = True
        self._child.kill()
        return CellOutcome(ending)


def _outcome(error: Any) -> CellOutcome:
    """What the process says of an error: texts and a number, whatever it has sent."""
    if not isinstance(error, dict):
        return CellOutcome(Ending.DONE)
    name, message, line = error.get("name"), error.get("message"), error.get("line")
    return CellOutcome(
        Ending.ERROR,
        name=_text(name, 80),
        message=_text(message, 300),
        line=line if isinstance(line, int) and 0 < line < 100_000 else None,
    )


def _text(value: Any, longest: int) -> str:
    """One line, printable, and the same in every run: addresses in memory are not."""
    text = value if isinstance(value, str) else ""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return _ADDRESS.sub("0x…", " ".join(printable.split()))[:longest]


def _proportional(pid: int) -> int:
    """Bytes in use by a process and its descendants, what they share counted once where that can be read."""
    total = 0
    for member in process_memory.tree(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError):
            total += process_memory.resident(member)
    return total


def _outermost(pid: int, server: int) -> int:
    """The process of which all of the learner's are descendants: its namespace's first, if it has one."""
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return pid
    return pid if parent in (0, 1, server) else parent
