"""Checks of E1, the chain as a machine."""

import json
from typing import Any

from grader import Lab, check, mistake
from grader.lab import Execution

from . import PRICES, output_of

HINTS = (
    "Look at the steps of your execution. Which functions were called, and what came out of each state?",
    "Two Task states. The first has a Next, the second has End. Each gives only the Payload on to the "
    "next one.",
    'In `Book`: `"Arguments": {"FunctionName": "book-trade", "Payload": "{% $states.input %}"}` and the same '
    "`Output` as in `Price`.",
)


def _order(lab: Lab, low: int = 1, high: int = 400) -> dict[str, Any]:
    return {"symbol": lab.random.choice(list(PRICES)), "quantity": lab.random.randint(low, high)}


def _called(seen: Execution) -> list[str]:
    """The functions that the tasks of an execution called, by name."""
    names = []
    for event in seen.events:
        if event["type"] == "TaskScheduled":
            told = json.loads(event["taskScheduledEventDetails"]["parameters"])
            names.append(str(told.get("FunctionName", "")).split(":function:")[-1].split(":")[0])
        elif event["type"] == "LambdaFunctionScheduled":
            names.append(event["lambdaFunctionScheduledEventDetails"]["resource"].split(":function:")[-1])
    return names


def _remembered(seen: Execution) -> str:
    """What the states of an execution gave out, as text."""
    return " ".join(
        str(event["stateExitedEventDetails"].get("output", ""))
        for event in seen.events
        if "stateExitedEventDetails" in event
    )


@check("E1", points=2, hints=HINTS)
def answers_as_the_chain_does(lab: Lab) -> None:
    """The output of trade is the answer of book-trade, for each order."""
    for _ in range(2):
        order = _order(lab)
        expected = {"symbol": order["symbol"], "total": order["quantity"] * PRICES[order["symbol"]]}
        lab.expect(output_of(lab, "trade", order), expected, where="the output of trade")


@check("E1", points=1, hints=HINTS)
def calls_the_two_functions(lab: Lab) -> None:
    """Two tasks call the two functions, one after the other."""
    seen = lab.execute("trade", _order(lab))
    lab.expect(_called(seen), ["price-check", "book-trade"], where="the functions that the tasks call")


@check("E1", points=1, hints=HINTS, needs=("calls_the_two_functions",))
def remembers_the_first_step(lab: Lab) -> None:
    """When book-trade fails, the execution fails, and its history still has the price."""
    order = _order(lab, -50, 0)
    seen = lab.execute("trade", order)
    lab.expect(seen.status, "FAILED", where="the status when book-trade fails")
    lab.expect(seen.error, "ValueError", where="the error when book-trade fails")
    if str(PRICES[order["symbol"]]) not in _remembered(seen):
        lab.fail(seen="no price", expected="the price in the output of the first state", where="the history")


@mistake(
    "E1-lambda-calls-lambda",
    exercise="E1",
    hints=(
        "Who waits, who pays?",
        "`trade-chain` is still there, and it waits while the others work. Let the machine call each "
        "function.",
        "Two Task states: one for `price-check`, one for `book-trade`.",
    ),
)
def lambda_calls_lambda(lab: Lab) -> bool | str:
    called = _called(lab.execute("trade", _order(lab)))
    return "trade-chain" in called and "a task calls trade-chain"


@mistake(
    "E1-whole-answer",
    exercise="E1",
    hints=(
        "Look at what `Price` gives out. Where in it is the price?",
        "Without `Output` a task gives out the whole answer of Invoke, with its status. The function's "
        "own answer "
        "is one part of it.",
        '`"Output": "{% $states.result.Payload %}"` in both states.',
    ),
)
def whole_answer(lab: Lab) -> bool | str:
    seen = lab.execute("trade", _order(lab))
    return '"ExecutedVersion"' in _remembered(seen) and "a state gives out the whole answer of Invoke"


@mistake(
    "E1-hides-the-failure",
    exercise="E1",
    hints=(
        "Send a quantity of -1. What is the status of the execution?",
        "A trade that was not booked must not look like a success. Without a Catch the execution fails "
        "by itself.",
        "Remove the `Catch` from `Book`.",
    ),
)
def hides_the_failure(lab: Lab) -> bool | str:
    seen = lab.execute("trade", {"symbol": "ACME", "quantity": -lab.random.randint(1, 50)})
    return (
        seen.status == "SUCCEEDED" and "book-trade" in _called(seen) and "the failed booking ends SUCCEEDED"
    )


@mistake(
    "E1-asks-for-its-own-result",
    exercise="E1",
    hints=(
        "`Book` asks for `$states.result`. When is there a result: before the task, or after it?",
        "Arguments are built before the task runs. What came from the state before is `$states.input`.",
        '`"Payload": "{% $states.input %}"` in the Arguments of `Book`.',
    ),
)
def asks_for_its_own_result(lab: Lab) -> bool | str:
    cause = lab.execute("trade", _order(lab)).cause or ""
    return "$states.result" in cause and "'Arguments" in cause and "Arguments has $states.result"
