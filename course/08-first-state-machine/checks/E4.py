"""Checks of E4, JSONata with a variable."""

import json
from typing import Any

from grader import Failure, Lab, check, mistake

from . import PRICES, word

HINTS = (
    "Read error and cause of the execution. Which field did it try to evaluate?",
    "`Arguments` gives the order to the function, `Assign` keeps the price, `Output` lets the input through. "
    "In `Total` the variable is `$price`.",
    '`"Assign": {"price": "{% $states.result.Payload.price %}"}`, and `"total": "{% $price * … %}"`.',
)
_PATHS = {"InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector"}


def _order(lab: Lab) -> dict[str, Any]:
    symbol = lab.random.choice(list(PRICES))
    return {"customer": word(lab), "order": {"symbol": symbol, "quantity": lab.random.randint(2, 300)}}


def _run(lab: Lab) -> tuple[Any, dict[str, Any]]:
    """An execution, and the output that it should have."""
    given = _order(lab)
    name = f"unseen-{word(lab)}-{lab.random.randint(0, 10**9)}"
    seen = lab.execute("quote", given, name=name)
    total = PRICES[given["order"]["symbol"]] * given["order"]["quantity"]
    return seen, {"customer": given["customer"], "total": total, "execution": name}


@check("E4", points=2, hints=HINTS)
def answers_with_the_total(lab: Lab) -> None:
    """The output has the customer, the total and the name of the execution."""
    for _ in range(2):
        seen, expected = _run(lab)
        if seen.status != "SUCCEEDED":
            raise Failure(
                "SUCCEEDED", f"{seen.status}: {seen.error}: {seen.cause}"[:300], "an execution of quote"
            )
        # JSONata writes 25.0 as 25: a number is a number here.
        if isinstance(seen.output, dict) and isinstance(seen.output.get("total"), (int, float)):
            seen.output["total"] = float(seen.output["total"])
        expected["total"] = float(expected["total"])
        lab.expect(seen.output, expected, where="the output of quote")


@check("E4", points=2, hints=HINTS, needs=("answers_with_the_total",))
def carries_the_price_in_a_variable(lab: Lab) -> None:
    """The price travels in a variable, and no state has a field of JSONPath."""
    seen, _ = _run(lab)
    assigned = [
        event["stateExitedEventDetails"].get("assignedVariables")
        for event in seen.events
        if "stateExitedEventDetails" in event
    ]
    if not any(assigned):
        lab.fail(seen="no variable", expected="a variable with the price", where="the history of quote")
    told = lab.client("stepfunctions").describe_state_machine_for_execution(executionArn=seen.arn)
    found = [
        key for state in json.loads(told["definition"])["States"].values() for key in state if key in _PATHS
    ]
    lab.expect(found, [], where="the fields of JSONPath in your definition")


@mistake(
    "E4-dollar-keys",
    exercise="E4",
    hints=(
        "Which language does this state speak?",
        "A key that ends in `.$` belongs to JSONPath. In JSONata the key is plain, and the value stands "
        "between "
        "`{%` and `%}`.",
        '`"customer": "{% $states.input.customer %}"`.',
    ),
)
def dollar_keys(lab: Lab) -> bool | str:
    seen, _ = _run(lab)
    keys = list(seen.output) if isinstance(seen.output, dict) else []
    found = [key for key in keys if key.endswith(".$")]
    return bool(found) and f"the output has the key {found[0]}"


@mistake(
    "E4-no-percent-braces",
    exercise="E4",
    hints=(
        "Look at the output: is a value the formula itself?",
        "Without `{%` and `%}` a text is a text, whatever stands in it.",
        "Write `{%` at its beginning and `%}` at its end, inside the quotation marks.",
    ),
)
def no_percent_braces(lab: Lab) -> bool | str:
    seen, _ = _run(lab)
    values = list(seen.output.values()) if isinstance(seen.output, dict) else []
    return (
        any(isinstance(value, str) and "$" in value for value in values) and "a value is the formula itself"
    )


@mistake(
    "E4-price-in-the-data",
    exercise="E4",
    hints=(
        "The total is right. Where did the price travel: in the data or in a variable?",
        "A variable spares the states in between: they need not carry the price. `Assign` makes one.",
        '`"Assign": {"price": …}` in `Price`, and `$price` in `Total`.',
    ),
)
def price_in_the_data(lab: Lab) -> bool | str:
    seen, expected = _run(lab)
    right = isinstance(seen.output, dict) and seen.output.get("total") == expected["total"]
    assigned = any((e.get("stateExitedEventDetails") or {}).get("assignedVariables") for e in seen.events)
    return right and not assigned and "there is no variable"


@mistake(
    "E4-the-whole-input-as-payload",
    exercise="E4",
    hints=(
        "`price-check` reads `event['symbol']`. What does your `Payload` give it?",
        "The input has a customer and an order. The function wants only the order.",
        '`"Payload": "{% $states.input.order %}"`',
    ),
)
def the_whole_input_as_payload(lab: Lab) -> bool | str:
    seen, _ = _run(lab)
    return seen.error == "KeyError" and "symbol" in (seen.cause or "") and "price-check finds no symbol"


@mistake(
    "E4-input-is-gone",
    exercise="E4",
    hints=(
        "Draw the execution with `labkit.steps`. What does `Price` give out, and is the customer in it?",
        "Without `Output` a task gives out its result, and the input is gone.",
        '`"Output": "{% $states.input %}"` in `Price`.',
    ),
)
def input_is_gone(lab: Lab) -> bool | str:
    cause = _run(lab)[0].cause or ""
    return "'$states.input." in cause and "'Total'" in cause and "Total looks for something that is not there"
