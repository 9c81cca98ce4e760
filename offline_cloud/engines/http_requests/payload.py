"""Payload format 2.0: what a function is given of an HTTP request, and what a client gets of its result.

Source: Lambda developer guide, "Invoking Lambda function URLs"; API Gateway developer guide, "Working with
AWS Lambda proxy integrations for HTTP APIs". Which bodies are text is not written there; clients of AWS
report it: `text/*` and JSON, XML and JavaScript of `application/`, everything else (forms, too, and no type
at all) comes in base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from offline_cloud.engines.http_requests.request import HttpAnswer, HttpRequest

__all__ = ["RequestContext", "answer_of", "event_of", "failed"]

_TEXT = re.compile(r"\s*(text/[^;]+|application/(json|xml|javascript))\s*(;.*)?", re.IGNORECASE)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What belongs to the connection, or to the service: a function's own comes out under another name.
_REMAPPED = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade"}
_WITHOUT_BODY = {204, 304}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class RequestContext:
    """What the event says about the address and the caller.

    `iam` are the members of `authorizer.iam`, None for a caller that did not sign.
    """

    account: str
    url_id: str
    domain: str
    source_ip: str
    request_id: str
    now: datetime
    iam: Mapping[str, Any] | None = None


def event_of(request: HttpRequest, context: RequestContext) -> dict[str, Any]:
    """The event in payload format 2.0."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        if name != "cookie":
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
    }
    if cookies := request.header("cookie"):
        event["cookies"] = [cookie for part in re.split("[;,]", cookies) if (cookie := part.strip())]
    event["headers"] = headers
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    if query:
        event["queryStringParameters"] = query
    event["requestContext"] = _context(request, context)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request)
    else:
        event["isBase64Encoded"] = False
    return event


def answer_of(payload: bytes) -> HttpAnswer:
    """The client's answer, from what a function returned; 502 if that can't be made into one."""
    try:
        result = json.loads(payload) if payload else None
    except ValueError:
        return failed()
    if not isinstance(result, dict) or "statusCode" not in result:
        return HttpAnswer(200, [("Content-Type", "application/json")], payload)
    try:
        return _mapped(result)
    except (ValueError, TypeError):
        return failed()


def failed() -> HttpAnswer:
    """What a client gets of a function that failed, timed out, or answered in no known form."""
    return HttpAnswer(502, [("Content-Type", "application/json")], b"Internal Server Error")


def _context(request: HttpRequest, context: RequestContext) -> dict[str, Any]:
    now = context.now
    shown: dict[str, Any] = {
        "accountId": context.account if context.iam else "anonymous",
        "apiId": context.url_id,
    }
    if context.iam:
        shown["authentication"] = None
        shown["authorizer"] = {"iam": dict(context.iam)}
    return shown | {
        "domainName": context.domain,
        "domainPrefix": context.domain.split(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": context.source_ip,
            "userAgent": request.header("user-agent") or "",
        },
        "requestId": context.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": f"{now:%d}/{_MONTHS[now.month - 1]}/{now:%Y:%H:%M:%S} +0000",
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _body(request: HttpRequest) -> tuple[str, bool]:
    if _TEXT.fullmatch(request.header("content-type") or "") and not request.header("content-encoding"):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _mapped(result: Mapping[str, Any]) -> HttpAnswer:
    """An answer of a result with `statusCode`. Raises ValueError or TypeError for what is none."""
    status = result["statusCode"]
    if isinstance(status, bool) or not isinstance(status, int | str):
        raise TypeError("statusCode")
    status = int(status)
    if not 200 <= status <= 599:
        raise ValueError("statusCode")
    body = _bytes(result.get("body"), encoded=bool(result.get("isBase64Encoded")))
    headers: list[tuple[str, str]] = []
    given = result.get("headers") or {}
    if not isinstance(given, dict):
        raise TypeError("headers")
    for name, value in given.items():
        if value is None:
            continue
        if not _TOKEN.fullmatch(name) or isinstance(value, list | dict):
            raise ValueError(name)
        shown = f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name
        headers.append((shown, _field(value)))
    cookies = result.get("cookies") or []
    if not isinstance(cookies, list):
        raise TypeError("cookies")
    headers += [("Set-Cookie", _field(cookie)) for cookie in cookies]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return HttpAnswer(status, headers, b"" if status in _WITHOUT_BODY else body)


def _bytes(body: Any, *, encoded: bool) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError("body")
    if not encoded:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError("body") from error


def _field(value: Any) -> str:
    """A field's value: numbers and truth values as JSON has them, on one line, in characters of HTTP."""
    text = value if isinstance(value, str) else json.dumps(value)
    if "\r" in text or "\n" in text:
        raise ValueError("a line break in a header")
    return text.encode().decode("latin-1")
