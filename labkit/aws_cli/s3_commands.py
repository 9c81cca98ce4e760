"""`aws s3`: ls, cp, mv, rm, sync, mb, rb and presign, between this folder and the cloud's buckets.

Source: AWS CLI command reference, "s3". Options beside those in `_OPTIONS` are refused by name.
"""

from __future__ import annotations

import fnmatch
import mimetypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.aws_cli.errors import CommandError, UsageError

if TYPE_CHECKING:
    from labkit.aws_cli.command import Globals

__all__ = ["run"]

_FLAGS = {
    "--recursive",
    "--dryrun",
    "--delete",
    "--quiet",
    "--human-readable",
    "--summarize",
    "--force",
    "--no-progress",
    "--only-show-errors",
}
_OPTIONS = {"--exclude", "--include", "--expires-in", "--content-type"}


@dataclass(frozen=True)
class _Item:
    """One file or object: its path below the place that was named, and what tells whether it changed."""

    name: str
    size: int
    modified: float


class _Place:
    """A folder, a file, or `s3://bucket/prefix`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.remote = text.startswith("s3://")
        self.bucket, _, self.key = text.removeprefix("s3://").partition("/") if self.remote else ("", "", "")

    def child(self, name: str) -> str:
        """The address of an item below this place."""
        if self.remote:
            start = self.key if not self.key or self.key.endswith("/") or not name else self.key + "/"
            return f"s3://{self.bucket}/{start}{name}"
        return str(Path(self.text) / name) if name else self.text


class _Run:
    """One `aws s3` command."""

    def __init__(self, given: Globals) -> None:
        self.client = given.client("s3")
        self.paths: list[str] = []
        self.flags: set[str] = set()
        self.options: dict[str, str] = {}
        self.filters: list[tuple[str, str]] = []
        words = iter(given.words)
        for word in words:
            name, equals, value = word.partition("=")
            if word in _FLAGS:
                self.flags.add(word)
            elif name in _OPTIONS:
                value = value if equals else next(words, "")
                self.options[name] = value
                if name in ("--exclude", "--include"):
                    self.filters.append((name, value))
            elif word.startswith("--"):
                raise UsageError(f"Unknown options: {word}")
            else:
                self.paths.append(word)

    def say(self, what: str) -> None:
        if not self.flags & {"--quiet", "--only-show-errors"}:
            print(f"(dryrun) {what}" if "--dryrun" in self.flags else what)

    def wanted(self, name: str) -> bool:
        """Whether the last filter that fits lets this name through."""
        keep = True
        for kind, pattern in self.filters:
            if fnmatch.fnmatch(name, pattern):
                keep = kind == "--include"
        return keep

    # ------------------------------------------------------------------ what is there

    def objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Contents", [])

    def items(self, place: _Place) -> list[_Item]:
        """Everything below a folder or a prefix."""
        if place.remote:
            prefix = place.key if not place.key or place.key.endswith("/") else place.key + "/"
            return [
                _Item(one["Key"][len(prefix) :], one["Size"], one["LastModified"].timestamp())
                for one in self.objects(place.bucket, prefix)
                if one["Key"] != prefix
            ]
        root = Path(place.text)
        if not root.exists():
            return []
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return [
            # S3 tells whole seconds: an upload must not look older than its file.
            _Item(path.relative_to(root).as_posix(), path.stat().st_size, int(path.stat().st_mtime))
            for path in files
        ]

    # ------------------------------------------------------------------ one transfer

    def transfer(self, source: str, target: str, *, move: bool = False) -> None:
        """Copy one file or object, and say so."""
        origin, goal = _Place(source), _Place(target)
        kind = "copy" if origin.remote and goal.remote else "download" if origin.remote else "upload"
        stream = target == "-" or source == "-"
        if not stream:
            shown = [place.text if place.remote else _dotted(place.text) for place in (origin, goal)]
            self.say(f"{'move' if move else kind}: {shown[0]} to {shown[1]}")
        if "--dryrun" in self.flags:
            return
        if kind == "copy":
            self.client.copy_object(
                Bucket=goal.bucket, Key=goal.key, CopySource={"Bucket": origin.bucket, "Key": origin.key}
            )
        elif kind == "upload":
            body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
            guessed = self.options.get("--content-type") or mimetypes.guess_type(goal.key)[0]
            more = {"ContentType": guessed} if guessed else {}
            self.client.put_object(Bucket=goal.bucket, Key=goal.key, Body=body, **more)
        else:
            content = self.client.get_object(Bucket=origin.bucket, Key=origin.key)["Body"].read()
            if target == "-":
                sys.stdout.buffer.write(content)
                sys.stdout.buffer.flush()
            else:
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                Path(target).write_bytes(content)
        if move:
            self.remove(origin, say=False)

    def remove(self, place: _Place, *, say: bool = True) -> None:
        """Delete one file or object."""
        if say:
            self.say(f"delete: {place.text if place.remote else _dotted(place.text)}")
        if "--dryrun" in self.flags:
            return
        if place.remote:
            self.client.delete_object(Bucket=place.bucket, Key=place.key)
        else:
            Path(place.text).unlink()

    def two_places(self) -> tuple[_Place, _Place]:
        if len(self.paths) != 2:
            raise UsageError("the following arguments are required: paths")
        source, target = _Place(self.paths[0]), _Place(self.paths[1])
        if not source.remote and not target.remote:
            raise UsageError("Invalid argument type: one of the two paths has to begin with s3://")
        if not source.remote and source.text != "-" and not Path(source.text).exists():
            raise CommandError(f"The user-provided path {source.text} does not exist.")
        return source, target


def run(name: str, given: Globals) -> int:
    """Carry out `aws s3 NAME …`; the exit code."""
    commands = {"ls": _ls, "cp": _cp, "mv": _mv, "rm": _rm, "sync": _sync, "mb": _mb, "rb": _rb}
    if name == "presign":
        return _presign(_Run(given))
    if name not in commands:
        raise UsageError(f"argument subcommand: Found invalid choice '{name}'")
    return commands[name](_Run(given))


def _ls(asked: _Run) -> int:
    if not asked.paths:
        for bucket in asked.client.list_buckets()["Buckets"]:
            print(f"{_local(bucket['CreationDate'])} {bucket['Name']}")
        return 0
    place = _Place(asked.paths[0] if asked.paths[0].startswith("s3://") else f"s3://{asked.paths[0]}")
    deep = "--recursive" in asked.flags
    delimiter = {} if deep else {"Delimiter": "/"}
    pages = asked.client.get_paginator("list_objects_v2").paginate(
        Bucket=place.bucket, Prefix=place.key, **delimiter
    )
    base = 0 if deep else place.key.rfind("/") + 1
    count = total = folders = 0
    for page in pages:
        for folder in page.get("CommonPrefixes", []):
            folders += 1
            print(f"{'PRE':>30} {folder['Prefix'][base:]}")
        for one in page.get("Contents", []):
            count, total = count + 1, total + one["Size"]
            size = _human(one["Size"]) if "--human-readable" in asked.flags else str(one["Size"])
            print(f"{_local(one['LastModified'])} {size:>10} {one['Key'][base:]}")
    if "--summarize" in asked.flags:
        size = _human(total) if "--human-readable" in asked.flags else str(total)
        print(f"\nTotal Objects: {count}\n   Total Size: {size}")
    return 0 if count or folders or not place.key else 1


def _cp(asked: _Run, *, move: bool = False) -> int:
    source, target = asked.two_places()
    if "--recursive" in asked.flags:
        for item in asked.items(source):
            if asked.wanted(item.name):
                asked.transfer(source.child(item.name), target.child(item.name), move=move)
        return 0
    if not source.remote and Path(source.text).is_dir():
        raise CommandError(f"upload failed: {source.text} is a folder: add --recursive", 1)
    name = Path(source.key if source.remote else source.text).name
    into = target.text
    if target.remote and (not target.key or target.key.endswith("/")):
        into = f"s3://{target.bucket}/{target.key}{name}"
    elif not target.remote and target.text != "-" and (Path(into).is_dir() or into.endswith("/")):
        into = str(Path(into) / name)
    asked.transfer(source.text, into, move=move)
    return 0


def _mv(asked: _Run) -> int:
    return _cp(asked, move=True)


def _rm(asked: _Run) -> int:
    if len(asked.paths) != 1 or not asked.paths[0].startswith("s3://"):
        raise UsageError("the following arguments are required: paths")
    place = _Place(asked.paths[0])
    if "--recursive" not in asked.flags:
        asked.remove(place)
        return 0
    for one in list(asked.objects(place.bucket, place.key)):
        if asked.wanted(one["Key"][len(place.key) :].lstrip("/")):
            asked.remove(_Place(f"s3://{place.bucket}/{one['Key']}"))
    return 0


def _sync(asked: _Run) -> int:
    source, target = asked.two_places()
    here = {item.name: item for item in asked.items(source) if asked.wanted(item.name)}
    there = {item.name: item for item in asked.items(target) if asked.wanted(item.name)}
    for name, item in here.items():
        other = there.get(name)
        if other is None or other.size != item.size or other.modified < item.modified:
            asked.transfer(source.child(name), target.child(name))
    if "--delete" in asked.flags:
        for name in there.keys() - here.keys():
            asked.remove(_Place(target.child(name)))
    return 0


def _mb(asked: _Run) -> int:
    place = _bucket(asked)
    region = asked.client.meta.region_name
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    asked.client.create_bucket(Bucket=place.bucket, **where)
    print(f"make_bucket: {place.bucket}")
    return 0


def _rb(asked: _Run) -> int:
    place = _bucket(asked)
    if "--force" in asked.flags:
        for one in list(asked.objects(place.bucket, "")):
            asked.remove(_Place(f"s3://{place.bucket}/{one['Key']}"))
    asked.client.delete_bucket(Bucket=place.bucket)
    print(f"remove_bucket: {place.bucket}")
    return 0


def _presign(asked: _Run) -> int:
    place = _Place(asked.paths[0]) if asked.paths else _Place("")
    if not place.remote or not place.key:
        raise UsageError("the following arguments are required: path")
    seconds = int(asked.options.get("--expires-in") or 3600)
    target = {"Bucket": place.bucket, "Key": place.key}
    print(asked.client.generate_presigned_url("get_object", Params=target, ExpiresIn=seconds))
    return 0


def _bucket(asked: _Run) -> _Place:
    if len(asked.paths) != 1 or not asked.paths[0].startswith("s3://"):
        raise UsageError("the following arguments are required: path, such as s3://my-bucket")
    return _Place(asked.paths[0])


def _dotted(path: str) -> str:
    return path if path.startswith(("/", ".")) else f"./{path}"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _human(size: float) -> str:
    if size < 1024:
        return f"{size} Bytes"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024:
            return f"{size:.1f} {unit}"
    return f"{size / 1024:.1f} TiB"
