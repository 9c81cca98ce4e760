"""What code that we did not write may see and use: confinement of a freshly forked child.

    isolation.probe()                       # what this machine can do
    isolation.enter(Confinement(...))       # in the child, before any code of a learner's runs

Rule 1: a confined process sees a file system of its own: Python, the system's libraries and what the
confinement names, all read-only; not the repository, no home, no other process. The old root lies under the
new one, where no path leads, and moving a mount takes capabilities that are gone.
Rule 2: nobody comes back: no capability, no new privileges, and started by root it runs as a user that owns
nothing on this machine.
Rule 3: what the machine does not allow is left out, never silently: `enter` returns what holds.

On Linux this takes user and mount namespaces; the process namespace is the fork server's. Where a Linux does
not give them to an ordinary user, Landlock stands in for the file system of its own. Elsewhere resource
limits and a clean environment are all there is (on Windows not even limits).
"""

# In every cold start: a call of `os` costs a third of what the same call of a Path does.
# ruff: noqa: PTH100, PTH102, PTH103, PTH110, PTH112, PTH114, PTH115, PTH116, PTH120, PTH123, PTH211
from __future__ import annotations

import contextlib
import functools
import os
import site
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from offline_cloud import kernel

if sys.platform != "win32":
    import resource

__all__ = ["NOBODY", "Confinement", "Protections", "enter", "enter_own_network", "probe"]

# Owns no file and no process on any machine; far from the ids that people and systemd use.
NOBODY = 1_818_321_408
# Where the new root is built; nothing below it is ever bound.
_STAGE = "/proc"
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
_SETTINGS = ("ld.so.cache", "localtime", "ssl", "alternatives")
_DEVICES = ("null", "zero", "random", "urandom")
_OWN_SETTINGS = {
    "hosts": "127.0.0.1 localhost sandbox.localdomain sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "resolv.conf": "",
}
_THREAD_STACKS_MB = 512


@dataclass(frozen=True)
class Protections:
    """What holds (of one process), or could hold (on this machine)."""

    user_ns: bool = False
    mount_ns: bool = False
    pid_ns: bool = False
    network_ns: bool = False
    no_new_privs: bool = False
    rlimits: bool = False
    landlock: bool = False
    seccomp: bool = False
    memory_limit: bool = False


@dataclass(frozen=True)
class Confinement:
    """What a confined process gets.

    `read_only` and `writable` map paths inside to paths outside (a list: the same path on both sides).
    Without a writable `/tmp` it has one in memory, of `tmp_mb`, which `/dev/shm` leads to if `shared_memory`.
    `joins`: a descriptor of the mount namespace of a process that has entered the same confinement; its file
    system is taken then, `/tmp` included. `env` replaces its environment variables.
    `memory_mb` may be allocated on top of what it has now (thread stacks not counted); `processes` and
    `files` are counts, `file_mb` is the largest file. `network`: `host`, or `own`, which has nothing but a
    loopback of its own. `scratch` is a folder that it may write to where it can't have a file system of its
    own; there it sees the machine's paths, and Landlock keeps it away from others.
    """

    read_only: Mapping[str, str] | Sequence[str] = ()
    writable: Mapping[str, str] | Sequence[str] = ()
    tmp_mb: int = 64
    shared_memory: bool = True
    joins: int | None = None
    env: Mapping[str, str] | None = None
    memory_mb: int | None = None
    processes: int | None = None
    files: int | None = None
    file_mb: int | None = None
    network: str = "host"
    scratch: str | None = None


def enter(confinement: Confinement) -> Protections:
    """Confine this process, for good; returns what holds. Call it with one thread, right after a fork."""
    held: dict[str, bool] = {}
    try:
        if kernel.linux:
            _enter_namespaces(confinement, held)
    finally:
        _limit(confinement, held)
    if confinement.env is not None:
        os.environ.clear()
        os.environ.update(confinement.env)
    return Protections(**held)


def enter_own_network() -> bool:
    """Leave the machine's network for a loopback of one's own; False where that can't be done."""
    if not kernel.linux:
        return False
    try:
        kernel.become_administrator()
        kernel.unshare(kernel.CLONE_NEWNET)
        kernel.bring_loopback_up()
    except OSError:
        return False
    return True


@functools.cache
def probe() -> Protections:
    """What can hold on this machine, tried out in a child of this process; takes some milliseconds."""
    if not kernel.linux:
        return Protections(rlimits=sys.platform != "win32")
    reading, writing = os.pipe()
    child = kernel.fork()
    if child == 0:
        # Nothing here may import, or take a lock that another thread might have held at the fork.
        _try_out(writing)
    os.close(writing)
    with open(reading, "rb") as told:
        held = told.read().split()
    os.waitpid(child, 0)
    return Protections(
        user_ns=b"user_ns" in held,
        mount_ns=b"mount_ns" in held,
        pid_ns=b"pid_ns" in held,
        network_ns=b"network_ns" in held,
        no_new_privs=True,
        rlimits=True,
        landlock=kernel.landlock_version() > 0,
        seccomp=b"seccomp" in held,
        memory_limit=True,
    )


