"""Lengths of time in words, and the ticks of an axis of time: from a millisecond to years."""

from datetime import UTC, datetime
from typing import Any

_STEPS = (
    *(unit * n / 1000 for unit in (1, 10, 100) for n in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0 * n for n in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * n for n in (1, 2, 3, 6, 12)),
    *(86400.0 * n for n in (1, 2, 5, 7, 14, 30, 60, 90, 180, 365)),
)


def seconds(moment: Any) -> float:
    """A moment as AWS clients give it (a datetime, a number or an ISO text) in epoch seconds."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(moment, str):
        return seconds(datetime.fromisoformat(moment))
    return float(moment)


def length(span: float) -> str:
    """A length in seconds as people say it: `340 ms`, `2.5 s`, `1 min 5 s`, `3 h 20 min`, `2 days 4 h`."""
    if span < 0.0005:
        return "0 ms"
    if span < 0.9995:
        return f"{span * 1000:.0f} ms"
    if span < 59.95:
        return f"{span:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(span), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(span / 60), 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(span / 3600), 24)
    word = "day" if days == 1 else "days"
    return f"{days} {word} {hours} h" if hours else f"{days} {word}"


def offset(span: float) -> str:
    """A distance from the start, to the tenth of a second: `1 day 4.3 s`, `2 min 0.5 s`, `340 ms`."""
    if span < 0.9995:
        return length(span)
    tenths = round(span * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    words = [f"{days} {'day' if days == 1 else 'days'}"] if days else []
    words += [f"{hours} h"] if hours else []
    words += [f"{minutes} min"] if minutes else []
    words += [f"{tenths / 10:g} s"] if tenths or not words else []
    return " ".join(words)


def clock(moment: float) -> str:
    """The moment as a clock says it, in UTC, with milliseconds."""
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def ticks(span: float, most: int) -> list[float]:
    """Round moments from 0 to `span` seconds, at most `most` of them after 0."""
    step = next((step for step in _STEPS if span / step <= most), 0.0)
    if not step:
        step = 365 * 86400.0 * (int(span / most / (365 * 86400)) + 1)
    return [number * step for number in range(int(span / step + 1e-9) + 1)]
