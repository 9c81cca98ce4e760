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
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from offline_cloud import isolation, kernel


def look(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Enter the confinement and report what can be done there."""
    if argument.get("without_namespaces"):
        _lose_namespaces()
    held = isolation.enter(isolation.Confinement(**argument["confinement"]))
    told = {
        "held": dataclasses.asdict(held),
        "user": os.getuid(),
        "environment": dict(os.environ),
        "processes": _tried(lambda: sorted(int(name) for name in os.listdir("/proc") if name.isdigit())),
        "exists": {path: os.path.exists(path) for path in argument.get("paths", ())},
        "writes": {path: _tried(lambda p=path: _write(p)) for path in argument.get("write", ())},
        "python": _tried(_python),
        "connect": _tried(lambda: _connect(argument.get("port", 9))),
        "mount": _tried(_mount),
        "mount_in_own_namespace": _tried(_mount_in_own_namespace),
        "forks": _forks(argument.get("forks", 0)),
        "memory": _tried(lambda: len(bytearray(argument.get("allocate", 0)))),
        "capabilities": kernel.may_administrate(),
        "lists": {path: _tried(lambda p=path: len(os.listdir(p))) for path in argument.get("lists", ())},
        "namespace_by_clone": _tried(_namespace_by_clone),
        "thread": _tried(_thread),
        "uncharged_memory": _uncharged_memory(),
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


def _lose_namespaces() -> None:
    """Become an ordinary user on a machine that gives no namespaces."""
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    kernel.map_ids(uid, gid)
    with open("/proc/sys/user/max_user_namespaces", "w") as limit:
        limit.write("0")
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    os.geteuid = lambda: 1000  # what an ordinary user would see


def _namespace_by_clone() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    flags = kernel.CLONE_NEWUSER | 17
    pid = libc.syscall(ctypes.c_long(number), ctypes.c_long(flags), *[ctypes.c_long(0)] * 3)
    if pid == 0:
        os._exit(0)
    return "made" if pid > 0 else os.strerror(ctypes.get_errno())


def _uncharged_memory() -> dict[str, str]:
    """What comes of the calls for memory and queues that belong to no process."""
    libc = ctypes.CDLL(None, use_errno=True)
    key, size, make = 0, 4096, 0o1600
    calls = {
        "memfd_create": lambda: libc.memfd_create(b"x", 0),
        "shmget": lambda: libc.shmget(key, size, make),
        "semget": lambda: libc.semget(key, 1, make),
        "msgget": lambda: libc.msgget(key, make),
    }
    return {name: "made" if call() >= 0 else os.strerror(ctypes.get_errno()) for name, call in calls.items()}


def _thread() -> str:
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append("ran"))
    thread.start()
    thread.join()
    return told[0]


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
