"""Checks of E3, settlement two business days later."""

from datetime import datetime, timedelta
from typing import Any

from grader import Failure, Lab, check, mistake

from . import ended, expect_seconds, succeeded

MACHINE = "settle-trade"
HINTS = (
    "Take the day that is wrong and a calendar. How many days lie between trade and settlement?",
    "From Monday to Wednesday two days are added. From Thursday on a weekend lies between: four. `$closing` "
    "is 16:00 of the trade's day in milliseconds; `Timestamp` takes a moment.",
    '`"Timestamp": "{% $fromMillis($closing + (… ? 4 : 2) * 86400000) %}"`',
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def _traded(lab: Lab, weekday: int) -> tuple[dict[str, str], datetime]:
    """A trade of that weekday (0 is Monday) in some weeks, and the moment of its settlement."""
    day = (lab.clock.now() + timedelta(weeks=lab.random.randint(1, 3))).replace(
        hour=16, minute=0, second=0, microsecond=0
    )
    day += timedelta(days=(weekday - day.weekday()) % 7)
    given = {"trade": f"T-{lab.random.randint(1, 999)}", "trade_date": day.date().isoformat()}
    return given, day + timedelta(days=4 if weekday >= 3 else 2)


def _expect_settled(lab: Lab, weekday: int) -> None:
    given, settled = _traded(lab, weekday)
    seen = succeeded(lab, MACHINE, given)
    if abs(seen.stopped - settled.timestamp()) > 2:
        raise Failure(
            expected=f"{settled:%A %Y-%m-%d %H:%M:%S}",
            seen=f"{_moment(seen, settled):%A %Y-%m-%d %H:%M:%S}",
            where=f"a trade of {DAYS[weekday]}, {given['trade_date']}",
        )
    lab.expect(seen.output, {"trade": given["trade"], "settled": True}, where="the output")


def _moment(seen: Any, settled: datetime) -> datetime:
    return datetime.fromtimestamp(seen.stopped, settled.tzinfo)


@check("E3", points=1, hints=HINTS)
def early_in_the_week(lab: Lab) -> None:
    """A trade of Monday, Tuesday or Wednesday is settled two days later at 16:00 UTC."""
    for weekday in (0, 1, 2):
        _expect_settled(lab, weekday)


@check("E3", points=2, hints=HINTS)
def over_the_weekend(lab: Lab) -> None:
    """A trade of Thursday or Friday is settled after the weekend at 16:00 UTC."""
    for weekday in (3, 4):
        _expect_settled(lab, weekday)


@check("E3", points=1, hints=HINTS, hidden=True, needs=("early_in_the_week",))
def not_a_second_early(lab: Lab) -> None:
    """It is not settled a second before that moment, and at once if the moment is over."""
    given, settled = _traded(lab, lab.random.randint(0, 2))
    seen = succeeded(lab, MACHINE, given)
    if seen.stopped < settled.timestamp():
        raise Failure(expected="at 16:00 UTC or later", seen="earlier", where="the end of an execution")
    old = succeeded(lab, MACHINE, {**given, "trade_date": "2020-01-06"})
    expect_seconds(old, 0, "a trade of a day that is long over")


def _late(lab: Lab, weekday: int) -> timedelta | None:
    """How far from the right moment the settlement was."""
    given, settled = _traded(lab, weekday)
    seen = ended(lab, MACHINE, given)
    return _moment(seen, settled) - settled if seen.status == "SUCCEEDED" else None


def _near(late: timedelta | None, wanted: timedelta) -> bool:
    return late is not None and abs(late - wanted) <= timedelta(seconds=2)


@mistake(
    "E3-forgets-the-weekend",
    exercise="E3",
    hints=(
        "Look at a trade of Friday. On which day was it settled?",
        "Two days after a Friday is a Sunday, and no bank is open. Thursday and Friday need two days more.",
        "`$weekday >= 4 ? 4 : 2`",
    ),
)
def forgets_the_weekend(lab: Lab) -> bool | str:
    two = timedelta(days=2)
    found = _near(_late(lab, 0), timedelta()) and _near(_late(lab, 4), -two)
    return found and "a trade of Friday is settled on Sunday"


@mistake(
    "E3-thursday-is-early",
    exercise="E3",
    hints=(
        "Look at a trade of Thursday. Is the bank open on the day of its settlement?",
        "Friday is the first business day after Thursday. The second is Monday. So the longer wait begins "
        "with Thursday; its number is 4.",
        "Compare with `>=`, not with `>`.",
    ),
)
def thursday_is_early(lab: Lab) -> bool | str:
    found = _near(_late(lab, 3), -timedelta(days=2)) and _near(_late(lab, 4), timedelta())
    return found and "a trade of Thursday is settled on Saturday"


@mistake(
    "E3-counts-from-the-start",
    exercise="E3",
    hints=(
        "Start it twice with the same trade, in the morning and in the evening. Do both end at 16:00?",
        "`Seconds` counts from the moment in which the state begins. The brief names a moment of a day: that "
        "is `Timestamp`.",
        '`"Timestamp": "{% $fromMillis(…) %}"` in place of `Seconds`.',
    ),
)
def counts_from_the_start(lab: Lab) -> bool | str:
    given, _ = _traded(lab, 0)
    one = ended(lab, MACHINE, given)
    other = ended(lab, MACHINE, {**given, "trade_date": "2020-01-06"})
    if one.status != "SUCCEEDED" or other.status != "SUCCEEDED":
        return False
    lasted = one.stopped - one.started
    same = abs(lasted - (other.stopped - other.started)) <= 2
    return same and lasted > 60 and "it waits equally long for every date"


@mistake(
    "E3-does-not-wait",
    exercise="E3",
    hints=(
        "How long did the execution take? Which state should have held it?",
        "`Seconds: 0` does not wait. Give `Wait for settlement` a `Timestamp` that is calculated from "
        "`$closing` and `$weekday`.",
        '`"Timestamp": "{% $fromMillis($closing + … * 86400000) %}"`',
    ),
)
def does_not_wait(lab: Lab) -> bool | str:
    given, _ = _traded(lab, 0)
    seen = ended(lab, MACHINE, given)
    return seen.status == "SUCCEEDED" and seen.stopped - seen.started < 2 and "the trade is settled at once"


@mistake(
    "E3-a-number-as-moment",
    exercise="E3",
    hints=(
        "Read the error: what type did `Timestamp` want, and what did it get?",
        "`Timestamp` takes a moment as text. Milliseconds are a number: `$fromMillis` makes a moment of "
        "them.",
        '`"Timestamp": "{% $fromMillis($closing + …) %}"`',
    ),
)
def a_number_as_moment(lab: Lab) -> bool | str:
    given, _ = _traded(lab, 0)
    cause = ended(lab, MACHINE, given).cause or ""
    return "'Timestamp'" in cause and "was 'number'" in cause and "Timestamp gets a number"


@mistake(
    "E3-rounds-down",
    exercise="E3",
    hints=(
        "Look at the end of the execution, to the second. Is it 16:00, or 15:59 and some seconds?",
        "`Seconds` is a whole number. Who rounds it down comes too early. `Timestamp` needs no rounding.",
        '`"Timestamp": "{% $fromMillis(…) %}"` in place of `Seconds`.',
    ),
)
def rounds_down(lab: Lab) -> bool | str:
    late = _late(lab, 0)
    return late is not None and -timedelta(seconds=2) <= late < timedelta() and "it ends before 16:00"
