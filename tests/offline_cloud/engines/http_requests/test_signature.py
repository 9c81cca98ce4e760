"""Signatures: botocore signs, we check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from offline_cloud.engines.http_requests.request import HttpRequest
from offline_cloud.engines.http_requests.signature import BadSignature, Signature, check, signature_of

BASE = "http://localhost:4566/abc.lambda-url.us-east-1.on.aws"


def as_sent(request: Any) -> HttpRequest:
    at = urlsplit(request.url)
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", at.netloc))
    body = request.data if isinstance(request.data, bytes) else b""
    return HttpRequest(request.method, at.path, at.query, tuple(headers), body)


def signed(
    path: str = "/", method: str = "GET", data: bytes = b"", service: str = "lambda", **headers: str
) -> HttpRequest:
    request = AWSRequest(method, BASE + path, headers=headers, data=data)
    SigV4Auth(Credentials("AKIA", "secret", headers.pop("token", None)), service, "us-east-1").add_auth(
        request
    )
    return as_sent(request)


def checked(request: HttpRequest, secret: str = "secret", later: float = 0.0) -> Signature:
    signature = signature_of(request)
    assert signature is not None
    now = datetime.strptime(signature.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() + later
    check(request, signature, secret, service="lambda", region="us-east-1", clocks=(now,))
    return signature


@pytest.mark.parametrize(
    "path", ["/", "/a/b/", "/a%20b/%C3%A9", "/a//b/../c", "/?b=2&a=1&a=0", "/?q=a%20b%2Fc&empty=", "/?flag"]
)
def test_a_right_signature(path: str) -> None:
    assert checked(signed(path)).access_key == "AKIA"


def test_a_right_signature_of_a_body_and_headers() -> None:
    request = signed("/x", "POST", b'{"a": 1}', **{"Content-Type": "application/json", "X-Spaces": "a   b"})
    assert "content-type" in checked(request).headers


def test_a_presigned_address() -> None:
    request = AWSRequest("GET", f"{BASE}/x?a=1")
    SigV4QueryAuth(Credentials("AKIA", "secret", "tok"), "lambda", "us-east-1", expires=60).add_auth(request)
    seen = checked(as_sent(request))
    assert (seen.expires, seen.token) == (60, "tok")
    with pytest.raises(BadSignature, match="Signature expired"):
        checked(as_sent(request), later=400)


CHANGES: dict[str, Callable[[HttpRequest], HttpRequest]] = {
    "method": lambda r: HttpRequest("PUT", r.path, r.query, r.headers, r.body),
    "path": lambda r: HttpRequest(r.method, "/y", r.query, r.headers, r.body),
    "query": lambda r: HttpRequest(r.method, r.path, "a=2", r.headers, r.body),
    "body": lambda r: HttpRequest(r.method, r.path, r.query, r.headers, b"other"),
    "host": lambda r: HttpRequest(
        r.method, r.path, r.query, tuple((n, "elsewhere" if n == "host" else v) for n, v in r.headers), r.body
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_request_than_the_signed_one(change: Callable[[HttpRequest], HttpRequest]) -> None:
    with pytest.raises(BadSignature, match="does not match") as caught:
        checked(change(signed("/x?a=1", "POST", b"body")))
    assert caught.value.code == "InvalidSignatureException"


def test_another_secret() -> None:
    with pytest.raises(BadSignature, match="does not match"):
        checked(signed(), "wrong")


def test_a_signature_for_another_service() -> None:
    with pytest.raises(BadSignature, match="correct service: 'lambda'"):
        checked(signed(service="execute-api"))


def test_an_old_and_an_early_signature() -> None:
    checked(signed(), later=290)
    with pytest.raises(BadSignature, match=r"Signature expired: .* is now earlier than .* - 5 min\.\)"):
        checked(signed(), later=310)
    with pytest.raises(BadSignature, match=r"not yet current: .* is still later than .* \+ 5 min\.\)"):
        checked(signed(), later=-310)


def test_no_signature() -> None:
    assert signature_of(HttpRequest("GET", "/")) is None
    assert signature_of(HttpRequest("GET", "/", headers=(("authorization", "Bearer x"),))) is None


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=AKIA, SignedHeaders=host, Signature=00",
    ],
)
def test_half_a_signature(authorization: str) -> None:
    headers = (("authorization", authorization), ("x-amz-date", "20260101T000000Z"))
    with pytest.raises(BadSignature) as caught:
        signature_of(HttpRequest("GET", "/", headers=headers))
    assert caught.value.code == "IncompleteSignatureException"
