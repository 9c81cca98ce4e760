"""The Lambda Runtime API, sans-IO: bytes of a runtime's connections in, requests out, answers as bytes.

Version 2018-06-01 (Lambda developer guide, "Using the Lambda runtime API"):

    GET  /runtime/invocation/next                answered when there is something to do
    POST /runtime/invocation/{id}/response       202
    POST /runtime/invocation/{id}/error          202
    POST /runtime/init/error                     202
    GET  /runtime/restore/next                   answered when a snapshot is restored (SnapStart)
    POST /runtime/restore/error                  202

Rule 1: a runtime has one invocation at a time. A response for any other id is refused with
`InvalidRequestID`.
Rule 2: `next` is never answered at once: the environment keeps the connection and answers when it is invoked.

awslambdaric's C client ends the process on a `next` without `Lambda-Runtime-Trace-Id`,
`-Invoked-Function-Arn`, `-Deadline-Ms` or `Content-Type`: all of them are always sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import httptools

from offline_cloud.function_host.function_version import Invocation

PREFIX = "/2018-06-01/runtime/"
EXTENSION_PREFIX = "/2020-01-01/extension/"
TELEMETRY, LOGS = "/2022-07-01/telemetry", "/2020-08-15/logs"
RESPONSE_LIMIT = 6 * 1024 * 1024 + 100
"""Bytes of a response; AWS's own figure, 6,291,556."""


class Call(Enum):
    """What a runtime asks or says."""

    NEXT = auto()
    RESPONSE = auto()
    ERROR = auto()
    INIT_ERROR = auto()
    RESTORE_NEXT = auto()
    RESTORE_ERROR = auto()
    EXTENSION_REGISTER = auto()
    EXTENSION_NEXT = auto()
    EXTENSION_INIT_ERROR = auto()
    EXTENSION_EXIT_ERROR = auto()
    TELEMETRY = auto()
    LOGS = auto()
    OTHER = auto()


@dataclass(frozen=True)
class RuntimeCall:
    """One request of a runtime or an extension. `request_id` of RESPONSE and ERROR; `error_type` from the
    header, if it was sent; `extension`, `identifier` and `features` from an extension's headers.
    """

    call: Call
    path: str
    body: bytes = b""
    request_id: str = ""
    error_type: str = ""
    extension: str = ""
    identifier: str = ""
    features: str = ""


class RuntimeConnection:
    """One HTTP/1.1 connection of a runtime: feed it bytes, take calls."""

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpRequestParser(self)
        self._calls: list[RuntimeCall] = []
        self._expects: bool
        self._begin()

    def feed(self, data: bytes) -> list[RuntimeCall]:
        """Complete calls in `data` and what was held; `ValueError` if this is not HTTP."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise ValueError(f"the runtime did not speak HTTP: {error}") from error
        calls, self._calls = self._calls, []
        return calls

    @property
    def wants_continue(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends the body; asking clears it."""
        wants, self._expects = self._expects, False
        return wants

    # httptools calls these

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        lowered = name.lower()
        if lowered in {b"lambda-runtime-function-error-type", b"lambda-extension-function-error-type"}:
            self._error_type = value.decode("latin-1")
        elif lowered == b"lambda-extension-name":
            self._extension = value.decode("latin-1")
        elif lowered == b"lambda-extension-accept-feature":
            self._features = value.decode("latin-1")
        elif lowered == b"lambda-extension-identifier":
            self._identifier = value.decode("latin-1")
        elif lowered == b"expect" and value.lower() == b"100-continue":
            self._expects = True

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= RESPONSE_LIMIT + 1024 * 1024:  # what is too large is refused, not kept
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._expects = False
        method = self._parser.get_method().decode("latin-1")
        path, body = self._url.decode("latin-1"), b"".join(self._body)
        call = _extension_call(method, path)
        if call is not None:
            said = (self._error_type, self._extension, self._identifier, self._features)
            self._calls.append(RuntimeCall(call, path, body, "", *said))
        else:
            self._calls.append(_call(method, path, body, self._error_type))

    def _begin(self) -> None:
        self._url = b""
        self._body: list[bytes] = []
        self._size = 0
        self._error_type = self._extension = self._identifier = self._features = ""
        self._expects = False


def _call(method: str, path: str, body: bytes, error_type: str) -> RuntimeCall:
    parts = path.removeprefix(PREFIX).split("/") if path.startswith(PREFIX) else []
    if len(parts) == 3 and parts[0] == "invocation" and method == "POST":
        kind = {"response": Call.RESPONSE, "error": Call.ERROR}.get(parts[2])
        if kind is not None:
            said = error_type if kind is Call.ERROR else ""
            return RuntimeCall(kind, path, body, parts[1], said)
    plain = {
        "GET invocation/next": Call.NEXT,
        "POST init/error": Call.INIT_ERROR,
        "GET restore/next": Call.RESTORE_NEXT,
        "POST restore/error": Call.RESTORE_ERROR,
    }.get(f"{method} {'/'.join(parts)}")
    if plain is None:
        return RuntimeCall(Call.OTHER, f"{method} {path}", body)
    if method == "GET":
        return RuntimeCall(plain, path)
    return RuntimeCall(plain, path, body, "", error_type)


def _extension_call(method: str, path: str) -> Call | None:
    """What an extension asks; None of a runtime's path."""
    if method == "PUT" and path.rstrip("/") in (TELEMETRY, LOGS):
        return Call.TELEMETRY if path.startswith(TELEMETRY) else Call.LOGS
    if not path.startswith(EXTENSION_PREFIX):
        return None
    return {
        "POST register": Call.EXTENSION_REGISTER,
        "GET event/next": Call.EXTENSION_NEXT,
        "POST init/error": Call.EXTENSION_INIT_ERROR,
        "POST exit/error": Call.EXTENSION_EXIT_ERROR,
    }.get(f"{method} {path.removeprefix(EXTENSION_PREFIX)}", Call.OTHER)


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    + b'{"status":"OK"}\n'
)


RESTORED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
"""The answer to `restore/next`."""


def next_answer(invocation: Invocation, deadline: float) -> bytes:
    """The answer to `next`: `deadline` in epoch seconds of cloud time."""
    headers = [
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        f"Content-Length: {len(invocation.payload)}",
        f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}",
        f"Lambda-Runtime-Deadline-Ms: {int(deadline * 1000)}",
        f"Lambda-Runtime-Invoked-Function-Arn: {invocation.arn}",
        f"Lambda-Runtime-Trace-Id: {invocation.trace_id}",
    ]
    if invocation.client_context:
        headers.append(f"Lambda-Runtime-Client-Context: {invocation.client_context}")
    return "\r\n".join(headers).encode("latin-1", "replace") + b"\r\n\r\n" + invocation.payload


def refusal(status: int, error_type: str, message: str) -> bytes:
    """An error of the Runtime API itself, as its reference describes it."""
    body = json.dumps({"errorMessage": message, "errorType": error_type}).encode()
    reason = {
        202: "Accepted",
        400: "Bad Request",
        403: "Forbidden",
        404: "Not Found",
        413: "Payload Too Large",
    }[status]
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
