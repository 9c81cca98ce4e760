"""Function URL configurations.

Source: Lambda API reference (CreateFunctionUrlConfig and its neighbours), developer guide "Creating and
managing Lambda function URLs".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.common_types import TYPE_RESPONSE

from offline_cloud import function_urls
from offline_cloud.moto_seams.awslambda.errors import LambdaError, not_there

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend

_QUALIFIER = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"
_METHODS = ("GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*")
# Member of `Cors`: how many items, and how long one may be.
_LISTS = {
    "AllowHeaders": (100, 1024),
    "AllowMethods": (6, 6),
    "AllowOrigins": (100, 253),
    "ExposeHeaders": (100, 1024),
}


@dataclass
class UrlConfig:
    """One function URL; `function` is a name, `qualifier` an alias or None."""

    id: str
    function: str
    qualifier: str | None
    arn: str
    auth_type: str
    created: str
    modified: str
    cors: dict[str, Any] = field(default_factory=dict)

    def as_json(self, url: str) -> dict[str, Any]:
        """FunctionUrlConfig."""
        shown = {
            "FunctionUrl": url,
            "FunctionArn": self.arn,
            "AuthType": self.auth_type,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "InvokeMode": "BUFFERED",
        }
        return shown | ({"Cors": self.cors} if self.cors else {})


def check_members(members: Mapping[str, Any], qualifier: str | None) -> None:
    """Refuse what AWS refuses about a function URL, and streaming. Raises `LambdaError`."""
    problems = []
    if qualifier is not None and not re.fullmatch(_QUALIFIER, qualifier):
        problems.append(_constraint(qualifier, "qualifier", f"regular expression pattern: {_QUALIFIER}"))
    for member, allowed in (("AuthType", "NONE, AWS_IAM"), ("InvokeMode", "BUFFERED, RESPONSE_STREAM")):
        value = members.get(member)
        if value is not None and value not in allowed.split(", "):
            label = member[0].lower() + member[1:]
            problems.append(_constraint(value, label, f"enum value set: [{allowed}]"))
    problems += _cors_problems(members.get("Cors") or {})
    if problems:
        count = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
        raise LambdaError("ValidationException", f"{count} detected: {'; '.join(problems)}")
    if members.get("InvokeMode") == "RESPONSE_STREAM":
        raise not_there("function URLs that stream: InvokeMode can be BUFFERED only")


def _cors_problems(cors: Mapping[str, Any]) -> list[str]:
    problems = []
    for member, (most, longest) in _LISTS.items():
        items, label = cors.get(member) or [], f"cors.{member[0].lower()}{member[1:]}"
        if len(items) > most:
            problems.append(_constraint(items, label, f"length less than or equal to {most}", "have"))
        for item in items:
            if len(item) > longest:
                problems.append(_constraint(item, label, f"length less than or equal to {longest}", "have"))
            elif member == "AllowMethods" and item not in _METHODS:
                problems.append(_constraint(item, label, f"enum value set: [{', '.join(_METHODS)}]"))
    age = cors.get("MaxAge")
    if age is not None and not 0 <= age <= 86_400:
        bound = "greater than or equal to 0" if age < 0 else "less than or equal to 86400"
        problems.append(_constraint(age, "cors.maxAge", f"value {bound}", "have"))
    return problems


def _constraint(value: Any, label: str, what: str, verb: str = "satisfy") -> str:
    return f"Value '{value}' at '{label}' failed to satisfy constraint: Member must {verb} {what}"


class FunctionUrlOperations:
    """CreateFunctionUrlConfig and its neighbours."""

    if TYPE_CHECKING:
        json_body: dict[str, Any]
        headers: Any

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

        def addressed(self) -> tuple[OfflineFunction, str | None]:
            """The function and the qualifier that the request names."""

        def _query(self) -> Mapping[str, str]: ...

    def create_function_url_config(self) -> TYPE_RESPONSE:
        """CreateFunctionUrlConfig."""
        asked, backend = self.json_body, self.backend
        check_members(asked, self._query().get("Qualifier"))
        if "AuthType" not in asked:
            raise LambdaError(
                "ValidationException",
                "1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member "
                "must not be null",
            )
        function, qualifier = self._named()
        arn = f"{function.own_arn}:{qualifier}" if qualifier else function.own_arn
        key = (function.function_name, qualifier)
        if key in backend.function_urls:
            raise LambdaError(
                "ResourceConflictException",
                f"Failed to create function url config for [functionArn = {arn}]. Error message:  "
                "FunctionUrlConfig exists for this Lambda function",
                409,
            )
        now = self._now()
        config = UrlConfig(
            _new_id(backend), function.function_name, qualifier, arn, asked["AuthType"], now, now
        )
        config.cors = dict(asked.get("Cors") or {})
        backend.function_urls[key] = config
        shown = self._url_shown(config)
        del shown["LastModifiedTime"]
        return 201, {"status": 201}, json.dumps(shown)

    def get_function_url_config(self) -> TYPE_RESPONSE:
        """GetFunctionUrlConfig."""
        return 200, {}, json.dumps(self._url_shown(self._config()))

    def update_function_url_config(self) -> TYPE_RESPONSE:
        """UpdateFunctionUrlConfig: what is not given stays as it is."""
        asked = self.json_body
        check_members(asked, self._query().get("Qualifier"))
        config = self._config()
        config.auth_type = asked.get("AuthType") or config.auth_type
        if asked.get("Cors") is not None:
            config.cors = dict(asked["Cors"])
        config.modified = self._now()
        return 200, {}, json.dumps(self._url_shown(config))

    def delete_function_url_config(self) -> TYPE_RESPONSE:
        """DeleteFunctionUrlConfig."""
        config = self._config()
        del self.backend.function_urls[config.function, config.qualifier]
        return 204, {"status": 204}, ""

    def list_function_url_configs(self) -> TYPE_RESPONSE:
        """ListFunctionUrlConfigs, in pages."""
        function, _ = self._named()
        asked = self._query()
        configs = self.backend.function_urls.values()
        found = sorted(
            (config for config in configs if config.function == function.function_name),
            key=lambda config: config.arn,
        )
        found = [config for config in found if config.arn > asked.get("Marker", "")]
        size = min(int(asked.get("MaxItems") or 50), 50)
        page: dict[str, Any] = {"FunctionUrlConfigs": [self._url_shown(config) for config in found[:size]]}
        if len(found) > size:
            page["NextMarker"] = found[size - 1].arn
        return 200, {}, json.dumps(page)

    def _named(self) -> tuple[OfflineFunction, str | None]:
        try:
            return self.addressed()
        except LambdaError as error:
            if error.error_type != "ResourceNotFoundException":
                raise
            raise LambdaError("ResourceNotFoundException", "Function does not exist", 404) from error

    def _config(self) -> UrlConfig:
        function, qualifier = self._named()
        config = self.backend.function_urls.get((function.function_name, qualifier))
        if config is None:
            raise LambdaError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        return config

    def _url_shown(self, config: UrlConfig) -> dict[str, Any]:
        backend = self.backend
        url = function_urls.url_at(
            self.headers.get("Host"), backend.context.endpoint, config.id, backend.region_name
        )
        return config.as_json(url)

    def _now(self) -> str:
        now = datetime.fromtimestamp(self.backend.context.clock.now(), UTC)
        return f"{now:%Y-%m-%dT%H:%M:%S.%f}Z"


def _new_id(backend: OfflineLambdaBackend) -> str:
    """32 letters and digits, as AWS's ids have."""
    return base64.b32encode(bytes.fromhex(backend.context.ids.hex(40))).decode().lower()
