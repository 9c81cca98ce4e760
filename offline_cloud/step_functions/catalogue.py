"""Which services and actions this cloud has for tasks, for who validates a definition."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.loaders
from botocore.model import ServiceModel

from offline_cloud.engines.states_language.resources import Kind, Parameters, Pattern, Resource
from offline_cloud.step_functions.integrations.sdk_shapes import java_name, pascal_case
from offline_cloud.step_functions.integrations.services import boto_name

__all__ = ["Catalogue"]


class Catalogue:
    """A `ServiceCatalogue` of botocore's descriptions: what AWS has. What is done here, a call shows."""

    def lack(self, resource: Resource) -> str | None:
        """A sentence that names what this cloud doesn't have for `resource`; None if it can try."""
        if resource.kind is Kind.OPTIMIZED:
            if resource.pattern in (Pattern.SYNC, Pattern.SYNC_2) and resource.service != "states":
                return (
                    f"The offline cloud does not do {resource.service}:{resource.action}.{resource.pattern}: "
                    "no job of this service runs here."
                )
            return None
        if resource.kind is not Kind.SDK:
            return None
        name = boto_name(resource.service)
        if name is None:
            return f"AWS has no service {resource.service} for aws-sdk tasks."
        if _operation(name, resource.action) is None:
            return f"The service {resource.service} has no action {resource.action}."
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
