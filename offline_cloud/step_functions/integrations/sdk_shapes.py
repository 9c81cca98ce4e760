"""Data between the States Language and botocore: names in PascalCase, times as ISO texts, blobs as text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.step_functions.integrations.faults import TaskFault

__all__ = ["from_boto", "iso", "pascal_case", "to_boto"]


def pascal_case(name: str) -> str:
    """A member's name as a state writes it."""
    return name[:1].upper() + name[1:]


def to_boto(shape: Any, value: Any, path: str = "") -> Any:
    """A task's parameters as botocore takes them. Raises TaskFault for a name that the action doesn't have."""
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
        return value.encode() if isinstance(value, str) else json_text(value).encode()
    if kind == "string" and not isinstance(value, str):
        return json_text(value)
    return value


def from_boto(shape: Any, value: Any) -> Any:
    """botocore's answer as a state sees it."""
    if shape is None or value is None:
        return None if value is None else value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return {
            pascal_case(name): from_boto(shape.members[name], each)
            for name, each in value.items()
            if name in shape.members
        }
    if kind == "list":
        return [from_boto(shape.member, each) for each in value]
    if kind == "map":
        return {str(name): from_boto(shape.value, each) for name, each in value.items()}
    if isinstance(value, datetime):
        return iso(value)
    if kind == "blob":
        return _as_text(value)
    return value


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
        by_name[pascal_case(name)] = name
    return by_name
