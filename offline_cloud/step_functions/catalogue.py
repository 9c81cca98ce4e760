"""Which services and actions this cloud has for tasks, for who validates a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.loaders
from botocore.model import ServiceModel

from offline_cloud.engines.states_language.resources import (
    Kind,
    Parameters,
    Pattern,
    Resource,
    parse_resource,
)
from offline_cloud.step_functions.integrations.sdk_shapes import is_document, java_name, pascal_case
from offline_cloud.step_functions.integrations.services import OPTIMISED, boto_name

__all__ = ["Catalogue", "output_shape"]

#: What an item's attribute is written as: DynamoDB takes numbers as texts, too.
_ATTRIBUTES = frozenset({"StringAttributeValue", "NumberAttributeValue"})


class Catalogue:
    """A `ServiceCatalogue` of botocore's descriptions: what AWS has. What is done here, a call shows."""

    def lack(self, resource: Resource) -> str | None:
        """A sentence that names what this cloud doesn't have for `resource`; None if it can try."""
        if resource.kind is not Kind.SDK:
            return None
        name = boto_name(resource.service)
        if name is None:
            return f"AWS has no service {resource.service} for aws-sdk tasks."
        if _operation(name, resource.action) is None:
            return f"The service {resource.service} has no action {resource.action}."
        return None

    def unfinished(self, resource: Resource) -> str | None:
        """A sentence about a job that AWS would wait for and that nothing here would ever finish."""
        if resource.pattern in (Pattern.SYNC, Pattern.SYNC_2) and resource.service != "states":
            return (
                f"The offline cloud does not do {resource.service}:{resource.action}.{resource.pattern}: "
                "no job of this service runs here."
            )
        return None

    def parameters(self, resource: Resource) -> Parameters | None:
        """The parameters of an `aws-sdk` action as states write them; None if not known."""
        name = boto_name(resource.service) if resource.kind is Kind.SDK else None
        operation = _operation(name, resource.action) if name else None
        if operation is None:
            return None
        shape = operation.input_shape
        if shape is None:
            return Parameters()
        return Parameters(
            # What botocore fills in by itself need not be written.
            frozenset(
                java_name(member)
                for member in shape.required_members
                if not shape.members[member].metadata.get("idempotencyToken")
            ),
            frozenset(map(pascal_case, shape.members)) | frozenset(map(java_name, shape.members)),
        )

    def refusal(self, arn: str, parameters: Any) -> str | None:
        """What is wrong with a task's evaluated parameters, as the service says it; None if it can start.

        Step Functions looks at names, at any depth; the rest is for the service.
        """
        operation = _of_task(parse_resource(arn))
        if operation is None or operation.input_shape is None:
            return None
        faults = list(_faults(operation.input_shape, parameters))
        return ", ".join(faults) if faults else None


def output_shape(resource: Resource) -> Any:
    """The description of what the action of a task answers; None if it is not known."""
    operation = _of_task(resource)
    return None if operation is None else operation.output_shape


def _of_task(resource: Resource) -> Any:
    if resource.kind is Kind.SDK:
        name = boto_name(resource.service)
        return _operation(name, resource.action) if name else None
    if resource.kind is Kind.OPTIMIZED and resource.service in OPTIMISED:
        return _operation(OPTIMISED[resource.service].boto, resource.action)
    return None


def _faults(shape: Any, value: Any) -> Iterator[str]:
    kind = shape.type_name
    if is_document(shape):
        return
    if kind == "structure" and isinstance(value, Mapping):
        members = _written(shape)
        for name, each in value.items():
            inner = members.get(name)
            if inner is None:
                yield f'The field "{name}" is not supported by Step Functions'
            elif inner.name in _ATTRIBUTES and not isinstance(each, str):
                yield f"The value for the field '{name}' must be a STRING"
            else:
                yield from _faults(inner, each)
        for name in shape.required_members:
            member = shape.members[name]
            written = java_name(name) in value or pascal_case(name) in value
            if not written and not member.metadata.get("idempotencyToken"):
                yield f'The field "{pascal_case(name)}" is required but was missing'
    elif kind == "list" and isinstance(value, list):
        for each in value:
            yield from _faults(shape.member, each)
    elif kind == "map" and isinstance(value, Mapping):
        for each in value.values():
            yield from _faults(shape.value, each)


@cache
def _written(shape: Any) -> dict[str, Any]:
    """A structure's members by the names that a state writes for them."""
    names: dict[str, Any] = {}
    for name, member in shape.members.items():
        names[pascal_case(name)] = names[java_name(name)] = member
    return names


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(botocore.loaders.Loader().load_service_model(service, "service-2"), service)


@cache
def _operation(service: str, action: str) -> Any:
    model = _model(service)
    wanted = pascal_case(action)
    if wanted in model.operation_names:
        return model.operation_model(wanted)
    lower = action.lower()
    found = next((name for name in model.operation_names if name.lower() == lower), None)
    return None if found is None else model.operation_model(found)
