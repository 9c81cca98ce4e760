"""A request to a function URL, from HTTP to HTTP.

Rule 1: who may not call learns nothing: an unknown address, a missing signature and a missing permission
get the same 403.
Rule 2: in the same account a signature is enough, because this cloud enforces no identity policies; for
anybody else the function's resource policy decides.
Rule 3: the function sees the address that it has on AWS (`host`, `x-forwarded-proto: https`, `domainName`),
so a handler that looks at it behaves as there.

Source: Lambda developer guide, "Invoking Lambda function URLs" and "Control access to Lambda function URLs".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import lambda_backends

from offline_cloud import function_urls
from offline_cloud.engines.http_requests import cors, payload, signature
from offline_cloud.engines.http_requests.request import HttpAnswer, HttpRequest
from offline_cloud.function_host import HostStopped, Throttled
from offline_cloud.moto_seams.awslambda.callers import Caller, caller
from offline_cloud.moto_seams.awslambda.errors import LambdaError
from offline_cloud.moto_seams.awslambda.resource_policy import may_call_url
from offline_cloud.moto_seams.awslambda.validation import SYNCHRONOUS_LIMIT
from offline_cloud.moto_seams.dispatch import Answer, Target

if TYPE_CHECKING:
    from offline_cloud.function_urls import FunctionAddress
    from offline_cloud.moto_seams.awslambda.function_url_operations import UrlConfig
    from offline_cloud.moto_seams.awslambda.models import OfflineLambdaBackend
    from offline_cloud.server import CloudContext

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
_SOURCE_IP = "127.0.0.1"
# What is about this connection; the function is told of the one to AWS.
_CONNECTION = {"connection", "content-length", "expect", "host", "keep-alive", "transfer-encoding"}


class _Refused(Exception):
    """A call that does not reach the function, with the answer to it."""

    def __init__(self, status: int, code: str, body: dict[str, str]) -> None:
        super().__init__(code)
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
        self.answer = HttpAnswer(status, headers, json.dumps(body).encode())


def answerer(context: CloudContext) -> Callable[[Target, dict[str, Any]], Answer]:
    """What answers requests to function URLs of this cloud."""

    def answer(_target: Target, environ: dict[str, Any]) -> Answer:
        address = function_urls.address_of(environ)
        assert address is not None, "the dispatcher has looked"
        known = _config(address)
        if known is None:
            given = _forbidden().answer
            headers = [*given.headers, ("x-amzn-RequestId", context.ids.uuid())]
            return Answer(given.status, headers, given.body)
        return _Call(context, *known, environ, address).answer()

    return answer


def _config(address: FunctionAddress) -> tuple[OfflineLambdaBackend, UrlConfig] | None:
    for regions in list(lambda_backends.values()):
        backend: OfflineLambdaBackend | None = regions.get(address.region)
        for config in list(backend.function_urls.values()) if backend is not None else ():
            if config.id == address.id:
                assert backend is not None
                return backend, config
    return None


def _forbidden() -> _Refused:
    return _Refused(HTTPStatus.FORBIDDEN, "AccessDeniedException", {"Message": FORBIDDEN})


class _Call:
    """One request to one function URL."""

    def __init__(
        self,
        context: CloudContext,
        backend: OfflineLambdaBackend,
        config: UrlConfig,
        environ: dict[str, Any],
        address: FunctionAddress,
    ) -> None:
        self._context, self._backend, self._config = context, backend, config
        self._id = context.ids.uuid()
        self._unsigned: str | None = environ.get("offline_cloud.caller")
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in environ["offline_cloud.headers"]
        )
        method, protocol = environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"]
        self._request = HttpRequest(method, address.path, address.query, headers, body, protocol)
        # Signed was what was sent, the folder of this address included.
        path, _, query = environ["RAW_URI"].partition("?")
        self._sent = HttpRequest(method, path, query, headers, body, protocol)
        digits = self._id.replace("-", "")
        new = f"Root=1-{int(context.clock.now()):08x}-{digits[:24]}"
        self._trace = self._request.header("x-amzn-trace-id") or new

    def answer(self) -> Answer:
        """Preflight, permission, invocation: the first that has an answer."""
        started = self._context.clock.now()
        given = cors.preflight(self._config.cors, self._request)
        if given is None:
            try:
                given = self._invoked(self._authorized())
            except _Refused as refused:
                given = refused.answer
            given.headers.extend(cors.fields(self._config.cors, self._request))
        self._measure(started, given.status)
        headers = [*given.headers, ("x-amzn-RequestId", self._id), ("X-Amzn-Trace-Id", self._trace)]
        return Answer(given.status, headers, given.body)

    def _measure(self, started: float, status: int) -> None:
        """The metrics of function URLs ("Monitoring Lambda function URLs")."""
        metrics = self._context.function_host.metrics
        values = {
            "UrlRequestCount": 1.0,
            "Url4xxCount": float(status // 100 == 4),
            "Url5xxCount": float(status // 100 == 5),
            "UrlRequestLatency": (self._context.clock.now() - started) * 1000,
        }
        for name, value in values.items():
            metrics.told(self._config.arn, name, value, started)

    def _authorized(self) -> Caller | None:
        """Who calls, None for anybody. Raises `_Refused`."""
        statements = self._backend._lambdas._functions[self._config.function]["latest"].policy.of(
            self._config.arn
        )
        if self._config.auth_type == "NONE":
            if not may_call_url(statements, "NONE"):
                raise _forbidden()
            return None
        try:
            who = self._signer()
        except signature.BadSignature as bad:
            raise _Refused(HTTPStatus.FORBIDDEN, bad.code, {"message": str(bad)}) from bad
        foreign = who.account != self._backend.account_id
        if foreign and not may_call_url(statements, "AWS_IAM", account=who.account, arn=who.arn):
            raise _forbidden()
        return who

    def _signer(self) -> Caller:
        """Who signed. Raises `_Refused` if nobody did, `BadSignature` if it was nobody that is known here."""
        signed = signature.signature_of(self._sent)
        if signed is None:
            raise _forbidden()
        who = caller(self._context, signed.access_key)
        if who is None or signed.token != who.token:
            raise signature.BadSignature(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        clock, region = self._context.clock, self._backend.region_name
        # Clients date by the computer's clock, functions by the cloud's.
        now = clock.now()
        clocks = (now - clock.offset, now)
        signature.check(self._sent, signed, who.secret, service="lambda", region=region, clocks=clocks)
        return who

    def _invoked(self, who: Caller | None) -> HttpAnswer:
        if len(self._request.body) > SYNCHRONOUS_LIMIT:
            message = (
                f"Request must be smaller than {SYNCHRONOUS_LIMIT} bytes for the InvokeFunction operation"
            )
            raise _Refused(413, "RequestEntityTooLargeException", {"Type": "User", "message": message})
        event = json.dumps(self._event(who)).encode()
        try:
            function, arn = self._backend.resolve(self._config.function, self._config.qualifier)
            result = self._context.function_host.invoke(
                function.as_version,
                event,
                request_id=self._id,
                arn=arn,
                source=who.access_key if who else self._unsigned,
                trace=self._trace_for_function(),
                activity=self._context.scheduler.current(),
            )
        except LambdaError as error:  # the function, or its alias, went away meanwhile
            raise _forbidden() from error
        except Throttled as error:
            body = {"Reason": error.reason, "Type": "User", "message": "Rate Exceeded."}
            raise _Refused(429, "TooManyRequestsException", body) from error
        except HostStopped:
            return payload.failed()
        return payload.failed() if result.function_error else payload.answer_of(result.payload)

    def _trace_for_function(self) -> str:
        """The caller's trace, or one that nobody keeps."""
        if "Parent=" in self._trace:
            return self._trace.partition(";Lineage=")[0]  # a loop over HTTP is nothing that Lambda sees
        return f"{self._trace};Parent={self._id.replace('-', '')[-16:]};Sampled=0"

    def _event(self, who: Caller | None) -> dict[str, Any]:
        request, config = self._request, self._config
        domain = function_urls.domain(config.id, self._backend.region_name)
        headers = [field for field in request.headers if field[0] not in _CONNECTION]
        if request.body:
            headers.append(("content-length", str(len(request.body))))
        headers += [
            ("host", domain),
            ("x-forwarded-for", _SOURCE_IP),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ]
        if request.header("x-amzn-trace-id") is None:
            headers.append(("x-amzn-trace-id", self._trace))
        iam: dict[str, Any] | None = None
        if who is not None:
            iam = {
                "accessKey": who.access_key,
                "accountId": who.account,
                "callerId": who.id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": who.arn,
                "userId": who.id,
            }
        seen = HttpRequest(
            request.method, request.path, request.query, tuple(headers), request.body, request.protocol
        )
        now = datetime.fromtimestamp(self._context.clock.now(), UTC)
        account = self._backend.account_id
        return payload.event_of(
            seen, payload.RequestContext(account, config.id, domain, _SOURCE_IP, self._id, now, iam)
        )
