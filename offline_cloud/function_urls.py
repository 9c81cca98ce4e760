"""The addresses of function URLs on this machine.

AWS's address is `https://<id>.lambda-url.<region>.on.aws/`. Here it is a folder of the cloud's own address,
`http://localhost:<port>/<id>.lambda-url.<region>.on.aws/`: names below `localhost` are not known to every
resolver, and a sandbox has one door only. Who can use names (a browser, curl) may also say
`http://<id>.lambda-url.<region>.localhost:<port>/`, or send AWS's name in the field `Host`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offline_cloud.guard import is_local

__all__ = ["FunctionAddress", "address_of", "base_at", "domain", "url_at"]

_NAME = r"(?P<id>[a-z0-9]{8,64})\.lambda-url\.(?P<region>[a-z0-9-]+)\.(?:on\.aws|localhost)"
_HOST = re.compile(_NAME + r"(?::\d+)?", re.IGNORECASE)
_FOLDER = re.compile(rf"/{_NAME}(?P<path>/[^?]*)?(?:\?(?P<query>.*))?", re.DOTALL)
_REACHED = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[\w.-]+))(?::\d+)?")
_PATH = re.compile(r"(?P<path>[^?]*)(?:\?(?P<query>.*))?", re.DOTALL)


@dataclass(frozen=True)
class FunctionAddress:
    """Which function URL a request is for; `path` and `query` are raw, as the function is to see them."""

    id: str
    region: str
    path: str
    query: str


def domain(url_id: str, region: str) -> str:
    """The name that a function URL has on AWS."""
    return f"{url_id}.lambda-url.{region}.on.aws"


def url_at(host: str | None, endpoint: str, url_id: str, region: str) -> str:
    """The address of a function URL for a client that reached the cloud at `host`, the value of that field.

    A sandboxed client knows the cloud under another port than `endpoint` has.
    """
    return f"{base_at(host, endpoint)}/{domain(url_id, region)}/"


def base_at(host: str | None, endpoint: str) -> str:
    """The cloud's address as this client knows it."""
    reached = _REACHED.fullmatch(host or "")
    if reached and not _HOST.fullmatch(reached[0]) and is_local(reached["six"] or reached["name"]):
        return f"http://{host}"
    return endpoint


def address_of(environ: Mapping[str, Any]) -> FunctionAddress | None:
    """The function URL that a request of WSGI is for; None if it is for a service."""
    host, target = environ.get("HTTP_HOST", ""), environ["RAW_URI"]
    if ".lambda-url." in host and (named := _HOST.fullmatch(host)):
        found = _PATH.fullmatch(target)
    elif ".lambda-url." in target[:160] and (named := _FOLDER.fullmatch(target)):
        found = named
    else:
        return None
    assert found is not None
    return FunctionAddress(
        named["id"].lower(), named["region"].lower(), found["path"] or "/", found["query"] or ""
    )
