"""The Lambda API: Invoke on a path of its own, everything else as moto routes it, with AWS's error shapes.

Rule 1: Invoke touches neither moto's request set-up nor its method table: both cost more than a warm
invocation.
Rule 2: requests that change records run one at a time (the front holds no lock for Lambda); Invoke never
waits for them, nor they for a function that runs.
Rule 3: an operation that moto only records, without the effect that a learner would wait for, is refused as
not there.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import lambda_backends
from moto.awslambda.responses import LambdaResponse
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import JsonRESTError
from moto.iam.models import get_account_id_from

from offline_cloud.function_host import HostStopped, LoopStopped, Throttled, lineage
from offline_cloud.moto_seams.awslambda import validation
from offline_cloud.moto_seams.awslambda.asynchronous_operations import AsynchronousOperations
from offline_cloud.moto_seams.awslambda.concurrency_operations import ConcurrencyOperations
from offline_cloud.moto_seams.awslambda.errors import Answer, LambdaError, answer, unsigned
from offline_cloud.moto_seams.awslambda.event_source_operations import EventSourceOperations
from offline_cloud.moto_seams.awslambda.function_operations import FunctionOperations
from offline_cloud.moto_seams.awslambda.function_url_operations import FunctionUrlOperations
from offline_cloud.moto_seams.awslambda.layer_operations import LayerOperations
from offline_cloud.moto_seams.awslambda.member_types import check_types
from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend
from offline_cloud.moto_seams.awslambda.resource_policy import PolicyOperations
from offline_cloud.moto_seams.awslambda.version_operations import VersionOperations

_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations/?")
_INVOKE_ASYNC = re.compile(r"/2014-11-13/functions/([^/]+)/invoke-async/?")
_NAMED = re.compile(r"/[0-9-]+/functions/([^/]+)")
_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[a-z0-9-]+)/")

_LOOP = (
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services "
    "resources and stopped your function's invocation."
)


class OfflineLambdaResponse(
    AsynchronousOperations,
    ConcurrencyOperations,
    EventSourceOperations,
    FunctionOperations,
    FunctionUrlOperations,
    LayerOperations,
    PolicyOperations,
    VersionOperations,
    LambdaResponse,
):
    """moto's Lambda responses over our backend."""

    _records = threading.RLock()

    @classmethod
    def dispatch(cls, request: Any, full_url: str | None = None, headers: Any = None) -> Any:
        """Answer one request: status, headers, body."""
        if "Authorization" not in request.headers and "X-Amz-Credential" not in request.args:
            return answer(unsigned())
        if request.method == "POST":
            invoked = _INVOKE.fullmatch(request.path)
            if invoked:
                return _invoke(request, unquote(invoked[1]))
        with cls._records:
            response = cls()
            try:
                if named := _NAMED.match(request.path):
                    validation.check_name(unquote(named[1]))
                status, fields, body = response._dispatch(request, full_url, headers)
            except JsonRESTError as error:
                return answer(error)
            if status == HTTPStatus.FORBIDDEN and isinstance(body, str):
                body = body.replace("lambda:InvokeFunction", f"lambda:{response._get_action()}")
        # A version is published when its snapshot is there; its initialisation may call this API.
        OfflineLambdaBackend.host.snapshots.wait()
        return _lambda_shaped(int(status), fields, body)

    @property
    def json_body(self) -> dict[str, Any]:  # type: ignore[override]
        """The members of the request. Raises `LambdaError`."""
        try:
            members = json.loads(self.body or "{}")
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            raise LambdaError("SerializationException", "The request body is not a JSON object.")
        return members

    def create_function(self) -> TYPE_RESPONSE:
        """CreateFunction, by name or ARN."""
        spec = self.json_body
        check_types(spec)
        validation.check_required(spec)
        validation.check_shapes(spec)
        name, _ = self.backend.split_name(spec.get("FunctionName") or "")
        if name in self.backend._lambdas._functions:
            raise LambdaError("ResourceConflictException", f"Function already exist: {name}", 409)
        spec["FunctionName"] = name
        function = self.backend.create_function(spec)
        return 201, {"status": 201}, json.dumps(function.get_configuration(on_create=True))

    @property
    def backend(self) -> OfflineLambdaBackend:
        """The backend of the request's account and region."""
        backend: OfflineLambdaBackend = lambda_backends[self.current_account][self.region]
        return backend

    def addressed(self) -> tuple[OfflineFunction, str | None]:
        """The function that the path names, and the qualifier of path or query. Raises `LambdaError`."""
        name = unquote(self.path.split("/functions/")[1].split("/")[0])
        return self.backend.find(name, self._query().get("Qualifier"))


