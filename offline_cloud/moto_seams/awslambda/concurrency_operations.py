"""Reserved and provisioned concurrency, and the account's settings.

Source: Lambda API reference (PutFunctionConcurrency, PutProvisionedConcurrencyConfig and their neighbours,
GetAccountSettings). The rules themselves are in `engines.concurrency`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.engines.concurrency import ConcurrencyRefused, shares
from offline_cloud.moto_seams.awslambda.errors import LambdaError, functions_only, invalid, not_found
from offline_cloud.moto_seams.awslambda.version_operations import weights_of

if TYPE_CHECKING:
    from offline_cloud.function_host import FunctionVersion
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend

_TOTAL_CODE_SIZE = 80_530_636_800
_ZIPPED, _UNZIPPED = 52_428_800, 262_144_000
_PAGE = 50
_UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
_TAKEN = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"


class ProvisionedConfigs:
    """The provisioned concurrency configurations of a backend's functions: how many, by ARN and qualifier."""

    def __init__(self, backend: OfflineLambdaBackend) -> None:
        self._backend = backend
        self._wanted: dict[str, dict[str, int]] = {}
        self._modified: dict[tuple[str, str], float] = {}

    def put(self, function: OfflineFunction, qualifier: str, count: int) -> None:
        """Configure one qualifier. Raises `LambdaError`, and then everything is as it was."""
        arn, before = function.own_arn, dict(self._wanted.get(function.own_arn, {}))
        mine = self.versions(function, qualifier, count)
        if any(self._backend.get_function(function.function_name, version).snap_start for version in mine):
            raise invalid("Provisioned Concurrency is not supported for SnapStart enabled functions.")
        for other, wanted in before.items():
            if other != qualifier and self.versions(function, other, wanted).keys() & mine.keys():
                raise LambdaError("ResourceConflictException", _TAKEN, 409)
        self._wanted.setdefault(arn, {})[qualifier] = count
        try:
            self.apply(function)
        except ConcurrencyRefused as refused:
            self._wanted[arn] = before
            raise invalid(str(refused)) from refused
        self._modified[arn, qualifier] = self._backend.context.clock.now()

    def drop(self, function: OfflineFunction, qualifier: str) -> None:
        """Configure it no more, if it was."""
        if self._wanted.get(function.own_arn, {}).pop(qualifier, None) is not None:
            self.apply(function)

    def forget(self, function_arn: str) -> None:
        """The function was deleted."""
        self._wanted.pop(function_arn, None)

    def apply(self, function: OfflineFunction) -> None:
        """Have what is configured: aliases may have moved. Raises `ConcurrencyRefused`."""
        wanted: list[tuple[FunctionVersion, int]] = []
        for qualifier, count in self._wanted.get(function.own_arn, {}).items():
            for version, part in self.versions(function, qualifier, count).items():
                record: OfflineFunction = self._backend.get_function(function.function_name, version)
                wanted.append((record.as_version, part))
        self._backend.host.provisioning.set(function.own_arn, wanted)

    def versions(self, function: OfflineFunction, qualifier: str, count: int) -> dict[str, int]:
        """How a qualifier's environments are divided among versions. Raises `LambdaError`."""
        alias = self._backend._lambdas._aliases[function.own_arn].get(qualifier)
        version = str(alias.function_version) if alias is not None else qualifier
        if version == "$LATEST":
            raise invalid(_UNPUBLISHED)
        published = self._backend._lambdas._functions[function.function_name]["versions"]
        if version not in {str(record.version) for record in published}:
            raise not_found(f"{function.own_arn}:{qualifier}")
        weights = weights_of(alias.routing_config) if alias is not None else {}
        return shares(count, weights, version)

    def shown(self, function: OfflineFunction, qualifier: str) -> dict[str, Any] | None:
        """A configuration as the API shows it; None if there is none."""
        count = self._wanted.get(function.own_arn, {}).get(qualifier)
        if count is None:
            return None
        ready, failure = 0, None
        for version in self.versions(function, qualifier, count):
            state = self._backend.host.provisioning.of(function.own_arn, version)
            ready, failure = ready + min(state.ready, state.wanted), failure or state.failure
        status = "READY" if ready >= count else "FAILED" if failure else "IN_PROGRESS"
        shown: dict[str, Any] = {
            "RequestedProvisionedConcurrentExecutions": count,
            "AvailableProvisionedConcurrentExecutions": ready,
            "AllocatedProvisionedConcurrentExecutions": ready,
            "Status": status,
            "LastModified": _iso(self._modified[function.own_arn, qualifier]),
        }
        if status == "FAILED":
            shown["StatusReason"] = failure
        return shown

    def qualifiers(self, function: OfflineFunction) -> list[str]:
        """What is configured of a function, in the order of names."""
        return sorted(self._wanted.get(function.own_arn, {}))


