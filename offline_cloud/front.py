"""The door of the cloud: every request comes in here, and every answer leaves from here.

Rule 1: what the offline cloud can't do is said in the error shape of the service that was asked, with code
`NotImplemented` and status 501, which no SDK retries: a learner reads the reason at once, and nothing that
did happen happens twice.
Rule 2: one request at a time per service, because moto promises no thread safety (16 clients that count up
one DynamoDB item lost updates). A request that waits lends its lock meanwhile. Lambda and Step Functions see
to it themselves: they wait for functions, and functions call back in.
Rule 3: a request is an activity of the scheduler, so time does not move under it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from offline_cloud.function_host import lineage
from offline_cloud.journal import Call
from offline_cloud.moto_seams import dispatch, metering, operations

if TYPE_CHECKING:
    from offline_cloud.moto_seams import Seams
    from offline_cloud.moto_seams.dispatch import Answer, Target
    from offline_cloud.server import CloudContext

__all__ = ["CONTROL", "INTERNAL", "Front"]

CONTROL = "/_cloud/"
INTERNAL = "offline_cloud.internal"
"""Key of the environ of a request that the cloud makes itself; its value is the journal's source."""
CALLER = "offline_cloud.caller"
"""Key of the environ of an unsigned request to a function URL: the access key of the function that calls."""
LIMITS_PAGE = "docs/reference/limits.md"
_WITHOUT_LOCK = {"awslambda", "stepfunctions", dispatch.FUNCTION_URLS}
# SDKs repeat a request after these, and with it whatever had happened by then; after a 501 they don't.
_REPEATED = {500, 502, 503, 504}
NOT_REPEATED = 501
_REQUEST_ID_HEADERS = ("x-amzn-requestid", "x-amz-request-id")
_KEPT_HEADERS = ("content-type", "x-amz-target")
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_log = logging.getLogger(__name__)

Control = Callable[[dict[str, Any]], "Answer"]


class Front:
    """A WSGI application over moto, our seams, and the control API."""

    def __init__(self, context: CloudContext, seams: Seams, control: Control) -> None:
        self._context = context
        self._seams = seams
        self._control = control
        self._meters = metering.Meters(context)
        self.on_request: Callable[[dict[str, Any]], None] | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(CONTROL):
            answer = self._control(environ)
        else:
            with self._context.scheduler.activity("request"):
                answer = self.answer(environ)
        headers = [*answer.headers, ("Date", formatdate(self._context.clock.now(), usegmt=True))]
        start_response(_STATUS.get(answer.status, f"{answer.status} Unknown"), headers)
        return (answer.body,)

    def answer(self, environ: dict[str, Any], *, record: bool = True) -> Answer:
        """Serve one AWS request and write it down."""
        # What the cloud asks itself for follows from a request that is repeated.
        if self.on_request is not None and record and INTERNAL not in environ:
            self.on_request(environ)
        call = self._call(environ)
        try:
            target = dispatch.target_of(environ)
            call.service, call.region = target.service, target.region
            call.principal = target.access_key
            call.source = environ.get(INTERNAL) or self._source(target.access_key)
            if target.module == dispatch.FUNCTION_URLS:
                if not target.access_key:  # nobody signed: still, a function may be calling
                    key = self._context.function_host.access_key_at(int(environ.get("REMOTE_PORT", 0)))
                    environ[CALLER], call.source = key, self._source(key or "")
                call.operation, call.described = "InvokeFunctionUrl", True
                call.parameters = {"Method": call.method, "Url": call.url}
            # What this request sets off follows from what its caller, if that is a function, is doing.
            trace = self._context.function_host.trace_of(target.access_key or environ.get(CALLER) or "")
            with lineage.of(trace) if trace else nullcontext():
                answer = self._served(target, environ, call)
        except dispatch.UnknownService as unknown:
            call.service = unknown.name
            answer = self._refused(call, f"The offline cloud has no service {unknown.name}.")
        given = next((value for name, value in answer.headers if name.lower() in _REQUEST_ID_HEADERS), None)
        if given is None:
            answer.headers.append(("x-amzn-RequestId", call.request_id))
        else:
            call.request_id = given  # the one that the client sees
        call.status = answer.status
        call.error = operations.error_code(call.service, answer.status, answer.headers, answer.body)
        if record:
            self._context.journal.record(call)
        return answer

    def _served(self, target: Target, environ: dict[str, Any], call: Call) -> Answer:
        alone = target.module not in _WITHOUT_LOCK
        try:
            self._seams.prepare(target.module)
            with self._context.locks.serving(target.module) if alone else nullcontext():
                measured = self._meters.watch(target, environ)
                answer = dispatch.answer(target, environ)
                if measured is not None:
                    call.used = measured(answer)
            # What a function answers is its own.
            return answer if target.module == dispatch.FUNCTION_URLS else self._readable(answer, call)
        except (NotImplementedError, ModuleNotFoundError) as missing:
            operation, _ = operations.describe(call.service, call.method, call.url, call.headers, call.body)
            what = f"{call.service} {operation}" if operation else f"{call.service}: {missing}"
            return self._refused(call, f"The offline cloud does not do {what}.")
        except Exception as error:
            _log.exception("%s %s failed", call.method, call.url)
            return self._failed(call, f"{type(error).__name__}: {error}")

    def _readable(self, answer: Answer, call: Call) -> Answer:
        """The answer, or what AWS says where moto says nothing, or what an SDK doesn't repeat."""
        if answer.status < 400 or (call.method == "HEAD" and answer.status not in _REPEATED):
            return answer
        if answer.status == HTTPStatus.FORBIDDEN and not answer.body:
            return self._error(call, "AccessDenied", "Access Denied", HTTPStatus.FORBIDDEN)
        if answer.status not in _REPEATED:
            return answer
        said = answer.body.decode("utf-8", "replace")
        if "not implemented" in said.lower():
            raise NotImplementedError(said)
        return self._failed(call, said[:500])

    def _refused(self, call: Call, what: str) -> Answer:
        return self._error(call, "NotImplemented", f"{what} What it does and doesn't do: {LIMITS_PAGE}")

    def _failed(self, call: Call, how: str) -> Answer:
        return self._error(
            call,
            "InternalFailure",
            f"The offline cloud stumbled over this request. If AWS takes it, that is the kit's fault: {how}",
        )

    def _error(self, call: Call, code: str, message: str, status: int = NOT_REPEATED) -> Answer:
        headers, body = operations.error_answer(
            call.service, call.headers.get("x-amz-target"), code, message, call.request_id
        )
        return dispatch.Answer(status, headers, body)

    def _source(self, access_key: str) -> str:
        return self._context.function_host.caller(access_key) or "client"

    def _call(self, environ: dict[str, Any]) -> Call:
        headers = {}
        for name in _KEPT_HEADERS:
            key = name.upper().replace("-", "_")
            if value := environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}"):
                headers[name] = value
        return Call(
            time=self._context.clock.now(),
            service="",
            method=environ["REQUEST_METHOD"],
            url=environ["RAW_URI"],
            headers=headers,
            body=_parameters(environ),
            principal="",
            region="",
            source="",
            user_agent=environ.get("HTTP_USER_AGENT", ""),
            request_id=self._context.ids.uuid(),
        )


def _parameters(environ: dict[str, Any]) -> bytes:
    """The body, if it is of the size and kind that carries parameters."""
    length = int(environ["CONTENT_LENGTH"])
    if not 0 < length <= 64 * 1024 or "octet-stream" in environ.get("CONTENT_TYPE", ""):
        return b""
    body: bytes = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    return body