def _try_out(told: int) -> None:
    steps = (
        (b"user_ns ", _own_users),
        (b"mount_ns ", _try_mounts),
        (b"network_ns ", lambda: kernel.unshare(kernel.CLONE_NEWNET)),
        (b"pid_ns ", lambda: kernel.unshare(kernel.CLONE_NEWPID)),
        (b"seccomp ", _try_filter),
    )
    with contextlib.suppress(BaseException):
        for name, step in steps:
            with contextlib.suppress(OSError):
                step()
                os.write(told, name)
    os._exit(0)


def _own_users() -> None:
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    kernel.map_ids(uid, gid)


def _try_filter() -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if not kernel.filter_calls():
        raise OSError("no filter for this processor")


def _try_mounts() -> None:
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.MS_NOSUID)


# ------------------------------------------------------------------ namespaces


def _enter_namespaces(confinement: Confinement, held: dict[str, bool]) -> None:
    by_root = os.geteuid() == 0
    process = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    # Seen through the machine's own /proc, a process in a namespace of its own has two numbers.
    held["pid_ns"] = os.readlink("/proc/self") != str(os.getpid())
    try:
        with contextlib.suppress(OSError):
            kernel.become_administrator()
        if kernel.may_administrate():
            if confinement.network == "own":
                with contextlib.suppress(OSError):
                    kernel.unshare(kernel.CLONE_NEWNET)
                    kernel.bring_loopback_up()
                    held["network_ns"] = True
            with contextlib.suppress(OSError):
                kernel.unshare(kernel.CLONE_NEWUTS)
                kernel.set_host_name(b"sandbox")
            if confinement.joins is not None and _join(confinement.joins, held["pid_ns"]):
                held["mount_ns"] = True
            elif _stage():
                _build_root(confinement, held["pid_ns"], by_root)
                held["mount_ns"] = True
        if by_root:
            _become_nobody()
        # A user namespace for this process alone: its processes are counted alone, and capabilities that it
        # could find in one mean nothing outside.
        with contextlib.suppress(OSError):
            uid, gid = os.geteuid(), os.getegid()
            kernel.unshare(kernel.CLONE_NEWUSER)
            kernel.map_ids(uid, gid, process=process)
            held["user_ns"] = True
    finally:
        os.close(process)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        held["no_new_privs"] = True
        kernel.drop_capabilities()
        # A change of user takes the parent's-death signal away.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
        if not held.get("mount_ns"):
            held["landlock"] = _stay_among(confinement)
        with contextlib.suppress(OSError):
            held["seccomp"] = kernel.filter_calls()


def _stay_among(confinement: Confinement) -> bool:
    """Without a file system of our own: at least only these parts of the machine's."""
    writable = [*_pairs(confinement.writable).values()]
    if confinement.scratch is not None:
        writable.append(confinement.scratch)
    if not writable:
        return False  # nobody has said where it may write
    settings = (*_SETTINGS, *_OWN_SETTINGS, "passwd", "group")
    readable = [*_SYSTEM, *_PYTHON, *_pairs(confinement.read_only).values()]
    readable += [f"/etc/{name}" for name in settings]
    devices = [f"/dev/{name}" for name in _DEVICES]
    try:
        kernel.landlock([*readable, *devices, "/proc/self"], [*writable, "/dev/null"])
    except OSError:
        return False
    return True


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # Or its own /proc/self would be root's.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)


