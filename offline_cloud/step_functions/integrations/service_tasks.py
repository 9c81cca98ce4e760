"""Tasks that call a service: `aws-sdk:` ones and the optimised ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.step_functions.integrations.faults import TaskFault
from offline_cloud.step_functions.integrations.sdk_shapes import from_boto, java_name, pascal_case, to_boto
from offline_cloud.step_functions.integrations.services import (
    OPTIMISED,
    boto_name,
    exception_name,
    modelled_name,
    sdk_fault_name,
)

if TYPE_CHECKING:
    from offline_cloud.service_calls import ServiceCalls

__all__ = ["ServiceTasks"]

#: How Java's SDK spells the header fields that botocore shows in lower case.
_SPELLED = {
    "x-amzn-requestid": "x-amzn-RequestId",
    "x-amz-executed-version": "X-Amz-Executed-Version",
    "x-amz-function-error": "X-Amz-Function-Error",
    "x-amz-log-result": "X-Amz-Log-Result",
    "x-amzn-trace-id": "X-Amzn-Trace-Id",
    "x-amz-crc32": "x-amz-crc32",
}


class ServiceTasks:
    """Calls services for tasks; each raises TaskFault."""

    def __init__(self, calls: ServiceCalls) -> None:
        self._calls = calls

    # ------------------------------------------------------------------ the SDK

    def sdk(self, service: str, action: str, parameters: Any, region: str) -> Any:
        """`aws-sdk:service:action`: the answer in PascalCase, without the call's metadata."""
        name = boto_name(service)
        if name is None:
            raise TaskFault("States.Runtime", f"The offline cloud has no service {service}.")
        client = self._calls.client(name, region)
        operation = _operation(client, action)
        answer = self._called(client, operation, self._parameters(client, operation, parameters), None)
        return _answer(client, operation, answer, java_name)

    # ------------------------------------------------------------------ the optimised ones

    def optimised(self, service: str, action: str, parameters: Any, region: str) -> dict[str, Any]:
        """An optimised integration: the answer in PascalCase, with the call's metadata."""
        known = OPTIMISED.get(service)
        if known is None:
            raise TaskFault(
                "States.Runtime", f"The offline cloud does not do the integration {service}:{action}."
            )
        client = self._calls.client(known.boto, region)
        operation = _operation(client, action)
        answer = self._called(client, operation, self._parameters(client, operation, parameters), service)
        return dict(sorted({**_answer(client, operation, answer, pascal_case), **metadata(answer)}.items()))

    def publish_events(
        self, parameters: Mapping[str, Any], context: Mapping[str, Any], region: str
    ) -> dict[str, Any]:
        """events:putEvents: the entries name the execution and its machine, and any that fails fails all."""
        ours = [context["Execution"]["Id"], context["StateMachine"]["Id"]]
        entries = [
            {**entry, "Resources": [*(entry.get("Resources") or []), *ours]}
            for entry in parameters.get("Entries", [])
        ]
        result = self.optimised("events", "putEvents", {**parameters, "Entries": entries}, region)
        if result.get("FailedEntryCount"):
            raise TaskFault("EventBridge.FailedEntry", json_text(result))
        return result

    # ------------------------------------------------------------------ functions

    def function(self, arn: str, payload: Any, region: str) -> Any:
        """A function by its ARN: what it returned."""
        answer = self._invoked(
            {"FunctionName": arn, "Payload": json_text(payload).encode(errors="replace")}, region
        )
        return _payload(answer)

    def invoke(self, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
        """lambda:invoke: what the function returned, and the call's metadata."""
        given = dict(parameters)
        if "Payload" in given:
            payload = given["Payload"]
            # A text is the payload itself; everything else becomes JSON.
            given["Payload"] = (
                payload if isinstance(payload, str) and _is_json(payload) else json_text(payload)
            )
        client = self._calls.client("lambda", region)
        answer = self._invoked(self._parameters(client, "Invoke", given), region)
        shown: dict[str, Any] = {}
        if answer.get("ExecutedVersion"):
            shown["ExecutedVersion"] = answer["ExecutedVersion"]
        if answer.get("LogResult"):
            shown["LogResult"] = answer["LogResult"]
        if answer["StatusCode"] == 200:
            shown["Payload"] = _payload(answer)
        return {**shown, **metadata(answer), "StatusCode": answer["StatusCode"]}

    def _invoked(self, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
        client = self._calls.client("lambda", region)
        answer = self._called(client, "Invoke", parameters, "lambda")
        answer["Payload"] = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise _function_fault(answer["Payload"].decode("utf-8", "replace"))
        return answer

    # ------------------------------------------------------------------ inside

    def _parameters(self, client: Any, operation: str, parameters: Any) -> dict[str, Any]:
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = parameters if isinstance(parameters, Mapping) else {}
        taken: dict[str, Any] = {} if shape is None else to_boto(shape, given)
        return taken

    def _called(
        self, client: Any, operation: str, parameters: Mapping[str, Any], optimised: str | None
    ) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = client._make_api_call(operation, dict(parameters))
        except ClientError as error:
            raise _service_fault(client, error, optimised) from error
        except BotoCoreError as error:
            # botocore refuses here what the service would refuse: a number that is too large, an empty list.
            raise _service_fault(client, _refused(client, operation, error), optimised) from error
        return answer


def _answer(
    client: Any, operation: str, answer: Mapping[str, Any], spell: Callable[[str], str]
) -> dict[str, Any]:
    shape = client.meta.service_model.operation_model(operation).output_shape
    shown: dict[str, Any] = {} if shape is None else from_boto(shape, answer, spell)
    return shown


def metadata(answer: Mapping[str, Any]) -> dict[str, Any]:
    """How an optimised integration shows the HTTP side of its call."""
    about = answer["ResponseMetadata"]
    fields = {_SPELLED.get(name, name.title()): value for name, value in sorted(about["HTTPHeaders"].items())}
    if fields.get("Content-Type", "").startswith("text/html"):
        # What a framework says by itself; every service that is called like this answers in JSON.
        fields["Content-Type"] = "application/x-amz-json-1.1"
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in fields.items()},
            "HttpHeaders": fields,
            "HttpStatusCode": about["HTTPStatusCode"],
        },
        "SdkResponseMetadata": {"RequestId": about.get("RequestId", "")},
    }


