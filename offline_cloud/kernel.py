"""The Linux system calls that Python 3.11 has no name for, and nothing more.

Importing it is safe everywhere; `linux` says whether the calls can be made. Each raises `OSError` with the
kernel's own error. All go through `ctypes.PyDLL`: the interpreter's lock is kept, so that they may be made in
a child forked from a process with threads.

Source: the manual pages unshare(2), setns(2), mount(2), prctl(2), capabilities(7).
"""

from __future__ import annotations

import ctypes
import functools
import os
import stat
import struct
import sys
from collections.abc import Iterable

linux = sys.platform == "linux"

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 32, 4096, 8192, 16384, 1 << 18

PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
PR_SET_SECCOMP = 22

_CAPABILITY_VERSION_3 = 0x2008_0522
CAP_SYS_ADMIN = 21

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


def forget_start(title: bytes) -> None:
    """Let /proc show `title` of this process, and no more with which arguments and variables it was started.

    What is forked from it inherits that. Source: proc_pid_stat(5), fields 48 to 51.
    """
    if _libc is None:
        return
    descriptor = os.open("/proc/self/stat", os.O_RDONLY | os.O_CLOEXEC)
    fields = os.read(descriptor, 4096).rpartition(b")")[2].split()
    os.close(descriptor)
    arguments, arguments_end, variables, variables_end = map(int, fields[45:49])
    if not arguments or not variables:
        return  # the kernel does not say where they are
    kept = dict(os.environ)
    os.environ.clear()  # or the C library would look for them where they were
    ctypes.memset(variables, 0, variables_end - variables)
    os.environ.update(kept)
    ctypes.memset(arguments, 0, arguments_end - arguments)
    ctypes.memmove(arguments, title, min(len(title), arguments_end - arguments - 1))


def map_number(descriptor: int) -> memoryview[float]:
    """A native double in an open file, read where it stands; no descriptor is kept to be written to."""
    libc = _libc or ctypes.PyDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    read_only, shared, size = 1, 1, 8
    address = libc.mmap(None, size, read_only, shared, descriptor, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        number = ctypes.get_errno()
        raise OSError(number, f"mmap: {os.strerror(number)}")
    return memoryview((ctypes.c_char * size).from_address(address)).cast("B").cast("d")


def set_host_name(name: bytes) -> None:
    """`sethostname(2)`, in a UTS namespace of our own."""
    _call("sethostname", name, len(name))


def fork() -> int:
    """`fork(2)` without what Python does around it: the child may only make calls of this module and end."""
    return _call("fork")


def bring_loopback_up() -> None:
    """`ip link set lo up` in this network namespace (netdevice(7))."""
    import fcntl
    import socket

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


def become_administrator() -> None:
    """Hold the capabilities that namespaces take, in a user namespace of our own if need be; or `OSError`."""
    if not may_administrate():
        uid, gid = os.getuid(), os.getgid()
        unshare(CLONE_NEWUSER)
        map_ids(uid, gid)


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


# ------------------------------------------------------------------ landlock(7)

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # on every architecture
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
# What each version of Landlock can refuse: rights on files, and (from 6) signals and abstract sockets.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def landlock_version() -> int:
    """The version of Landlock that this kernel has and has switched on; 0 without."""
    try:
        return _call("syscall", _LANDLOCK_CREATE, None, 0, 1)
    except OSError:
        return 0


def landlock(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Let this process, and all that it starts, use only these files and folders; call after no_new_privs.

    Paths that are not there are left out. Raises `OSError` where there is no Landlock.
    """
    version = _call("syscall", _LANDLOCK_CREATE, None, 0, 1)
    rights = max(value for since, value in _FILE_RIGHTS.items() if since <= version)
    wanted = _Ruleset(files=rights, scoped=3 if version >= 6 else 0)
    size = ctypes.sizeof(wanted) if version >= 6 else 8
    ruleset = _call("syscall", _LANDLOCK_CREATE, ctypes.addressof(wanted), size, 0)
    try:
        read = _EXECUTE | _READ_FILE | _READ_DIR
        for paths, allowed in ((readable, read), (writable, rights)):
            for path in paths:
                _allow(ruleset, path, allowed & rights)
        _call("syscall", _LANDLOCK_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = _PathRule(rights, descriptor)
        _call("syscall", _LANDLOCK_ADD, ruleset, 1, ctypes.addressof(rule), 0)
    finally:
        os.close(descriptor)


# ------------------------------------------------------------------ seccomp(2)

# Calls by which a process reaches for another one, for other mounts or for the kernel itself; no program of
# a lab needs one. Numbers: x86_64, aarch64 (from the kernel's tables of system calls).
_REFUSED = {
    "ptrace": (101, 117),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "userfaultfd": (323, 282),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
}
# As if the kernel did not have them: libraries then take the older way, which is looked at below.
_MISSING = {"io_uring_setup": (425, 425), "clone3": (435, 435)}
# Nor these: memory that no process is charged for, so that no limit would see it, and what is shared with
# every other process of the machine and outlives its maker.
_MISSING |= {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
}
_CLONE = (56, 220)
_CLONE_NAMESPACES = 0x7E02_0000
_ARCHITECTURES = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _NO_SUCH_CALL, _KILL = 0x7FFF_0000, 0x0005_0001, 0x0005_0026, 0x8000_0000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


@functools.cache
def _filter() -> bytes | None:
    """The filter as the kernel takes it (classic BPF, 8 bytes an instruction); None on other processors."""
    if os.uname().machine not in _ARCHITECTURES:
        return None
    column, architecture = _ARCHITECTURES[os.uname().machine]
    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 0, 1, 0x4000_0000),  # the x32 names of the same calls
        (_RETURN, 0, 0, _REFUSE),
    ]
    for calls, verdict in ((_REFUSED, _REFUSE), (_MISSING, _NO_SUCH_CALL)):
        for numbers in calls.values():
            code += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, verdict)]
    code += [
        (_EQUAL, 0, 3, _CLONE[column]),
        (_LOAD, 0, 0, 16),
        (_ANY_BIT, 0, 1, _CLONE_NAMESPACES),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def filter_calls() -> bool:
    """Refuse what no lab needs, for this process and all that it starts; False on other processors.

    Call it after no_new_privs. Source: seccomp(2).
    """
    program = _filter()
    if program is None:
        return False
    kept = ctypes.create_string_buffer(program, len(program))
    description = _Program(len(program) // 8, ctypes.addressof(kept))
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(description))
    return True
