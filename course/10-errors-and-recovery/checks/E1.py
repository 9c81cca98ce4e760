"""Checks of E1, which catcher takes which error."""

from grader import Lab, check, mistake

from . import PREDICTION_HINTS, expect_guesses, handler_of

HINTS = (
    "Read your catchers from top to bottom with the error in mind. Which is the first that fits?",
    "A time-out is no `States.TaskFailed`. `CustomError` and `States.Timeout` each need a catcher "
    "of their own. "
    "`States.ALL` stands alone in its list, and last.",
    '`{"ErrorEquals": ["States.Timeout"], "Next": "TimeoutFallback"}`, and three more like it.',
)


@check("E1", points=1, hints=PREDICTION_HINTS)
def catchers_were_predicted(lab: Lab) -> None:
    """You predicted the catcher of all four errors."""
    expect_guesses(lab, "E1", 4)


@check("E1", points=1, hints=HINTS)
def errors_of_the_task_find_their_catcher(lab: Lab) -> None:
    """CustomError has its own fallback, and other errors of the function have theirs."""
    lab.expect(
        handler_of(lab.execute("order-desk", {"fault": "CustomError"})), "CustomErrorFallback", "CustomError"
    )
    fault = lab.random.choice(["TypeError", "NoStock"])
    lab.expect(handler_of(lab.execute("order-desk", {"fault": fault})), "ReservedTypeFallback", fault)


@check("E1", points=1, hints=HINTS)
def a_timeout_has_its_own_catcher(lab: Lab) -> None:
    """A function that hangs is given up after 5 seconds, and the time-out has its own fallback."""
    seen = lab.execute("order-desk", {"fault": "slow"})
    lab.expect(handler_of(seen), "TimeoutFallback", "the state after a time-out")
    lab.expect(round((seen.stopped or 0) - seen.started), 5, "seconds until the task was given up")


@check("E1", points=1, hints=HINTS, needs=("errors_of_the_task_find_their_catcher",))
def success_and_bugs_are_not_caught(lab: Lab) -> None:
    """A good call meets no fallback, and nobody catches a path that finds nothing."""
    seen = lab.execute("order-desk", {"fault": "nothing"})
    fallbacks = [name for name in seen.visited if name.endswith("Fallback")]
    lab.expect([seen.status, fallbacks], ["SUCCEEDED", []], "status and fallbacks of a call without a fault")
    lab.expect(
        lab.execute("order-desk", {}).error, "States.Runtime", "the error without `fault` in the input"
    )


@mistake(
    "E1-all-for-timeouts",
    exercise="E1",
    hints=(
        "Who takes a time-out in your machine: a catcher that names it, or the one for everything?",
        "The error's full name is `States.Timeout`, and `States.TaskFailed` leaves it out. A "
        "catcher above the last "
        "has to name it.",
        '`{"ErrorEquals": ["States.Timeout"], "Next": "TimeoutFallback"}`',
    ),
)
def all_for_timeouts(lab: Lab) -> bool | str:
    caught = handler_of(lab.execute("order-desk", {"fault": "slow"})) == "CatchAllFallback"
    return caught and "the time-out goes to CatchAllFallback"


@mistake(
    "E1-general-first",
    exercise="E1",
    hints=(
        "Read from top to bottom. Which catcher sees `CustomError` first?",
        "`CustomError` is a failure of a task, too. The special catcher stands above the general one.",
        "Order: `CustomError`, `States.Timeout`, `States.TaskFailed`, `States.ALL`.",
    ),
)
def general_first(lab: Lab) -> bool | str:
    seen = handler_of(lab.execute("order-desk", {"fault": "CustomError"}))
    return seen in {"ReservedTypeFallback", "CatchAllFallback"} and f"CustomError goes to {seen}"


@mistake(
    "E1-no-limit",
    exercise="E1",
    hints=(
        "How long does your machine wait for a function that hangs?",
        "Without `TimeoutSeconds` the task waits as long as the function runs: no time-out, nothing "
        "to catch.",
        'Beside `Parameters`: `"TimeoutSeconds": 5`',
    ),
)
def no_limit(lab: Lab) -> bool | str:
    seen = lab.execute("order-desk", {"fault": "slow"})
    seconds = round((seen.stopped or 0) - seen.started)
    return seconds > 20 and f"the task waited {seconds} seconds"


@mistake(
    "E1-another-language",
    exercise="E1",
    hints=(
        "Send it `{}`. Which error does your machine get: `States.Runtime`, or one with Query in its name?",
        "In JSONata a value that is missing is `States.QueryEvaluationError`, and a catcher takes it. "
        "This exercise is about a bad path, so the machine stays in JSONPath.",
        '`"Parameters": {"FunctionName": "trade-desk", "Payload": {"fault.$": "$.fault"}}`, and no '
        "`QueryLanguage`.",
    ),
)
def another_language(lab: Lab) -> bool | str:
    """JSONata has no paths that find nothing."""
    events = lab.execute("order-desk", {}).events
    return "States.QueryEvaluationError" in str(events) and "the missing value is an error of JSONata"