def _stage() -> bool:
    """An empty root in memory, in a mount namespace of our own; False where that is not allowed.

    Ubuntu's AppArmor gives an ordinary user the capabilities, and then refuses what they are for.
    """
    try:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("tmpfs", _STAGE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,mode=755")
    except OSError:
        return False
    return True


def _build_root(confinement: Confinement, own_processes: bool, by_root: bool) -> None:
    """Bind what may be seen into the new root, and put that over the old one."""
    writable = _pairs(confinement.writable)
    visible = {path: path for path in (*_SYSTEM, *_PYTHON)} | _pairs(confinement.read_only)
    # Outer folders first: a Python below /tmp must not disappear under /tmp.
    for inside in sorted({*visible, *writable, "/tmp"}):
        if inside in writable:
            _bind(writable[inside], inside, kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV)
            if by_root:
                os.chown(_STAGE + inside, NOBODY, NOBODY)
        elif inside == "/tmp":
            os.mkdir(f"{_STAGE}/tmp")
            flags = kernel.MS_NOSUID | kernel.MS_NODEV
            size = f"size={confinement.tmp_mb}m,mode=1777,nr_inodes=65536"
            kernel.mount("tmpfs", f"{_STAGE}/tmp", "tmpfs", flags, size)
        else:
            _show(visible[inside], inside)
    for name in _DEVICES:
        _bind(f"/dev/{name}", f"/dev/{name}")
    os.symlink("/proc/self/fd", f"{_STAGE}/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{_STAGE}/dev/{name}")
    if "/tmp" not in writable and confinement.shared_memory:
        os.symlink("/tmp", f"{_STAGE}/dev/shm")
    _write_settings()
    # Moved over the old root instead of taking its place: letting go of that takes up to 10 ms.
    os.chdir(_STAGE)
    kernel.mount(_STAGE, "/", None, kernel.MS_MOVE)
    os.chroot(".")
    if own_processes:
        os.mkdir("/proc")
        _show_processes()
    flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("none", "/", None, flags)


def _show_processes() -> None:
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    with contextlib.suppress(OSError):  # a container may hide parts of /proc, and refuses a whole one
        kernel.mount("proc", "/proc", "proc", flags)


def _join(namespace: int, own_processes: bool) -> bool:
    """Take over a file system that was built already, with a /proc of our own; False if that is not to be."""
    try:
        kernel.setns(namespace, kernel.CLONE_NEWNS)
        kernel.unshare(kernel.CLONE_NEWNS)
    except OSError:
        return False
    if own_processes and os.path.isdir("/proc"):
        _show_processes()
    return True


def _show(outside: str, inside: str) -> None:
    """Let a file, a folder or a system folder's link be seen, read-only; what is not there stays away."""
    if outside in _SYSTEM and (os.path.islink(outside) or not os.path.isdir(outside)):
        if os.path.islink(outside):
            os.symlink(os.readlink(outside), _STAGE + inside)
        return
    _bind(outside, inside, kernel.MOUNT_READ_ONLY | kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV)


def _write_settings() -> None:
    os.mkdir(f"{_STAGE}/etc")
    for name in _SETTINGS:
        path = f"/etc/{name}"
        if os.path.islink(path):
            os.symlink(os.readlink(path), _STAGE + path)
        elif os.path.exists(path):
            _bind(path, path, kernel.MOUNT_READ_ONLY | kernel.MOUNT_NOSUID)
    uid = os.geteuid() or NOBODY
    gid = os.getegid() or NOBODY
    users = {
        "passwd": f"learner:x:{uid}:{gid}::/tmp:/bin/sh\n",
        "group": f"learner:x:{gid}:\n",
    }
    for name, text in {**_OWN_SETTINGS, **users}.items():
        descriptor = os.open(f"{_STAGE}/etc/{name}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def _python_installation() -> tuple[str, ...]:
    """The folders that the interpreter needs and that are not the system's, outer ones first."""
    found = {os.path.realpath(sys.executable).rsplit("/bin/", 1)[0]}
    found |= {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    found |= {path for path in site.getsitepackages() if os.path.isdir(path)}
    kept: list[str] = []
    for path in sorted(found):
        inside = any(path == other or path.startswith(f"{other}/") for other in (*kept, *_SYSTEM))
        if not inside and path != "/":
            kept.append(path)
    return tuple(kept)


# Found once, in the process that everybody is forked from.
_PYTHON = _python_installation()


def _bind(outside: str, inside: str, attributes: int = 0) -> None:
    """Bind a path into the new root; what is on the way to the mount point is made."""
    target = _STAGE + inside
    if stat.S_ISDIR(os.stat(outside).st_mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    kernel.mount(outside, target, None, kernel.MS_BIND | kernel.MS_REC)
    if attributes:
        kernel.restrict_mount(target, attributes)


def _pairs(paths: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    given = dict(paths) if isinstance(paths, Mapping) else {path: path for path in paths}
    return {inside: os.path.abspath(outside) for inside, outside in given.items()}


# ------------------------------------------------------------------ limits


def _limit(confinement: Confinement, held: dict[str, bool]) -> None:
    if sys.platform == "win32":
        return
    megabyte = 1024 * 1024
    limits = {"RLIMIT_CORE": 0}
    if confinement.processes is not None:
        limits["RLIMIT_NPROC"] = confinement.processes
    if confinement.files is not None:
        limits["RLIMIT_NOFILE"] = confinement.files
    if confinement.file_mb is not None:
        limits["RLIMIT_FSIZE"] = confinement.file_mb * megabyte
    if confinement.memory_mb is not None:
        # Of a thread's stack only what it uses costs memory, but all of it counts here.
        more = (confinement.memory_mb + _THREAD_STACKS_MB) * megabyte
        limits["RLIMIT_DATA"] = _data_now() + more
    for name, value in limits.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        with contextlib.suppress(OSError, ValueError):
            _, highest = resource.getrlimit(number)
            allowed = value if highest == resource.RLIM_INFINITY else min(value, highest)
            resource.setrlimit(number, (allowed, allowed))
            if name == "RLIMIT_DATA":
                held["memory_limit"] = sys.platform != "darwin"
    held["rlimits"] = True


def limit_memory(megabytes: int) -> None:
    """Let this process take so much more memory, and then a `MemoryError`; nothing where that can't be."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError, ValueError):
        _, highest = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = _data_now() + (megabytes + _THREAD_STACKS_MB) * 1024 * 1024
        allowed = wanted if highest == resource.RLIM_INFINITY else min(wanted, highest)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, highest))


def _data_now() -> int:
    """Bytes of writable memory that this process has mapped; shared with its parent, most of it."""
    with contextlib.suppress(OSError, IndexError, ValueError), open("/proc/self/statm", "rb") as told:
        return int(told.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    return 256 * 1024 * 1024
