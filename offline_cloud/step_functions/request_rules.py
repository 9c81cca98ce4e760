"""What the service's own description says of a request's members: required, lengths, values.

The description is botocore's; its rules for one operation are read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.loaders
from botocore.model import ServiceModel

from offline_cloud.step_functions.faults import ApiError, invalid

__all__ = ["check", "service_model"]

_JAVA_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "list": list,
    "structure": dict,
}


@cache
def service_model() -> ServiceModel:
    """Step Functions as botocore describes it."""
    description = botocore.loaders.Loader().load_service_model("stepfunctions", "service-2")
    return ServiceModel(description, "stepfunctions")


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise what the service answers to a request that breaks its own description."""
    broken: list[str] = []
    for name, required, kind, least, most, values in _rules(operation):
        value = request.get(name)
        if value is None:
            if required:
                broken.append(f"Value null at '{name}' failed to satisfy constraint: Member must not be null")
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise ApiError("SerializationException", f"{name} is not of the type that {operation} takes.")
        how = _broken(value, least, most, values)
        if how:
            shown = str(value) if len(str(value)) <= 1024 else f"{str(value)[:1024]}..."
            broken.append(f"Value '{shown}' at '{name}' failed to satisfy constraint: {how}")
    if broken:
        count = len(broken)
        raise invalid(f"{count} validation error{'s' if count > 1 else ''} detected: {'; '.join(broken)}")


def _broken(value: Any, least: float | None, most: float | None, values: tuple[str, ...]) -> str:
    if values and value not in values:
        return f"Member must satisfy enum value set: [{', '.join(values)}]"
    if isinstance(value, bool | dict):
        return ""
    number = isinstance(value, int)
    size = value if isinstance(value, int) else len(value)
    if least is not None and size < least:
        return (
            f"Member must have value greater than or equal to {least}"
            if number
            else f"Member must have length greater than or equal to {least}"
        )
    if most is not None and size > most:
        return (
            f"Member must have value less than or equal to {most}"
            if number
            else f"Member must have length less than or equal to {most}"
        )
    return ""


@cache
def _rules(operation: str) -> list[tuple[str, bool, type, float | None, float | None, tuple[str, ...]]]:
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        return []
    return [
        (
            name,
            name in shape.required_members,
            _JAVA_TYPES.get(member.type_name, object),
            member.metadata.get("min"),
            member.metadata.get("max"),
            tuple(member.metadata.get("enum", ())),
        )
        for name, member in shape.members.items()
    ]
