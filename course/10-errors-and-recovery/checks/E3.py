"""Checks of E3, the order is kept beside the error."""

from typing import Any

from grader import Lab, check, mistake

from . import word

HINTS = (
    "Look at the output of the last run. Which part of the input is missing?",
    "`ResultPath` says where a result goes. A task has one, and each catcher has one of its own.",
    'In the catcher: `"ResultPath": "$.problem"`. In the task: `"ResultPath": "$.booking"`, after a '
    "`ResultSelector`.",
)


def _order(lab: Lab, **more: Any) -> dict[str, Any]:
    return {"symbol": word(lab), "shares": lab.random.randint(1, 99), "customer": word(lab), **more}


@check("E3", points=2, hints=HINTS)
def the_fallback_has_both(lab: Lab) -> None:
    """After a failure the output is the whole order, and the error at `problem`."""
    order = _order(lab, fault=lab.random.choice(["NoStock", "CustomError"]))
    seen = lab.execute("book-order", order).output
    if not isinstance(seen, dict) or not isinstance(seen.get("problem"), dict):
        lab.fail(seen, "the order, with the error at `problem`", "the output after a failure")
    lab.expect(seen["problem"].get("Error"), order["fault"], "problem.Error")
    lab.expect({key: seen[key] for key in seen if key != "problem"}, order, "the rest of the output")


@check("E3", points=1, hints=HINTS)
def success_has_both(lab: Lab) -> None:
    """After a booking the output is the whole order, and the receipt at `booking`."""
    order = _order(lab)
    booking = {"receipt": f"{order['shares']} x {order['symbol']}"}
    lab.expect(
        lab.execute("book-order", order).output, {**order, "booking": booking}, "the output after a booking"
    )


@mistake(
    "E3-input-lost",
    exercise="E3",
    hints=(
        "What did Catch write over?",
        "Without `ResultPath` the error takes the place of the whole input. Give it a place of its own.",
        'In the catcher: `"ResultPath": "$.problem"`',
    ),
)
def input_lost(lab: Lab) -> bool | str:
    seen = lab.execute("book-order", _order(lab, fault="NoStock")).output
    return (
        isinstance(seen, dict) and set(seen) == {"Error", "Cause"} and "the output has only Error and Cause"
    )


@mistake(
    "E3-error-dropped",
    exercise="E3",
    hints=(
        "The order is there. Where is the error?",
        "`ResultPath: null` throws the result away. A path such as `$.problem` keeps it beside the input.",
        'In the catcher: `"ResultPath": "$.problem"`',
    ),
)
def error_dropped(lab: Lab) -> bool | str:
    order = _order(lab, fault="NoStock")
    return lab.execute("book-order", order).output == order and "the output has no error"


@mistake(
    "E3-whole-answer",
    exercise="E3",
    hints=(
        "What is at `booking` in your output? Who wrote the other fields?",
        "`lambda:invoke` answers with `Payload`, a status and more. `ResultSelector` picks what you need.",
        '`"ResultSelector": {"receipt.$": "$.Payload.receipt"}`',
    ),
)
def whole_answer(lab: Lab) -> bool | str:
    seen = lab.execute("book-order", _order(lab)).output
    booking = seen.get("booking") if isinstance(seen, dict) else None
    return isinstance(booking, dict) and "Payload" in booking and "booking has the field Payload"


@mistake(
    "E3-only-the-failure",
    exercise="E3",
    hints=(
        "Run it without a fault. Is the order in the output?",
        "The catcher has a `ResultPath`. The task needs one of its own, for the answer of the function.",
        'In the task: `"ResultSelector": {"receipt.$": "$.Payload.receipt"}` and `"ResultPath": '
        '"$.booking"`.',
    ),
)
def only_the_failure(lab: Lab) -> bool | str:
    order = _order(lab)
    seen = lab.execute("book-order", order).output
    return isinstance(seen, dict) and "symbol" not in seen and "after a booking the order is gone"


@mistake(
    "E3-too-late",
    exercise="E3",
    hints=(
        "Look at the input of `TellCustomer`. Is the order still there?",
        "The catcher has replaced the input before `TellCustomer` begins. What is gone can't be kept "
        "there: the `ResultPath` stands in the catcher.",
        '`{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.problem", "Next": "TellCustomer"}`',
    ),
)
def too_late(lab: Lab) -> bool | str:
    seen = lab.execute("book-order", _order(lab, fault="NoStock")).output
    both = isinstance(seen, dict) and "problem" in seen and "Cause" in seen
    return both and "the error is there twice, the order is not"
