"""Cross-origin requests to a function URL, by its configuration."""

from __future__ import annotations

from offline_cloud.engines.http_requests.cors import fields, preflight
from offline_cloud.engines.http_requests.request import HttpRequest

CORS = {
    "AllowOrigins": ["https://shop.example"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["x-one", "x-two"],
    "ExposeHeaders": ["x-three"],
    "MaxAge": 300,
    "AllowCredentials": True,
}


def asks(origin: str, method: str = "OPTIONS") -> HttpRequest:
    return HttpRequest(method, "/", "", (("origin", origin), ("access-control-request-method", "POST")))


def test_a_preflight_is_answered_from_the_configuration() -> None:
    answer = preflight(CORS, asks("https://shop.example"))
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"")
    assert dict(answer.headers) == {
        "Access-Control-Allow-Origin": "https://shop.example",
        "Vary": "Origin",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET,POST",
        "Access-Control-Allow-Headers": "x-one,x-two",
        "Access-Control-Max-Age": "300",
    }


def test_another_origin_gets_no_field() -> None:
    answer = preflight(CORS, asks("https://evil.example"))
    assert answer is not None
    assert answer.headers == []
    assert fields(CORS, asks("https://evil.example", "GET")) == []


def test_every_origin() -> None:
    assert fields({"AllowOrigins": ["*"]}, asks("http://anybody", "GET")) == [
        ("Access-Control-Allow-Origin", "http://anybody"),
        ("Vary", "Origin"),
    ]


def test_other_answers_expose_headers() -> None:
    assert (
        dict(fields(CORS, asks("https://shop.example", "GET")))["Access-Control-Expose-Headers"] == "x-three"
    )


def test_what_is_no_preflight_goes_to_the_function() -> None:
    assert preflight({}, asks("https://shop.example")) is None
    assert preflight(CORS, HttpRequest("OPTIONS", "/")) is None
    assert preflight(CORS, asks("https://shop.example", "GET")) is None
