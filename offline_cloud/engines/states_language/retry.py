"""Retry and Catch: which errors they match, and how long a retrier waits.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html:
1. States.ALL matches every error but States.DataLimitExceeded and States.Runtime.
2. States.TaskFailed matches every error that States.ALL does, but a timeout.
3. States.Runtime can be neither retried nor caught, not even by its name: it always ends the execution.
4. A heartbeat that stays away is reported as States.Timeout; States.HeartbeatTimeout matches it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type alone; the instance comes from outside, seeded

__all__ = [
    "DATA_LIMIT",
    "RUNTIME",
    "TIMEOUT",
    "ErrorNames",
    "Failure",
    "Retrier",
    "compile_error_names",
    "compile_retriers",
]

RUNTIME: Final = "States.Runtime"
TIMEOUT: Final = "States.Timeout"
DATA_LIMIT: Final = "States.DataLimitExceeded"
_HEARTBEAT: Final = "States.HeartbeatTimeout"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a state failed; `by_heartbeat` if a heartbeat stayed away. A Fail state may give no error."""

    error: str | None
    cause: str | None
    by_heartbeat: bool = False

    def output(self) -> dict[str, str]:
        """The error output: what a catcher passes on."""
        return {"Error": self.error or "", "Cause": self.cause or ""}


@dataclass(frozen=True, slots=True)
class ErrorNames:
    """The ErrorEquals of a retrier or catcher."""

    names: frozenset[str]

    def match(self, failure: Failure) -> bool:
        """Whether this retrier or catcher is for that failure."""
        error = failure.error or ""
        names = self.names
        if error == RUNTIME:
            return False
        if error in names or (failure.by_heartbeat and _HEARTBEAT in names):
            return True
        if error == DATA_LIMIT:
            return False
        return "States.ALL" in names or ("States.TaskFailed" in names and error != TIMEOUT)


@dataclass(frozen=True, slots=True)
class Retrier:
    """One retrier; seconds throughout."""

    errors: ErrorNames
    interval: float
    max_attempts: int
    backoff: float
    max_delay: float | None
    full_jitter: bool

    def delay(self, attempt: int, random: random.Random) -> float:
        """How long to wait before this attempt (the first retry is 0)."""
        try:
            seconds = self.interval * self.backoff**attempt
        except OverflowError:
            seconds = float("inf")
        if self.max_delay is not None:
            seconds = min(seconds, self.max_delay)
        return random.uniform(0, seconds) if self.full_jitter else seconds


def compile_error_names(rule: Mapping[str, Any]) -> ErrorNames:
    return ErrorNames(frozenset(rule["ErrorEquals"]))


def compile_retriers(rules: list[Mapping[str, Any]]) -> tuple[Retrier, ...]:
    return tuple(
        Retrier(
            errors=compile_error_names(rule),
            interval=rule.get("IntervalSeconds", 1),
            max_attempts=rule.get("MaxAttempts", 3),
            backoff=rule.get("BackoffRate", 2.0),
            max_delay=rule.get("MaxDelaySeconds"),
            full_jitter=rule.get("JitterStrategy", "NONE") == "FULL",
        )
        for rule in rules
    )
