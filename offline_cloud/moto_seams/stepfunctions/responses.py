"""The Step Functions API on the wire: AWS JSON 1.0, one path, the operation in a header.

moto's own set-up of a request costs more than a machine of ten states, so nothing of it is used.
"""

from __future__ import annotations

import json
from typing import Any

from offline_cloud.moto_seams.dispatch import Answer, Target
from offline_cloud.step_functions.arns import Home
from offline_cloud.step_functions.faults import ApiError
from offline_cloud.step_functions.service import StepFunctions

__all__ = ["Responses"]

_JSON = ("Content-Type", "application/x-amz-json-1.0")


class Responses:
    """Hands requests to the service."""

    def __init__(self, service: StepFunctions, account: str) -> None:
        self._service = service
        self._account = account

    def __call__(self, target: Target, environ: dict[str, Any]) -> Answer:
        """Answer one request."""
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        home = Home(self._account, target.region)
        try:
            said = self._service.answer(operation, home, target.access_key, _body(environ))
        except ApiError as error:
            said = {"__type": error.code, "message": error.message, **error.members}
            return Answer(400, [_JSON, ("x-amzn-ErrorType", error.code)], json.dumps(said).encode())
        return Answer(200, [_JSON], json.dumps(said).encode())


def _body(environ: dict[str, Any]) -> dict[str, Any]:
    try:
        body = json.loads(environ["wsgi.input"].read() or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"The request's body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise ApiError("SerializationException", "The request's body is no JSON object.")
    return body
