"""Checks of E5, the repaired Map."""

import json
from typing import Any

from grader import Failure, Lab, check, mistake

from . import ended, expect_seconds, lasts, seconds, succeeded

MACHINE = "order-batch"
HINTS = (
    "Read the first line of what `labkit.deploy_machine` says, or compare the output with the brief, key "
    "by key.",
    "`ItemProcessor` has `StartAt` and `States` of its own. `ItemSelector` makes the input of an item. "
    "`ResultPath` of the Map says where the array of results goes; `ResultPath` of the Pass where `Done!` "
    "goes.",
    '`"ItemSelector": {"number.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value"}`, '
    '`"ResultPath": "$.results"`.',
)
DESKS = ("London", "Tokyo", "Nairobi", "Lima")


def _given(lab: Lab, count: int) -> dict[str, Any]:
    return {
        "desk": lab.random.choice(DESKS),
        "array": [f"O-{lab.random.randint(1, 9999)}" for _ in range(count)],
    }


def _wanted(given: dict[str, Any]) -> dict[str, Any]:
    results = [
        {"number": number, "order": order, "status": "Done!"} for number, order in enumerate(given["array"])
    ]
    return {**given, "results": results}


@check("E5", points=2, hints=HINTS)
def results_beside_the_input(lab: Lab) -> None:
    """The whole input comes out, and beside it a result for each order, in their order."""
    for count in (3, lab.random.randint(4, 7)):
        given = _given(lab, count)
        lab.expect(succeeded(lab, MACHINE, given).output, _wanted(given), where="the output")


@check("E5", points=1, hints=HINTS)
def two_at_once(lab: Lab) -> None:
    """Two orders are worked on at once, not more: seven orders take 80 seconds."""
    expect_seconds(succeeded(lab, MACHINE, _given(lab, 7)), 80, "an execution with seven orders")


@check("E5", points=1, hints=HINTS, needs=("results_beside_the_input",))
def no_orders(lab: Lab) -> None:
    """Without orders it succeeds, with an empty array of results."""
    given = _given(lab, 0)
    lab.expect(succeeded(lab, MACHINE, given).output, _wanted(given), where="the output")


def _words(lab: Lab) -> set[str]:
    """The fields of the Map states of the machine, and of the states inside them."""
    states = lab.client("stepfunctions")
    arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{MACHINE}"
    try:
        definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    except states.exceptions.StateMachineDoesNotExist:
        raise Failure("a state machine with the name order-batch", "there is none", MACHINE) from None
    return {key for state in definition["States"].values() if state.get("Type") == "Map" for key in state}


@check("E5", points=1, hints=HINTS)
def words_of_today(lab: Lab) -> None:
    """The Map uses ItemProcessor and ItemSelector, not the deprecated Iterator and Parameters."""
    words = _words(lab)
    old = sorted(words & {"Iterator", "Parameters"})
    if old or "ItemProcessor" not in words:
        lab.fail(", ".join(old) or "no Map", "ItemProcessor, ItemSelector", "the Map in the definition")


@mistake(
    "E5-iterator-is-left",
    exercise="E5",
    hints=(
        "Deprecated: what replaces it? Read the warning of `labkit.deploy_machine`.",
        "`Iterator` still works, so that old machines go on. In a new one the word is `ItemProcessor`, and "
        "`ItemSelector` takes the place of `Parameters`.",
        "Change the two words. What is inside stays.",
    ),
)
def iterator_is_left(lab: Lab) -> bool | str:
    old = sorted(_words(lab) & {"Iterator", "Parameters"})
    return bool(old) and f"the Map still has {' and '.join(old)}"


@mistake(
    "E5-wipes-the-input",
    exercise="E5",
    hints=(
        "Look for `desk` and the orders in the output. What stands in their place?",
        "Without `ResultPath` the results replace the whole input. With `$.array` they replace the "
        "orders. A new "
        "name keeps both.",
        '`"ResultPath": "$.results"` in the Map.',
    ),
)
def wipes_the_input(lab: Lab) -> bool | str:
    given = _given(lab, 2)
    seen = ended(lab, MACHINE, given)
    if seen.status != "SUCCEEDED":
        return False
    if not isinstance(seen.output, dict):
        return "the output is the array of results alone"
    return (
        seen.output.get("array") not in (given["array"], None) and "the results stand where the orders were"
    )


@mistake(
    "E5-all-at-once",
    exercise="E5",
    hints=(
        "How many seconds did seven orders take? How many bars stand above each other in the picture?",
        "Without `MaxConcurrency` (or with 0) a Map works on as many items as it can: up to 40 at once, "
        "inline.",
        '`"MaxConcurrency": 2`',
    ),
)
def all_at_once(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, _given(lab, 7))
    return seen.status == "SUCCEEDED" and lasts(seen, 20) and "seven orders took 20 s"


@mistake(
    "E5-one-by-one",
    exercise="E5",
    hints=(
        "How many seconds did seven orders take? Was there ever a second bar at the same time?",
        "`MaxConcurrency` 1 is a queue: one item after the other. The brief allows two at once.",
        '`"MaxConcurrency": 2`',
    ),
)
def one_by_one(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, _given(lab, 3))
    return seen.status == "SUCCEEDED" and lasts(seen, 60) and f"three orders took {seconds(seen):.0f} s"


@mistake(
    "E5-done-replaces-the-order",
    exercise="E5",
    hints=(
        "Each result is a text alone. Where did number and order go?",
        "`Result` replaces what came into the Pass, unless `ResultPath` names a place for it.",
        '`"ResultPath": "$.status"` in the Pass.',
    ),
)
def done_replaces_the_order(lab: Lab) -> bool | str:
    output = ended(lab, MACHINE, _given(lab, 2)).output
    results = output.get("results") if isinstance(output, dict) else None
    return results == ["Done!", "Done!"] and 'the results are ["Done!", "Done!"]'


@mistake(
    "E5-a-path-as-text",
    exercise="E5",
    hints=(
        "Look at one result. Is there a value, or the path itself?",
        "In JSONPath a key must end in `.$`. Only then the text behind it is read as a path.",
        '`"order.$": "$$.Map.Item.Value"`',
    ),
)
def a_path_as_text(lab: Lab) -> bool | str:
    output = ended(lab, MACHINE, _given(lab, 2)).output
    return "$.Map.Item" in json.dumps(output) and "the results hold a path instead of a value"


@mistake(
    "E5-one-dollar-sign",
    exercise="E5",
    hints=(
        "Read the error. In which data was the path looked for?",
        "`$.` looks into the input of the state. The item and its number stand in the context object: `$$.`.",
        '`"number.$": "$$.Map.Item.Index"`',
    ),
)
def one_dollar_sign(lab: Lab) -> bool | str:
    cause = ended(lab, MACHINE, _given(lab, 2)).cause or ""
    return "'$.Map.Item" in cause and "$.Map.Item is looked for in the input"
