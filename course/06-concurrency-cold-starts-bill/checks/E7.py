"""Checks of E7, a month's bill and the right memory."""

import math
import re
from typing import Any

from grader import Lab, check, mistake

from . import PREDICTION_HINTS, answer_of, close_to, configuration

HINTS = (
    "Take one call of 1.2 ms at 1,024 MB. How many milliseconds are billed, and how many GB-seconds are "
    "that?",
    "Round each call up, warm and cold ones apart; a cold one is duration plus Init. GB-seconds are "
    "milliseconds / 1000 × MB / 1024. Each call is also a request.",
    "`warm = (calls - cold_calls) * math.ceil(milliseconds)`, and "
    "`cold = cold_calls * math.ceil(milliseconds + init_milliseconds)`",
)
FREE_HINTS = (
    "Ten calls a month, with the free tier. Is your bill below zero?",
    "The free tier takes a *quantity* off, from requests and from GB-seconds apart, and never more than "
    "there is.",
    "`calls = max(0, calls - 1_000_000)` and `gb_seconds = max(0, gb_seconds - 400_000)`, after counting.",
)
MEMORY_HINTS = (
    "Look at the table. Which rows are below 800 ms, and what does each cost?",
    "For a function that only calculates, price times time is nearly the same in each row. So take the "
    "smallest memory that is fast enough.",
    "At 128 MB it takes more than 800 ms. Look one row further.",
)
PER_REQUEST = 0.20 / 1_000_000
PER_GB_SECOND = 0.0000166667
SIZES = (128, 256, 512, 1024, 1769)
SLOWEST = 800
Month = dict[str, Any]


def dollars(month: Month, *, free_tier: bool = False) -> float:
    """What a month costs."""
    calls, cold = month["calls"], month["cold_calls"]
    billed = (calls - cold) * math.ceil(month["milliseconds"])
    billed += cold * math.ceil(month["milliseconds"] + month["init_milliseconds"])
    gb_seconds = billed / 1000 * month["memory"] / 1024
    if free_tier:
        calls, gb_seconds = max(0, calls - 1_000_000), max(0.0, gb_seconds - 400_000)
    return float(calls * PER_REQUEST + gb_seconds * PER_GB_SECOND)


def a_month(lab: Lab, **fixed: Any) -> Month:
    """A load that nobody has seen."""
    calls = lab.random.randrange(3, 60) * 1_000_000
    drawn = {
        "calls": calls,
        "milliseconds": lab.random.randrange(40, 900) + 0.25,
        "memory": lab.random.choice((256, 512, 1536, 2048)),
        "cold_calls": calls // lab.random.randrange(8, 40),
        "init_milliseconds": lab.random.randrange(400, 2500),
    }
    return drawn | fixed


def estimate(lab: Lab, month: Month, *, free_tier: bool = False) -> Any:
    return answer_of(lab, lab.submitted("E7"), month | {"free_tier": free_tier})


def _expect(lab: Lab, month: Month, *, free_tier: bool = False) -> None:
    seen, expected = estimate(lab, month, free_tier=free_tier), dollars(month, free_tier=free_tier)
    # Who rounds to cents is right, too.
    if not close_to(seen, expected, 0.02) and not close_to(seen, round(expected, 2)):
        lab.fail(seen, f"{expected:.2f}, give or take 2 %", f"monthly_cost({month}, free_tier={free_tier})")


def durations(lab: Lab, memory: int) -> list[int]:
    """Milliseconds, without Init, of two calls of `risk` with that memory; the shorter one first."""
    client = lab.client("lambda")
    client.update_function_configuration(FunctionName="risk", MemorySize=memory)
    seen = (re.search(r"\tDuration: (\d+)", lab.invoke("risk", {}).log) for _ in range(2))
    return sorted(int(found[1]) if found else 0 for found in seen)


def chosen(lab: Lab) -> Any:
    answer = lab.answer("E7")
    return answer.get("memory") if isinstance(answer, dict) else answer


def _size(answer: Any) -> int | None:
    text = str(answer).upper().removesuffix("MB").strip()
    return int(text) if text.isdigit() and int(text) in SIZES else None


@check("E7", points=1, hints=HINTS)
def knows_a_months_cost(lab: Lab) -> None:
    """The cost of unseen months is right within 2 %: requests, memory, rounding and Init."""
    _expect(lab, a_month(lab))
    _expect(lab, a_month(lab, cold_calls=0))
    # Short calls: rounding up each of them is a large part.
    short = a_month(lab, milliseconds=lab.random.randrange(1, 4) + 0.2, memory=2048, cold_calls=0)
    _expect(lab, short)
    cold = a_month(lab, calls=4_000_000, cold_calls=4_000_000, milliseconds=1.4, init_milliseconds=2.4)
    _expect(lab, cold)


@check("E7", points=1, hints=FREE_HINTS)
def knows_the_free_tier(lab: Lab) -> None:
    """With the free tier it is right, too, also when one part of the bill or all of it is free."""
    _expect(lab, a_month(lab), free_tier=True)
    _expect(lab, a_month(lab, calls=900_000, cold_calls=0, memory=2048, milliseconds=700), free_tier=True)
    _expect(lab, a_month(lab, calls=5_000_000, cold_calls=0, memory=128, milliseconds=3), free_tier=True)
    _expect(lab, a_month(lab, calls=1000, cold_calls=10), free_tier=True)
    _expect(lab, a_month(lab))


