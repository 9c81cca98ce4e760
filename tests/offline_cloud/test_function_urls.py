"""Addresses of function URLs."""

from __future__ import annotations

import pytest

from offline_cloud.function_urls import FunctionAddress, address_of, url_at

ID = "abcdefgh234567abcdefgh234567abcd"
NAME = f"{ID}.lambda-url.us-east-1"


@pytest.mark.parametrize(
    ("host", "target", "path", "query"),
    [
        ("localhost:1", f"/{NAME}.on.aws/", "/", ""),
        ("localhost:1", f"/{NAME}.on.aws", "/", ""),
        ("localhost:1", f"/{NAME}.on.aws?a=1", "/", "a=1"),
        ("localhost:1", f"/{NAME}.on.aws/a%2Fb/c?a=1&b=?", "/a%2Fb/c", "a=1&b=?"),
        (f"{NAME}.localhost:1", "/a", "/a", ""),
        (f"{NAME}.on.aws", "/a?x=/y", "/a", "x=/y"),
    ],
)
def test_every_way_to_write_one(host: str, target: str, path: str, query: str) -> None:
    assert address_of({"HTTP_HOST": host, "RAW_URI": target}) == FunctionAddress(ID, "us-east-1", path, query)


@pytest.mark.parametrize(
    "target", ["/", "/bucket/key", f"/bucket/{NAME}.on.aws/", f"/{NAME}.on.aws.example/", "/x.lambda-url.y/z"]
)
def test_what_is_none(target: str) -> None:
    assert address_of({"HTTP_HOST": "localhost:1", "RAW_URI": target}) is None


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("localhost:7", "http://localhost:7"),
        ("127.0.0.1:8", "http://127.0.0.1:8"),
        ("lambda.us-east-1.amazonaws.com", "http://localhost:1"),
        (None, "http://localhost:1"),
        ("[", "http://localhost:1"),
    ],
)
def test_a_client_gets_the_address_at_which_it_reached_the_cloud(host: str | None, base: str) -> None:
    url = url_at(host, "http://localhost:1", ID, "us-east-1")
    assert url == f"{base}/{NAME}.on.aws/"
    assert 40 <= len(url) <= 110
