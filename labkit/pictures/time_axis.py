"""An axis of time for bars: to scale where that can be read, else stretched so that the short ones show.

A stretched axis gives every stretch between two moments a width that grows with the logarithm of its
length, and opens a moment in which states took no time at all, so that they stand side by side.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from labkit.pictures import letters
from labkit.pictures.cloud_time import length, offset, ticks

_LABEL = 11.0
_OPENED, _LEAST, _DECADE = 18.0, 10.0, 13.0


@dataclass(frozen=True, slots=True)
class Axis:
    """Where moments (s since the start) lie between 0 and `width`: where each begins, and where it ends."""

    width: float
    span: float
    moments: Sequence[float] = ()
    begins: Sequence[float] = ()
    ends: Sequence[float] = ()
    slots: Sequence[int] = ()

    @property
    def to_scale(self) -> bool:
        return not self.moments

    def x(self, moment: float, slot: int = 0) -> float:
        """The place of a moment; in one that is opened, of what comes after `slot` states without length."""
        if not self.moments:
            return self.width * min(1.0, moment / self.span) if self.span else 0.0
        index = max(0, bisect_right(self.moments, moment + 1e-6) - 1)
        known = self.moments[index]
        if moment - known <= 1e-6 or index + 1 == len(self.moments):
            room = self.ends[index] - self.begins[index]
            return self.begins[index] + room * min(1.0, slot / max(1, self.slots[index]))
        share = (moment - known) / (self.moments[index + 1] - known)
        return self.ends[index] + share * (self.begins[index + 1] - self.ends[index])

    def marks(self) -> list[tuple[float, str]]:
        """Places with their labels, none of which touch."""
        if not self.moments:
            return [(self.x(moment), length(moment)) for moment in ticks(self.span, int(self.width / 95))]
        found: list[tuple[float, str]] = []
        free = -1.0
        for moment in self.moments:
            x, label = self.x(moment), offset(moment)
            half = letters.width(label, _LABEL) / 2
            left = max(0.0, x - half)
            if left > free and (not found or label != found[-1][1]):
                found.append((x, label))
                free = x + half + 12
        return found


def axis(
    width: float, span: float, bars: Sequence[tuple[float, float]], instants: Mapping[float, int]
) -> Axis:
    """The axis for bars (start, end), in seconds since the start, that fits `width`.

    `instants` tells how many states without length follow each other at a moment.
    """
    shown = sum(1 for start, end in bars if span and (end - start) / span * width >= 4)
    if span and shown >= 0.7 * len(bars):
        return Axis(width, span)
    moments = _distinct([0.0, span, *instants, *(moment for bar in bars for moment in bar)])
    if len(moments) > 160:
        return Axis(width, span)
    slots = [_at(moment, instants) for moment in moments]
    opened = [_OPENED * count for count in slots]
    stretches = [_LEAST + _DECADE * math.log10(1 + 1000 * (b - a)) for a, b in pairwise(moments)]
    factor = width / max(1.0, sum(opened) + sum(stretches))
    # Moments are not blown up to fill the page, only stretches are.
    if factor > 1 and stretches:
        inner, factor = 1.0, (width - sum(opened)) / sum(stretches)
    else:
        inner = min(1.0, factor)
    begins, ends, x = [], [], 0.0
    for index, room in enumerate(opened):
        begins.append(x)
        x += room * inner
        ends.append(x)
        if index < len(stretches):
            x += stretches[index] * factor
    return Axis(width, span, moments, begins, ends, slots)


def _distinct(moments: Iterable[float]) -> list[float]:
    found: list[float] = []
    for moment in sorted(moments):
        if not found or moment - found[-1] > 1e-6:
            found.append(moment)
    return found


def _at(moment: float, instants: Mapping[float, int]) -> int:
    return max((count for other, count in instants.items() if abs(other - moment) <= 1e-6), default=0)
