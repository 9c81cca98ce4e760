"""One cloud for all tests that only need a cloud; each takes names of its own in it."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from offline_cloud import Cloud

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """A live cloud; its learner may do nothing but look."""
    with Cloud.start(seed=1) as running:
        yield running


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Names that no other test has."""
    return lambda kind: f"{kind}-{next(_numbers)}"


@dataclass
class Reply:
    """An HTTP answer, read."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def http_call(cloud: Cloud) -> Callable[..., Reply]:
    """Send one bare HTTP request to the cloud, as curl or a browser would."""

    def call(
        method: str, target: str, body: bytes | str | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        at = urlsplit(cloud.endpoint)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
        chunked = "Transfer-Encoding" in (headers or {})
        connection.request(method, target, body, headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        reply = Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return reply

    return call
