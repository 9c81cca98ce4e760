"""Checks of the lab "Fail well": each starts executions with inputs of its own, and looks how they end."""

from typing import Any

from grader import Failure, Lab
from grader.lab import Execution

PREDICTION_HINTS = (
    "Write a guess, then run that cell. Wrong is fine. Is the cell with `labkit.predict` still empty?",
    "A guess counts when each row has something in it. Fill each row, run the cell, then check again.",
    "`labkit.predict(…)` stores what you wrote; `None` and an empty text don't count.",
)


def word(lab: Lab) -> str:
    """A name that nobody has used."""
    return "".join(lab.random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(8))


def expect_guesses(lab: Lab, exercise: str, rows: int) -> None:
    """A stored prediction with at least that many rows, none of them empty; an empty list says "no steps"."""
    guess: Any = lab.prediction(exercise)
    values = (
        list(guess.values()) if isinstance(guess, dict) else guess if isinstance(guess, list) else [guess]
    )
    filled = sum(value not in (None, "") for value in values)
    if filled < rows:
        raise Failure(f"{rows} guesses", f"{filled} guesses", f'labkit.predict("{exercise}", …)')


def handler_of(execution: Execution) -> str:
    """The state after the first one, or "none" when the execution did not succeed."""
    return (execution.visited[1:2] or ["none"])[0] if execution.status == "SUCCEEDED" else "none"
