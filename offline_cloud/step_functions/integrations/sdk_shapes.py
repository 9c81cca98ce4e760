"""Data between the States Language and botocore: names in PascalCase, times as ISO texts, blobs as text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.step_functions.integrations.faults import TaskFault

__all__ = ["from_boto", "is_document", "iso", "java_name", "pascal_case", "to_boto"]

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def pascal_case(name: str) -> str:
    """A name with a capital first letter: a member's in an optimised integration, an operation's."""
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=8192)
def java_name(name: str) -> str:
    """A member's name in an `aws-sdk` integration, as Java's SDK has it: `Md5OfBody`, `SsekmsKeyId`."""
    if name == "NULL":
        return "Nul"
    return "".join(word[:1].upper() + word[1:].lower() for word in _WORDS.findall(name)) or name


def to_boto(shape: Any, value: Any, path: str = "") -> Any:  # noqa: PLR0911 - one for each kind
    """A task's parameters as botocore takes them. Raises TaskFault for names that the action doesn't have."""
    if is_document(shape):
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        names = _names(shape)
        taken = {}
        for name, each in value.items():
            member = names.get(name) or names.get(name.lower())
            if member is None:
                raise TaskFault(
                    "States.Runtime",
                    f"The Parameters '{json_text(value)}' could not be used to start the Task: "
                    f'[The field "{path}{name}" is not supported by Step Functions]',
                )
            if each is not None:
                taken[member] = to_boto(shape.members[member], each, f"{path}{name}.")
        return taken
    if kind == "list" and isinstance(value, list):
        return [to_boto(shape.member, each, path) for each in value]
    if kind == "map" and isinstance(value, Mapping):
        return {name: to_boto(shape.value, each, path) for name, each in value.items()}
    if kind == "blob":
        text = value if isinstance(value, str) else json_text(value)
        # Half a pair of UTF-16 becomes a question mark, as in Java.
        return text.encode(errors="replace")
    if kind == "string":
        text = value if isinstance(value, str) else json_text(value)
        return text if text.isascii() else text.encode(errors="replace").decode()
    return value


def from_boto(shape: Any, value: Any, spell: Callable[[str], str]) -> Any:
    """botocore's answer as a state sees it; `spell` is `pascal_case` or `java_name`."""
    if value is None or is_document(shape):
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return {
            spell(name): from_boto(shape.members[name], each, spell)
            for name, each in value.items()
            if name in shape.members
        }
    if kind == "list":
        return [from_boto(shape.member, each, spell) for each in value]
    if kind == "map":
        return {str(name): from_boto(shape.value, each, spell) for name, each in value.items()}
    if isinstance(value, datetime):
        return iso(value)
    return _as_text(value) if kind == "blob" else value


def is_document(shape: Any) -> bool:
    """Whether a value of this shape is any JSON."""
    return bool(getattr(shape, "is_document_type", False))


def iso(moment: datetime) -> str:
    """A moment as Java writes an Instant: whole seconds without a fraction, else milliseconds."""
    moment = moment.astimezone(UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    thousandths = moment.microsecond // 1000
    return f"{text}.{thousandths:03}Z" if thousandths else f"{text}Z"


def _as_text(value: Any) -> str:
    content: bytes = value if isinstance(value, bytes) else value.read()
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()


@lru_cache(maxsize=4096)
def _names(shape: Any) -> dict[str, str]:
    """A structure's members by the names that a state may write for them."""
    by_name: dict[str, str] = {name.lower(): name for name in shape.members}
    for name in shape.members:
        by_name[name] = name
        by_name[pascal_case(name)] = by_name[java_name(name)] = name
    return by_name
