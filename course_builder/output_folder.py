"""A folder that the builder writes: `labs/` or `solutions/`.

Invariant: the builder overwrites or removes only what it wrote itself. A manifest in the folder has the
hash of every generated file; a file that is neither as it was written nor as it should be was changed by
hand, and is left alone with a finding (unless forced).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.front_matter import Finding

MANIFEST = ".generated.json"


@dataclass
class Changes:
    """What writing did, or, when only checking, what it would do."""

    written: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Changes) -> None:
        """Take over what another folder's writing did."""
        self.written += other.written
        self.removed += other.removed
        self.unchanged += other.unchanged
        self.findings += other.findings


def write(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    force: bool = False,
    check: bool = False,
    only: tuple[str, ...] | None = None,
) -> Changes:
    """Make `folder` hold `files` (relative path → content), and nothing else that the builder once wrote.

    `check` writes nothing: every difference is a finding. `only` restricts the work to these sub-folders.
    """
    manifest = _read_manifest(folder)
    changes = Changes()
    replaced = {name for name in manifest if only is None or name.split("/", 1)[0] in only}
    expected = {name: digest for name, digest in manifest.items() if name not in replaced}
    for name in sorted(replaced - set(files)):
        if (folder / name).exists() and not _remove(
            folder, name, manifest[name], changes, force=force, check=check
        ):
            expected[name] = manifest[name]
    for name, content in sorted(files.items()):
        if _write(folder / name, content, manifest.get(name), changes, force=force, check=check):
            expected[name] = _hash(content)
        elif name in manifest:
            expected[name] = manifest[name]
    if check:
        if not changes.findings and expected != manifest:
            changes.findings.append(
                Finding(folder / MANIFEST, None, "it is out of date: run `labkit build`.")
            )
    elif expected != manifest:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).write_text(
            json.dumps(expected, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
    return changes


def _remove(folder: Path, name: str, digest: str, changes: Changes, *, force: bool, check: bool) -> bool:
    """Remove what is no longer generated; False if it stays."""
    path = folder / name
    if check:
        changes.findings.append(Finding(path, None, "it is no longer generated: run `labkit build`."))
        return True
    if not force and _hash(path.read_bytes()) != digest:
        changes.findings.append(Finding(path, None, _by_hand("is no longer generated")))
        return False
    path.unlink()
    changes.removed.append(path)
    _remove_empty(path.parent, folder)
    return True


def _write(
    path: Path, content: bytes, digest: str | None, changes: Changes, *, force: bool, check: bool
) -> bool:
    """Write one file; False if what is there stays."""
    before = path.read_bytes() if path.is_file() else None
    if before == content:
        changes.unchanged += 1
    elif check:
        if before is None:
            message = "it is not there: run `labkit build` and commit."
        elif digest is not None and _hash(before) != digest:
            message = _by_hand("differs from what its source gives")
        else:
            message = "it differs from what its source gives: run `labkit build` and commit."
        changes.findings.append(Finding(path, None, message))
    elif before is None or force or _hash(before) == digest:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        changes.written.append(path)
    else:
        changes.findings.append(Finding(path, None, _by_hand("would be overwritten")))
        return False
    return True


def _by_hand(what: str) -> str:
    return (
        f"it {what}, but was changed by hand since it was built: move it away to keep it, "
        "or run `labkit build --force`."
    )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _read_manifest(folder: Path) -> dict[str, str]:
    try:
        read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in read.items()} if isinstance(read, dict) else {}


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
