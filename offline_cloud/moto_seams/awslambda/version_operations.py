"""Versions and aliases.

Source: Lambda API reference (PublishVersion, CreateAlias, UpdateAlias, ListAliases), developer guide "Lambda
function versions" and "Lambda function aliases".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.awslambda.models import LambdaAlias
from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.engines.concurrency import ConcurrencyRefused
from offline_cloud.moto_seams.awslambda.errors import (
    LambdaError,
    functions_only,
    invalid,
    not_found,
    stale_revision,
)

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend

_ALIAS_NAME = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
_PAGE = 50
# What a version has for itself: two records that differ in nothing else are the same version.
_OWN = frozenset(
    {"Version", "FunctionArn", "LastModified", "RevisionId", "Description"}
    | {"SnapStart", "State", "StateReason", "StateReasonCode"}
)


class OfflineAlias(LambdaAlias):
    """An alias as the API shows it."""

    def to_json(self) -> dict[str, Any]:
        """AliasConfiguration; without weights there is no RoutingConfig."""
        shown: dict[str, Any] = super().to_json()
        shown["Description"] = self.description or ""
        if not weights_of(self.routing_config):
            del shown["RoutingConfig"]
        return shown


def weights_of(routing: Any) -> dict[str, float]:
    """The `AdditionalVersionWeights` of a RoutingConfig that may be missing."""
    return dict((routing or {}).get("AdditionalVersionWeights") or {})


def same_version(one: OfflineFunction, other: OfflineFunction) -> bool:
    """Whether two records have the same code and the same configuration."""
    shown = [
        {name: value for name, value in function.get_configuration().items() if name not in _OWN}
        for function in (one, other)
    ]
    return bool(
        shown[0] == shown[1]
        and one.snap_start == other.snap_start
        and one.environment_vars == other.environment_vars
    )


def check_routing(version: str, routing: Any, known: Iterable[str], arn: str) -> None:
    """Refuse an alias that points nowhere, or shares its calls in a way that Lambda does not do."""
    published = set(known)
    if version not in published:
        raise not_found(f"{arn}:{version}")
    weights = weights_of(routing)
    if not weights:
        return
    if version == "$LATEST" or "$LATEST" in weights:
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    (second, share), *_ = weights.items()
    if second == version:
        raise invalid(
            f"Invalid function version {second}. Function version {second} is already included in routing "
            "configuration."
        )
    if second not in published:
        raise not_found(f"{arn}:{second}")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        bound = (
            "less than or equal to 1.0" if isinstance(share, int | float) and share > 1 else "from 0.0 to 1.0"
        )
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: Value '{{{second}={share}}}' at "
            "'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy "
            f"constraint: [Member must have value {bound}]",
        )


class VersionOperations:
    """PublishVersion and the operations of aliases."""

    if TYPE_CHECKING:
        path: str
        json_body: dict[str, Any]

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

        def addressed(self) -> tuple[OfflineFunction, str | None]:
            """The function and the qualifier that the request names."""

    def publish_version(self) -> TYPE_RESPONSE:
        """PublishVersion, with its two conditions."""
        (function, qualifier), asked = self.addressed(), self.json_body
        if qualifier not in (None, "$LATEST"):
            raise functions_only()
        given = asked.get("CodeSha256")
        if given and given != function.code_sha_256:
            raise invalid(
                f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST "
                f"({function.code_sha_256}). Please try again with the CodeSHA256 in $LATEST."
            )
        if asked.get("RevisionId") and asked["RevisionId"] != function.revision_id:
            raise stale_revision()
        published = self.backend.publish_version(function.function_name, asked.get("Description", ""))
        assert published is not None
        return 201, {"status": 201}, json.dumps(published.get_configuration())

    def create_alias(self) -> TYPE_RESPONSE:
        """CreateAlias."""
        asked = self.json_body
        function = self._function()
        name, version = str(asked.get("Name", "")), str(asked.get("FunctionVersion", ""))
        if not re.fullmatch(_ALIAS_NAME, name):
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member "
                f"must satisfy regular expression pattern: {_ALIAS_NAME}",
            )
        aliases = self._aliases(function)
        if name in aliases:
            raise LambdaError(
                "ResourceConflictException", f"Alias already exists: {function.own_arn}:{name}", 409
            )
        routing = asked.get("RoutingConfig")
        check_routing(version, routing, self._known(function), function.own_arn)
        backend = self.backend
        alias = OfflineAlias(
            backend.account_id,
            backend.region_name,
            name,
            function.function_name,
            version,
            asked.get("Description", ""),
            routing,
        )
        alias.revision_id = backend.new_revision()
        aliases[name] = alias
        return 201, {"status": 201}, json.dumps(alias.to_json())

    def get_alias(self) -> TYPE_RESPONSE:
        """GetAlias."""
        return 200, {}, json.dumps(self._alias().to_json())

    def update_alias(self) -> TYPE_RESPONSE:
        """UpdateAlias: what is not given stays as it is."""
        asked, alias, function = self.json_body, self._alias(), self._function()
        if asked.get("RevisionId") and asked["RevisionId"] != alias.revision_id:
            raise stale_revision()
        version = str(asked.get("FunctionVersion") or alias.function_version)
        routing = asked.get("RoutingConfig", alias.routing_config)
        check_routing(version, routing, self._known(function), function.own_arn)
        before = (alias.description, alias.function_version, alias.routing_config)
        alias.update(asked.get("Description"), version, routing)
        try:
            self.backend.provisioned.apply(function)
        except (LambdaError, ConcurrencyRefused) as refused:
            alias.update(*before)
            raise refused if isinstance(refused, LambdaError) else invalid(str(refused)) from refused
        alias.revision_id = self.backend.new_revision()
        return 200, {}, json.dumps(alias.to_json())

    def delete_alias(self) -> TYPE_RESPONSE:
        """DeleteAlias; one that is not there is no error."""
        function, name = self._function(), self._last_part()
        self.backend.provisioned.drop(function, name)
        self._aliases(function).pop(name, None)
        self.backend.function_urls.pop((function.function_name, name), None)
        return 204, {"status": 204}, ""

    def list_aliases(self) -> TYPE_RESPONSE:
        """ListAliases, of one version if asked for, in pages."""
        function, asked = self._function(), self._query()
        wanted = asked.get("FunctionVersion")
        found = [
            alias
            for name, alias in sorted(self._aliases(function).items())
            if wanted in (None, alias.function_version, *weights_of(alias.routing_config))
            and name > asked.get("Marker", "")
        ]
        size = min(int(asked.get("MaxItems") or _PAGE), _PAGE)
        page: dict[str, Any] = {"Aliases": [alias.to_json() for alias in found[:size]]}
        if len(found) > size:
            page["NextMarker"] = found[size - 1].name
        return 200, {}, json.dumps(page)

    def _function(self) -> OfflineFunction:
        function: OfflineFunction = self.backend.get_function(self._function_name())
        return function

    def _function_name(self) -> str:
        name, _ = self.backend.split_name(unquote(self.path.split("/functions/")[1].split("/")[0]))
        return name

    def _last_part(self) -> str:
        return unquote(self.path.rstrip("/").rsplit("/", 1)[-1])

    def _query(self) -> Mapping[str, str]:
        given: dict[str, list[str]] = getattr(self, "querystring", None) or {}
        return {name: values[0] for name, values in given.items()}

    def _aliases(self, function: OfflineFunction) -> dict[str, LambdaAlias]:
        aliases: dict[str, LambdaAlias] = self.backend._lambdas._aliases[function.own_arn]
        return aliases

    def _alias(self) -> LambdaAlias:
        function, name = self._function(), self._last_part()
        alias = self._aliases(function).get(name)
        if alias is None:
            arn = f"{function.own_arn}:{name}"
            raise LambdaError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404)
        return alias

    def _known(self, function: OfflineFunction) -> list[str]:
        versions = self.backend._lambdas._functions[function.function_name]["versions"]
        return ["$LATEST", *(str(version.version) for version in versions)]
