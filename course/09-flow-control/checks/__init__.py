"""Checks of the lab "Choose, wait, fan out".

Each check starts executions with inputs of its own. Times are seconds of the cloud's clock; it stands beside
a real processor, so they are compared with some room.
"""

from typing import Any

from grader import Failure, Lab

ROOM = 2.0
# What the errors table of AWS says of an input that fits no rule, and what an execution says.
_NO_RULE = ("States.NoChoiceMatched", "does not point to a next state")


def ended(lab: Lab, machine: str, given: object) -> Any:
    """An execution that has come to its end."""
    seen = lab.execute(machine, given)
    if seen.stopped is None:
        raise Failure(expected="it ends", seen=seen.status, where=f"an execution of {machine}")
    return seen


def succeeded(lab: Lab, machine: str, given: object) -> Any:
    """An execution that has succeeded."""
    seen = ended(lab, machine, given)
    if seen.status != "SUCCEEDED":
        told = ": ".join(part for part in (seen.status, seen.error, seen.cause) if part)
        raise Failure(expected="SUCCEEDED", seen=told[:300], where=f"an execution of {machine}")
    return seen


def fits_no_rule(execution: Any) -> bool:
    """Whether a Choice had no rule for the input, and no Default."""
    told = f"{execution.error} {execution.cause}"
    return any(words in told for words in _NO_RULE)


def seconds(execution: Any) -> float:
    return float(execution.stopped - execution.started)


def lasts(execution: Any, wanted: float) -> bool:
    return abs(seconds(execution) - wanted) <= ROOM


def expect_seconds(execution: Any, wanted: float, where: str) -> None:
    if not lasts(execution, wanted):
        raise Failure(expected=f"{wanted:.0f} s", seen=f"{seconds(execution):.0f} s", where=where)
