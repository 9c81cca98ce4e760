"""Temporary folders that are gone even if their process was killed: the next one to make a folder sees to it.

Whoever makes a folder holds a lock on it, which the kernel gives back when the process ends, however that
came about. So a folder of ours without a lock belongs to nobody.

Rule: a folder gets its name after its lock, so that none is taken for a stale one while it is made.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: what a killed process leaves stays
    fcntl = None  # type: ignore[assignment]

__all__ = ["folder", "remove"]

_held: dict[Path, int] = {}


def folder(prefix: str) -> Path:
    """A new folder for this process, below the system's temporary one; `prefix` is like `labkit-cloud-`."""
    made = Path(tempfile.mkdtemp(prefix="labkit-new-"))
    if fcntl is None:
        return made
    _sweep(made.parent, prefix)
    lock = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    named = made.rename(made.with_name(made.name.replace("labkit-new-", prefix, 1)))
    _held[named] = lock
    return named


def remove(path: Path) -> None:
    """Remove it with all that is in it."""
    shutil.rmtree(path, ignore_errors=True)
    lock = _held.pop(path, None)
    if lock is not None:
        os.close(lock)


def _sweep(parent: Path, prefix: str) -> None:
    for stale in parent.glob(f"{prefix}*"):
        # Somebody else's, gone meanwhile, or locked: not ours to remove.
        with contextlib.suppress(OSError):
            lock = os.open(stale, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.geteuid():
                    shutil.rmtree(stale, ignore_errors=True)
            finally:
                os.close(lock)
