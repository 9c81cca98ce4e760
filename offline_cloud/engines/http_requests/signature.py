"""AWS Signature Version 4, from the side of who checks it.

A signature stands in the `Authorization` field or, of a presigned address, in the query. It is computed again
from the request and the secret key; nothing is believed. A body is always part of it: `UNSIGNED-PAYLOAD` is
S3's own.

Source: IAM user guide, "AWS Signature Version 4 for API requests". Sentences: Lambda's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote

from offline_cloud.engines.http_requests.request import HttpRequest

__all__ = ["BadSignature", "Signature", "check", "signature_of"]

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = 300
"""Seconds that a signature may be old, or early."""
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


class BadSignature(Exception):
    """A signature that is not taken: AWS's error code and sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Signature:
    """What a request says about who signed it; `expires` (seconds) is of presigned addresses only."""

    access_key: str
    day: str
    region: str
    service: str
    headers: tuple[str, ...]
    digest: str
    moment: str
    token: str | None
    expires: int | None = None


def signature_of(request: HttpRequest) -> Signature | None:
    """The request's signature, None if it bears none. Raises `BadSignature` for half of one."""
    authorization = request.header("authorization") or ""
    if authorization.startswith(ALGORITHM):
        given = dict(_PART.findall(authorization))
        moment = request.header("x-amz-date") or _of_date(request.header("date"))
        token, expires = request.header("x-amz-security-token"), None
    else:
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        if query.get("X-Amz-Algorithm") != ALGORITHM:
            return None
        given = {
            name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")
        }
        moment, token = query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token")
        expires = int(query["X-Amz-Expires"]) if query.get("X-Amz-Expires", "").isdecimal() else None
    for part in ("Credential", "SignedHeaders", "Signature"):
        if not given.get(part):
            raise BadSignature(
                "IncompleteSignatureException", f"Authorization header requires '{part}' parameter."
            )
    if not re.fullmatch(r"\d{8}T\d{6}Z", moment):
        raise BadSignature(
            "IncompleteSignatureException",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    scope = given["Credential"].rsplit("/", 4)
    if len(scope) != 5 or scope[4] != "aws4_request":
        raise BadSignature(
            "IncompleteSignatureException",
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{given['Credential']}'",
        )
    names = tuple(given["SignedHeaders"].lower().split(";"))
    return Signature(
        scope[0], scope[1], scope[2], scope[3], names, given["Signature"], moment, token, expires
    )


def check(
    request: HttpRequest,
    signature: Signature,
    secret: str,
    *,
    service: str,
    region: str,
    clocks: Sequence[float],
) -> None:
    """Raise `BadSignature` unless the holder of `secret` signed exactly this request, for this service.

    `clocks` are times (seconds since 1970) by which a signer may have dated it: one of them is enough.
    """
    if signature.service != service:
        raise BadSignature(
            "InvalidSignatureException", f"Credential should be scoped to correct service: '{service}'. "
        )
    if signature.region != region:
        raise BadSignature("InvalidSignatureException", "Credential should be scoped to a valid region. ")
    if "host" not in signature.headers:
        raise BadSignature(
            "InvalidSignatureException",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        )
    if not any(hmac.compare_digest(each, signature.digest) for each in _digests(request, signature, secret)):
        raise BadSignature("InvalidSignatureException", _MISMATCH)
    _check_moment(signature, clocks)


def _check_moment(signature: Signature, clocks: Sequence[float]) -> None:
    signed = datetime.strptime(signature.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    if signature.day != signature.moment[:8]:
        raise BadSignature("InvalidSignatureException", _MISMATCH)
    lasts = SKEW if signature.expires is None else signature.expires
    if any(-SKEW <= now - signed <= lasts for now in clocks):
        return
    now = clocks[0]
    if now > signed:
        said = f"Signature expired: {signature.moment} is now earlier than {_stamp(now - lasts)} ("
        raise BadSignature("InvalidSignatureException", f"{said}{_stamp(now)} - {lasts // 60} min.)")
    said = f"Signature not yet current: {signature.moment} is still later than {_stamp(now + SKEW)} ("
    raise BadSignature("InvalidSignatureException", f"{said}{_stamp(now)} + {SKEW // 60} min.)")


def _digests(request: HttpRequest, signature: Signature, secret: str) -> list[str]:
    """The digests that are right: signers differ in whether they encode the query again."""
    key = f"AWS4{secret}".encode()
    for part in (signature.day, signature.region, signature.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    scope = f"{signature.day}/{signature.region}/{signature.service}/aws4_request"
    digests = []
    for query in _queries(request.query):
        canonical = "\n".join(
            [
                request.method,
                _path(request.path),
                query,
                *(f"{name}:{_value(request, name)}" for name in signature.headers),
                "",
                ";".join(signature.headers),
                hashlib.sha256(request.body).hexdigest(),
            ]
        )
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
        text = f"{ALGORITHM}\n{signature.moment}\n{scope}\n{digest}"
        digests.append(hmac.new(key, text.encode(), "sha256").hexdigest())
    return digests


def _path(path: str) -> str:
    """The canonical URI: dot segments resolved, and what is encoded already encoded once more."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    normal = "/" + "/".join(kept)
    if kept and path.endswith("/"):
        normal += "/"
    return quote(normal, safe="/~")


def _queries(query: str) -> list[str]:
    pairs = [part.partition("=") for part in query.split("&") if part]
    pairs = [pair for pair in pairs if pair[0] != "X-Amz-Signature"]
    raw = sorted((name, value) for name, _, value in pairs)
    again = sorted((_encoded_again(name), _encoded_again(value)) for name, value in raw)
    return ["&".join(f"{name}={value}" for name, value in form) for form in (raw, again)]


def _encoded_again(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def _value(request: HttpRequest, name: str) -> str:
    values = [" ".join(value.split()) for key, value in request.headers if key == name]
    return ",".join(values)


def _of_date(date: str | None) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date or "").astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except ValueError:
        return ""


def _stamp(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y%m%dT%H%M%SZ")
