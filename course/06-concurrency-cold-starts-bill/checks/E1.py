"""Checks of E1, cold or warm."""

from itertools import pairwise
from typing import Any

from grader import Lab, check, mistake

from . import PREDICTION_HINTS, all_cold, answer_of, call, cold_starts, now, play

HINTS = (
    "Take two calls at the same instant. How many environments, and how many cold starts?",
    "Keep for each environment the second from which it is free. A call drops those that were idle too long, "
    "takes one that is free, or starts a new one.",
    "`ready = [second for second in free_from if second <= now]`; with one: `free_from.remove(max(ready))`, "
    "else `cold += 1`; then `free_from.append(now + duration)`.",
)
IDLE_HINTS = (
    "One environment, two calls, and eleven minutes between them. Who serves the second one?",
    "The idle time runs from the *end* of a call. Before each call, drop every environment that was idle for "
    "`idle` seconds or longer.",
    "`free_from = [second for second in free_from if now - second < idle]`",
)
WHERE = "what count_cold returns"


def simulated(calls: list[int], duration: int, idle: int, *, newest: bool = True) -> int:
    """How many calls start cold, if of several free environments the newest (or the oldest) is taken."""
    cold, free_from = 0, list[int]()
    for moment in calls:
        free_from = [second for second in free_from if moment - second < idle]
        ready = [second for second in free_from if second <= moment]
        if ready:
            free_from.remove(max(ready) if newest else min(ready))
        else:
            cold += 1
        free_from.append(moment + duration)
    return cold


def _clear(calls: list[int], duration: int, idle: int, margin: int) -> bool:
    """Whether no call comes near to an end or a shutdown, and the choice among free ones changes nothing."""
    gaps = [later - earlier - duration for earlier in calls for later in calls]
    sharp = all(abs(gap) >= margin and abs(gap - idle) >= margin for gap in gaps)
    return sharp and simulated(calls, duration, idle) == simulated(calls, duration, idle, newest=False)


