"""An axis of time in pieces, for moments that lie anywhere between a millisecond and months apart.

The widest gaps between moments become pieces of their own, and so do the crowds between them. A piece is as
wide as the logarithm of its length, and wider if much happens in it; inside it time is to scale. So a burst
of 200 calls in two seconds and the ten minutes until their environments go can both be read.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from labkit.pictures import letters
from labkit.pictures.cloud_time import offset

_LEAST, _DECADE = 12.0, 13.0
_MOST_PIECES = 44
_WIDE = 8.0  # times the usual gap
_MARK = 110.0


@dataclass(frozen=True, slots=True)
class StretchedAxis:
    """Where moments lie between 0 and `width`; `ends` are the moments between which time is to scale."""

    width: float
    ends: Sequence[float]
    places: Sequence[float]

    def x(self, moment: float) -> float:
        """The place of a moment; outside of the axis it is the nearer end."""
        if moment <= self.ends[0]:
            return 0.0
        if moment >= self.ends[-1]:
            return self.places[-1]
        index = bisect_right(self.ends, moment) - 1
        start, end = self.ends[index], self.ends[index + 1]
        share = (moment - start) / (end - start)
        return self.places[index] + share * (self.places[index + 1] - self.places[index])

    def marks(self, size: float) -> list[tuple[float, str]]:
        """Places with their time since the start, none of which touch at this font size."""
        found: list[tuple[float, str]] = []
        free = -1.0
        for moment, place in sorted(self._marked()):
            label = offset(moment - self.ends[0])
            half = letters.width(label, size) / 2
            if max(0.0, place - half) > free and (not found or label != found[-1][1]):
                found.append((place, label))
                free = max(place, half) + half + 12
        return found

    def _marked(self) -> Iterator[tuple[float, float]]:
        """The ends of the pieces, and moments inside of wide ones."""
        pieces = zip(pairwise(self.ends), pairwise(self.places), strict=True)
        for (start, end), (left, right) in pieces:
            parts = max(1, int((right - left) / _MARK))
            for part in range(parts):
                yield start + (end - start) * part / parts, left + (right - left) * part / parts
        yield self.ends[-1], self.places[-1]


def stretched_axis(width: float, moments: Iterable[float]) -> StretchedAxis:
    """The axis of that width for these moments (at least one), in any unit of seconds."""
    distinct = sorted(set(moments))
    if len(distinct) == 1:
        return StretchedAxis(width, [distinct[0], distinct[0] + 1], [0.0, width])
    gaps = list(pairwise(distinct))
    if len(gaps) > _MOST_PIECES:
        usual = sorted(b - a for a, b in gaps)[len(gaps) // 2]
        gaps = [gap for gap in gaps if gap[1] - gap[0] > _WIDE * usual]
        gaps = sorted(gaps, key=lambda gap: gap[0] - gap[1])[: _MOST_PIECES // 2]
    ends = sorted({distinct[0], distinct[-1], *(moment for gap in gaps for moment in gap)})
    rooms = []
    for start, end in pairwise(ends):
        inside = bisect_left(distinct, end) - bisect_right(distinct, start)
        rooms.append((_LEAST + _DECADE * math.log10(1 + 1000 * (end - start))) * (1 + math.log10(1 + inside)))
    factor = width / sum(rooms)
    places = [0.0]
    for room in rooms:
        places.append(places[-1] + room * factor)
    return StretchedAxis(width, ends, places)
