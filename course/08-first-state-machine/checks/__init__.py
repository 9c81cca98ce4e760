"""Checks of the lab "From chain to machine".

Each check starts executions with inputs of its own, or hands definitions and histories of its own to the
learner's function. What several exercises need stands here.
"""

from typing import Any

from grader import Failure, Lab
from grader.lab import Execution

PRICES = {"TRDW": 101.5, "ACME": 12.25}


def output_of(lab: Lab, machine: str, given: Any) -> Any:
    """The output of an execution; one that doesn't succeed is a failed check."""
    seen: Execution = lab.execute(machine, given)
    if seen.status != "SUCCEEDED":
        told = f"{seen.status}: {seen.error or ''} {seen.cause or ''}".strip()
        raise Failure(expected="SUCCEEDED", seen=told[:300], where=f"an execution of {machine}")
    return seen.output


def answer_of(lab: Lab, exercise: str, event: dict[str, Any]) -> Any:
    """What the learner's submitted function returns; one that fails is a failed check."""
    seen = lab.invoke(lab.submitted(exercise), event)
    if seen.function_error:
        told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
        raise Failure(
            "an answer", f"it failed: {seen.error_type}: {told}"[:300], f"your function of {exercise}"
        )
    return seen.payload


def word(lab: Lab) -> str:
    """A name that nobody has seen."""
    return "".join(lab.random.choice("BCDFGKLMNPRSTVZ") + lab.random.choice("aeiou") for _ in range(4))
