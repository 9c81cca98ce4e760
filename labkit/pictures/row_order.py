"""The order of items in the rows of a layered graph, and how far right each stands."""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Neighbours = Sequence[Sequence[int]]

_SWEEPS, _SPACING_SWEEPS = 16, 40
_HOMING = 0.2


def ordered_rows(rows: Sequence[Sequence[int]], ups: Neighbours, downs: Neighbours) -> list[list[int]]:
    """The same rows, each in an order in which few edges cross (barycentres, the best of several sweeps)."""
    current = [list(row) for row in rows]
    best, fewest = current, _crossings(current, downs)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        neighbours = ups if down else downs
        current = [list(row) for row in current]
        for number in range(len(current)) if down else reversed(range(len(current))):
            row = current[number]
            other = number - 1 if down else number + 1
            if not 0 <= other < len(current):
                continue
            place = {item: index for index, item in enumerate(current[other])}
            weight = {}
            for index, item in enumerate(row):
                near = [place[neighbour] for neighbour in neighbours[item] if neighbour in place]
                scale = len(current[other]) / len(row)
                weight[item] = sum(near) / len(near) if near else index * scale
            row.sort(key=weight.__getitem__)
        crossings = _crossings(current, downs)
        if crossings < fewest:
            best, fewest = current, crossings
    return [list(row) for row in best]


@dataclass(frozen=True, slots=True)
class Spacing:
    """What rows are spaced by: each item's width and weight, the gap and the pull between two items."""

    widths: Sequence[float]
    weights: Sequence[float]
    gap: Callable[[int, int], float]
    pull: Callable[[int, int], float]


def centres(
    rows: Sequence[Sequence[int]], ups: Neighbours, downs: Neighbours, spacing: Spacing
) -> list[float]:
    """The centre of each item: as near below and above its neighbours as order and gaps allow."""
    x = [0.0] * len(spacing.widths)
    for row in rows:
        _set_row(row, [0.0] * len(row), x, spacing)
    for sweep in range(_SPACING_SWEEPS):
        order = rows if sweep % 2 == 0 else list(reversed(rows))
        for row in order:
            wanted = []
            for item in row:
                first, second = (ups[item], downs[item]) if sweep % 2 == 0 else (downs[item], ups[item])
                # The last sweeps look both ways.
                near = [*ups[item], *downs[item]] if sweep >= 8 else first or second
                pulls = [spacing.pull(item, other) for other in near]
                weighted = sum(x[other] * force for other, force in zip(near, pulls, strict=True))
                # A little towards the middle line, or long graphs would wander.
                wanted.append(weighted / (sum(pulls) + _HOMING) if near else x[item])
            _set_row(row, wanted, x, spacing)
    return x


def _set_row(row: Sequence[int], wanted: Sequence[float], x: list[float], spacing: Spacing) -> None:
    """Places nearest to the wanted ones that keep order and gaps (pool adjacent violators)."""
    widths = spacing.widths
    offsets = [0.0]
    for before, after in pairwise(row):
        offsets.append(offsets[-1] + (widths[before] + widths[after]) / 2 + spacing.gap(before, after))
    blocks: list[tuple[float, float, int]] = []  # mean, weight, members
    for item, place, offset in zip(row, wanted, offsets, strict=False):
        mean, weight, members = place - offset, spacing.weights[item], 1
        while blocks and blocks[-1][0] > mean:
            other, heavy, count = blocks.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight += heavy
            members += count
        blocks.append((mean, weight, members))
    index = 0
    for mean, _, members in blocks:
        for _ in range(members):
            x[row[index]] = mean + offsets[index]
            index += 1


def _crossings(rows: Sequence[Sequence[int]], downs: Neighbours) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        place = {item: index for index, item in enumerate(lower)}
        seen: list[int] = []
        for item in upper:
            ends = sorted(place[other] for other in downs[item] if other in place)
            total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
