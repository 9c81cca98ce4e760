"""Errors of the Lambda API in AWS's own shape: HTTP status, `x-amzn-ErrorType`, `{"Type", "Message"}`.

Some errors spell it `message`. So their members in boto3 do, too: `error.response["message"]`.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError

_SMALL = frozenset(
    {
        "CodeStorageExceededException",
        "InvalidParameterValueException",
        "InvalidRequestContentException",
        "PolicyLengthExceededException",
        "PreconditionFailedException",
        "ProvisionedConcurrencyConfigNotFoundException",
        "RequestTooLargeException",
        "ResourceConflictException",
        "ResourceNotReadyException",
        "TooManyRequestsException",
        "UnsupportedMediaTypeException",
    }
)


class LambdaError(JsonRESTError):
    """An error answer of the Lambda API; AWS's code and sentence, HTTP status 400 unless said otherwise."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(code, message)
        self.code = status
        self.description = body(code, message, **members)


class ForeignFunction(LambdaError):
    """A function of another account; no function anywhere shares itself with this one."""

    def __init__(self, arn: str) -> None:
        action = "InvokeFunction"  # the dispatcher knows better
        super().__init__(
            "AccessDeniedException",
            f"User is not authorized to perform: lambda:{action} on resource: {arn} because no "
            f"resource-based policy allows the lambda:{action} action",
            403,
        )


def body(code: str, message: str, **members: str) -> str:
    """The JSON of an error; a ValidationException has its message only, as on AWS."""
    if code == "ValidationException":
        return json.dumps({"message": message})
    return json.dumps({"Type": "User", "message" if code in _SMALL else "Message": message, **members})


def invalid(message: str) -> LambdaError:
    """InvalidParameterValueException, the commonest of them."""
    return LambdaError("InvalidParameterValueException", message)


def functions_only() -> LambdaError:
    """A version or an alias where only a function can be meant."""
    return invalid(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
        "operation. Please specify either a function name or an unqualified function ARN."
    )


def not_there(what: str) -> LambdaError:
    """Something that this cloud does not do, where ignoring it would lead astray."""
    return LambdaError(
        "NotImplemented",
        f"The offline cloud does not do {what}. What it does and doesn't do: docs/reference/limits.md",
        501,
    )


def not_found(arn: str) -> LambdaError:
    """An unknown function, version or alias."""
    return LambdaError("ResourceNotFoundException", f"Function not found: {arn}", 404)


def unsigned() -> LambdaError:
    """A request that nobody signed, as by `curl`; AWS's gateway says so, and not Lambda."""
    error = LambdaError("MissingAuthenticationTokenException", "", 403)
    error.description = json.dumps({"message": "Missing Authentication Token"})
    return error


def stale_revision() -> LambdaError:
    """A RevisionId that is not the present one."""
    return LambdaError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API "
        "to retrieve the latest Revision Id",
        412,
    )


Answer = tuple[int, dict[str, Any], str | bytes]


def answer(error: JsonRESTError) -> Answer:
    """An error as a response of moto's dispatch; errors of moto's own get the shape of the Lambda API."""
    text = error.description if isinstance(error, LambdaError) else body(error.error_type, error.message)
    headers = {"x-amzn-ErrorType": error.error_type, "Content-Type": "application/json"}
    return int(error.code or 400), headers, text
