"""The Step Functions API on the wire: AWS JSON 1.0, one path, the operation in a header.

moto's own set-up of a request costs more than a machine of ten states, so nothing of it is used.
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from offline_cloud.step_functions.arns import Home
from offline_cloud.step_functions.faults import ApiError
from offline_cloud.step_functions.service import StepFunctions

__all__ = ["StepFunctionsResponses"]

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[a-z0-9-]+)/")
_JSON = "application/x-amz-json-1.0"


class StepFunctionsResponses:
    """Hands requests to the service."""

    service: ClassVar[StepFunctions]
    account: ClassVar[str]

    @classmethod
    def dispatch(
        cls, request: Any, full_url: str | None = None, headers: Any = None
    ) -> tuple[int, dict[str, str], str]:
        """Answer one request: status, headers, body."""
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        credential = _CREDENTIAL.search(request.headers.get("Authorization", ""))
        key, region = (credential["key"], credential["region"]) if credential else ("", "us-east-1")
        try:
            answer = cls.service.answer(operation, Home(cls.account, region), key, _body(request))
        except ApiError as error:
            said = {"__type": error.code, "message": error.message, **error.members}
            return 400, {"Content-Type": _JSON, "x-amzn-ErrorType": error.code}, json.dumps(said)
        return 200, {"Content-Type": _JSON}, json.dumps(answer)


def _body(request: Any) -> dict[str, Any]:
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The request's body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise ApiError("SerializationException", "The request's body is no JSON object.")
    return body
