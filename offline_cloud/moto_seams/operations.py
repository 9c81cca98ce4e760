"""What a raw request was: its operation, its parameters, and how its service words an error.

All of it comes from botocore's service descriptions, through moto's router. It is worked out when somebody
reads the journal or when something went wrong, never on the way of a call.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

__all__ = ["describe", "error_answer", "error_code"]

_JSON_ERROR = re.compile(rb'"(?:__type|code|Code)"\s*:\s*"(?:[^"#]*#)?([^":]+)')
_XML_ERROR = re.compile(rb"<Code>([^<]+)</Code>")


def describe(
    service: str, method: str, url: str, headers: dict[str, str], body: bytes
) -> tuple[str, dict[str, Any] | None]:
    """The operation and its parameters, as boto3 spells them; `""` and None where nobody can tell.

    `headers` needs `content-type` and `x-amz-target` only; the body of an upload isn't looked at.
    """
    if target := headers.get("x-amz-target"):
        return target.rsplit(".", 1)[-1], _json_object(body)
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    fields = dict(parse_qsl(body.decode("utf-8", "replace"))) if form else {}
    if "Action" not in fields and "?" in url:
        fields |= {k: v[0] for k, v in parse_qs(url.split("?", 1)[1], keep_blank_values=True).items()}
    if action := fields.pop("Action", None):
        fields.pop("Version", None)
        return action, fields
    try:
        request = Request.from_primitives(method, f"http://localhost{url}", headers)
        operation, labels = get_service_router(service).match(request)
    except (NotFound, NotImplementedError, UnknownServiceError, ValueError):
        return "", None
    parameters: dict[str, Any] = {name: unquote(str(value)) for name, value in labels.items()}
    # Some operations have a body that is no list of parameters: an object, the payload of an invocation.
    shape = operation.input_shape
    if shape is not None and "payload" not in shape.serialization:
        parameters = {**(_json_object(body) or {}), **parameters}
    return operation.name, parameters


def error_code(service: str, status: int, headers: list[tuple[str, str]], body: bytes) -> str | None:
    """The AWS error code of an answer, None if it is none."""
    if status < 400:
        return None
    for name, value in headers:
        if name.lower() == "x-amzn-errortype":
            return value.split(":")[0]
    found = _JSON_ERROR.search(body) or _XML_ERROR.search(body)
    return found[1].decode("utf-8", "replace") if found else str(status)


def error_answer(
    service: str, target: str | None, code: str, message: str, request_id: str
) -> tuple[list[tuple[str, str]], bytes]:
    """An error in the words of a service's protocol, so that every SDK reads code and message."""
    protocol = _protocol(service, target)
    if protocol == "json":
        body = json.dumps({"__type": code, "message": message, "Message": message})
        return [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)], body.encode()
    if protocol == "rest-json":
        body = json.dumps({"code": code, "message": message, "Message": message})
        return [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)], body.encode()
    code, message = escape(code), escape(message)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if service == "s3":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    elif protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    declared = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return [("Content-Type", "text/xml")], declared.encode()


def _protocol(service: str, target: str | None) -> str:
    if target:
        return "json"
    try:
        return str(get_service_model(service).protocol)
    except UnknownServiceError:
        return "query"


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body) if body else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
