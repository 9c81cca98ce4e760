"""Checks of E6, three ends."""

import json

from grader import Failure, Lab, check, mistake

HINTS = (
    "Read status, error and cause of each end. Which of the three is not as the brief says?",
    "Succeed needs only its Type. Fail has Error and Cause. None of them has Next or End.",
    '`"Small": {"Type": "Fail", "Error": "NothingToBook", "Cause": "…"}`.',
)


def _ends_in(lab: Lab, quantity: int, status: str, error: str | None) -> None:
    seen = lab.execute("order-gate", {"quantity": quantity})
    where = f"an execution of order-gate with the quantity {quantity}"
    lab.expect(seen.status, status, where=f"the status of {where}")
    lab.expect(seen.error, error, where=f"the error of {where}")
    if error is not None and len((seen.cause or "").split()) < 3:
        raise Failure("a cause of three words or more", seen.cause, where)


@check("E6", points=1, hints=HINTS)
def accepts(lab: Lab) -> None:
    """A quantity from 1 to 100 succeeds."""
    for quantity in (1, lab.random.randint(2, 99)):
        _ends_in(lab, quantity, "SUCCEEDED", None)


@check("E6", points=1, hints=HINTS)
def refuses_nothing(lab: Lab) -> None:
    """Zero or less fails with NothingToBook and a cause."""
    _ends_in(lab, -lab.random.randint(0, 99), "FAILED", "NothingToBook")


@check("E6", points=1, hints=HINTS)
def refuses_too_much(lab: Lab) -> None:
    """More than 100 fails with NeedsApproval and a cause."""
    _ends_in(lab, lab.random.randint(101, 9999), "FAILED", "NeedsApproval")


def _tried(lab: Lab) -> str:
    """The last definition with these states that was validated or deployed."""
    for entry in reversed(lab.journal()):
        text = (entry.get("parameters") or {}).get("definition")
        if isinstance(text, str) and '"NothingToBook"' in text:
            return text
    return "{}"


@mistake(
    "E6-fail-with-next",
    exercise="E6",
    hints=(
        "Terminal. What could come after the end?",
        "A Fail ends the execution, so it has no Next. That is why the machine was not deployed.",
        "Remove `Next` from the Fail states; keep Type, Error and Cause.",
    ),
)
def fail_with_next(lab: Lab) -> bool | str:
    try:
        found = json.loads(_tried(lab)).get("States", {}).values()
    except ValueError:
        return False
    return any(state.get("Type") == "Fail" and "Next" in state for state in found) and "a Fail has a Next"


@mistake(
    "E6-error-as-output",
    exercise="E6",
    hints=(
        "The order was refused. What is the status of the execution?",
        "A Pass or a Succeed that says 'error' in its output is a success for everybody who watches. "
        "Fail is not.",
        'Make it `"Type": "Fail"` with an Error.',
    ),
)
def error_as_output(lab: Lab) -> bool | str:
    seen = lab.execute("order-gate", {"quantity": 0})
    return seen.status == "SUCCEEDED" and "NothingToBook" in json.dumps(seen.output) and "a refusal SUCCEEDED"


@mistake(
    "E6-no-cause",
    exercise="E6",
    hints=(
        "Somebody reads this at night. What does the cause tell?",
        "Error is for programs, Cause is for people. Write a few words that help.",
        '`"Cause": "the quantity is not above zero"`.',
    ),
)
def no_cause(lab: Lab) -> bool | str:
    for quantity, error in ((0, "NothingToBook"), (101, "NeedsApproval")):
        seen = lab.execute("order-gate", {"quantity": quantity})
        if seen.error == error and len((seen.cause or "").split()) < 3:
            return f"{error} has no cause of three words"
    return False


@mistake(
    "E6-errors-swapped",
    exercise="E6",
    hints=(
        "Which of the two errors does a quantity of 0 get?",
        "Follow the arrows of the Choice: which rule leads to `Small`, and what does `Small` mean?",
        "`Small` has the error NothingToBook, `Large` has NeedsApproval.",
    ),
)
def errors_swapped(lab: Lab) -> bool | str:
    seen = lab.execute("order-gate", {"quantity": 0})
    return seen.error == "NeedsApproval" and "a quantity of 0 NeedsApproval"
