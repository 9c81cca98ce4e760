"""Checks of E2, the repaired slides about Choice and Wait."""

import json
from datetime import timedelta

from grader import Lab, check, mistake

from . import ended, expect_seconds, fits_no_rule, lasts, seconds, succeeded

MACHINE = "waits"
HINTS = (
    "Read what `labkit.deploy_machine` says, the first line first. Which place does it name?",
    "JSON has no comma before a closing brace. Each Wait has one of `Seconds`, `Timestamp`, `SecondsPath`, "
    "`TimestampPath`, and also `Next` or `End`. A Choice has `Default`, and leads to states that exist.",
    '`{"Variable": "$.foo", "NumericEquals": 3, "Next": "wait_using_timestamp_path"}`, and '
    '`"Default": "done"` with `"done": {"Type": "Succeed"}`.',
)


@check("E2", points=1, hints=HINTS)
def one_waits_ten_seconds(lab: Lab) -> None:
    """With foo 1 it waits for 10 seconds, and the input comes out."""
    given = {"foo": 1, "note": lab.random.randint(1, 999)}
    seen = succeeded(lab, MACHINE, given)
    expect_seconds(seen, 10, "an execution with foo 1")
    lab.expect(seen.output, given, where="the output")


@check("E2", points=1, hints=HINTS)
def two_does_not_wait(lab: Lab) -> None:
    """With foo 2 it goes to wait_using_timestamp, and does not wait, because 2015 is over."""
    seen = succeeded(lab, MACHINE, {"foo": 2})
    expect_seconds(seen, 0, "an execution with foo 2")
    if "wait_using_timestamp" not in seen.visited:
        lab.fail(seen.visited, "wait_using_timestamp", "the states of an execution with foo 2")


@check("E2", points=1, hints=HINTS)
def three_waits_until_a_date(lab: Lab) -> None:
    """With foo 3 it waits until the expirydate of the input."""
    wait = lab.random.randint(120, 9000)
    moment = lab.clock.now() + timedelta(seconds=wait)
    seen = succeeded(lab, MACHINE, {"foo": 3, "expirydate": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
    expect_seconds(seen, wait, "an execution with foo 3")


@check("E2", points=1, hints=HINTS)
def four_waits_for_the_seconds(lab: Lab) -> None:
    """With foo 4 it waits for the expiryseconds of the input."""
    wait = lab.random.randint(60, 900)
    expect_seconds(
        succeeded(lab, MACHINE, {"foo": 4, "expiryseconds": wait}), wait, "an execution with foo 4"
    )


@check("E2", points=1, hints=HINTS)
def another_number_goes_on(lab: Lab) -> None:
    """With another number it succeeds at once."""
    seen = succeeded(lab, MACHINE, {"foo": lab.random.randint(5, 99)})
    expect_seconds(seen, 0, "an execution with another number")


def _last_definition(lab: Lab) -> str:
    """What the learner tried to deploy last."""
    tried = [
        str((entry.get("parameters") or {}).get("definition", ""))
        for entry in lab.journal()
        if entry["operation"] == "ValidateStateMachineDefinition"
    ]
    return next((text for text in reversed(tried) if "wait_using_seconds" in text), "")


@mistake(
    "E2-no-default",
    exercise="E2",
    hints=(
        "Run it with foo 7. What does the error say?",
        "When no rule fits and there is no `Default`, the execution fails: the Choice has nowhere to go.",
        '`"Default": "done"` beside `"Choices"`, and a state `done` of the type Succeed.',
    ),
)
def no_default(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"foo": 7})
    return fits_no_rule(seen) and "foo 7 fits no rule, and there is no Default"


@mistake(
    "E2-two-times-in-one-wait",
    exercise="E2",
    hints=(
        "Exactly one. How many of `Seconds`, `Timestamp`, `SecondsPath` and `TimestampPath` has each Wait?",
        "A Wait has one way to say how long. With two of them the definition is not valid, and nothing is "
        "deployed.",
        "`wait_using_timestamp` keeps `Timestamp` only.",
    ),
)
def two_times_in_one_wait(lab: Lab) -> bool | str:
    try:
        states = json.loads(_last_definition(lab))["States"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    ways = {"Seconds", "Timestamp", "SecondsPath", "TimestampPath"}
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict) and len(ways & set(state)) > 1:
            return f"{name} has {' and '.join(sorted(ways & set(state)))}"
    return False


@mistake(
    "E2-commas-are-left",
    exercise="E2",
    hints=(
        "The file is not JSON yet. What stands before each closing brace?",
        "JSON allows a comma between two entries, none behind the last one, and no dot at the end. The "
        "message of `labkit.deploy_machine` names the line.",
        '`"Seconds": 10, "End": true` and then the brace, without a comma.',
    ),
)
def commas_are_left(lab: Lab) -> bool | str:
    text = _last_definition(lab)
    try:
        json.loads(text)
    except ValueError as error:
        return bool(text) and f"no JSON at line {error.lineno}" if hasattr(error, "lineno") else bool(text)
    except RecursionError:
        return False
    return False


@mistake(
    "E2-seconds-are-fixed",
    exercise="E2",
    hints=(
        "Give two inputs with foo 4 and different `expiryseconds`. Do they take the same time?",
        "`Seconds` is a number in the definition. `SecondsPath` is a path into the input.",
        '`"SecondsPath": "$.expiryseconds"`.',
    ),
)
def seconds_are_fixed(lab: Lab) -> bool | str:
    one = ended(lab, MACHINE, {"foo": 4, "expiryseconds": 100})
    other = ended(lab, MACHINE, {"foo": 4, "expiryseconds": 200})
    fixed = one.status == other.status == "SUCCEEDED" and lasts(other, seconds(one))
    return fixed and f"100 and 200 expiryseconds both take {seconds(one):.0f} s"


@mistake(
    "E2-the-date-is-fixed",
    exercise="E2",
    hints=(
        "Give foo 3 and an `expirydate` of tomorrow. When does it end?",
        "`Timestamp` is a moment in the definition. `TimestampPath` is a path to a moment in the input.",
        '`"TimestampPath": "$.expirydate"`.',
    ),
)
def the_date_is_fixed(lab: Lab) -> bool | str:
    moment = (lab.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    seen = ended(lab, MACHINE, {"foo": 3, "expirydate": moment})
    return seen.status == "SUCCEEDED" and lasts(seen, 0) and "it did not wait until expirydate"


@mistake(
    "E2-another-number-waits-or-fails",
    exercise="E2",
    hints=(
        "Where does your `Default` lead, and what happens there?",
        "Another number is no error, and it waits for nothing. It needs a state that ends well at once.",
        '`"Done": {"Type": "Succeed"}`, and `"Default": "Done"` beside `Choices`.',
    ),
)
def another_number_waits_or_fails(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"foo": 77})
    if fits_no_rule(seen):
        return False
    if seen.status == "FAILED":
        return "foo 77 ends in a Fail"
    return seconds(seen) > 2 and f"foo 77 waits {seconds(seen):.0f} s"
