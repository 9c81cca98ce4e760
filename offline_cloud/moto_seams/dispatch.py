"""From a request to moto's answer, without Flask.

moto's own server costs 2.65 ms for a `sts` call before a socket is read: 0.75 ms list the folders of moto's
package to see whether a host name is a service, 0.3 ms are Flask and CORS. Here the service is looked up
once per kind of request and remembered, and moto's handlers are called as they are.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import botocore
import moto.core.responses
from botocore.exceptions import ClientError
from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.core.routing import get_service_router
from moto.core.utils import method_names_from_class
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule

from offline_cloud import code_locations
from offline_cloud.function_urls import address_of

__all__ = [
    "CODE_LOCATIONS",
    "FUNCTION_URLS",
    "Answer",
    "Target",
    "UnknownService",
    "answer",
    "answer_directly",
    "reset",
    "seed",
    "target_of",
]

# moto lists the methods of a response class again for every request (0.1 ms); the list never changes.
moto.core.responses.method_names_from_class = functools.cache(method_names_from_class)

FUNCTION_URLS = "functionurls"
"""In the place of moto's module: requests to function URLs, which belong to no service's API."""
CODE_LOCATIONS = "codelocations"
"""Requests for the zips of functions and layers."""
DEFAULT_REGION = "us-east-1"
_OF_LAMBDA = re.compile(r"/20\d\d-\d\d-\d\d/(functions|event-source-mappings|layers|tags|account-settings)\b")
MOTO = Path(backends.__file__).parent
DATA = Path(botocore.__file__).parent / "data"  # one folder per service, named as boto3 names it
# Signing names that moto's index of host names doesn't have, or has as something else.
_MODULES = {
    "eventbridge": "events",
    "lambda": "awslambda",
    "mobiletargeting": "pinpoint",
    "s3express": "s3",
}
# Signing names that stand for a second service of moto: which one, given a request's path and target.
_TOLD_APART: dict[str, tuple[tuple[str, Callable[[str, str], bool]], ...]] = {
    "dynamodb": (("dynamodbstreams", lambda path, target: target.startswith("DynamoDBStreams")),),
    "execute-api": (("apigatewaymanagementapi", lambda path, target: path.startswith("/@connections")),),
    "mediastore": (("mediastoredata", lambda path, target: not target),),
    "s3": (("s3control", lambda path, target: path.startswith("/v20180820/")),),
    "sagemaker": (
        ("sagemakerruntime", lambda path, target: path.endswith("/invocations")),
        ("sagemakermetrics", lambda path, target: path.endswith("/BatchPutMetrics")),
    ),
    "ses": (("sesv2", lambda path, target: path.startswith("/v2/")),),
}
# boto3's names of services that share a signing name and differ in their paths only.
_SHARED_NAMES = {
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
}
# Requests that AWS takes unsigned, by their target or action.
_UNSIGNED_TARGETS = {
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
_UNSIGNED_ACTIONS = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}
_SCOPE = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/\d+/(?:(?P<region>[^/,\s]+)/)?(?P<service>[^/,\s]+)/aws4_request"
)
_METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]


class UnknownService(Exception):
    """moto has no such service; `name` is how the request was signed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Target:
    """Where a request goes: moto's module, boto3's name for it, the Region, and who signed."""

    module: str
    service: str
    region: str
    access_key: str


