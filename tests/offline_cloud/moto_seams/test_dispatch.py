"""Which service a request is for, with moto's own server as the oracle."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest

from offline_cloud.moto_seams import dispatch

# What we tell better than moto, which takes any host with "s3" in it for S3, and a chat for iot.
KNOWN_DIFFERENCES = {"connectparticipant", "s3files", "s3outposts"}


def environ(
    path: str = "/", method: str = "POST", query: str = "", body: bytes = b"", **headers: str
) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "localhost:1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **headers,
    }


def signed(service: str, region: str = "us-east-1") -> dict[str, str]:
    scope = f"AKIAEXAMPLE/20260101/{region}/{service}/aws4_request"
    return {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def first_requests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each service's name and a request for its first operation, read from the head of its description."""
    for folder in sorted(dispatch.DATA.iterdir()):
        descriptions = sorted(folder.glob("*/service-2.json*"))
        if not descriptions:
            continue
        newest = descriptions[-1]
        with gzip.open(newest) if newest.suffix == ".gz" else newest.open("rb") as file:
            head = file.read(20_000).decode("utf-8", "ignore")

        def value(name: str, head: str = head) -> str | None:
            found = re.search(rf'"{name}"\s*:\s*"([^"]*)"', head)
            return found[1] if found else None

        headers = signed(value("signingName") or value("endpointPrefix") or folder.name)
        if prefix := value("targetPrefix"):
            headers["HTTP_X_AMZ_TARGET"] = f"{prefix}.Operation"
        path = (value("requestUri") or "/").split("?")[0]
        yield folder.name, environ(path, value("method") or "POST", **headers)


def ours(request: dict[str, Any]) -> str | None:
    try:
        return dispatch.target_of(request).module
    except dispatch.UnknownService:
        return None


def test_every_service_of_boto3_goes_where_motos_server_sends_it() -> None:
    pytest.importorskip("flask", reason="moto's own server, the oracle, comes with labkit[bench]")
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    oracle: Any = DomainDispatcherApplication(lambda service: None)
    differences = set()
    seen = 0
    for name, request in first_requests():
        seen += 1
        host = oracle.infer_service_region_host(dict(request), request["PATH_INFO"])
        if oracle.get_backend_for_host(host) != ours(request):
            differences.add(name)
    assert seen > 300
    assert differences <= KNOWN_DIFFERENCES


@pytest.mark.parametrize(
    ("request_", "module", "service", "region"),
    [
        (environ(**signed("lambda", "eu-west-1")), "awslambda", "lambda", "eu-west-1"),
        (environ(**signed("states")), "stepfunctions", "stepfunctions", "us-east-1"),
        (environ(**signed("monitoring")), "cloudwatch", "cloudwatch", "us-east-1"),
        (environ(**signed("cognito-idp")), "cognitoidp", "cognito-idp", "us-east-1"),
        (environ("/bucket/key", "GET"), "s3", "s3", "us-east-1"),
        (
            environ(query="X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fsts%2Faws4_request"),
            "sts",
            "sts",
            "eu-west-1",
        ),
        (environ("/pool_1/.well-known/jwks.json", "GET"), "cognitoidp", "cognito-idp", "pool"),
        (
            environ(
                body=b"Action=AssumeRoleWithWebIdentity&RoleArn=a",
                CONTENT_TYPE="application/x-www-form-urlencoded",
            ),
            "sts",
            "sts",
            "us-east-1",
        ),
        (
            environ(HTTP_X_AMZ_TARGET="AWSCognitoIdentityProviderService.SignUp"),
            "cognitoidp",
            "cognito-idp",
            "us-east-1",
        ),
    ],
)
def test_where_requests_go(request_: dict[str, Any], module: str, service: str, region: str) -> None:
    target = dispatch.target_of(request_)
    assert (target.module, target.service, target.region) == (module, service, region)


@pytest.mark.parametrize("signature", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=a/b", "AWS a:b"])
def test_an_odd_signature_is_s3s(signature: str) -> None:
    assert dispatch.target_of(environ(HTTP_AUTHORIZATION=signature)).module == "s3"


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(dispatch.UnknownService) as unknown:
        dispatch.target_of(environ(**signed("quantum-toaster")))
    assert unknown.value.name == "quantum-toaster"


def test_ids_follow_the_seed() -> None:
    from moto.moto_api._internal import mock_random

    dispatch.seed(5)
    first = mock_random.uuid4()
    dispatch.seed(5)
    assert mock_random.uuid4() == first
