"""Deployment packages: checked as Lambda checks them, unpacked once per content.

Rule: an unpacked package is named by the hash of its zip and never written again, so versions, environments
and functions share it. Nothing is ever written outside its directory, whatever names the archive has.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import threading
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

UNZIPPED_LIMIT = 262_144_000
"""Bytes of an unpacked package with its layers (250 MB)."""


class BadPackage(Exception):
    """The archive is not one that Lambda takes; the message is AWS's own."""


@dataclass(frozen=True)
class Package:
    """An unpacked archive: its directory, SHA-256 in hex, unpacked bytes, whether its code names boto3."""

    path: Path
    digest: str
    size: int
    names_sdk: bool = False


def check(archive: bytes) -> int:
    """Refuse what Lambda refuses; return the unpacked size in bytes. Raises `BadPackage`."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            members = file.infolist()
            if not [member for member in members if not member.is_dir()]:
                raise BadPackage("Uploaded file must be a non-empty zip")
            size = sum(member.file_size for member in members)
            if size > UNZIPPED_LIMIT:
                raise BadPackage(f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes")
            if file.testzip() is not None:
                raise BadPackage(NO_ZIP)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadPackage(NO_ZIP) from error
    return size


NO_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


class PackageStore:
    """Unpacked packages and layers of one cloud, under one private directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._packages: dict[str, Package] = {}

    def package(self, archive: bytes) -> Package:
        """The unpacked form of `archive`; the first call for a content unpacks it. Raises `BadPackage`."""
        digest = hashlib.sha256(archive).hexdigest()
        with self._lock:
            known = self._packages.get(digest)
            if known is None:
                size = check(archive)
                path = self._directory / digest[:32]
                _unpack(archive, path)
                known = self._packages[digest] = Package(path, digest, size, _names_sdk(path))
            return known

    def layered(self, layers: tuple[Path, ...]) -> Path | None:
        """One directory for `/opt` with the layers on each other, later ones on top; None without layers."""
        if not layers:
            return None
        if len(layers) == 1:
            return layers[0]
        name = hashlib.sha256("\n".join(map(str, layers)).encode()).hexdigest()[:32]
        path = self._directory / f"opt-{name}"
        with self._lock:
            if not path.exists():
                building = path.with_suffix(".new")
                for layer in layers:
                    shutil.copytree(layer, building, symlinks=True, dirs_exist_ok=True)
                building.rename(path)
        return path

    def empty(self) -> Path:
        """An empty directory: `/opt` of a function without layers."""
        path = self._directory / "empty"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def clear(self) -> None:
        """Forget and delete everything."""
        with self._lock:
            self._packages.clear()
            shutil.rmtree(self._directory, ignore_errors=True)


def _unpack(archive: bytes, path: Path) -> None:
    building = path.with_suffix(".new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        for member in file.infolist():
            try:
                # extract() itself drops drive letters, leading slashes and `..`.
                target = Path(file.extract(member, building))
            except OSError as error:
                raise BadPackage(NO_ZIP) from error
            mode = member.external_attr >> 16
            if member.is_dir():
                continue
            if stat.S_ISLNK(mode):
                _link(target, building)
            else:
                # Lambda reads packages as another user: everybody may read, who may execute may execute.
                target.chmod(0o755 if mode & 0o111 else 0o644)
    for directory, _, _ in os.walk(building):
        Path(directory).chmod(0o755)  # whatever this user's umask is
    if path.exists():  # left by an earlier cloud in the same directory
        shutil.rmtree(building)
    else:
        building.replace(path)


def _names_sdk(path: Path) -> bool:
    """Whether any Python file of the package mentions boto3 or botocore."""
    return any(b"boto" in file.read_bytes() for file in path.rglob("*.py"))


def _link(target: Path, root: Path) -> None:
    """Turn an extracted link's text into the link, unless it leads out of the package."""
    to = target.read_text("utf-8", "replace")
    target.unlink()
    if not Path(to).is_absolute() and (target.parent / to).resolve().is_relative_to(root.resolve()):
        target.symlink_to(to)