def schedule(lab: Lab, duration: int, idle: int, length: int = 12) -> list[int]:
    """An unseen schedule with overlaps, pauses and at least one long pause."""
    while True:
        calls = [0]
        for _ in range(length - 1):
            kind = lab.random.random()
            if kind < 0.55:
                gap = lab.random.randrange(0, duration)
            elif kind < 0.85:
                gap = lab.random.randrange(duration, idle // 2 + duration)
            else:
                gap = lab.random.randrange(idle + duration, 2 * idle + duration)
            calls.append(calls[-1] + gap)
        long_pause = any(later - earlier > idle + duration for earlier, later in pairwise(calls))
        if long_pause and _clear(calls, duration, idle, margin=5):
            return calls


def counted(lab: Lab, calls: list[int], duration: int, idle: int) -> Any:
    return answer_of(lab, lab.submitted("E1"), {"calls": calls, "duration": duration, "idle": idle})


def _expect(lab: Lab, calls: list[int], duration: int, idle: int) -> None:
    where = f"count_cold({calls}, duration={duration}, idle={idle})"
    lab.expect(counted(lab, calls, duration, idle), simulated(calls, duration, idle), where)


@check("E1", points=1, hints=IDLE_HINTS)
def counts_one_after_the_other(lab: Lab) -> None:
    """Calls that don't overlap: only the first is cold, and those after a long pause."""
    duration, idle = lab.random.randrange(2, 9), lab.random.randrange(300, 900)
    short = duration + lab.random.randrange(10, 60)
    calls = [0, short, 2 * short]
    _expect(lab, calls, duration, idle)
    pause = duration + idle + lab.random.randrange(5, 90)
    # Measured from the end of the call this pause is too short to lose the environment.
    nearly = idle + duration // 2
    _expect(lab, [0, short, short + pause, 2 * short + pause], duration, idle)
    _expect(lab, [0, nearly], duration, idle)


@check("E1", points=1, hints=HINTS)
def counts_overlapping_calls(lab: Lab) -> None:
    """Calls that overlap, also at the same instant, each need an environment of their own."""
    duration, idle = lab.random.randrange(20, 40), lab.random.randrange(300, 900)
    crowd = lab.random.randrange(3, 7)
    _expect(lab, [0] * crowd + [2 * duration] * crowd, duration, idle)
    for _ in range(3):
        _expect(lab, schedule(lab, duration, idle), duration, idle)
    lab.expect(counted(lab, [], duration, idle), 0, f"{WHERE} for no calls")


@check("E1", points=1, hints=HINTS, needs=("counts_overlapping_calls",))
def agrees_with_the_cloud(lab: Lab) -> None:
    """For a schedule of our own, played on `quote`, you count what really started cold."""
    duration = 40
    calls = schedule(lab, duration, idle=600)
    all_cold(lab)
    since = now(lab)
    play(lab, [call(at, "quote", duration) for at in calls])
    lab.expect(counted(lab, calls, duration, 600), cold_starts(lab, "quote", since), WHERE)


@check("E1", points=1, hints=PREDICTION_HINTS)
def twelve_calls_were_predicted(lab: Lab) -> None:
    """You predicted cold or warm for each of the twelve calls."""
    guess = lab.prediction("E1")
    letters = "".join(str(part)[:1] for part in guess) if isinstance(guess, list) else str(guess)
    letters = "".join(letter for letter in letters.upper() if letter.isalpha())
    if len(letters) != 12 or set(letters) - {"C", "W"}:
        lab.fail(guess, "twelve letters, each C or W", 'labkit.predict("E1", …)')


@mistake(
    "E1-one-per-function",
    exercise="E1",
    hints=(
        "Two calls at the same instant: how many environments?",
        "Each environment starts cold once, and a function has as many as are busy at once. Count "
        "environments, not functions.",
        "`ready = [second for second in free_from if second <= now]`; if `ready` is empty, `cold += 1`.",
    ),
)
def one_per_function(lab: Lab) -> bool | str:
    first = counted(lab, [0, 0, 0], 10, 600)
    apart = counted(lab, [0, 20, 2000], 10, 600)
    return first == 1 and apart in (1, 2) and "three calls at the same instant are one cold start"


@mistake(
    "E1-never-goes",
    exercise="E1",
    hints=(
        "Nobody calls for a whole night. Which environment serves the first call of the morning?",
        "What is idle for `idle` seconds is gone. Drop those environments before you look for a free one.",
        "`free_from = [second for second in free_from if now - second < idle]`",
    ),
)
def never_goes(lab: Lab) -> bool | str:
    night = counted(lab, [0, 40_000], 10, 600) == 1
    return night and counted(lab, [0, 0], 10, 600) == 2 and "after 40,000 seconds it is still warm"


@mistake(
    "E1-every-call",
    exercise="E1",
    hints=(
        "A second call comes when the first is over. Is its environment used again?",
        "A free environment serves the next call warm. Only a call that finds none free is cold.",
        "Take a free one out of `free_from` with `free_from.remove(max(ready))`, and don't count it.",
    ),
)
def every_call(lab: Lab) -> bool | str:
    return counted(lab, [0, 20, 40, 60], 10, 600) == 4 and "four calls one after the other are four cold ones"


@mistake(
    "E1-idle-from-the-start",
    exercise="E1",
    hints=(
        "A call takes 100 seconds. From when on is its environment idle?",
        "While it works it is busy. Its idle time begins at the end of the call, `duration` seconds later.",
        "Keep `now + duration`, the second from which it is free, and compare that with `idle`.",
    ),
)
def idle_from_the_start(lab: Lab) -> bool | str:
    early = counted(lab, [0, 650], 100, 600) == 2 and counted(lab, [0, 900], 100, 600) == 2
    return early and counted(lab, [0, 200], 100, 600) == 1 and "550 idle seconds are counted as 650"