@dataclass(frozen=True)
class Answer:
    """What a service said, ready for WSGI."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _Request(Request):
    from_wsgi_server = True  # the Date header is the server's


class _Upload(_Request):
    want_form_data_parsed = False


class _Regex(BaseConverter):
    part_isolating = False

    def __init__(self, rules: Map, pattern: str) -> None:
        super().__init__(rules)
        self.regex = pattern


# moto's module -> who answers for it without werkzeug's request and routes, which cost 0.3 ms.
_DIRECT: dict[str, Callable[[Target, dict[str, Any]], Answer]] = {}


def answer_directly(module: str, handler: Callable[[Target, dict[str, Any]], Answer]) -> None:
    """From now on requests to this service go to `handler` as they came in."""
    _DIRECT[module] = handler


def target_of(environ: dict[str, Any]) -> Target:
    """Which service a request is for, by its signature; without one it is S3's, as a presigned URL is."""
    key, region, signed = "", DEFAULT_REGION, ""
    if address := address_of(environ):
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        return Target(FUNCTION_URLS, "lambda", address.region, scope["key"] if scope else "")
    if code_locations.is_one(environ["RAW_URI"]):
        return Target(CODE_LOCATIONS, "s3", DEFAULT_REGION, "")
    if scope := _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")):
        key, region, signed = scope["key"], scope["region"] or DEFAULT_REGION, scope["service"].lower()
    elif "X-Amz-Credential" in environ["QUERY_STRING"]:
        credential = parse_qs(environ["QUERY_STRING"]).get("X-Amz-Credential", [""])[0]
        if scope := _SCOPE.search(f"Credential={credential}"):
            key, region, signed = scope["key"], scope["region"] or DEFAULT_REGION, scope["service"].lower()
    else:
        signed, region = _unsigned(environ)
    module = _by_path(signed, environ) or _module(signed)
    return Target(module, _boto3_name(module), region, key)


def answer(target: Target, environ: dict[str, Any]) -> Answer:
    """Let moto answer. `NotImplementedError` goes through; AWS errors are answers."""
    if direct := _DIRECT.get(target.module):
        return direct(target, environ)
    _preserve_header_names(environ)
    # curl and urllib call any body a form; what is put into S3 is taken as it is.
    upload = target.module == "s3" and environ["REQUEST_METHOD"] == "PUT"
    request = (_Upload if upload else _Request)(environ)
    try:
        handler, _ = _rules(target.module).bind_to_environ(environ).match()
        status, headers, body = _three(handler(request, request.raw_url, dict(request.headers)))
    except RequestRedirect as redirect:  # werkzeug's own wish for another spelling of the path
        raise NotImplementedError(f"no operation at {environ['PATH_INFO']}") from redirect
    except ClientError as error:
        status, headers, body = 400, {}, error.response["Error"]["Message"]
    except HTTPException as error:
        if error.code == 404 and type(error).__module__.startswith("werkzeug"):
            raise NotImplementedError(f"no operation at {environ['PATH_INFO']}") from error
        status, headers, body = error.code or 500, dict(error.get_headers(environ)), error.get_body(environ)
    content = _as_bytes(body)
    if int(status) == 404 and not content and target.module != "s3":
        # moto's answer where it can't tell the operation; AWS always says which thing is missing.
        raise NotImplementedError(f"no operation at {environ['PATH_INFO']}")
    return Answer(int(status), _plain_headers(headers, environ["REQUEST_METHOD"]), content)


def seed(number: int) -> None:
    """Let every id that moto makes from now on depend on this number only."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(number)


def reset() -> None:
    """Forget every resource in every account and Region."""
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


def _unsigned(environ: dict[str, Any]) -> tuple[str, str]:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return _UNSIGNED_TARGETS.get(target.split(".")[0], ""), DEFAULT_REGION
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
        if action in _UNSIGNED_ACTIONS:
            return _UNSIGNED_ACTIONS[action], DEFAULT_REGION
    if environ["PATH_INFO"].endswith(("/.well-known/jwks.json", "/.well-known/openid-configuration")):
        return "cognito-idp", environ["PATH_INFO"].lstrip("/").split("_")[0]
    if _OF_LAMBDA.match(environ["PATH_INFO"]):  # which says that a signature is missing
        return "lambda", DEFAULT_REGION
    return "s3", DEFAULT_REGION


def _by_path(signed: str, environ: dict[str, Any]) -> str | None:
    """moto's module where one signing name stands for several services, told apart by path or target."""
    path, target = environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", "")
    for module, told in _TOLD_APART.get(signed, ()):
        if told(path, target):
            return module
    if signed in _SHARED_NAMES:
        request = _Request(environ)
        for service in _SHARED_NAMES[signed]:
            with contextlib.suppress(NotFound):
                get_service_router(service).match(request)
                return service.replace("-", "")
    return None