def _operation(client: Any, action: str) -> str:
    """The API's name of an action that a state writes in camelCase."""
    names = client.meta.service_model.operation_names
    operation = pascal_case(action)
    if operation in names:
        return operation
    lower = action.lower()
    for name in names:
        if name.lower() == lower:
            return str(name)
    service = client.meta.service_model.service_name
    raise TaskFault("States.Runtime", f"The service {service} has no action {action}.")


def _refused(client: Any, operation: str, error: BotoCoreError) -> ClientError:
    said: Any = {
        "Error": {"Code": "ValidationException", "Message": str(error)},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": ""},
    }
    return ClientError(said, operation)


#: HEAD has no body to say what is missing: Java's SDK goes by the operation.
_UNSAID = {"HeadObject": "NoSuchKey", "HeadBucket": "NoSuchBucket"}


def _service_fault(client: Any, error: ClientError, optimised: str | None) -> TaskFault:
    code = error.response["Error"].get("Code", "")
    # SQS once answered in XML and still gives the code of that time; the SDKs go by the newer one.
    newer = str(error.response["Error"].get("QueryErrorCode", "")).rpartition("#")[2]
    modelled = modelled_name(client, code) or modelled_name(client, newer)
    message = error.response["Error"].get("Message", "")
    if code == "404" and error.operation_name in _UNSAID:
        modelled, message = _UNSAID[error.operation_name], "null"
    about = error.response.get("ResponseMetadata", {})
    status, request = about.get("HTTPStatusCode"), about.get("RequestId")
    if optimised is None:
        name, service = sdk_fault_name(client, modelled)
        if code == "NotImplemented":
            name = f"{service}.NotImplementedException"
        return TaskFault(
            name, f"{message} (Service: {service}, Status Code: {status}, Request ID: {request})"
        )
    known = OPTIMISED[optimised]
    if modelled is not None:
        name = exception_name(modelled)
    elif optimised == "lambda" and code:
        name = code
    elif code == "NotImplemented":
        name = "NotImplementedException"
    else:
        name = known.unmodelled
    cause = (
        f"{message} (Service: {known.service}; Status Code: {status}; Error Code: {code}; "
        f"Request ID: {request}; Proxy: null)"
    )
    return TaskFault(f"{known.prefix}.{name}", cause)


def _function_fault(payload: str) -> TaskFault:
    """A function that raised: its error's type is the error's name, the whole payload its cause."""
    try:
        error = json.loads(payload).get("errorType")
    except (ValueError, AttributeError):
        error = None
    if not error:
        return TaskFault(
            "Lambda.Unknown",
            "The cause could not be determined because Lambda did not return an error type. "
            f"Returned payload: {payload}",
        )
    return TaskFault(str(error), _compact(payload))


def _compact(payload: str) -> str:
    return json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ":"))


def _payload(answer: Mapping[str, Any]) -> Any:
    text = answer["Payload"]
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
