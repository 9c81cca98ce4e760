"""What costs money besides API calls, by the month of the bill: what is counted, and levels over time.

Rule 1: a level (stored bytes, secrets that exist) is a step function of cloud time, and what is billed is the
area under it, exactly, in whole microseconds. Nothing is sampled.
Rule 2: a change may be reported late, with the moment at which it happened: a log event that fell out of its
group's retention is noticed when somebody reads the group.
Rule 3: the ledger reads no clock. Whoever writes says when.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from offline_cloud.meter import MONTH_SECONDS, PriceSheet, Use

__all__ = ["Ledger"]

_MICRO = 1_000_000
_MONTH = MONTH_SECONDS * _MICRO
_HOUR = 3600 * _MICRO
_GIGA = 2**30


class _Level:
    """One level, and the area under it month by month.

    A step of `delta` at `moment` adds to the rest of its month at once, and to all later months wholly.
    """

    def __init__(self) -> None:
        self.now = 0
        self._part: dict[int, int] = defaultdict(int)
        self._carried: dict[int, int] = defaultdict(int)

    def step(self, delta: int, moment: int) -> None:
        month = moment // _MONTH
        self._part[month] += delta * ((month + 1) * _MONTH - moment)
        self._carried[month] += delta
        self.now += delta

    def areas(self, until: int) -> Iterator[tuple[int, int]]:
        """Month and area, up to a moment that is not before any step."""
        last = until // _MONTH
        whole = 0
        for month in range(last + 1):
            area = self._part.get(month, 0) + whole * _MONTH
            whole += self._carried.get(month, 0)
            if month == last:
                area -= whole * ((month + 1) * _MONTH - until)
            if area:
                yield month, area


class Ledger:
    """Counts and levels since the bill began; `since` in epoch seconds. Any thread may write."""

    def __init__(self, since: float = 0.0) -> None:
        self.since = since
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, int, str | None], Decimal] = defaultdict(Decimal)
        self._levels: dict[tuple[str, str], _Level] = {}
        self._functions: dict[tuple[str, str], str] = {}

    def month(self, now: float) -> int:
        """The number of the bill's month, from 0."""
        return self._moment(now) // _MONTH

    def count(self, name: str, quantity: int | Decimal, now: float, function: str | None = None) -> None:
        """So many units of a line were used up."""
        if quantity:
            with self._lock:
                self._counts[name, self._moment(now) // _MONTH, function] += quantity

    def step(self, name: str, resource: str, delta: int, when: float, function: str | None = None) -> None:
        """A level rose or fell by `delta` bytes or things; `resource` tells the levels of a line apart."""
        if not delta:
            return
        with self._lock:
            self._level(name, resource).step(delta, self._moment(when))
            if function is not None:
                self._functions[name, resource] = function

    def set(self, name: str, resource: str, level: int, now: float) -> None:
        """A level is this high from now on."""
        with self._lock:
            known = self._levels.get((name, resource))
            delta = level - (known.now if known else 0)
            if delta:
                self._level(name, resource).step(delta, self._moment(now))

    def level(self, name: str, resource: str) -> int:
        """How high a level is."""
        with self._lock:
            known = self._levels.get((name, resource))
            return known.now if known else 0

    def resources(self, name: str) -> list[str]:
        """What has, or had, a level on this line."""
        with self._lock:
            return [resource for line, resource in self._levels if line == name]

    def uses(self, now: float, sheet: PriceSheet) -> list[Use]:
        """Everything so far, in the units of the price sheet."""
        with self._lock:
            found = [
                Use(name, used / _GIGA if sheet.prices[name].in_bytes else used, month, who)
                for (name, month, who), used in self._counts.items()
            ]
            for (name, resource), level in self._levels.items():
                price = sheet.prices[name]
                assert price.held is not None, name
                kind, period = price.held
                unit = (_GIGA if kind == "bytes" else 1) * (_MONTH if period == "month" else _HOUR)
                who = self._functions.get((name, resource))
                found += [
                    Use(name, area * price.fraction / unit, month, who)
                    for month, area in level.areas(max(0, self._moment(now)))
                ]
        return found

    def restart(self, now: float) -> None:
        """Begin a new bill: what is there stays there, what it has cost is forgotten."""
        with self._lock:
            self.since = now
            self._counts.clear()
            kept = {key: level.now for key, level in self._levels.items() if level.now}
            self._levels.clear()
            for key, height in kept.items():
                self._level(*key).step(height, 0)

    def clear(self, now: float) -> None:
        """Begin a new bill with nothing there, as a reset does."""
        with self._lock:
            self.since = now
            self._counts.clear()
            self._levels.clear()
            self._functions.clear()

    def _level(self, name: str, resource: str) -> _Level:
        return self._levels.setdefault((name, resource), _Level())

    def _moment(self, when: float) -> int:
        """Microseconds since the bill began; what was there before counts from its beginning."""
        return max(0, round((when - self.since) * _MICRO))
