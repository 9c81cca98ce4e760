"""Reading functions: GetFunction, lists in pages, tags, and how a runtime is updated.

Source: Lambda API reference (GetFunction, ListFunctions, ListVersionsByFunction, TagResource,
PutRuntimeManagementConfig), developer guide "Runtime version updates".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.moto_seams.awslambda.code_downloads import location
from offline_cloud.moto_seams.awslambda.errors import LambdaError, functions_only, invalid, not_found

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend

PAGE = 50
_TAGS = 50
_UPDATES = ("Auto", "FunctionUpdate", "Manual")
_LOOPS = ("Allow", "Terminate")


def page_of(
    found: Iterable[Any], key: Callable[[Any], str], asked: Mapping[str, str]
) -> tuple[list[Any], str | None]:
    """One page of what was found, in the order of its keys, and the marker of the next."""
    size = _page_size(asked.get("MaxItems"))
    rest = sorted((one for one in found if key(one) > asked.get("Marker", "")), key=key)
    return rest[:size], key(rest[size - 1]) if len(rest) > size else None


def _page_size(given: str | None) -> int:
    if given is None:
        return PAGE
    if not given.isdecimal() or not 1 <= int(given) <= 10_000:
        bound = (
            "greater than or equal to 1"
            if given == "0" or given.startswith("-")
            else "less than or equal to 10000"
        )
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: Value '{given}' at 'maxItems' failed to satisfy constraint: "
            f"Member must have value {bound}",
        )
    return min(int(given), PAGE)


class FunctionOperations:
    """GetFunction and its neighbours."""

    if TYPE_CHECKING:
        path: str
        headers: Any
        json_body: dict[str, Any]
        querystring: dict[str, list[str]]

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

        def addressed(self) -> tuple[OfflineFunction, str | None]:
            """The function and the qualifier that the request names."""

        def _query(self) -> Mapping[str, str]: ...

    # ------------------------------------------------------------------ one function

    def get_function(self) -> TYPE_RESPONSE:
        """GetFunction, with an address from which the code can be fetched for ten minutes."""
        function, qualifier = self.addressed()
        meant = self.backend.version_of(function, qualifier)
        shown: dict[str, Any] = meant.get_code()
        shown["Configuration"] = self._configuration(meant, qualifier)
        if meant.package is not None:
            address = location(
                self.backend, self.headers.get("Host"), "tasks", meant.function_name, meant.code_bytes
            )
            shown["Code"] = {"RepositoryType": "S3", "Location": address}
        shown.pop("Tags", None)
        if function.tags:
            shown["Tags"] = function.tags
        return 200, {}, json.dumps(shown)

    def get_function_configuration(self) -> TYPE_RESPONSE:
        """GetFunctionConfiguration."""
        function, qualifier = self.addressed()
        meant = self.backend.version_of(function, qualifier)
        return 200, {}, json.dumps(self._configuration(meant, qualifier))

    @staticmethod
    def _configuration(meant: OfflineFunction, qualifier: str | None) -> dict[str, Any]:
        """The configuration, under the ARN by which it was asked for."""
        shown = meant.get_configuration()
        shown["FunctionArn"] = f"{meant.own_arn}:{qualifier}" if qualifier else meant.own_arn
        return shown

    # ------------------------------------------------------------------ many

    def list_functions(self) -> TYPE_RESPONSE:
        """ListFunctions: $LATEST of each, or with FunctionVersion=ALL their versions too."""
        asked = self._query()
        everything = asked.get("FunctionVersion") == "ALL"
        if asked.get("FunctionVersion") not in (None, "ALL"):
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{asked['FunctionVersion']}' at 'functionVersion' "
                "failed to satisfy constraint: Member must satisfy enum value set: [ALL]",
            )
        if asked.get("MasterRegion", "ALL") not in ("ALL", self.backend.region_name):
            return 200, {}, json.dumps({"Functions": []})
        found: list[OfflineFunction] = []
        for group in self.backend._lambdas._functions.values():
            found += self._versions(group) if everything else [group["latest"]]
        page, marker = page_of(found, _place, asked)
        return self._page("Functions", [one.get_configuration() for one in page], marker)

    def list_versions_by_function(self) -> TYPE_RESPONSE:
        """ListVersionsByFunction, $LATEST first."""
        function, _ = self.addressed()
        group = self.backend._lambdas._functions[function.function_name]
        page, marker = page_of(self._versions(group), _place, self._query())
        return self._page("Versions", [one.get_configuration() for one in page], marker)

    @staticmethod
    def _versions(group: dict[str, Any]) -> list[OfflineFunction]:
        latest = copy.copy(group["latest"])
        latest.function_arn = f"{latest.own_arn}:$LATEST"
        return [latest, *group["versions"]]

    @staticmethod
    def _page(name: str, items: list[Any], marker: str | None) -> TYPE_RESPONSE:
        return 200, {}, json.dumps({name: items} | ({"NextMarker": marker} if marker else {}))

    # ------------------------------------------------------------------ tags

    def list_tags(self) -> TYPE_RESPONSE:
        """ListTags."""
        return 200, {}, json.dumps({"Tags": self._tagged()})

    def tag_resource(self) -> TYPE_RESPONSE:
        """TagResource: 50 tags at most."""
        tags, more = self._tagged(), self.json_body.get("Tags") or {}
        if not more:
            raise invalid("An error occurred and the request cannot be processed.")
        if len({**tags, **more}) > _TAGS:
            raise invalid("Number of tags exceeds resource tag limit.")
        tags.update(more)
        return 204, {"status": 204}, ""

    def untag_resource(self) -> TYPE_RESPONSE:
        """UntagResource."""
        tags = self._tagged()
        for key in self.querystring.get("tagKeys", []):
            tags.pop(key, None)
        return 204, {"status": 204}, ""

    def _tagged(self) -> dict[str, str]:
        """The tags of the function or mapping that the path names."""
        arn = unquote(self.path.split("/tags/", 1)[1])
        kind = arn.split(":")[5] if arn.count(":") >= 6 else ""
        if kind == "event-source-mapping":
            mapping = self.backend._event_source_mappings.get(arn.split(":")[6])
            if mapping is None:
                raise LambdaError(
                    "ResourceNotFoundException", "The resource you requested does not exist.", 404
                )
            tags: dict[str, str] = mapping.tags
            return tags
        if kind == "function" and arn.count(":") > 6:
            raise invalid(
                "Tags on function aliases and versions are not supported. Please specify either a function "
                "ARN or an event source mapping ARN."
            )
        if kind != "function":
            raise invalid(f"The provided ARN is invalid: {arn}")
        name, _ = self.backend.split_name(arn)
        if name not in self.backend._lambdas._functions:
            raise not_found(arn)
        found: dict[str, str] = self.backend._lambdas._functions[name]["latest"].tags
        return found

    # ------------------------------------------------------------------ the rest

    def put_runtime_management_config(self) -> TYPE_RESPONSE:
        """PutRuntimeManagementConfig: kept; there is one version of each runtime here."""
        function, qualifier = self.addressed()
        asked = self.json_body
        when, arn = asked.get("UpdateRuntimeOn"), asked.get("RuntimeVersionArn")
        if when not in _UPDATES:
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{when}' at 'updateRuntimeOn' failed to satisfy "
                f"constraint: Member must satisfy enum value set: [{', '.join(_UPDATES)}]",
            )
        if (when == "Manual") != bool(arn):
            rule = "requires" if when == "Manual" else "does not take"
            raise invalid(f"UpdateRuntimeOn {when} {rule} a RuntimeVersionArn.")
        key = (function.function_name, qualifier or "$LATEST")
        self.backend.runtime_updates[key] = {"UpdateRuntimeOn": when, "RuntimeVersionArn": arn}
        return self.get_runtime_management_config()

    def get_runtime_management_config(self) -> TYPE_RESPONSE:
        """GetRuntimeManagementConfig."""
        function, qualifier = self.addressed()
        known = self.backend.runtime_updates.get((function.function_name, qualifier or "$LATEST"), {})
        shown = {"UpdateRuntimeOn": "Auto", "RuntimeVersionArn": None, **known}
        shown["FunctionArn"] = f"{function.own_arn}:{qualifier or '$LATEST'}"
        return 200, {}, json.dumps(shown)

    def put_function_recursion_config(self) -> TYPE_RESPONSE:
        """PutFunctionRecursionConfig: whether a loop of this function is stopped."""
        function, qualifier = self.addressed()
        asked = self.json_body.get("RecursiveLoop")
        if qualifier not in (None, "$LATEST"):
            raise functions_only()
        if asked not in _LOOPS:
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{asked}' at 'recursiveLoop' failed to satisfy "
                f"constraint: Member must satisfy enum value set: [{', '.join(_LOOPS)}]",
            )
        allowed = self.backend.host.loops_allowed
        allowed.add(function.own_arn) if asked == "Allow" else allowed.discard(function.own_arn)
        return self.get_function_recursion_config()

    def get_function_recursion_config(self) -> TYPE_RESPONSE:
        """GetFunctionRecursionConfig."""
        function, _ = self.addressed()
        allows = function.own_arn in self.backend.host.loops_allowed
        return 200, {}, json.dumps({"RecursiveLoop": "Allow" if allows else "Terminate"})

    def get_function_code_signing_config(self) -> TYPE_RESPONSE:
        """GetFunctionCodeSigningConfig: no function has one here."""
        function, _ = self.addressed()
        return 200, {}, json.dumps({"FunctionName": function.function_name})


def _place(function: OfflineFunction) -> str:
    """Where a function stands in a list: by name, $LATEST before its versions, these by number."""
    number = 0 if function.version == "$LATEST" else int(function.version)
    return f"{function.function_name}:{number:09d}"
