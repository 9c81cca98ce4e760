"""Calls of this cloud's own services, by botocore and without a socket.

A client signs and serialises as any other; its transport hands the request to the front as the HTTP server
would. So a service's call is journaled, locked and answered as everybody's, at the cost of the call itself.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from offline_cloud.front import INTERNAL

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["ServiceCalls"]

_ACCESS_KEY = "AKIASERVICEOFFLINE00"
_SECRET_KEY = "offline/the-service-signs-as-everybody-does"
_CONFIG = Config(
    retries={"total_max_attempts": 1},
    inject_host_prefix=False,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
)
#: Instead of environment variables and paths: nothing of the learner's own set-up is read.
_NOTHING: dict[str, Any] = dict.fromkeys(
    ("profile", "config_file", "credentials_file", "ca_bundle", "region"), (None, None, None, None)
)


class ServiceCalls:
    """Clients of this cloud, one for each service and Region; `source` is who calls, for the journal."""

    def __init__(self, context: CloudContext, source: str) -> None:
        self._context = context
        self._source = source
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        """The client of a service, by its botocore name. Raises UnknownServiceError."""
        client = self._clients.get((service, region))
        if client is None:
            with self._lock:
                client = self._clients.get((service, region)) or self._make(service, region)
                self._clients[service, region] = client
        return client

    def _make(self, service: str, region: str) -> Any:
        if self._session is None:
            self._session = botocore.session.Session(session_vars=_NOTHING)
        client = self._session.create_client(
            service,
            region_name=region,
            endpoint_url=self._context.endpoint,
            aws_access_key_id=_ACCESS_KEY,
            aws_secret_access_key=_SECRET_KEY,
            config=_CONFIG.merge(Config(user_agent_extra=f"{self._source}.amazonaws.com")),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        """The cloud's answer to a prepared request."""
        answer = self._context.front.answer(_environ(request, self._source))
        fields = [name_and_value for name_and_value in answer.headers if name_and_value[0] != "Server"]
        fields.append(("Date", formatdate(self._context.clock.now(), usegmt=True)))
        if not any(name.lower() == "content-length" for name, _ in fields):
            fields.append(("Content-Length", str(len(answer.body))))
        headers = _Headers([("Connection", "keep-alive"), *fields])
        return AWSResponse(request.url, answer.status, headers, _Raw(answer.body))  # type: ignore[arg-type]


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        if content := self.read():
            yield content


class _Headers(dict[str, str]):
    """Header fields that are found whatever their case; the first of each name."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__(fields)
        self._lower = {name.lower(): value for name, value in fields}

    def get(self, name: str, default: Any = None) -> Any:
        return self._lower.get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return self._lower[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lower


def _environ(request: Any, source: str) -> dict[str, Any]:
    """A prepared request of botocore as WSGI's environment, as the HTTP server makes it."""
    url = urlsplit(request.url)
    body = request.body
    if body is None:
        content = b""
    elif isinstance(body, str):
        content = body.encode()
    elif isinstance(body, bytes | bytearray):
        content = bytes(body)
    else:
        content = body.read()
    target = f"{url.path}?{url.query}" if url.query else url.path
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "QUERY_STRING": url.query,
        "RAW_URI": target,
        "REQUEST_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        INTERNAL: source,
    }
    fields = [(_text(name), _text(value)) for name, value in _items(request.headers)]
    environ["offline_cloud.headers"] = [(name.encode("latin-1"), value.encode()) for name, value in fields]
    for name, value in fields:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(content))
    return environ


def _items(headers: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    yield from headers.items()


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
