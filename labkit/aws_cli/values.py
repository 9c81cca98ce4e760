"""From the words of a command line to the values of an operation's parameters, by the parameter's shape.

Rule 1: a binary value is base64, as in version 2 of the AWS CLI, unless `--cli-binary-format
raw-in-base64-out` is said; `fileb://` is always the bytes of a file, `file://` its text.
Rule 2: a structure, a list or a map is JSON or shorthand.
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from labkit.aws_cli.errors import CommandError, UsageError
from labkit.aws_cli.shorthand import parse

__all__ = ["RAW", "converted", "file_bytes", "value_of"]

RAW = "raw-in-base64-out"
_SCALARS = {"string", "timestamp", "integer", "long", "float", "double", "boolean", "blob", "character"}


def value_of(shape: Any, words: list[str], option: str, *, raw: bool) -> Any:
    """The value of one option, given by one or more words. Raises `CommandError`."""
    read = [_read(word, option) for word in words]
    kind = shape.type_name
    if kind == "list":
        if len(read) == 1 and isinstance(read[0], str) and read[0].lstrip().startswith("["):
            return converted(shape, _json(read[0], option), option, raw=raw)
        if shape.member.type_name in _SCALARS:
            return [converted(shape.member, word, option, raw=raw) for word in read]
        return [_structured(shape.member, word, option, raw=raw) for word in read]
    if len(read) != 1:
        raise UsageError(f"Unknown options: {', '.join(words[1:])}")
    if kind in _SCALARS:
        return converted(shape, read[0], option, raw=raw)
    return _structured(shape, read[0], option, raw=raw)


def file_bytes(path: str, option: str) -> bytes:
    """The contents of the file that an option names, as the body of an upload. Raises `CommandError`."""
    read = _read(f"fileb://{path.removeprefix('fileb://')}", option)
    assert isinstance(read, bytes)
    return read


def converted(shape: Any, value: Any, option: str, *, raw: bool) -> Any:
    """A value as the operation's description wants it: numbers, truth values and bytes out of texts."""
    kind = shape.type_name
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [converted(shape.member, item, option, raw=raw) for item in items]
    if isinstance(value, dict) and kind in ("structure", "map"):
        members = dict.fromkeys(value, shape.value) if kind == "map" else shape.members
        return {
            name: converted(members[name], member, option, raw=raw) if name in members else member
            for name, member in value.items()
        }
    if kind in _SCALARS and isinstance(value, str):
        return _scalar(kind, value, option, raw=raw)
    return value


def _scalar(kind: str, text: str, option: str, *, raw: bool) -> Any:
    if kind == "blob":
        return text.encode() if raw else _decoded(text)
    if kind == "boolean":
        return text.lower() == "true"
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError as error:
        raise CommandError(f"Error parsing parameter '{option}': {error}", 252) from error
    return text


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise CommandError(f'Invalid base64: "{text}"') from None


def _structured(shape: Any, given: Any, option: str, *, raw: bool) -> Any:
    if isinstance(given, bytes):
        return given
    text = given.strip()
    value = _json(text, option) if text.startswith(("{", "[", '"')) else parse(text)
    return converted(shape, value, option, raw=raw)


def _read(word: str, option: str) -> Any:
    """What a word stands for: itself, or the contents of a file."""
    for prefix in ("fileb://", "file://"):
        if word.startswith(prefix):
            path = Path(word.removeprefix(prefix)).expanduser()
            try:
                return path.read_bytes() if prefix == "fileb://" else path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                said = error.strerror if isinstance(error, OSError) else str(error)
                raise CommandError(
                    f"Error parsing parameter '{option}': Unable to load paramfile {word}: {said}", 252
                ) from error
    return word


def _json(text: str, option: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(
            f"Error parsing parameter '{option}': Invalid JSON: {error}\nJSON received: {text}", 252
        ) from error
