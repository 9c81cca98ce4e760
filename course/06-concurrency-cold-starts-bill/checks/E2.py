"""Checks of E2, Little's law and what is throttled."""

from typing import Any

from grader import Failure, Lab, check, mistake

from . import PREDICTION_HINTS, answer_of, close_to

HINTS = (
    "10 calls come each second, and each takes 10 seconds. How many are inside at once?",
    "Concurrency is calls per second times seconds per call. It has no unit: it is a number of calls that "
    "run.",
    '`"concurrency": rate * seconds`',
)
THROTTLE_HINTS = (
    "20 places, and each call keeps its place for 4 seconds. How many calls can start each second?",
    "`limit` places serve `limit / seconds` calls per second. What comes beyond that is throttled; if less "
    "comes, nothing is.",
    '`"throttled_per_second": max(0, rate - limit / seconds)`',
)
KEYS = ("concurrency", "throttled_per_second")


def _load(lab: Lab, rate: float, seconds: float, limit: int) -> dict[str, Any]:
    seen = answer_of(lab, lab.submitted("E2"), {"rate": rate, "seconds": seconds, "limit": limit})
    if not isinstance(seen, dict) or set(KEYS) - set(seen):
        raise Failure(f"a dict with {' and '.join(KEYS)}", seen, "what load returns")
    return seen


def _expect(
    lab: Lab, key: str, load: tuple[float, float, int], expected: float, tolerance: float = 1e-6
) -> None:
    rate, seconds, limit = load
    seen = _load(lab, rate, seconds, limit)[key]
    if not close_to(seen, expected, tolerance):
        lab.fail(seen, expected, f"{key} of load(rate={rate}, seconds={seconds}, limit={limit})")


@check("E2", points=1, hints=HINTS)
def knows_littles_law(lab: Lab) -> None:
    """The concurrency of unseen loads, slow and fast ones, is right; the limit doesn't change it."""
    for seconds in (10, 0.25, lab.random.choice((2, 4, 5))):
        rate = 4 * lab.random.randrange(3, 90)
        _expect(lab, "concurrency", (rate, seconds, lab.random.randrange(10, 2000)), rate * seconds)


@check("E2", points=1, hints=THROTTLE_HINTS)
def knows_what_is_throttled(lab: Lab) -> None:
    """So is the number of calls that are throttled each second, and it is 0 when there is room."""
    for seconds in (0.5, lab.random.choice((2, 4, 8))):
        places = 8 * lab.random.randrange(2, 60)
        served = places / seconds
        beyond = lab.random.randrange(1, 50)
        _expect(lab, "throttled_per_second", (served + beyond, seconds, places), beyond)
        _expect(lab, "throttled_per_second", (served / 2, seconds, places), 0)
    # A part of a call: in three seconds 1 or 2 calls more. Who rounds to a hundredth is right as well.
    places = 3 * lab.random.randrange(3, 20) + 1
    rate = places // 3 + lab.random.randrange(2, 5)
    _expect(lab, "throttled_per_second", (rate, 3, places), rate - places / 3, tolerance=0.01)


@check("E2", points=1, hints=PREDICTION_HINTS)
def errors_were_predicted(lab: Lab) -> None:
    """You predicted what thirty synchronous and thirty asynchronous callers get."""
    guess = lab.prediction("E2")
    rows = guess.values() if isinstance(guess, dict) else guess if isinstance(guess, list) else [guess]
    filled = sum(value not in (None, "") for value in rows)
    if filled < 3:
        lab.fail(f"{filled} guesses", "3 guesses", 'labkit.predict("E2", …)')


@mistake(
    "E2-requests-per-second",
    exercise="E2",
    hints=(
        "If each takes 10 s?",
        "Requests per second say how many *come*. How many are inside also depends on how long each stays.",
        '`"concurrency": rate * seconds`',
    ),
)
def requests_per_second(lab: Lab) -> bool | str:
    return (
        close_to(_load(lab, 7, 10, 1000)["concurrency"], 7) and "7 calls a second, 10 s each, are 7 at once"
    )


@mistake(
    "E2-divides",
    exercise="E2",
    hints=(
        "Calls get slower, and as many come as before. Are there more inside, or fewer?",
        "The longer each stays, the more are inside. So the seconds multiply.",
        '`"concurrency": rate * seconds`',
    ),
)
def divides(lab: Lab) -> bool | str:
    return close_to(_load(lab, 40, 10, 1000)["concurrency"], 4) and "longer calls give a lower concurrency"


@mistake(
    "E2-places-are-not-calls",
    exercise="E2",
    hints=(
        "The load wants 30 places and has 20. Are 10 calls *per second* throttled, if each takes 3 seconds?",
        "A missing place is missing for as long as a call takes. Turn places into calls per second: "
        "divide by `seconds`.",
        "`rate - limit / seconds`",
    ),
)
def places_are_not_calls(lab: Lab) -> bool | str:
    seen = _load(lab, 20, 4, 40)["throttled_per_second"]
    return close_to(seen, 40) and "places that are missing are given as calls per second"


@mistake(
    "E2-below-zero",
    exercise="E2",
    hints=(
        "Half of the places are free. How many calls are throttled then?",
        "When fewer calls come than can be served, none is throttled. A number below zero has no meaning "
        "here.",
        "`max(0, rate - limit / seconds)`",
    ),
)
def below_zero(lab: Lab) -> bool | str:
    seen = _load(lab, 5, 2, 40)["throttled_per_second"]
    return isinstance(seen, int | float) and seen < 0 and f"{seen} calls are throttled where there is room"


@mistake(
    "E2-whole-calls",
    exercise="E2",
    hints=(
        "10 calls come in three seconds, and 9 find a place. How many are throttled *per second*?",
        "It is an average: a third of a call per second is one call in three seconds. Cut nothing off.",
        "`max(0, rate - limit / seconds)`, without `int` or `//`.",
    ),
)
def whole_calls(lab: Lab) -> bool | str:
    seen = _load(lab, 8, 3, 22)["throttled_per_second"]
    return (
        seen in (0, 1)
        and close_to(_load(lab, 8, 2, 12)["throttled_per_second"], 2)
        and ("2 calls in three seconds are given as 0 or 1 per second")
    )
