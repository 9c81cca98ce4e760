"""What the children of the fork server's tests run; imported by the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

Argument = Mapping[str, Any]


def say(argument: Argument, descriptors: Sequence[int]) -> None:
    """Tell the owner what this process sees."""
    told = {
        "argument": argument,
        "pid": os.getpid(),
        "leads_session": os.getsid(0) == os.getpid(),
        "environment": sorted(os.environ),
        "preloaded": "wave" in sys.modules,
        "open": [number for number in range(3, 64) if _is_open(number)],
        "given": list(descriptors),
    }
    os.write(descriptors[0], json.dumps(told).encode())


def end(argument: Argument, descriptors: Sequence[int]) -> None:
    """End in the way that `argument` asks for."""
    if "signal" in argument:
        # The first process of a namespace would be spared by a signal of its own.
        os.kill(os.getpid(), argument["signal"])
    if "exit" in argument:
        sys.exit(argument["exit"])
    raise ValueError("on purpose")


def linger(argument: Argument, descriptors: Sequence[int]) -> None:
    """Leave a daemon in a session of its own; it holds the descriptor for as long as it lives."""
    os.set_inheritable(descriptors[0], True)
    subprocess.Popen(
        [sys.executable, "-S", "-c", "import os, time; os.write(1, b'up'); time.sleep(600)"],
        start_new_session=True,
        stdout=descriptors[0],
    )
    if argument.get("stay"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            time.sleep(600)


def count(_: Argument, descriptors: Sequence[int]) -> None:
    """Write a byte again and again."""
    while True:
        os.write(descriptors[0], b".")
        time.sleep(0.001)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
