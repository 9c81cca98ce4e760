"""What the confined children of the isolation tests run."""

# ruff: noqa: PTH110, PTH123, PTH208
from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from offline_cloud import isolation, kernel


def look(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Enter the confinement and report what can be done there."""
    held = isolation.enter(isolation.Confinement(**argument["confinement"]))
    told = {
        "held": dataclasses.asdict(held),
        "user": os.getuid(),
        "environment": dict(os.environ),
        "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
        "exists": {path: os.path.exists(path) for path in argument.get("paths", ())},
        "writes": {path: _tried(lambda p=path: _write(p)) for path in argument.get("write", ())},
        "python": _tried(_python),
        "connect": _tried(lambda: _connect(argument.get("port", 9))),
        "mount": _tried(_mount),
        "mount_in_own_namespace": _tried(_mount_in_own_namespace),
        "forks": _forks(argument.get("forks", 0)),
        "memory": _tried(lambda: len(bytearray(argument.get("allocate", 0)))),
        "capabilities": kernel.may_administrate(),
    }
    os.write(descriptors[0], json.dumps(told).encode())


def _tried(action: Callable[[], object]) -> object:
    try:
        return action()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def _write(path: str) -> str:
    with open(path, "w") as file:
        file.write("written inside")
    return "ok"


def _python() -> str:
    program = "import json, ssl, sqlite3, os; print(os.getuid())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr


def _connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return "ok"


def _mount() -> str:
    kernel.mount("tmpfs", "/tmp", "tmpfs", 0)
    return "ok"


def _mount_in_own_namespace() -> str:
    """A user namespace of one's own gives capabilities; they must open nothing."""
    child = kernel.fork()
    if child == 0:
        try:
            kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
            kernel.mount("none", "/usr", None, kernel.MS_REMOUNT | kernel.MS_BIND)
            with open("/usr/labkit-was-here", "w"):
                os._exit(0)
        except BaseException:
            os._exit(1)
    return "ok" if os.waitpid(child, 0)[1] == 0 else "refused"


def _forks(count: int) -> int:
    """How many of `count` children can be alive at once."""
    children = []
    for _ in range(count):
        try:
            pid = os.fork()
        except OSError:
            break
        if pid == 0:
            ctypes.CDLL(None).pause()
        children.append(pid)
    for pid in children:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return len(children)
