"""A layered layout of a directed graph: boxes in rows by longest path, edges that never run through a box.

Forward edges go down from row to row and pass the rows between through gaps that are kept open for them.
Back edges, and side edges that share a target, leave into lanes at the left and the right of the rows: one
lane per target. Labels stand in rows of their own above their target (in a lane: below their source), so
that no text meets a line or another text. A long and slim graph is folded into columns.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from labkit.pictures.row_order import Spacing, centres, ordered_rows

Size = tuple[float, float]
Point = tuple[float, float]

_GAP, _THIN_GAP, _THIN = 26.0, 14.0, 6.0
_CHANNEL, _RUN, _LANE = 17.0, 8.0, 11.0
_GUTTER, _MOST_CROSSING, _FOLDED = 34.0, 3, 1010.0


@dataclass(frozen=True, slots=True)
class Link:
    """An edge: `side` marks one that may run in a lane (a Catch); `label` is the size of its text."""

    source: str
    target: str
    side: bool = False
    label: Size | None = None
    far_label: Size | None = None  # the label when it also names the target, because the line stops


@dataclass(frozen=True, slots=True)
class Route:
    """How a link is drawn: strokes in order (`arrow` on the last), `label` its text's upper left corner.

    `stub` tells that the line ends at the label, which has to name the target.
    """

    strokes: tuple[tuple[Point, ...], ...]
    label: Point | None = None
    arrow: bool = True
    stub: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Upper left corners of the boxes, the routes in the order of the links, and the whole size."""

    places: Mapping[str, Point]
    routes: Sequence[Route]
    width: float
    height: float
    rows: Mapping[str, int]


@dataclass(slots=True)
class _Item:
    """A box, a label or the gap that a long edge passes through."""

    rank: int
    width: float
    height: float
    box: str | None = None
    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    x: float = 0.0


def arrange(
    sizes: Mapping[str, Size],
    links: Sequence[Link],
    *,
    widest: float = 860.0,
    tallest: float | None = None,
) -> Arrangement:
    """Place boxes of the given sizes; the order of `sizes` decides where the graph leaves a choice.

    Rows are kept within `widest` by moving boxes down; above `tallest` a slim graph is folded.
    """
    layout = _Layout(sizes, links, widest)
    if tallest is not None and layout.height > tallest and 2 * layout.width + _GUTTER <= _FOLDED:
        folded = _Layout(sizes, links, widest, name_targets=True)
        folded.fold(tallest)
        return folded.finish()
    return layout.finish()