def _invoke(request: Any, name: str) -> Answer:
    """Invoke, from the request to its answer."""
    credential = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    key, region = (credential["key"], credential["region"]) if credential else ("", "us-east-1")
    backend: OfflineLambdaBackend = lambda_backends[get_account_id_from(key)][region]
    context = backend.context
    request_id = context.ids.uuid()
    headers: dict[str, Any] = {"x-amzn-RequestId": request_id, "Content-Type": "application/json"}
    kind = request.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    payload: bytes = request.get_data() or b"{}"
    try:
        log_type = request.headers.get("X-Amz-Log-Type") or "None"
        validation.check_call(kind, log_type, request.args.get("Qualifier"), request.headers)
        function, arn = backend.resolve(name, request.args.get("Qualifier"))
        validation.check_payload(kind, payload)
        client_context = _client_context(request.headers.get("X-Amz-Client-Context"))
        if kind == "DryRun":
            return 204, headers, b""
        if kind == "Event":
            backend.queue.put(function, arn, payload, request_id, client_context)
            return 202, headers, b""
        result = context.function_host.invoke(
            function.as_version,
            payload,
            request_id=request_id,
            arn=arn,
            log_type=log_type,
            client_context=client_context,
            source=key,
            trace=lineage.current() or request.headers.get("X-Amzn-Trace-Id") or "",
            activity=context.scheduler.current(),
        )
    except (LambdaError, Throttled, LoopStopped, HostStopped) as refused:
        status, fields, body = answer(_refusal(refused))
        return status, {**headers, **fields}, body
    headers["X-Amz-Executed-Version"] = result.executed_version
    if result.function_error:
        headers["X-Amz-Function-Error"] = result.function_error
    if result.log_tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode()
    return result.status, headers, result.payload


def _refusal(why: Exception) -> LambdaError:
    """The API's error for an invocation that did not come about."""
    match why:
        case LambdaError():
            return why
        case Throttled():
            return LambdaError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=why.reason)
        case LoopStopped():
            return LambdaError("RecursiveInvocationException", _LOOP)
    return LambdaError("ServiceException", "The offline cloud was reset while the function was running.", 501)


def _client_context(header: str | None) -> str | None:
    """The client context's JSON; refused if it is not base64 of JSON, or longer than 3,583 bytes."""
    if not header:
        return None
    try:
        text = base64.b64decode(header, validate=True).decode()
        json.loads(text)
    except ValueError:
        raise LambdaError(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        ) from None
    if len(header) > 3583:
        raise LambdaError(
            "InvalidRequestContentException", "Client context must be no longer than 3583 bytes."
        )
    return text


def _lambda_shaped(status: int, headers: dict[str, Any], body: Any) -> Answer:
    """Errors that moto shaped as `{"__type", "message"}`, as the Lambda API shapes them."""
    headers.setdefault("Content-Type", "application/json")
    if status >= 400 and isinstance(body, str) and body.startswith('{"__type"'):
        error = json.loads(body)
        _, fields, text = answer(LambdaError(error["__type"], error.get("message", ""), status))
        kept = {name: value for name, value in headers.items() if name.lower() != "x-amzn-errortype"}
        return status, {**kept, **fields}, text
    return status, headers, body