@functools.lru_cache(maxsize=512)
def _module(signed: str) -> str:
    """moto's module for a signing name."""
    if signed in _MODULES:
        return _MODULES[signed]
    # CloudWatch signs as `monitoring`; what signs as `cloudwatch` is another, younger service.
    if signed.isalnum() and signed != "cloudwatch" and (MOTO / signed / "urls.py").is_file():
        return signed
    # moto's index of host names takes 20 ms to import: only when the name alone doesn't tell.
    from moto.backend_index import backend_url_patterns

    for host in (
        f"{signed}.us-east-1.amazonaws.com",
        f"{signed}.amazonaws.com",
        f"api.{signed}.us-east-1.amazonaws.com",
        f"controlplane.{signed}.us-east-1.amazonaws.com",
        f"ingest.{signed}.us-east-1.amazonaws.com",
        f"{signed}.us-east-1.api.aws",
    ):
        for module, pattern in backend_url_patterns:
            # S3's pattern takes every host that contains "s3".
            if module != "s3" and pattern.match(f"https://{host}"):
                return str(module)
    raise UnknownService(signed)


@functools.cache
def _boto3_name(module: str) -> str:
    """What boto3 calls the service of one of moto's modules."""
    if module == "awslambda":
        return "lambda"
    if (DATA / module).is_dir():
        return module
    # Only the hyphens are missing in moto's spelling: `cognitoidp` is `cognito-idp`.
    spelled = {folder.name.replace("-", ""): folder.name for folder in DATA.iterdir()}
    return spelled.get(module, module)


@functools.cache
def _rules(module: str) -> Map:
    """The routes of a service, as moto gives them for its Flask application."""
    backend = backends.get_backend(module)
    if isinstance(backend, BackendDict):
        regions = backend[DEFAULT_ACCOUNT_ID]
        one = regions[DEFAULT_REGION if DEFAULT_REGION in regions else "aws"]
    else:
        one = backend["global"]
    rules = Map(converters={"regex": _Regex})
    for path, handler in one.flask_paths.items():
        if path:
            rules.add(Rule(path, endpoint=handler, methods=_METHODS, strict_slashes=False))
    return rules


def _preserve_header_names(environ: dict[str, Any]) -> None:
    """Tell moto the spelling of S3 metadata with underscores, which WSGI keys lose."""
    names = {}
    for raw, _ in environ.get("offline_cloud.headers", ()):
        if b"_" in raw and should_preserve_original_header_name(name := raw.decode("latin-1")):
            names[environ_key_for_header(name)] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names


def _three(result: Any) -> tuple[int, dict[str, Any], Any]:
    """moto's handlers answer `(status, headers, body)` or the body alone."""
    if isinstance(result, tuple) and len(result) == 3:
        return result
    return 200, {}, result


def _plain_headers(headers: Any, method: str) -> list[tuple[str, str]]:
    """Header fields as WSGI wants them; the length is the server's business unless it is all there is."""
    plain: list[tuple[str, str]] = []
    for name, value in headers.items() if hasattr(headers, "items") else headers:
        lower = name.lower()
        if lower == "status" or (lower == "content-length" and method != "HEAD"):
            continue
        values: Iterable[Any] = value if isinstance(value, list | tuple) else (value,)
        plain += [(name, _latin(str(each))) for each in values if each is not None]
    if not any(name.lower() == "content-type" for name, _ in plain):
        plain.append(("Content-Type", "text/html; charset=utf-8"))
    return plain


def _latin(value: str) -> str:
    """A field value that HTTP can carry: one line, and UTF-8 in disguise where it is not Latin-1."""
    value = value.replace("\r", " ").replace("\n", " ")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode().decode("latin-1")
    return value


def _as_bytes(body: Any) -> bytes:
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    if body is None:
        return b""
    return b"".join(part.encode() if isinstance(part, str) else part for part in body)
