"""The context object: what `$$` and `$states.context` show.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

__all__ = ["about_execution", "about_state", "timestamp"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def timestamp(now: float) -> str:
    """A time as the context object writes it: `2026-01-01T00:00:00.000Z`."""
    milliseconds = round(now * 1000)
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


def about_execution(
    *, arn: str, data: Any, name: str, role_arn: str, start: float, redrive_count: int, redriven: float | None
) -> dict[str, Any]:
    about = {
        "Id": arn,
        "Input": data,
        "StartTime": timestamp(start),
        "Name": name,
        "RoleArn": role_arn,
        "RedriveCount": redrive_count,
    }
    if redriven is not None:
        about["RedriveTime"] = timestamp(redriven)
    return about


def about_state(
    execution: Mapping[str, Any],
    machine: Mapping[str, Any],
    *,
    name: str,
    entered: float,
    retry_count: int | None,
    token: str | None,
    map_item: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The whole object for one state; `map_item` is the Item of the innermost Map around it.

    `retry_count` is None for states that can't retry.
    """
    state: dict[str, Any] = {"Name": name, "EnteredTime": timestamp(entered)}
    if retry_count is not None:
        state["RetryCount"] = retry_count
    context: dict[str, Any] = {
        "Execution": execution,
        "StateMachine": machine,
        "State": state,
    }
    if token is not None:
        context["Task"] = {"Token": token}
    if map_item is not None:
        context["Map"] = {"Item": map_item}
    return context
