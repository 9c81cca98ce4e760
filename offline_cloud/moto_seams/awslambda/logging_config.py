"""A function's LoggingConfig: what is given, what is refused, what holds.

Pure. Source: Lambda API reference, LoggingConfig; developer guide, "Configuring advanced logging controls".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid

__all__ = ["logging_config"]

_ALLOWED = {
    "LogFormat": ("JSON", "Text"),
    "ApplicationLogLevel": ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    "SystemLogLevel": ("DEBUG", "INFO", "WARN"),
}
_LEVELS = ("ApplicationLogLevel", "SystemLogLevel")
_GROUP = r"[\.\-_/#A-Za-z0-9]+"


def logging_config(given: Mapping[str, Any] | None, before: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The whole configuration of function `name`, of what a request gives and what held before.

    A level can be chosen with the JSON format only, where it is INFO if nobody says otherwise. Raises
    `LambdaError`.
    """
    given = {member: value for member, value in (given or {}).items() if value}
    _check(given)
    log_format = given.get("LogFormat") or before.get("LogFormat") or "Text"
    config: dict[str, Any] = {"LogFormat": log_format}
    if log_format == "JSON":
        for level in _LEVELS:
            config[level] = given.get(level) or before.get(level) or "INFO"
    elif any(level in given for level in _LEVELS):
        raise invalid(
            "Log level cannot be specified for a function whose LogFormat is Text. Set LogFormat to JSON."
        )
    config["LogGroup"] = given.get("LogGroup") or before.get("LogGroup") or f"/aws/lambda/{name}"
    return config


def _check(given: Mapping[str, Any]) -> None:
    for member, allowed in _ALLOWED.items():
        value = given.get(member)
        if value is not None and value not in allowed:
            raise _unsatisfied(member, value, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    group = given.get("LogGroup")
    if group is not None and not (len(group) <= 512 and re.fullmatch(_GROUP, group)):
        raise _unsatisfied("LogGroup", group, f"Member must satisfy regular expression pattern: {_GROUP}")


def _unsatisfied(member: str, value: Any, constraint: str) -> LambdaError:
    label = f"loggingConfig.{member[0].lower()}{member[1:]}"
    return LambdaError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{label}' failed to satisfy constraint: "
        f"{constraint}",
    )
