"""Checks of E2, retry with back-off."""

from itertools import pairwise

from grader import Lab, check, mistake
from grader.lab import Execution

from . import PREDICTION_HINTS, expect_guesses, word

HINTS = (
    "Look at the times of `TaskScheduled` in the history. How far apart should they be?",
    "One retrier for one error. `IntervalSeconds` is the first wait, `BackoffRate` multiplies it, "
    "`MaxDelaySeconds` is the longest, `MaxAttempts` counts the retries.",
    '`{"ErrorEquals": ["Throttled"], "IntervalSeconds": 15, "BackoffRate": 1.5, …}`',
)
WAITS = [15, 22.5, 33.75, 50.625, 60]


def _ask(lab: Lab, throttles: int, symbol: str | None = None) -> Execution:
    return lab.execute("ask-price", {"symbol": symbol or word(lab), "throttles": throttles})


def _tries(execution: Execution) -> list[float]:
    """When the function was called, in either form of a Task."""
    return execution.moments("TaskScheduled") + execution.moments("LambdaFunctionScheduled")


def _waits(execution: Execution) -> list[float]:
    return [later - first for first, later in pairwise(_tries(execution))]


@check("E2", points=1, hints=PREDICTION_HINTS)
def waits_were_predicted(lab: Lab) -> None:
    """You predicted the five waits."""
    expect_guesses(lab, "E2", 5)


@check("E2", points=1, hints=HINTS)
def waits_grow(lab: Lab) -> None:
    """A throttled call is tried again after 15, 22.5, 33.75, 50.6 and 60 seconds."""
    seen = _ask(lab, 5)
    waits = _waits(seen)
    good = len(waits) == len(WAITS) and all(
        -0.1 <= wait - wanted < 1 for wait, wanted in zip(waits, WAITS, strict=False)
    )
    if not good:
        lab.fail([round(wait, 1) for wait in waits], WAITS, "seconds between the tries")
    lab.expect(seen.status, "SUCCEEDED", "the status after five throttled calls")


@check("E2", points=1, hints=HINTS, needs=("waits_grow",))
def bad_input_is_tried_once(lab: Lab) -> None:
    """A wrong symbol is tried once, and the execution fails with BadInput."""
    seen = _ask(lab, 0, word(lab).lower())
    lab.expect([seen.error, len(_tries(seen))], ["BadInput", 1], "the error, and how many tries")


@check("E2", points=1, hints=HINTS, hidden=True, needs=("waits_grow",))
def gives_up_after_five(lab: Lab) -> None:
    """After five retries the machine gives up with Throttled."""
    seen = _ask(lab, lab.random.randint(6, 20))
    lab.expect([seen.error, len(_tries(seen))], ["Throttled", 6], "the error, and how many tries")


@mistake(
    "E2-retries-everything",
    exercise="E2",
    hints=(
        "Will a wrong symbol get better?",
        "Your retrier takes `BadInput`, too. Name only the error that waiting can mend.",
        '`"ErrorEquals": ["Throttled"]`',
    ),
)
def retries_everything(lab: Lab) -> bool | str:
    tries = len(_tries(_ask(lab, 0, "lower")))
    return tries > 1 and f"BadInput was tried {tries} times"


@mistake(
    "E2-no-longest-wait",
    exercise="E2",
    hints=(
        "How long is your fifth wait? Multiply it out.",
        "15 times 1.5, four times, is about 76 seconds. A field of the retrier limits each wait.",
        '`"MaxDelaySeconds": 60`',
    ),
)
def no_longest_wait(lab: Lab) -> bool | str:
    waits = _waits(_ask(lab, 5))
    return bool(waits) and max(waits) > 70 and f"your longest wait is {max(waits):.0f} seconds"


@mistake(
    "E2-default-attempts",
    exercise="E2",
    hints=(
        "Count the tries in the history. How many retries did you ask for?",
        "Without `MaxAttempts` there are three retries. The brief wants five. The first try is no retry.",
        '`"MaxAttempts": 5`',
    ),
)
def default_attempts(lab: Lab) -> bool | str:
    seen = _ask(lab, 20)
    retries = len(_tries(seen)) - 1
    return 0 < retries < 5 and f"there were {retries} retries"


@mistake(
    "E2-counts-the-first-try",
    exercise="E2",
    hints=(
        "Throttle it for ever. How often is the function called in all?",
        "`MaxAttempts` counts the retries. The first call is no retry: five retries are six calls.",
        '`"MaxAttempts": 5`',
    ),
)
def counts_the_first_try(lab: Lab) -> bool | str:
    tries = len(_tries(_ask(lab, 20)))
    return tries > 6 and f"there are {tries} calls"


@mistake(
    "E2-jitter-is-left",
    exercise="E2",
    hints=(
        "Are your waits the same in two runs?",
        "With `JitterStrategy` FULL each wait is drawn by chance, between 0 and the computed one. That is "
        "good in real life; here the waits are exact.",
        'Take `"JitterStrategy"` out again.',
    ),
)
def jitter_is_left(lab: Lab) -> bool | str:
    one, other = ([round(wait) for wait in _waits(_ask(lab, 5))] for _ in range(2))
    return bool(one) and len(one) == len(other) and one != other and "the waits differ from run to run"
