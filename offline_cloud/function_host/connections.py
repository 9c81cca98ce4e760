"""Which process is at the other end of a connection on this computer: by Linux's tables, or unknown.

A handler that calls a function URL without a signature doesn't say who it is. The cloud has to know: a
handler that waits for another one must not hold up the time that the other one sleeps through.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["socket_of", "uses"]

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


def socket_of(port: int) -> str | None:
    """The socket that has this local port of loopback, as links to it are spelled; None if none is found."""
    wanted = f":{port:04X}"
    for table in _TABLES:
        try:
            with open(table, encoding="ascii") as lines:  # noqa: PTH123 - a file of the kernel's
                for line in lines:
                    fields = line.split()
                    if len(fields) > 9 and fields[1].endswith(wanted) and fields[9] != "0":
                        return f"socket:[{fields[9]}]"
        except OSError:
            continue
    return None


def uses(processes: Iterable[int], link: str) -> bool:
    """Whether one of these processes has that socket open."""
    for process in processes:
        folder = f"/proc/{process}/fd"
        try:
            for name in os.listdir(folder):  # noqa: PTH208 - a quarter of the time
                if os.readlink(f"{folder}/{name}") == link:  # noqa: PTH115
                    return True
        except OSError:
            continue  # it ended, or closed the descriptor meanwhile
    return False
