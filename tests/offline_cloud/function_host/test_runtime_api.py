"""The Runtime API without a socket: calls out of bytes, answers into bytes."""

import http.client
import io

import pytest

from offline_cloud.function_host import runtime_api
from offline_cloud.function_host.function_version import Invocation
from offline_cloud.function_host.runtime_api import Call, RuntimeCall, RuntimeConnection

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f:live"


def test_next() -> None:
    calls = RuntimeConnection().feed(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [call.call for call in calls] == [Call.NEXT]


@pytest.mark.parametrize(("path", "call"), [("response", Call.RESPONSE), ("error", Call.ERROR)])
def test_an_outcome_in_pieces(path: str, call: Call) -> None:
    connection = RuntimeConnection()
    request = (
        f"POST /2018-06-01/runtime/invocation/8a9b/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n"
        "Lambda-Runtime-Function-Error-Type: Some.Error\r\n\r\n"
    ).encode()
    assert connection.feed(request) == []
    assert connection.feed(b'{"a"') == []
    (seen,) = connection.feed(b":1}")
    assert (seen.call, seen.request_id, seen.body) == (call, "8a9b", b'{"a":1}')


def test_an_init_error_has_its_type_from_the_header() -> None:
    (seen,) = RuntimeConnection().feed(
        b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 2\r\n"
        b"Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\n\r\n{}"
    )
    assert seen == RuntimeCall(
        Call.INIT_ERROR, "/2018-06-01/runtime/init/error", b"{}", "", "Runtime.ImportModuleError"
    )


def test_a_chunked_body() -> None:
    (seen,) = RuntimeConnection().feed(
        b"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    assert seen.body == b"abcde"


def test_two_calls_on_one_connection_do_not_mix() -> None:
    connection = RuntimeConnection()
    first, second = connection.feed(
        b"POST /2018-06-01/runtime/invocation/1/error HTTP/1.1\r\nContent-Length: 1\r\n"
        b"Lambda-Runtime-Function-Error-Type: T\r\n\r\nx"
        b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n"
    )
    assert (first.error_type, second.call, second.error_type, second.body) == ("T", Call.NEXT, "", b"")


def test_continue_is_asked_for_once() -> None:
    connection = RuntimeConnection()
    connection.feed(
        b"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nContent-Length: 5\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    assert connection.wants_continue
    assert not connection.wants_continue


def test_an_unknown_path_is_named() -> None:
    (seen,) = RuntimeConnection().feed(b"GET /2020-01-01/telemetry HTTP/1.1\r\n\r\n")
    assert (seen.call, seen.path) == (Call.OTHER, "GET /2020-01-01/telemetry")


def test_what_is_not_http_is_refused() -> None:
    with pytest.raises(ValueError, match="did not speak HTTP"):
        RuntimeConnection().feed(b"\x00\x01\x02\r\n\r\n")


class _Answer:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def parse(data: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    response = http.client.HTTPResponse(_Answer(data))  # type: ignore[arg-type]
    response.begin()
    return response.status, response.headers, response.read()


def test_the_answer_to_next_has_every_header_that_the_client_needs() -> None:
    invocation = Invocation(
        "8a9b", b'{"x":1}', ARN, '{"custom":{}}', "Root=1-5759e988-bd862e3fe1be46a994272793"
    )
    status, headers, body = parse(runtime_api.next_answer(invocation, 1_700_000_003.5))
    assert (status, body) == (200, b'{"x":1}')
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1700000003500"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == ARN
    assert headers["Lambda-Runtime-Trace-Id"].startswith("Root=1-")
    assert headers["Lambda-Runtime-Client-Context"] == '{"custom":{}}'
    assert headers["Content-Type"] == "application/json"


def test_accepted_and_refused() -> None:
    assert parse(runtime_api.ACCEPTED)[0] == 202
    status, _, body = parse(runtime_api.refusal(400, "InvalidRequestID", "Invalid request ID"))
    assert (status, body) == (400, b'{"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}')
