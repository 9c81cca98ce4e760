"""Addresses from which the zip of a function or a layer can be fetched: `Code.Location` of GetFunction.

AWS gives a presigned address of a bucket of its own, good for ten minutes. Here it is a folder of the
cloud's address, named like that bucket, and signed with a key of this cloud: for one zip, until one moment
of cloud time.

Source: Lambda API reference, GetFunction ("a presigned URL … valid for 10 minutes") and GetLayerVersion.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

__all__ = ["EXPIRES", "LocationError", "digest_of", "is_one", "signed_path"]

EXPIRES = 600
"""Seconds for which an address is good."""
_FORM = "%Y%m%dT%H%M%SZ"
_PATH = re.compile(
    r"/awslambda-(?P<region>[a-z0-9-]+)-(?:tasks|layers)/snapshots/\d{12}/[\w-]+-(?P<digest>[0-9a-f]{64})"
)


class LocationError(Exception):
    """An address that opens nothing: S3's error code and sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_one(target: str) -> bool:
    """Whether a request's target is such an address."""
    return target.startswith("/awslambda-") and _PATH.match(target) is not None


def signed_path(kind: str, *, region: str, account: str, name: str, digest: str, now: float, key: str) -> str:
    """Path and query of an address; `kind` is `tasks` or `layers`, `digest` the zip's SHA-256 in hex."""
    path = f"/awslambda-{region}-{kind}/snapshots/{account}/{name}-{digest}"
    moment = datetime.fromtimestamp(now, UTC).strftime(_FORM)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": moment,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Expires": str(EXPIRES),
        "X-Amz-Credential": f"ASIALABKITOFFLINE000/{moment[:8]}/{region}/s3/aws4_request",
        "X-Amz-Signature": _signature(key, path, moment, str(EXPIRES)),
    }
    return f"{path}?{urlencode(query)}"


def digest_of(target: str, *, now: float, key: str) -> str:
    """The digest of the zip that an address opens. Raises `LocationError`."""
    path, _, query = target.partition("?")
    found = _PATH.fullmatch(path)
    given = {name: values[0] for name, values in parse_qs(query).items()}
    moment, expires = given.get("X-Amz-Date", ""), given.get("X-Amz-Expires", "")
    if found is None or "X-Amz-Signature" not in given:
        raise LocationError("AccessDenied", "Access Denied")
    if not hmac.compare_digest(
        given["X-Amz-Signature"].encode(), _signature(key, path, moment, expires).encode()
    ):
        raise LocationError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key "
            "and signing method.",
        )
    since = datetime.strptime(moment, _FORM).replace(tzinfo=UTC).timestamp()
    if now > since + int(expires):
        raise LocationError("AccessDenied", "Request has expired")
    return found["digest"]


def _signature(key: str, path: str, moment: str, expires: str) -> str:
    return hmac.new(key.encode(), f"{path}\n{moment}\n{expires}".encode(), "sha256").hexdigest()
