"""How the Step Functions API says no: the code, the sentence, and where there are any further members."""

from __future__ import annotations

from typing import Any

__all__ = [
    "ApiError",
    "activity_missing",
    "execution_missing",
    "invalid",
    "invalid_arn",
    "machine_missing",
    "resource_missing",
]


class ApiError(Exception):
    """An error of the service, in its words."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members


def invalid(message: str, reason: str | None = None) -> ApiError:
    """A ValidationException."""
    return ApiError("ValidationException", message, **({"reason": reason} if reason else {}))


def invalid_arn(why: str) -> ApiError:
    """An ARN that is none, or one of another kind."""
    return ApiError("InvalidArn", f"Invalid Arn: '{why}'")


def machine_missing(arn: str) -> ApiError:
    """No such state machine, version or alias."""
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def execution_missing(arn: str) -> ApiError:
    """No such execution."""
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def activity_missing(arn: str) -> ApiError:
    """No such activity."""
    return ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")


def resource_missing(arn: str) -> ApiError:
    """No such map run, alias or tagged resource."""
    return ApiError("ResourceNotFound", f"Resource not found: '{arn}'", resourceName=arn)
