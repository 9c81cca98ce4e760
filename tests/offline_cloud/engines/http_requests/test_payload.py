"""Payload format 2.0, from request to event and from result to answer."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from offline_cloud.engines.http_requests.payload import RequestContext, answer_of, event_of
from offline_cloud.engines.http_requests.request import HttpAnswer, HttpRequest

CONTEXT = RequestContext(
    "123456789012",
    "abc",
    "abc.lambda-url.us-east-1.on.aws",
    "127.0.0.1",
    "an-id",
    datetime(2026, 3, 2, 4, 5, 6, 789_000, UTC),
)


def event(**members: Any) -> dict[str, Any]:
    return event_of(HttpRequest(**{"method": "GET", "path": "/", **members}), CONTEXT)


def test_a_get_without_anything_has_no_empty_members() -> None:
    seen = event(headers=(("user-agent", "curl/8"),))
    assert seen == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {"user-agent": "curl/8"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "domainName": "abc.lambda-url.us-east-1.on.aws",
            "domainPrefix": "abc",
            "http": {
                "method": "GET",
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8",
            },
            "requestId": "an-id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "02/Mar/2026:04:05:06 +0000",
            "timeEpoch": 1772424306789,
        },
        "isBase64Encoded": False,
    }


def test_what_comes_twice_is_joined_by_commas() -> None:
    seen = event(query="a=1&b=x%20y&a=2&c", headers=(("x-a", "1"), ("x-a", "2")))
    assert seen["queryStringParameters"] == {"a": "1,2", "b": "x y", "c": ""}
    assert seen["rawQueryString"] == "a=1&b=x%20y&a=2&c"
    assert seen["headers"] == {"x-a": "1,2"}


def test_the_path_stays_as_it_was_sent() -> None:
    seen = event(path="/a%2Fb/c%20d")
    assert seen["rawPath"] == seen["requestContext"]["http"]["path"] == "/a%2Fb/c%20d"


def test_cookies_leave_the_headers() -> None:
    seen = event(headers=(("cookie", "a=1; b=2"), ("cookie", "c=3")))
    assert seen["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in seen["headers"]


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/plain", True),
        ("text/html; charset=utf-8", True),
        ("application/json", True),
        ("Application/JSON;charset=utf-8", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        ("application/vnd.api+json", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_which_bodies_are_text(content_type: str, text: bool) -> None:
    seen = event(method="POST", body=b"{}", headers=(("content-type", content_type),))
    assert seen["isBase64Encoded"] is not text
    assert seen["body"] == ("{}" if text else base64.b64encode(b"{}").decode())


def test_bytes_that_are_no_text_are_in_base64_whatever_they_say_they_are() -> None:
    seen = event(method="POST", body=b"\xff", headers=(("content-type", "text/plain"),))
    assert (seen["body"], seen["isBase64Encoded"]) == ("/w==", True)


def test_a_signed_caller_is_named() -> None:
    context = RequestContext("1", "abc", "abc.x", "127.0.0.1", "an-id", CONTEXT.now, {"accessKey": "AKIA"})
    seen = event_of(HttpRequest("GET", "/"), context)["requestContext"]
    assert (seen["accountId"], seen["authentication"]) == ("1", None)
    assert seen["authorizer"] == {"iam": {"accessKey": "AKIA"}}


# ---------------------------------------------------------------------- answers

JSON = ("Content-Type", "application/json")


def answered(result: Any) -> HttpAnswer:
    return answer_of(json.dumps(result).encode())


@pytest.mark.parametrize("result", ["hi", 3, None, [1], {"message": "hi"}, {"body": "x"}])
def test_what_has_no_status_is_the_body(result: Any) -> None:
    assert answered(result) == HttpAnswer(200, [JSON], json.dumps(result).encode())


def test_a_whole_answer() -> None:
    answer = answered(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-Number": 5, "X-True": True, "X-None": None},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "é",
        }
    )
    assert answer == HttpAnswer(
        201,
        [
            ("Content-Type", "text/html"),
            ("X-Number", "5"),
            ("X-True", "true"),
            ("Set-Cookie", "a=1; Secure"),
            ("Set-Cookie", "b=2"),
        ],
        "é".encode(),
    )


def test_a_status_alone_is_enough() -> None:
    assert answered({"statusCode": "404"}) == HttpAnswer(404, [JSON], b"")


def test_a_body_in_base64() -> None:
    assert answered({"statusCode": 200, "body": "/w==", "isBase64Encoded": True}).body == b"\xff"


def test_fields_of_the_connection_get_another_name() -> None:
    assert ("x-amzn-Remapped-Content-Length", "9999") in answered(
        {"statusCode": 200, "headers": {"Content-Length": 9999}, "body": "x"}
    ).headers


def test_no_body_where_http_has_none() -> None:
    assert answered({"statusCode": 204, "body": "x"}).body == b""


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 200, "body": {"not": "a string"}},
        {"statusCode": 200, "body": 5},
        {"statusCode": "often"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 1000},
        {"statusCode": 200, "body": "no base64", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"a b": "x"}},
        {"statusCode": 200, "headers": {"a": "x\r\nSet-Cookie: y"}},
        {"statusCode": 200, "headers": {"a": ["x"]}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "cookies": "a=1"},
    ],
)
def test_what_can_be_no_answer_is_a_502(result: Any) -> None:
    assert answered(result) == HttpAnswer(502, [JSON], b"Internal Server Error")
