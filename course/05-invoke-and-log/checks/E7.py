"""Checks of E7, a question to the log of a function that nobody has seen."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from grader import Failure, Lab, check, mistake

from . import answer_of, function_with, word

HINTS = (
    "Run your query without its last commands. Is there one row for each symbol, with the number you need?",
    "`parse` makes the fields, `stats avg(…) by …` makes one row of each symbol, `sort … desc` puts the "
    "slowest first. Lines without the fields go out by `filter ispresent(…)`.",
    "`| filter ispresent(took) | stats avg(took) as ms by symbol | sort ms desc | limit 1`, then "
    '`float(found[0]["ms"])`, or `None` if there is no row.',
)
_PRINTS = "print(*event['lines'], sep='\\n')"
_Day = Mapping[str, Sequence[int]]


def _lines(day: _Day) -> list[str]:
    """What the function prints on such a day: the calls of all symbols in turns."""
    rounds = max(len(times) for times in day.values())
    return [
        f"price of {symbol} took {times[at]} ms"
        for at in range(rounds)
        for symbol, times in day.items()
        if at < len(times)
    ]


def _day(lab: Lab) -> tuple[_Day, str]:
    """Five symbols, and which one has the highest average.

    The slow one is neither the first among texts, nor the one with the longest call, nor the one that takes
    the most time of all, nor the last or the first line.
    """
    often, slow, text, once, quick = (word(lab) for _ in range(5))
    draw = lab.random.randrange
    day = {
        often: [draw(100, 120) for _ in range(30)],
        text: [99, 98, 9],
        slow: [draw(500, 600) for _ in range(3)],
        once: [draw(700, 800), *(draw(2, 8) for _ in range(5))],
        quick: [draw(3, 9) for _ in range(4)],
    }
    return day, slow


@contextmanager
def _log(lab: Lab, lines: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A function that has printed these lines: its name, and the event for `slowest` about this hour."""
    with function_with(lab, _PRINTS) as name:
        lab.invoke(name, {"lines": list(lines)})
        now = int(lab.clock.now().timestamp())
        yield name, {"group": f"/aws/lambda/{name}", "start": now - 3600, "end": now + 1}


def _expect(lab: Lab, seen: Any, symbol: str, times: Sequence[int]) -> None:
    average = sum(times) / len(times)
    what = {"symbol": symbol, "ms": round(average, 2)}
    if not isinstance(seen, dict) or seen.get("symbol") != symbol:
        raise Failure(what, seen, "slowest, for a day of five symbols")
    ms = seen.get("ms")
    if isinstance(ms, bool) or not isinstance(ms, int | float) or abs(ms - average) > 0.51:
        raise Failure(what, seen, "the number of slowest")


@check("E7", points=2, hints=HINTS)
def finds_the_slowest(lab: Lab) -> None:
    """Of a function's log it tells the symbol with the highest average, and the average as a number."""
    day, slow = _day(lab)
    with _log(lab, _lines(day)) as (_, event):
        seen = answer_of(lab, lab.submitted("E7"), event)
    _expect(lab, seen, slow, day[slow])


@check("E7", points=1, hints=HINTS, hidden=True, needs=("finds_the_slowest",))
def looks_at_this_time_only(lab: Lab) -> None:
    """Calls before the first time or behind the second count for nothing."""
    (day, slow), (other, _) = _day(lab), _day(lab)
    early = {word(lab): [5_000]}
    with function_with(lab, _PRINTS) as name:
        lab.invoke(name, {"lines": _lines(early)})
        lab.clock.advance(hours=1)
        lab.invoke(name, {"lines": _lines(day)})
        now = int(lab.clock.now().timestamp())
        lab.clock.advance(hours=1)
        lab.invoke(name, {"lines": _lines({word(lab): [9_000], **other})})
        event = {"group": f"/aws/lambda/{name}", "start": now - 600, "end": now + 600}
        seen = answer_of(lab, lab.submitted("E7"), event)
    _expect(lab, seen, slow, day[slow])


@check("E7", points=1, hints=HINTS, needs=("finds_the_slowest",))
def says_none_of_an_empty_log(lab: Lab) -> None:
    """Where nothing was priced it returns None."""
    with _log(lab, ["no price was asked"]) as (_, event):
        lab.expect(answer_of(lab, lab.submitted("E7"), event), None, where="a log without prices")


