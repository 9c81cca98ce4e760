"""Event invoke configurations: how often an asynchronous event is tried, how old it may get, who is told.

Source: Lambda API reference (PutFunctionEventInvokeConfig and its neighbours), developer guide "Configuring
error handling settings for asynchronous invocations".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend

_BOUNDS = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21_600)}
_DESTINATIONS = {
    "OnSuccess": {"sqs", "sns", "lambda", "events"},
    "OnFailure": {"sqs", "sns", "lambda", "events", "s3"},
}
_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def check_settings(asked: Mapping[str, Any], function_arn: str) -> None:
    """Refuse numbers out of range, and destinations that events can't go to. Raises `LambdaError`."""
    for name, (lowest, highest) in _BOUNDS.items():
        value = asked.get(name)
        if value is not None and not lowest <= value <= highest:
            bound = f"less than or equal to {highest}"
            if value < lowest:
                bound = f"greater than or equal to {lowest}"
            member = name[0].lower() + name[1:]
            raise LambdaError(
                "ValidationException",
                f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
                f"Member must have value {bound}",
            )
    for kind, services in _DESTINATIONS.items():
        arn = ((asked.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
        if not arn:
            continue
        parts = str(arn).split(":")
        if len(parts) < 6 or parts[2] not in services or (parts[2] == "sqs" and arn.endswith(".fifo")):
            raise invalid(f"The destination ARN {arn} is invalid.")
        if arn == function_arn:
            raise invalid("You can't specify the function as a destination for itself.")


class AsynchronousOperations:
    """Event invoke configurations, and InvokeAsync of the first days of Lambda."""

    if TYPE_CHECKING:
        path: str
        json_body: dict[str, Any]
        body: Any

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

    def put_function_event_invoke_config(self) -> TYPE_RESPONSE:
        """PutFunctionEventInvokeConfig: replaces what was there."""
        return self._store({})

    def update_function_event_invoke_config(self) -> TYPE_RESPONSE:
        """UpdateFunctionEventInvokeConfig: what is not given stays."""
        return self._store(self._stored())

    def get_function_event_invoke_config(self) -> TYPE_RESPONSE:
        """GetFunctionEventInvokeConfig."""
        return 200, {}, json.dumps(self._stored())

    def delete_function_event_invoke_config(self) -> TYPE_RESPONSE:
        """DeleteFunctionEventInvokeConfig."""
        self._stored()
        function, qualifier = self._asked()
        del self.backend.event_configurations[function.own_arn][qualifier]
        return 204, {"status": 204}, ""

    def list_function_event_invoke_configs(self) -> TYPE_RESPONSE:
        """ListFunctionEventInvokeConfigs."""
        function, _ = self._asked()
        stored = self.backend.event_configurations.get(function.own_arn, {})
        return 200, {}, json.dumps({"FunctionEventInvokeConfigs": list(stored.values())})

    def invoke_async(self) -> TYPE_RESPONSE:
        """InvokeAsync: deprecated by AWS, and still answered."""
        function, _ = self._asked()
        payload = self.body.encode() if isinstance(self.body, str) else bytes(self.body or b"{}")
        self.backend.queue.put(function, function.own_arn, payload)
        return 202, {"status": 202}, json.dumps({"Status": 202})

    def _store(self, before: Mapping[str, Any]) -> TYPE_RESPONSE:
        function, qualifier = self._asked()
        asked = {name: self.json_body[name] for name in _MEMBERS if self.json_body.get(name) is not None}
        check_settings(asked, function.own_arn)
        destinations = {"OnSuccess": {}, "OnFailure": {}, **(before.get("DestinationConfig") or {})}
        stored = {
            **{name: value for name, value in before.items() if name in _MEMBERS},
            **asked,
            "DestinationConfig": {**destinations, **asked.get("DestinationConfig", {})},
            "FunctionArn": f"{function.own_arn}:{qualifier}",
            "LastModified": self.backend.context.clock.now(),
        }
        self.backend.event_configurations.setdefault(function.own_arn, {})[qualifier] = stored
        return 200, {}, json.dumps(stored)

    def _stored(self) -> dict[str, Any]:
        function, qualifier = self._asked()
        stored = self.backend.event_configurations.get(function.own_arn, {}).get(qualifier)
        if stored is None:
            raise LambdaError(
                "ResourceNotFoundException",
                f"The function {function.own_arn}:{qualifier} doesn't have an EventInvokeConfig",
                404,
            )
        return stored

    def _asked(self) -> tuple[OfflineFunction, str]:
        name, of_name = self.backend.split_name(unquote(self.path.split("/functions/")[1].split("/")[0]))
        given: dict[str, list[str]] = getattr(self, "querystring", None) or {}
        qualifier = of_name or (given.get("Qualifier") or ["$LATEST"])[0]
        function, _ = self.backend.resolve(name, qualifier)
        return self.backend.get_function(name), qualifier if function is not None else "$LATEST"
