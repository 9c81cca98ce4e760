"""The HTTP server over real sockets, with an application that says what it was given."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from offline_cloud.http_server import BODY_LIMIT, HEADER_LIMIT, HttpServer


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the request as the application sees it."""
    body = environ["wsgi.input"].read()
    seen = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"].encode("latin-1").decode(),
        "raw": environ["RAW_URI"],
        "query": environ["QUERY_STRING"],
        "length": environ["CONTENT_LENGTH"],
        "encoding": environ.get("HTTP_TRANSFER_ENCODING"),
        "x": environ.get("HTTP_X"),
        "body": body.decode("latin-1") if len(body) < 1000 else len(body),
    }
    if environ["PATH_INFO"] == "/nothing":
        start_response("204 No Content", [])
        return ()
    start_response("200 OK", [("Content-Type", "application/json")])
    return (json.dumps(seen).encode(),)


@contextlib.contextmanager
def serving(application: Any) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = HttpServer(application, [listener])
    server.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(echo) as number:
        yield number


class Wire:
    """A client that sends exactly the bytes it is told."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, self.file.read(int(headers.get("content-length", "0")))

    def seen(self) -> dict[str, Any]:
        status, _, body = self.answer()
        assert status == 200
        value: dict[str, Any] = json.loads(body)
        return value

    def hung_up(self) -> bool:
        return self.file.read(1) == b""

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def wire(port: int) -> Iterator[Wire]:
    client = Wire(port)
    yield client
    client.close()


def test_a_request_arrives_as_it_was_sent(wire: Wire) -> None:
    wire.send(
        b"PUT /a%2Fb/%C3%BC%20x?q=1&r HTTP/1.1\r\nHost: h\r\nX: one\r\nX: two\r\n"
        b"Content-Length: 4\r\n\r\nbody"
    )
    assert wire.seen() == {
        "method": "PUT",
        "path": "/a/b/ü x",
        "raw": "/a%2Fb/%C3%BC%20x?q=1&r",
        "query": "q=1&r",
        "length": "4",
        "encoding": None,
        "x": "one,two",
        "body": "body",
    }


def test_a_connection_serves_many_requests(wire: Wire) -> None:
    for number in range(5):
        wire.send(f"GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert wire.seen()["path"] == f"/{number}"


def test_requests_sent_ahead_are_answered_in_order(wire: Wire) -> None:
    one = b"POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
    two = b"POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\ntwo"
    three = b"GET /3 HTTP/1.1\r\nHost: h\r\n\r\n"
    wire.send(one + two + three[:9])
    wire.send(three[9:])
    assert [(seen["path"], seen["body"]) for seen in (wire.seen(), wire.seen(), wire.seen())] == [
        ("/1", "one"),
        ("/2", "two"),
        ("/3", ""),
    ]


def test_a_request_may_come_byte_by_byte(wire: Wire) -> None:
    for byte in b"POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok":
        wire.send(bytes([byte]))
    assert wire.seen()["body"] == "ok"


def test_a_chunked_body_is_put_together(wire: Wire) -> None:
    wire.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.send(b"3\r\nabc\r\n")
    wire.send(b"4\r\ndefg\r\n0\r\n\r\n")
    seen = wire.seen()
    assert (seen["body"], seen["length"], seen["encoding"]) == ("abcdefg", "7", None)


def test_who_expects_100_continue_gets_it_before_the_body(wire: Wire) -> None:
    wire.send(b"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    assert wire.answer()[0] == 100
    wire.send(b"late")
    assert wire.seen()["body"] == "late"


def test_a_body_sent_without_waiting_needs_no_100_continue(wire: Wire) -> None:
    wire.send(b"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nsoon")
    assert wire.seen()["body"] == "soon"


def test_thirty_megabytes(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", "/large", b"x" * 30_000_000)
    assert json.loads(connection.getresponse().read())["body"] == 30_000_000
    connection.close()


def test_head_tells_the_length_and_sends_no_body(wire: Wire) -> None:
    wire.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n")
    assert int(wire.file.readline().split()[1]) == 200
    lengths = [
        line for line in iter(wire.file.readline, b"\r\n") if line.lower().startswith(b"content-length")
    ]
    assert int(lengths[0].split()[1]) > 0
    assert wire.seen()["path"] == "/after"


def test_no_content_has_no_length(wire: Wire) -> None:
    wire.send(b"GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
    status, headers, _ = wire.answer()
    assert status == 204
    assert "content-length" not in headers


@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"]
)
def test_it_hangs_up_when_asked(wire: Wire, request_line: bytes) -> None:
    wire.send(request_line)
    assert wire.answer()[1]["connection"] == "close"
    assert wire.hung_up()


def test_an_offer_of_http2_is_answered_in_http1(wire: Wire) -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    for number in (1, 2):
        wire.send(b"GET /%d HTTP/1.1\r\nHost: h\r\n" % number + offer + b"\r\n")
        assert wire.seen()["path"] == f"/{number}"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS: https instead of http
        b"this is no HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_400_and_the_door(wire: Wire, nonsense: bytes) -> None:
    wire.send(nonsense)
    assert wire.answer()[0] == 400
    assert wire.hung_up()


def test_endless_headers_get_431(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.1\r\n")
    with contextlib.suppress(ConnectionError):
        for _ in range(HEADER_LIMIT // 1000 + 2):
            wire.send(b"A: " + b"a" * 1000 + b"\r\n")
    assert wire.answer()[0] == 431


def test_a_body_beyond_the_limit_gets_413(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BODY_LIMIT >= 1 << 30
    monkeypatch.setattr("offline_cloud.http_server.BODY_LIMIT", 10)
    with serving(echo) as port:
        client = Wire(port)
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n" + b"x" * 11)
        assert client.answer()[0] == 413
        client.close()


def test_one_that_waits_holds_up_nobody() -> None:
    go_on = threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/wait":
            assert go_on.wait(30)
        start_response("200 OK", [])
        return (environ["PATH_INFO"].encode(),)

    with serving(application) as port:
        waiting = [Wire(port) for _ in range(20)]
        for client in waiting:
            client.send(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
        quick = Wire(port)
        quick.send(b"GET /quick HTTP/1.1\r\nHost: h\r\n\r\n")
        assert quick.answer()[2] == b"/quick"
        go_on.set()
        for client in [*waiting, quick]:
            if client is not quick:
                assert client.answer()[2] == b"/wait"
            client.close()


def test_a_client_that_goes_away_is_forgotten(port: int) -> None:
    for data in (b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"):
        client = Wire(port)
        client.send(data)
        client.close()
    again = Wire(port)
    again.send(b"GET /still HTTP/1.1\r\nHost: h\r\n\r\n")
    assert again.seen()["path"] == "/still"
    again.close()


def test_close_hangs_up_on_everybody() -> None:
    with serving(echo) as port:
        client = Wire(port)
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        client.seen()
    assert client.hung_up()
    client.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_an_application_that_crashes_is_answered_with_500() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("a defect")

    with serving(application) as port:
        client = Wire(port)
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert client.answer()[0] == 500
        client.close()
