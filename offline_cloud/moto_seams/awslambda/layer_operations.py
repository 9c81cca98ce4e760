"""Layers: published in versions, listed, shared by policy, deleted without hurting functions that use one.

Source: Lambda API reference (PublishLayerVersion, ListLayers, GetLayerVersionByArn and their neighbours),
developer guide "Managing Lambda dependencies with layers".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.function_host.packages import NO_ZIP, UNZIPPED_LIMIT, Package
from offline_cloud.moto_seams.awslambda.code_downloads import location
from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid
from offline_cloud.moto_seams.awslambda.function_operations import page_of

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineLambdaBackend

MOST_LAYERS = 5
_NAME = r"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+"
_VERSION_ARN = r"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"


def check_layers(backend: OfflineLambdaBackend, arns: Sequence[str], package: Package | None) -> None:
    """Refuse layers that a function can't have. Raises `LambdaError`."""
    if len(arns) > MOST_LAYERS:
        raise invalid(f"cannot reference more than {MOST_LAYERS} layers.")
    names = [arn.rsplit(":", 1)[0] for arn in arns]
    if len(set(names)) < len(names):
        raise invalid(
            "Two different versions of the same layer are not allowed to be referenced in the same function."
        )
    size = package.size if package is not None else 0
    for arn in arns:
        found = backend.layer_version(arn)
        if found is None:
            raise invalid(f"Layer version {arn} does not exist.")
        size += backend.host.packages.package(found.code_bytes).size
    if size > UNZIPPED_LIMIT:
        raise invalid(
            f"Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_LIMIT} "
            f"bytes. The actual size is {size} bytes."
        )


