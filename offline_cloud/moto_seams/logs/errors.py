"""Errors of the CloudWatch Logs API, with AWS's codes."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError

from offline_cloud.engines.logs.filter_pattern import FilterPattern, InvalidPattern, compile_pattern
from offline_cloud.engines.logs.query_errors import MalformedQuery

__all__ = [
    "LogsError",
    "checked_pattern",
    "invalid_parameter",
    "limit_exceeded",
    "malformed_query",
    "no_group",
    "no_stream",
    "not_found",
    "not_there",
    "unsatisfied",
]


class LogsError(JsonRESTError):
    """An error answer; `members` are those of its shape beside the message."""

    def __init__(self, error_type: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(error_type, message)
        self.code = status
        self.description = json.dumps({"__type": error_type, "message": message, **members})


def invalid_parameter(message: str) -> LogsError:
    """The commonest."""
    return LogsError("InvalidParameterException", message)


def unsatisfied(parameter: str, value: Any, constraint: str) -> LogsError:
    """A parameter that breaks the shape of the API."""
    return invalid_parameter(
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: "
        f"{constraint}"
    )


def not_found(message: str) -> LogsError:
    """Something that isn't there."""
    return LogsError("ResourceNotFoundException", message)


def no_group() -> LogsError:
    """A log group that isn't there."""
    return not_found("The specified log group does not exist.")


def no_stream() -> LogsError:
    """A log stream that isn't there."""
    return not_found("The specified log stream does not exist.")


def limit_exceeded() -> LogsError:
    """One more than AWS allows."""
    return LogsError("LimitExceededException", "Resource limit exceeded.")


def not_there(what: str) -> LogsError:
    """What AWS does and this cloud doesn't; no SDK repeats a 501."""
    return LogsError(
        "NotImplemented",
        f"The offline cloud does not do {what}. What it does and doesn't do: docs/reference/limits.md",
        501,
    )


def malformed_query(problem: MalformedQuery) -> LogsError:
    """A query that cannot be compiled, and where."""
    location = {"startCharOffset": problem.start, "endCharOffset": problem.end}
    return LogsError(
        "MalformedQueryException",
        problem.message,
        queryCompileError={"location": location, "message": problem.message},
    )


def checked_pattern(text: str, sentence: str) -> FilterPattern:
    """A compiled filter pattern; `sentence` is AWS's for one that is none, ours follows it."""
    try:
        return compile_pattern(text)
    except InvalidPattern as problem:
        raise invalid_parameter(f"{sentence}: {problem}") from None