@check("E7", points=1, hints=MEMORY_HINTS)
def chose_the_right_memory(lab: Lab) -> None:
    """With the memory that you chose, `risk` answers within 800 ms, and no smaller one does."""
    answer = chosen(lab)
    size = _size(answer)
    if size is None:
        lab.fail(answer, f"one of {', '.join(map(str, SIZES))}", 'labkit.answer("E7", …)')
    before = configuration(lab, "risk")["MemorySize"]
    try:
        took = durations(lab, size)[0]
        if took > SLOWEST:
            lab.fail(f"{took} ms at {size} MB", f"{SLOWEST} ms at most", "a call of risk")
        for smaller in reversed([other for other in SIZES if other < size]):
            took = durations(lab, smaller)[-1]
            if took <= SLOWEST:
                lab.fail(f"{size} MB", f"less: {smaller} MB takes only {took} ms", "the memory for risk")
            break
    finally:
        lab.client("lambda").update_function_configuration(FunctionName="risk", MemorySize=before)


@check("E7", points=1, hints=PREDICTION_HINTS)
def the_price_of_memory_was_predicted(lab: Lab) -> None:
    """You predicted what twice the memory does to the price of a call."""
    guess = lab.prediction("E7")
    if not str(guess).strip():
        lab.fail(guess, "a guess", 'labkit.predict("E7", …)')


@mistake(
    "E7-init-is-free",
    exercise="E7",
    hints=(
        "Look at a cold REPORT line. Is `Billed Duration` larger than `Duration`?",
        "Since August 2025 the Init of a cold call is billed like the handler. Add it for `cold_calls`.",
        "`cold_calls * math.ceil(milliseconds + init_milliseconds)`",
    ),
)
def init_is_free(lab: Lab) -> bool | str:
    month = a_month(lab, cold_calls=1_000_000, init_milliseconds=5000)
    return (
        close_to(estimate(lab, month), dollars(month | {"init_milliseconds": 0}), 0.005)
        and "Init costs nothing"
    )


@mistake(
    "E7-does-not-round",
    exercise="E7",
    hints=(
        "A call takes 1.2 ms. How many milliseconds does REPORT bill?",
        "Each call is rounded up to the next full millisecond, before it is multiplied by a million.",
        "`math.ceil(milliseconds)`",
    ),
)
def does_not_round(lab: Lab) -> bool | str:
    month = a_month(lab, milliseconds=1.2, memory=2048, cold_calls=0)
    exact = month["calls"] * (PER_REQUEST + 1.2 / 1000 * 2 * PER_GB_SECOND)
    return close_to(estimate(lab, month), exact, 0.005) and "1.2 ms are billed as 1.2 ms"


@mistake(
    "E7-thousand-megabytes",
    exercise="E7",
    hints=(
        "How many MB has a GB, on this bill?",
        "Memory is counted in steps of 1,024: 512 MB are half a GB.",
        "`memory / 1024`",
    ),
)
def thousand_megabytes(lab: Lab) -> bool | str:
    month = a_month(lab, milliseconds=900, memory=2048, cold_calls=0)
    wrong = month["calls"] * (PER_REQUEST + 0.9 * 2.048 * PER_GB_SECOND)
    return close_to(estimate(lab, month), wrong, 0.005) and "a GB is counted as 1,000 MB"


@mistake(
    "E7-forgets-requests",
    exercise="E7",
    hints=(
        "A million calls that take no time at all: do they cost nothing?",
        "There are two lines on the bill: time, and requests. Each call is a request.",
        "`calls * PER_REQUEST + gb_seconds * PER_GB_SECOND`",
    ),
)
def forgets_requests(lab: Lab) -> bool | str:
    month = a_month(lab, milliseconds=1, memory=128, cold_calls=0)
    only_time = month["calls"] / 1000 / 8 * PER_GB_SECOND
    return close_to(estimate(lab, month), only_time, 0.005) and "requests cost nothing"


@mistake(
    "E7-below-zero",
    exercise="E7",
    hints=(
        "Ten calls a month, with the free tier. Does AWS pay you?",
        "The free tier makes a quantity smaller, but never smaller than nothing: `max(0, …)`, for "
        "requests and for GB-seconds apart.",
        "`gb_seconds = max(0, gb_seconds - 400_000)`",
    ),
)
def below_zero(lab: Lab) -> bool | str:
    seen = estimate(lab, a_month(lab, calls=10, cold_calls=0), free_tier=True)
    return isinstance(seen, int | float) and seen < 0 and f"ten calls cost {seen:.2f}"


@mistake(
    "E7-smallest-is-cheapest",
    exercise="E7",
    hints=(
        "Price × time. How long does it take with the memory that you chose?",
        "Half the memory is half the price per millisecond, and twice the milliseconds. You gain nothing, "
        "and the users wait.",
        "Look for the first row of the table with less than 800 ms.",
    ),
)
def smallest_is_cheapest(lab: Lab) -> bool | str:
    size = _size(chosen(lab))
    slow = size == 128
    return slow and f"with {size} MB risk is slower than {SLOWEST} ms"


@mistake(
    "E7-more-than-needed",
    exercise="E7",
    hints=(
        "Is there a row above yours that is fast enough, too?",
        "It is no faster for the user than it must be. Of those that are fast enough, the smallest memory "
        "was asked for.",
        "Look at the row of 256 MB.",
    ),
)
def more_than_needed(lab: Lab) -> bool | str:
    size = _size(chosen(lab))
    return size is not None and size > 256 and f"{size} MB is more than risk needs"
