"""The Linux system calls that Python 3.11 has no name for, and nothing more.

Importing it is safe everywhere; `linux` says whether the calls can be made. Each raises `OSError` with the
kernel's own error. All go through `ctypes.PyDLL`: the interpreter's lock is kept, so that they may be made in
a child forked from a process with threads.

Source: the manual pages unshare(2), setns(2), mount(2), pivot_root(2), prctl(2), capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import sys

linux = sys.platform == "linux"

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
PR_SET_SECCOMP = 22

_CAPABILITY_VERSION_3 = 0x2008_0522
CAP_SYS_ADMIN = 21
# Numbers of pivot_root(2), which libc does not wrap.
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41}

_libc = ctypes.PyDLL(None, use_errno=True) if linux else None


def _call(name: str, *arguments: int | bytes | None) -> int:
    if _libc is None:
        raise OSError(38, f"{name} is a call of Linux", sys.platform)
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result: int = getattr(_libc, name)(*converted)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for new ones."""
    _call("unshare", flags)


def setns(descriptor: int, flags: int) -> None:
    """Enter the namespace that `descriptor` is open on."""
    _call("setns", descriptor, flags)


def prctl(option: int, *arguments: int) -> int:
    """`prctl(2)` with up to four numbers."""
    return _call("prctl", option, *(*arguments, 0, 0, 0, 0)[:4])


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """`mount(2)`."""
    texts = [None if text is None else text.encode() for text in (source, target, kind)]
    _call("mount", *texts, flags, None if data is None else data.encode())


def unmount(target: str) -> None:
    """Take a mount and all under it out of the tree, also while it is used."""
    _call("umount2", target.encode(), MNT_DETACH)


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of this mount namespace, and put the old root at `old`."""
    _call("syscall", _PIVOT_ROOT[os.uname().machine], new.encode(), old.encode())


def fork() -> int:
    """`fork(2)` without what Python does around it: the child may only make calls of this module and end."""
    return _call("fork")


def bring_loopback_up() -> None:
    """`ip link set lo up` in this network namespace (netdevice(7))."""
    import fcntl
    import socket
    import struct

    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        answer = fcntl.ioctl(channel, get_flags, struct.pack("16sh", b"lo", 0) + bytes(22))
        flags = struct.unpack_from("h", answer, 16)[0]
        fcntl.ioctl(channel, set_flags, struct.pack("16sh", b"lo", flags | up) + bytes(22))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def may_administrate() -> bool:
    """Whether this process holds CAP_SYS_ADMIN in its user namespace: it may mount and make namespaces."""
    if _libc is None:
        return False
    header, sets = _Header(_CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    if _libc.capget(ctypes.byref(header), sets) != 0:
        return False
    return bool(sets[0].effective >> CAP_SYS_ADMIN & 1)


def drop_capabilities() -> None:
    """Give up every capability; for good, where PR_SET_NO_NEW_PRIVS is set."""
    if _libc is None:
        return
    header, sets = _Header(_CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    if _libc.capset(ctypes.byref(header), sets) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")


def map_ids(uid: int, gid: int, *, process: int | None = None) -> None:
    """Right after `unshare(CLONE_NEWUSER)`: keep one user and one group, all others do not exist.

    `process`: a descriptor of /proc/self, for where /proc is out of sight.
    """
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        path = f"/proc/self/{name}" if process is None else name
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=process)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
MOUNT_READ_ONLY, MOUNT_NOSUID, MOUNT_NODEV, MOUNT_NOEXEC = 1, 2, 4, 8


def restrict_mount(target: str, attributes: int) -> None:
    """Set MOUNT_… `attributes` of the mount at `target` and of all mounts under it (Linux 5.12)."""
    wanted = _MountAttributes(set=attributes)
    _call(
        "syscall",
        _MOUNT_SETATTR,
        _AT_FDCWD,
        target.encode(),
        _AT_RECURSIVE,
        ctypes.addressof(wanted),
        ctypes.sizeof(wanted),
    )