class ConcurrencyOperations:
    """Reserved and provisioned concurrency, and the account's settings."""

    if TYPE_CHECKING:
        path: str
        json_body: dict[str, Any]

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

    def get_account_settings(self) -> TYPE_RESPONSE:
        """GetAccountSettings: limits, and what is used of them."""
        backend = self.backend
        concurrency = backend.host.concurrency(backend.account_id, backend.region_name)
        functions = list(backend._lambdas._functions.values())
        records = [record for one in functions for record in (one["latest"], *one["versions"])]
        layers = [
            version for one in backend._layers._layers.values() for version in one.layer_versions.values()
        ]
        limit = {
            "TotalCodeSize": _TOTAL_CODE_SIZE,
            "CodeSizeUnzipped": _UNZIPPED,
            "CodeSizeZipped": _ZIPPED,
            "ConcurrentExecutions": concurrency.limit,
            "UnreservedConcurrentExecutions": concurrency.unreserved,
        }
        stored = sum(record.code_size for record in records) + sum(layer.code_size for layer in layers)
        usage = {"TotalCodeSize": stored, "FunctionCount": len(functions)}
        return 200, {}, json.dumps({"AccountLimit": limit, "AccountUsage": usage})

    def put_function_concurrency(self) -> TYPE_RESPONSE:
        """PutFunctionConcurrency."""
        function, count = self._concurrent_function(), self._whole("ReservedConcurrentExecutions", 0)
        self.backend.reserve(function, count)
        return 200, {}, json.dumps({"ReservedConcurrentExecutions": count})

    def get_function_concurrency(self) -> TYPE_RESPONSE:
        """GetFunctionConcurrency: nothing where nothing is reserved."""
        reserved = self.backend.reserved(self._concurrent_function())
        return 200, {}, json.dumps({} if reserved is None else {"ReservedConcurrentExecutions": reserved})

    def delete_function_concurrency(self) -> TYPE_RESPONSE:
        """DeleteFunctionConcurrency."""
        self.backend.reserve(self._concurrent_function(), None)
        return 204, {"status": 204}, ""

    def put_provisioned_concurrency_config(self) -> TYPE_RESPONSE:
        """PutProvisionedConcurrencyConfig: begins to allocate."""
        function, qualifier = self._concurrent_function(), self._provisioned_qualifier()
        count = self._whole("ProvisionedConcurrentExecutions", 1)
        self.backend.provisioned.put(function, qualifier, count)
        return 202, {"status": 202}, json.dumps(self.backend.provisioned.shown(function, qualifier))

    def get_provisioned_concurrency_config(self) -> TYPE_RESPONSE:
        """GetProvisionedConcurrencyConfig; and ListProvisionedConcurrencyConfigs, on the same path."""
        if self._asked_for("List"):
            return self.list_provisioned_concurrency_configs()
        shown = self.backend.provisioned.shown(self._concurrent_function(), self._provisioned_qualifier())
        if shown is None:
            raise LambdaError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
                404,
            )
        return 200, {}, json.dumps(shown)

    def delete_provisioned_concurrency_config(self) -> TYPE_RESPONSE:
        """DeleteProvisionedConcurrencyConfig; one that is not there is no error."""
        self.backend.provisioned.drop(self._concurrent_function(), self._provisioned_qualifier())
        return 204, {"status": 204}, ""

    def list_provisioned_concurrency_configs(self) -> TYPE_RESPONSE:
        """ListProvisionedConcurrencyConfigs, in pages."""
        function, configs = self._concurrent_function(), self.backend.provisioned
        after, size = self._asked_for("Marker"), min(int(self._asked_for("MaxItems") or _PAGE), _PAGE)
        names = [name for name in configs.qualifiers(function) if name > after]
        found = [
            {"FunctionArn": f"{function.own_arn}:{name}", **(configs.shown(function, name) or {})}
            for name in names[:size]
        ]
        page: dict[str, Any] = {"ProvisionedConcurrencyConfigs": found}
        if len(names) > size:
            page["NextMarker"] = names[size - 1]
        return 200, {}, json.dumps(page)

    def _concurrent_function(self) -> OfflineFunction:
        name, qualifier = self.backend.split_name(unquote(self.path.split("/functions/")[1].split("/")[0]))
        if qualifier is not None:
            raise functions_only()
        function: OfflineFunction = self.backend.get_function(name)
        return function

    def _provisioned_qualifier(self) -> str:
        name = unquote(self.path.split("/functions/")[1].split("/")[0])
        qualifier = self.backend.split_name(name)[1] or self._asked_for("Qualifier")
        if qualifier in ("", "$LATEST"):
            raise invalid(_UNPUBLISHED)
        return qualifier

    def _asked_for(self, name: str) -> str:
        given: Mapping[str, list[str]] = getattr(self, "querystring", None) or {}
        return (given.get(name) or [""])[0]

    def _whole(self, name: str, lowest: int) -> int:
        value = self.json_body.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= lowest:
            return value
        member = name[0].lower() + name[1:]
        given = "Value" if value is None else f"Value '{value}'"
        bound = "not be null" if value is None else f"have value greater than or equal to {lowest}"
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: {given} at '{member}' failed to satisfy constraint: "
            f"Member must {bound}",
        )


def _iso(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
