"""Cross-origin resource sharing, as the `Cors` of a function URL configures it.

Rule 1: a preflight is answered here, from the configuration alone; the function never sees it.
Rule 2: other answers get the configured fields beside those of the function. Both may name an origin: then a
browser sees two, and refuses, as it does on AWS.
Rule 3: an origin that is not allowed gets no field at all; it is the browser that refuses.

Source: Lambda developer guide, "Creating and managing Lambda function URLs"; Fetch standard, "CORS protocol".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offline_cloud.engines.http_requests.request import HttpAnswer, HttpRequest

__all__ = ["fields", "preflight"]


def preflight(cors: Mapping[str, Any] | None, request: HttpRequest) -> HttpAnswer | None:
    """The answer to a preflight; None for a request that is none, or if nothing is configured."""
    asked = request.header("access-control-request-method")
    if not cors or request.method != "OPTIONS" or request.header("origin") is None or asked is None:
        return None
    headers = _origin(cors, request)
    if headers:
        if methods := cors.get("AllowMethods"):
            headers.append(("Access-Control-Allow-Methods", ",".join(methods)))
        if names := cors.get("AllowHeaders"):
            headers.append(("Access-Control-Allow-Headers", ",".join(names)))
        if (age := cors.get("MaxAge")) is not None:
            headers.append(("Access-Control-Max-Age", str(age)))
    return HttpAnswer(200, headers)


def fields(cors: Mapping[str, Any] | None, request: HttpRequest) -> list[tuple[str, str]]:
    """The fields for an answer that is no preflight's."""
    if not cors:
        return []
    headers = _origin(cors, request)
    if headers and (exposed := cors.get("ExposeHeaders")):
        headers.append(("Access-Control-Expose-Headers", ",".join(exposed)))
    return headers


def _origin(cors: Mapping[str, Any], request: HttpRequest) -> list[tuple[str, str]]:
    origin = request.header("origin")
    allowed = cors.get("AllowOrigins") or []
    if origin is None or not ("*" in allowed or origin in allowed):
        return []
    headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if cors.get("AllowCredentials"):
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return headers
