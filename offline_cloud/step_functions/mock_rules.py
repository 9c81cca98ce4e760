"""What a mock of TestState may be: for which states, with which fields, and of which shape.

A mocked result of a service's action is held against the description of the action's answer: STRICT wants
its required fields and the right types, PRESENT the right types, NONE nothing. Unknown fields are allowed.
https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline_cloud.engines.states_language.resources import Kind, Pattern, parse_resource
from offline_cloud.step_functions.catalogue import output_shape
from offline_cloud.step_functions.faults import ApiError, invalid
from offline_cloud.step_functions.integrations.sdk_shapes import is_document, java_name, pascal_case
from offline_cloud.step_functions.names import parse_json

__all__ = ["check_mock"]

_MODES = ("STRICT", "PRESENT", "NONE")
_MOCKABLE = ("Task", "Map", "Parallel")


def check_mock(request: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Raise what the service says to a mock that is missing, not allowed or of the wrong shape."""
    mock, kind = request.get("mock"), state["Type"]
    configuration = request.get("stateConfiguration") or {}
    if mock is None:
        if configuration.get("mapIterationFailureCount") is not None:
            raise invalid("mapIterationFailureCount can be given only when a mock is specified.")
        if kind in ("Map", "Parallel"):
            raise ApiError(
                "InvalidDefinition",
                "TestState API does not support Map or Parallel states. "
                "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]",
            )
        if why := _needs_mock(state):
            raise invalid(f"TestState supports {why} only when a mock is specified.")
        return
    if kind not in _MOCKABLE:
        raise invalid(f"State type '{kind}' is not supported when a mock is specified")
    if request.get("revealSecrets"):
        raise invalid("TestState does not support RevealSecrets when a mock is specified.")
    if (mock.get("result") is None) == (mock.get("errorOutput") is None):
        raise invalid("A test mock should have only one of the following fields: [result, errorOutput].")
    mode = mock.get("fieldValidationMode") or "STRICT"
    if mode not in _MODES:
        raise invalid(
            f"1 validation error detected: Value '{mode}' at 'mock.fieldValidationMode' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(_MODES)}]"
        )
    if mock.get("result") is not None:
        result = parse_json(mock["result"], "ValidationException", "Invalid mock result")
        _check_result(state, result, mode)


def _needs_mock(state: Mapping[str, Any]) -> str | None:
    if state["Type"] == "Task":
        resource = parse_resource(state["Resource"])
        if resource.kind is Kind.ACTIVITY:
            return "activities"
        if resource.pattern:
            return f".{resource.pattern} integrations"
    return None


def _check_result(state: Mapping[str, Any], result: Any, mode: str) -> None:
    kind = state["Type"]
    if kind == "Map" and "Resource" in state.get("ResultWriter", {}):
        if not isinstance(result, dict):
            raise invalid("Mocked result must be a JSON object.")
    elif kind in ("Map", "Parallel"):
        if not isinstance(result, list):
            raise invalid("Mocked result must be an array.")
        if kind == "Parallel" and len(result) != len(state["Branches"]):
            raise invalid("Mocked result must be a list of outputs that matches the number of branches.")
    elif mode != "NONE":
        resource = parse_resource(state["Resource"])
        # What a callback or a finished job brings is not the answer of the call.
        shape = output_shape(resource) if resource.pattern is Pattern.REQUEST else None
        if shape is not None and (fault := next(_faults(shape, result, "", mode == "STRICT"), None)):
            raise invalid(f"Mock result schema validation error: {fault}")


_TYPES: Mapping[str, tuple[Any, str]] = {
    "structure": (Mapping, "an object"),
    "map": (Mapping, "an object"),
    "list": (list, "an array"),
    "string": (str, "a string"),
    "boolean": (bool, "a boolean"),
    "integer": (int, "a number"),
    "long": (int, "a number"),
    "float": (int | float, "a number"),
    "double": (int | float, "a number"),
}


def _faults(shape: Any, value: Any, path: str, strict: bool) -> Iterator[str]:
    kind = shape.type_name
    # Payloads and other blobs are any JSON; a time is a text or a number.
    if value is None or kind not in _TYPES or is_document(shape):
        return
    accepted, called = _TYPES[kind]
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind != "boolean"):
        yield f"Field '{path}' must be {called}" if path else f"Mock result must be {called}"
        return
    if kind == "structure":
        yield from _structure_faults(shape, value, f"{path}." if path else "", strict)
    elif kind == "list":
        for place, each in enumerate(value):
            yield from _faults(shape.member, each, f"{path}[{place}]", strict)
    elif kind == "map":
        for name, each in value.items():
            yield from _faults(shape.value, each, f"{path}.{name}" if path else name, strict)


def _structure_faults(shape: Any, value: Mapping[str, Any], prefix: str, strict: bool) -> Iterator[str]:
    if strict:
        for name in shape.required_members:
            if java_name(name) not in value and pascal_case(name) not in value:
                yield f"Required field '{prefix}{pascal_case(name)}' is missing"
    for name, member in shape.members.items():
        for written in dict.fromkeys((pascal_case(name), java_name(name))):
            if written in value:
                yield from _faults(member, value[written], f"{prefix}{written}", strict)