class _Layout:
    def __init__(
        self, sizes: Mapping[str, Size], links: Sequence[Link], widest: float, *, name_targets: bool = False
    ) -> None:
        self.sizes = sizes
        self.links = links
        self.name_targets = name_targets
        back = _back_links(list(sizes), links)
        self.rows = _rows(sizes, links, back, widest)
        self.lanes = self._lane_links(back)
        self.items: list[_Item] = []
        self.box_item: dict[str, int] = {}
        self.chains: list[list[int]] = []  # items that a link passes, its boxes included
        self._make_items()
        ranks = defaultdict(list)
        for index, item in enumerate(self.items):
            ranks[item.rank].append(index)
        self.ranks = [ranks[rank] for rank in range(max(ranks, default=-1) + 1)]
        self._place_across()
        self.left_lanes, self.right_lanes = self._assign_lanes()
        self.column_of_rank = [0] * len(self.ranks)
        self.shift: list[Point] = [(0.0, 0.0)]
        self._place_down()

    # ---- which edges, which rows -----------------------------------------------------------------

    def _lane_links(self, back: set[int]) -> dict[int, str]:
        """Links that run in a lane, by index: `left` for those that go back, `right` for side links."""
        side_sources: dict[str, set[str]] = defaultdict(set)
        for link in self.links:
            if link.side:
                side_sources[link.target].add(link.source)
        lanes = {}
        for index, link in enumerate(self.links):
            if index in back:
                lanes[index] = "left"
            elif link.side:
                span = self.rows[link.target] - self.rows[link.source]
                if span > 1 or len(side_sources[link.target]) > 1:
                    lanes[index] = "right"
        return lanes

    def _make_items(self) -> None:
        for name, (wide, high) in self.sizes.items():
            self.box_item[name] = self._add(_Item(2 * self.rows[name], wide, high, name))
        for index, link in enumerate(self.links):
            source, target = self.box_item[link.source], self.box_item[link.target]
            first, last = self.items[source].rank, self.items[target].rank
            chain = [source]
            if index in self.lanes:
                label = (link.far_label or link.label) if self.name_targets else link.label
                wide, high = label or (_THIN, 0.0)
                item = self._add(_Item(first + 1, wide, high))
                self._connect(source, item)
                self.chains.append([source, item, target])
                continue
            for rank in range(first + 1, last):
                wide, high = link.label if link.label and rank == last - 1 else (_THIN, 0.0)
                item = self._add(_Item(rank, wide, high))
                self._connect(chain[-1], item)
                chain.append(item)
            self._connect(chain[-1], target)
            self.chains.append([*chain, target])

    def _add(self, item: _Item) -> int:
        self.items.append(item)
        return len(self.items) - 1

    def _connect(self, upper: int, lower: int) -> None:
        self.items[upper].down.append(lower)
        self.items[lower].up.append(upper)

    # ---- across ----------------------------------------------------------------------------------

    def _place_across(self) -> None:
        ups = [list(item.up) for item in self.items]
        downs = [list(item.down) for item in self.items]
        self.ranks = ordered_rows(self.ranks, ups, downs)
        # A text on its way into a lane leans on its box, the box not on it; a box that only lanes lead to
        # stands near their sources, where there is room.
        weights = [1.0 if item.box else 3.0 for item in self.items]
        for index in self.lanes:
            source, text, target = self.chains[index]
            downs[source] = [other for other in downs[source] if other != text]
            weights[text] = 0.1
            if not self.items[target].up and self.items[target].rank > 0:
                ups[target] = [*ups[target], source]
                if not downs[target]:
                    weights[target] = 0.01
        widths = [item.width for item in self.items]
        x = centres(self.ranks, ups, downs, Spacing(widths, weights, self._gap, self._pull))
        left = min((place - item.width / 2 for place, item in zip(x, self.items, strict=True)), default=0)
        for place, item in zip(x, self.items, strict=True):
            item.x = place - left
        self.inner_width = max((item.x + item.width / 2 for item in self.items), default=0.0)

    def _gap(self, one: int, other: int) -> float:
        both = self.items[one].box is not None and self.items[other].box is not None
        return _GAP if both else _THIN_GAP

    def _pull(self, one: int, other: int) -> float:
        """How much two neighbours want to stand one above the other: long edges most."""
        thin = (self.items[one].box is None) + (self.items[other].box is None)
        return (2.0, 3.0, 8.0)[thin]

    def _assign_lanes(self) -> tuple[dict[str, int], dict[str, int]]:
        """A lane number per target on each side; targets whose lanes don't meet share a number."""
        sides = []
        for side in ("left", "right"):
            spans: dict[str, list[int]] = {}
            for index, where in self.lanes.items():
                if where == side:
                    link = self.links[index]
                    spans.setdefault(link.target, []).extend([self.rows[link.source], self.rows[link.target]])
            taken: list[list[tuple[int, int]]] = []
            numbers = {}
            for target in sorted(spans, key=lambda name: (max(spans[name]) - min(spans[name]), name)):
                low, high = min(spans[target]), max(spans[target])
                number = next(
                    (n for n, used in enumerate(taken) if all(high < a - 1 or low > b + 1 for a, b in used)),
                    len(taken),
                )
                if number == len(taken):
                    taken.append([])
                taken[number].append((low, high))
                numbers[target] = number
            sides.append(numbers)
        return sides[0], sides[1]

    # ---- down ------------------------------------------------------------------------------------

    def _place_down(self) -> None:
        """Tops of the ranks; the channel above a row of boxes is wide enough for the lanes' runs in it."""
        runs: dict[int, list[str]] = defaultdict(list)
        for index in self.lanes:
            link = self.links[index]
            for row in (self.rows[link.source] + 1, self.rows[link.target]):
                if link.target not in runs[row]:
                    runs[row].append(link.target)
        self.runs = {row: sorted(targets) for row, targets in runs.items()}
        self.top: list[float] = []
        self.bottom: list[float] = []
        y = 0.0
        for rank, members in enumerate(self.ranks):
            high = max((self.items[item].height for item in members), default=0.0)
            if rank % 2 == 0 and rank:
                y += _CHANNEL + _RUN * len(self.runs.get(rank // 2, ()))
            elif high and rank:
                y += _CHANNEL - 5
            self.top.append(y)
            y += high
            self.bottom.append(y)
        last = self.runs.get((len(self.ranks) - 1) // 2 + 1, ())
        self.height = y + (_CHANNEL + _RUN * len(last) if last else 0.0)
        self.lanes_left = _LANE * (max(self.left_lanes.values(), default=-1) + 1)
        self.lanes_right = _LANE * (max(self.right_lanes.values(), default=-1) + 1)
        self.width = self.lanes_left + self.inner_width + self.lanes_right

    def fold(self, tallest: float) -> None:
        """Cut the rows into columns of about equal height, where few edges cross."""
        step = self.width + _GUTTER
        columns = min(int((_FOLDED + _GUTTER) // step), int(self.height // (tallest * 0.6)) + 1)
        wanted = self.height / max(columns, 1)
        crossing: dict[int, int] = defaultdict(int)
        for index, chain in enumerate(self.chains):
            if index not in self.lanes:
                for upper in chain[:-1]:
                    crossing[self.items[upper].rank] += 1
        column = 0
        shift: list[Point] = [(0.0, 0.0)]
        for rank in range(len(self.ranks)):
            late = self.top[rank] > wanted * (column + (0.97 if crossing[rank - 1] <= 1 else 1.05))
            cut = rank % 2 == 1 and late and crossing[rank - 1] <= _MOST_CROSSING
            if cut and rank < len(self.ranks) - 1 and column < columns - 1:
                column += 1
                shift.append((column * step, 14.0 - self.top[rank]))
            self.column_of_rank[rank] = column
        self.shift = shift

    # ---- routes ----------------------------------------------------------------------------------

    def finish(self) -> Arrangement:
        places = {}
        for name, index in self.box_item.items():
            item = self.items[index]
            x, y = self._at(item.rank, item.x - item.width / 2, self.top[item.rank])
            places[name] = (x, y)
        self.out_ports, self.in_ports = self._ports()
        self.crossings_used = 0
        routes = [
            self._lane_route(index) if index in self.lanes else self._direct_route(index)
            for index in range(len(self.links))
        ]
        columns = len(self.shift)
        height = self.height
        if columns > 1:
            ends = [
                self._at(rank, 0, self.bottom[rank])[1] for rank in range(len(self.ranks)) if self.ranks[rank]
            ]
            height = max(ends) + 28
        return Arrangement(
            places, routes, self.width + (columns - 1) * (self.width + _GUTTER), height, dict(self.rows)
        )

    def _at(self, rank: int, x: float, y: float) -> Point:
        dx, dy = self.shift[self.column_of_rank[rank]]
        return x + dx + self.lanes_left, y + dy

    def _ports(self) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
        """Where each direct edge leaves and enters its boxes, spread in the order of its other end."""
        outs: dict[int, list[tuple[float, int]]] = defaultdict(list)
        ins: dict[int, list[tuple[float, int]]] = defaultdict(list)
        direct: dict[int, list[int]] = defaultdict(list)
        for index, chain in enumerate(self.chains):
            outs[chain[0]].append((self.items[chain[1]].x, index))
            if index not in self.lanes:
                direct[chain[0]].append(index)
                ins[chain[-1]].append((self.items[chain[-2]].x, index))
        ports = self._spread(outs)
        for box, usual in direct.items():
            if len(usual) == 1 and len(outs[box]) > 1:
                # The usual way leaves in the middle, the lanes' lines at its sides.
                middle = self.items[box].x
                for _, index in outs[box]:
                    left = self.items[self.chains[index][1]].x < middle
                    ports[box, index] += -9.0 if left else 9.0
                ports[box, usual[0]] = middle
        return ports, self._spread(ins)

    def _spread(self, ends: dict[int, list[tuple[float, int]]]) -> dict[tuple[int, int], float]:
        ports = {}
        for item, found in ends.items():
            box = self.items[item]
            room = min(box.width * 0.6, 30.0 * (len(found) - 1))
            for number, (_, link) in enumerate(sorted(found)):
                offset = room * (number / (len(found) - 1) - 0.5) if len(found) > 1 else 0.0
                ports[item, link] = box.x + offset
        return ports

    def _direct_route(self, index: int) -> Route:
        chain = self.chains[index]
        link = self.links[index]
        strokes: list[tuple[Point, ...]] = []
        label: Point | None = None
        source = self.items[chain[0]]
        x = self.out_ports[chain[0], index]
        path = [self._at(source.rank, x, self.top[source.rank] + source.height)]
        path.append(self._at(source.rank, x, self.bottom[source.rank]))
        for upper, lower in pairwise(chain):
            item = self.items[lower]
            x = self.in_ports[lower, index] if lower == chain[-1] else item.x
            if self.column_of_rank[self.items[upper].rank] != self.column_of_rank[item.rank]:
                to = self._at(item.rank, x, 0.0)[0]
                path.extend(self._to_next_column(self.items[upper].rank, path[-1][0], to))
            flat = lower != chain[-1] and self.bottom[item.rank] == self.top[item.rank]
            if flat and self.column_of_rank[item.rank] == self.column_of_rank[item.rank - 1]:
                continue
            path.append(self._at(item.rank, x, self.top[item.rank]))
            if lower == chain[-1]:
                break
            if link.label and lower == chain[-2]:
                label = self._at(item.rank, item.x - item.width / 2, self.bottom[item.rank] - item.height)
                path[-1] = (path[-1][0], label[1])
                strokes.append(tuple(path))
                path = []
            path.append(self._at(item.rank, x, self.bottom[item.rank]))
        strokes.append(tuple(path))
        return Route(tuple(strokes), label)

    def _to_next_column(self, rank: int, x: float, to: float) -> list[Point]:
        """Down, through the gutter to the right, up, and to where the next column begins."""
        self.crossings_used += 1
        step = 6.0 * (self.crossings_used % (_MOST_CROSSING + 1))
        column = self.column_of_rank[rank]
        gutter = self.shift[column][0] + self.width + 8 + step
        bottom = max(
            self._at(number, 0, self.bottom[number])[1]
            for number, where in enumerate(self.column_of_rank)
            if where == column
        )
        low = bottom + 6 + step
        return [(x, low), (gutter, low), (gutter, step / 2), (to, step / 2)]

    def _lane_route(self, index: int) -> Route:
        link = self.links[index]
        chain = self.chains[index]
        source, item, target = (self.items[number] for number in chain)
        x = self.out_ports[chain[0], index]
        path = [
            self._at(source.rank, x, self.top[source.rank] + source.height),
            self._at(source.rank, x, self.bottom[source.rank]),
        ]
        strokes: list[tuple[Point, ...]] = []
        label: Point | None = None
        path.append(self._at(item.rank, item.x, self.top[item.rank]))
        if item.height:
            label = self._at(item.rank, item.x - item.width / 2, self.top[item.rank])
            strokes.append(tuple(path))
            path = []
        far = self.column_of_rank[source.rank] != self.column_of_rank[target.rank]
        far = far or self.column_of_rank[source.rank] != self.column_of_rank[item.rank]
        if far and item.height:
            return Route(tuple(strokes), label, stub=True)
        left = self.lanes[index] == "left"
        number = (self.left_lanes if left else self.right_lanes)[link.target]
        lane = -_LANE * (number + 0.6) if left else self.inner_width + _LANE * (number + 0.6)
        run = self._run(self.rows[link.source] + 1, link.target)
        entry = self._run(self.rows[link.target], link.target)
        into = target.x + target.width * (-0.4 if left else 0.4)
        if label is not None:
            below = label[1] + (link.label[1] if link.label else item.height)
            path.append((self._at(item.rank, item.x, 0)[0], below))
        path.append(self._at(item.rank, item.x, run))
        path.append(self._at(item.rank, lane, run))
        strokes.append(tuple(path))
        path = [path[-1], self._at(target.rank, lane, entry)]
        path.append(self._at(target.rank, into, entry))
        path.append(self._at(target.rank, into, self.top[target.rank]))
        strokes.append(tuple(path))
        return Route(tuple(strokes), label)

    def _run(self, row: int, target: str) -> float:
        """The height at which lines to a lane's target run in the channel above a row."""
        number = self.runs[row].index(target)
        above = self.bottom[2 * row - 1] if 2 * row - 1 < len(self.bottom) else self.bottom[-1]
        return above + 7 + _RUN * number


def _back_links(names: Sequence[str], links: Sequence[Link]) -> set[int]:
    """The links that close a circle, found by going depth first from the first box."""
    following: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for index, link in enumerate(links):
        following[link.source].append((index, link.target))
    # People write states in the order of the usual way: what leads up in that order is the way back.
    written = {name: number for number, name in enumerate(names)}
    for found in following.values():
        found.sort(key=lambda pair: written[pair[1]])
    back: set[int] = set()
    state: dict[str, int] = {}
    for root in names:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(following[root]))]
        while stack:
            name, rest = stack[-1]
            for index, target in rest:
                if state.get(target) == 1:
                    back.add(index)
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(following[target])))
                    break
            else:
                state[name] = 2
                stack.pop()
    return back


def _rows(
    sizes: Mapping[str, Size], links: Sequence[Link], back: Iterable[int], widest: float
) -> dict[str, int]:
    """The row of each box: below all that lead to it, and further down where its row is full."""
    circle = set(back)
    incoming: dict[str, set[str]] = {name: set() for name in sizes}
    for index, link in enumerate(links):
        if index not in circle:
            incoming[link.target].add(link.source)
    rows: dict[str, int] = {}
    used: dict[int, float] = defaultdict(float)
    waiting = list(sizes)
    while waiting:
        ready = [name for name in waiting if incoming[name] <= rows.keys()]
        ready.sort(key=lambda name: max((rows[before] for before in incoming[name]), default=-1))
        for name in ready:
            row = max((rows[before] for before in incoming[name]), default=-1) + 1
            while used[row] and used[row] + sizes[name][0] > widest:
                row += 1
            rows[name] = row
            used[row] += sizes[name][0] + _GAP
        placed = set(ready)
        waiting = [name for name in waiting if name not in placed]
    return rows