class LayerOperations:
    """PublishLayerVersion and its neighbours."""

    if TYPE_CHECKING:
        path: str
        body: Any
        headers: Any
        json_body: dict[str, Any]

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

        def _query(self) -> Mapping[str, str]: ...

    def publish_layer_version(self) -> TYPE_RESPONSE:
        """PublishLayerVersion: the archive is checked as a function's is."""
        asked = {**self.json_body, "LayerName": self._layer_name()}
        content = asked.get("Content") or {}
        if content.get("ZipFile"):
            try:
                base64.b64decode(content["ZipFile"], validate=True)
            except (binascii.Error, ValueError):
                raise invalid(NO_ZIP) from None
        self.backend.archive(content)
        made = self.backend.publish_layer_version(asked)
        return 201, {"status": 201}, json.dumps(self._shown(made, content=True))

    def list_layers(self) -> TYPE_RESPONSE:
        """ListLayers, the newest version of each; and GetLayerVersionByArn, which has the same path."""
        asked = self._query()
        if asked.get("find") == "LayerVersion":
            return self.get_layer_version_by_arn()
        found = []
        for layer in self.backend._layers._layers.values():
            fitting = [version for version in layer.layer_versions.values() if _fits(version, asked)]
            if fitting:
                found.append((layer, max(fitting, key=lambda version: version.version)))
        page, marker = page_of(found, lambda one: str(one[0].name), asked)
        items = [
            {
                "LayerName": layer.name,
                "LayerArn": layer.layer_arn,
                "LatestMatchingVersion": _without_layer(self._shown(version)),
            }
            for layer, version in page
        ]
        return 200, {}, json.dumps({"Layers": items} | ({"NextMarker": marker} if marker else {}))

    def list_layer_versions(self) -> TYPE_RESPONSE:
        """ListLayerVersions, the newest first."""
        asked = self._query()
        layer = self.backend._layers._layers.get(self._layer_name())
        versions = list(layer.layer_versions.values()) if layer is not None else []
        fitting = [version for version in versions if _fits(version, asked)]
        page, marker = page_of(fitting, lambda version: f"{10**9 - version.version:09d}", asked)
        items = [_without_layer(self._shown(version)) for version in page]
        return 200, {}, json.dumps({"LayerVersions": items} | ({"NextMarker": marker} if marker else {}))

    def get_layer_version(self) -> TYPE_RESPONSE:
        """GetLayerVersion, with an address for its zip."""
        return 200, {}, json.dumps(self._shown(self._version(), content=True))

    def get_layer_version_by_arn(self) -> TYPE_RESPONSE:
        """GetLayerVersionByArn."""
        arn = self._query().get("Arn", "")
        if not re.fullmatch(_VERSION_ARN, arn):
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{arn}' at 'arn' failed to satisfy constraint: Member "
                f"must satisfy regular expression pattern: {_VERSION_ARN}",
            )
        found = self.backend.layer_version(arn)
        if found is None:
            raise _unknown(arn)
        return 200, {}, json.dumps(self._shown(found, content=True))

    def delete_layer_version(self) -> TYPE_RESPONSE:
        """DeleteLayerVersion: who has it keeps it, nobody else can take it; none to delete is no error."""
        layer = self.backend._layers._layers.get(self._layer_name())
        version = layer.layer_versions.pop(self._number(), None) if layer is not None else None
        if version is not None:
            self.backend.deleted_layers[version.arn] = version
        return 204, {"status": 204}, ""

    def add_layer_version_permission(self) -> TYPE_RESPONSE:
        """AddLayerVersionPermission."""
        version, asked = self._version(), self.json_body
        sid = asked.get("StatementId", "")
        if any(statement["Sid"] == sid for statement in version.policy.statements):
            raise LambdaError(
                "ResourceConflictException",
                f"The statement id ({sid}) provided already exists. Please provide a new statement id, or "
                "remove the existing statement.",
                409,
            )
        principal = asked.get("Principal", "")
        organization = asked.get("OrganizationId")
        statement = {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
            "Action": asked.get("Action", ""),
            "Resource": version.arn,
        }
        if organization:
            statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
        version.policy.statements.append(statement)
        version.policy.revision = self.backend.new_revision()
        shown = {"Statement": json.dumps(statement), "RevisionId": version.policy.revision}
        return 201, {"status": 201}, json.dumps(shown)

    def get_layer_version_policy(self) -> TYPE_RESPONSE:
        """GetLayerVersionPolicy."""
        policy = self._version().policy
        if not policy.statements:
            raise LambdaError(
                "ResourceNotFoundException", "No policy is associated with the given resource.", 404
            )
        text = json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": policy.statements})
        return 200, {}, json.dumps({"Policy": text, "RevisionId": policy.revision})

    def remove_layer_version_permission(self) -> TYPE_RESPONSE:
        """RemoveLayerVersionPermission."""
        policy, sid = self._version().policy, self.path.rstrip("/").rsplit("/", 1)[-1]
        kept = [statement for statement in policy.statements if statement["Sid"] != sid]
        if len(kept) == len(policy.statements):
            raise LambdaError(
                "ResourceNotFoundException", f"Statement {sid} is not found in resource policy.", 404
            )
        policy.statements, policy.revision = kept, self.backend.new_revision()
        return 204, {"status": 204}, ""

    # ------------------------------------------------------------------ inside

    def _layer_name(self) -> str:
        name = unquote(self.path.split("/layers/")[1].split("/")[0])
        if not re.fullmatch(_NAME, name) or len(name) > 140:
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'layerName' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {_NAME}",
            )
        return name.rsplit(":", 1)[-1]

    def _number(self) -> str:
        return self.path.split("/versions/")[1].split("/")[0]

    def _version(self) -> Any:
        backend, name, number = self.backend, self._layer_name(), self._number()
        arn = (
            f"arn:{backend.partition}:lambda:{backend.region_name}:{backend.account_id}:layer:{name}:{number}"
        )
        found = backend.layer_version(arn)
        if found is None:
            raise _unknown(arn)
        return found

    def _shown(self, version: Any, *, content: bool = False) -> dict[str, Any]:
        shown = {name: value for name, value in version.get_layer_version().items() if value != ""}
        if content:
            address = location(
                self.backend, self.headers.get("Host"), "layers", version.name, version.code_bytes
            )
            shown["Content"] = {**shown["Content"], "Location": address}
        else:
            del shown["Content"]
        return shown


def _without_layer(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "LayerArn"}


def _fits(version: Any, asked: Mapping[str, str]) -> bool:
    """Whether a layer version is for the runtime and the architecture that were asked for."""
    runtime, architecture = asked.get("CompatibleRuntime"), asked.get("CompatibleArchitecture")
    return (runtime is None or runtime in version.compatible_runtimes) and (
        architecture is None or architecture in version.compatible_architectures
    )


def _unknown(arn: str) -> LambdaError:
    return LambdaError("ResourceNotFoundException", f"Layer version {arn} does not exist.", 404)
