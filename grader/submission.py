"""Read what was handed in: a notebook file that may be anything.

Rule 1: reading never executes, unpickles or unpacks, and follows no link out of the file's own folder.
Rule 2: exercises are found by name, so cells may be added, moved, split, copied or lose their metadata.
Rule 3: what can't be read is one sentence that says what it is and what to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST_MB = 20
MOST_CELLS = 2000
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_TAG = re.compile(r"E\d+")
# labkit.check("E1"), labkit.submit(f, "E1"), labkit.answer("E1", …), labkit.predict("E1", …)
_CALL = re.compile(r"""\b(?:check|answer|predict|submit)\s*\([^"'\n]*["'](E\d+)["']""")
_CHECK = re.compile(r"""\bcheck\s*\(\s*["'](E\d+)["']""")
_OPEN = re.compile(r"""^[^#\n]*\bopen\(\s*["']([a-z0-9-]+)["']\s*\)""", re.MULTILINE)


class Unreadable(Exception):
    """It is no notebook that can be graded; the text is a sentence for the report."""


@dataclass(frozen=True)
class CodeCell:
    """A code cell: its number among all cells (from 1), its source, and the exercises that it names."""

    number: int
    source: str
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """A notebook: its code cells in order, and the lab that it says it is for."""

    cells: tuple[CodeCell, ...]
    lab: str | None

    def last_cells(self) -> dict[str, int]:
        """Exercise -> index of the code cell after which its checks run.

        That is the last one that names it. If that is no `labkit.check(…)` (it may have been deleted), the
        cells below it that name no exercise are taken for its own: they may be what deploys the answer.
        """
        last = {exercise: index for index, cell in enumerate(self.cells) for exercise in cell.exercises}
        for exercise, index in last.items():
            if exercise in _CHECK.findall(self.cells[index].source):
                continue
            end = index
            while end + 1 < len(self.cells) and not self.cells[end + 1].exercises:
                end += 1
            last[exercise] = end
        return last

    @property
    def seed(self) -> int:
        """A number that depends on the code only: the same submission gets the same inputs."""
        digest = hashlib.sha256("\0".join(cell.source for cell in self.cells).encode("utf-8", "replace"))
        return int.from_bytes(digest.digest()[:4], "big")


def read_submission(path: Path) -> Submission:
    """Read a notebook (nbformat 4). Raises `Unreadable`."""
    data = _read(path)
    if data.startswith(_ARCHIVES) or path.suffix in {".zip", ".gz", ".tgz", ".tar"}:
        raise Unreadable("it is an archive: unpack it, and hand in the notebook (.ipynb) itself.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"it is not text in UTF-8 (byte {error.start + 1}): save the notebook again from Jupyter."
        ) from None
    try:
        notebook = json.loads(text)
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise Unreadable(f"it is not JSON ({where}): save the notebook again from Jupyter.") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply for a notebook: save it again from Jupyter.") from None
    return _parse(notebook)


def _read(path: Path) -> bytes:
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
            raise Unreadable("it is a link that leads out of its folder: hand in the file itself.")
        if path.is_dir():
            raise Unreadable("it is a folder: name the notebook in it.")
        # O_NONBLOCK: opening a pipe must not wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - it is open already
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("it is no ordinary file: hand in the notebook itself.")
            if status.st_size > LARGEST_MB * 2**20:
                size = status.st_size / 2**20
                advice = "clear the outputs and save it"
                raise Unreadable(f"it has {size:.0f} MB, and {LARGEST_MB} MB is the largest: {advice}.")
            return file.read(LARGEST_MB * 2**20 + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"it can't be read ({reason}): check its name and its permissions.") from None


def _parse(notebook: Any) -> Submission:
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        if isinstance(notebook, dict) and "worksheets" in notebook:
            raise Unreadable("it is a notebook of format 3: open it in Jupyter and save it again.")
        raise Unreadable("it is JSON, but no notebook: it has no list of cells. Hand in the .ipynb file.")
    if len(notebook["cells"]) > MOST_CELLS:
        raise Unreadable(f"it has {len(notebook['cells'])} cells, and {MOST_CELLS} is the most.")
    cells = []
    for number, cell in enumerate(notebook["cells"], 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if not isinstance(source, str):
            continue
        source = source.replace("\r\n", "\n").replace("\r", "\n")
        cells.append(CodeCell(number, source, tuple(dict.fromkeys(_named(cell, source)))))
    if not cells:
        raise Unreadable("it has no code cell: hand in the lab's notebook.")
    return Submission(tuple(cells), _lab(notebook, cells))


def _named(cell: dict[str, Any], source: str) -> Iterable[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and _TAG.fullmatch(tag):
            yield tag
    yield from _CALL.findall(source)


def _lab(notebook: dict[str, Any], cells: Iterable[CodeCell]) -> str | None:
    """The lab in the metadata; if that is lost, the one that the notebook opens."""
    metadata = notebook.get("metadata")
    named = metadata.get("labkit") if isinstance(metadata, dict) else None
    slug = named.get("lab") if isinstance(named, dict) else None
    if isinstance(slug, str) and slug:
        return slug
    for cell in cells:
        if found := _OPEN.search(cell.source):
            return found[1]
    return None