def _asked(lab: Lab) -> tuple[Any, _Day, list[str]]:
    """What `slowest` says of such a day, the day, and its symbols as `_day` orders them."""
    day, _ = _day(lab)
    with _log(lab, _lines(day)) as (_, event):
        seen = lab.invoke(lab.submitted("E7"), event)
    return seen.payload, day, list(day)


def _names(lab: Lab, at: int) -> str | None:
    """The symbol that `slowest` names, if it is the one at this place of the day."""
    seen, _, symbols = _asked(lab)
    named = seen.get("symbol") if isinstance(seen, dict) else None
    return str(named) if named == symbols[at] else None


@mistake(
    "E7-compares-texts",
    exercise="E7",
    hints=(
        "Is the duration a number yet?",
        "The rows hold texts, and among texts 9 ms stand above 800 ms. Let the query compare, or make "
        "numbers of them first.",
        '`| sort ms desc` in the query, or `max(found, key=lambda row: float(row["ms"]))`',
    ),
)
def compares_texts(lab: Lab) -> bool | str:
    named = _names(lab, 1)
    return named is not None and f"{named} took 99 ms, others more than 500: 99 is above 500 among texts only"


@mistake(
    "E7-takes-the-longest-call",
    exercise="E7",
    hints=(
        "Is that symbol slow each time, or was it slow once?",
        "One long call doesn't make a symbol slow. The brief asks for the average of all its calls.",
        "`stats avg(took) as ms by symbol` instead of `max`",
    ),
)
def takes_the_longest_call(lab: Lab) -> bool | str:
    named = _names(lab, 3)
    return named is not None and f"{named} had one long call and five of less than 8 ms"


@mistake(
    "E7-adds-up",
    exercise="E7",
    hints=(
        "How often was that symbol asked for?",
        "A sum grows with the number of calls, so it finds what is asked most. An average doesn't.",
        "`stats avg(took) as ms by symbol` instead of `sum`",
    ),
)
def adds_up(lab: Lab) -> bool | str:
    named = _names(lab, 0)
    return named is not None and f"{named} was asked 30 times, with about 110 ms each"


@mistake(
    "E7-fastest-first",
    exercise="E7",
    hints=(
        "Print all rows without `limit`. Which is the first?",
        "`sort` begins with the smallest, unless you say another order.",
        "`| sort ms desc | limit 1`",
    ),
)
def fastest_first(lab: Lab) -> bool | str:
    named = _names(lab, 4)
    return named is not None and f"{named} is the fastest of all"


@mistake(
    "E7-leaves-the-text",
    exercise="E7",
    hints=(
        "Print the answer with `repr`. What is around the number?",
        "The value of a row is a text, also when it looks like a number. Whoever gets your answer wants to "
        "calculate with it.",
        '`float(found[0]["ms"])`',
    ),
)
def leaves_the_text(lab: Lab) -> bool | str:
    seen, _, symbols = _asked(lab)
    right = isinstance(seen, dict) and seen.get("symbol") == symbols[2]
    return right and isinstance(seen["ms"], str) and f"ms is the text {seen['ms']!r}"


@mistake(
    "E7-fails-for-nothing",
    exercise="E7",
    hints=(
        "How many rows has the answer for a log without prices?",
        "A query that finds nothing has no rows, so there is no first one.",
        "`if not found: return None`",
    ),
)
def fails_for_nothing(lab: Lab) -> bool | str:
    with _log(lab, ["no price was asked"]) as (_, event):
        seen = lab.invoke(lab.submitted("E7"), event)
    return bool(seen.function_error) and f"a log without prices gives {seen.error_type}"


@mistake(
    "E7-looks-at-all-times",
    exercise="E7",
    hints=(
        "What did the broker ask: ever, or in this hour?",
        "The query reads from its start time to its end time. Both come to your function, in seconds.",
        "`rows(query, group, start, end)`",
    ),
)
def looks_at_all_times(lab: Lab) -> bool | str:
    symbol = word(lab)
    with _log(lab, _lines({symbol: [700]})) as (_, event):
        before = {**event, "start": event["start"] - 60, "end": event["start"]}
        seen = lab.invoke(lab.submitted("E7"), before)
    named = seen.payload.get("symbol") if isinstance(seen.payload, dict) else None
    return named == symbol and f"{symbol} was priced after the second time"
