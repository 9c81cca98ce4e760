"""An execution on its cloud's time: a row for each branch and iteration, a bar for each state."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.pictures import letters
from labkit.pictures.canvas import Canvas, Picture
from labkit.pictures.cloud_time import clock, length, offset
from labkit.pictures.execution_story import Story, Visit, read_story, worst
from labkit.pictures.state_marks import SIGNS, WORDS, draw_mark
from labkit.pictures.time_axis import Axis, axis

_WIDTH, _LEFT, _RIGHT = 900.0, 150.0, 14.0
_BAR, _LANE, _HEADING = 22.0, 41.0, 22.0
_LINE, _MOST_LINES = 3.0, 100
_ALL_SHOWN, _FIRST, _TROUBLED = 16, 3, 6
_LONGEST_LANE = 400
_NO_TIME = 0.0005  # s: half of the least that a history tells apart
_LEGEND = (
    ("succeeded", "succeeded"),
    ("caught", "caught an error"),
    ("failed", "failed, or an attempt that failed"),
    ("running", "running"),
    ("stopped", "stopped"),
    ("waiting", "waiting"),
)


@dataclass(slots=True)
class _Row:
    """A row of the chart: a heading, a lane of visits, or a band of many folded lanes."""

    kind: str
    label: str
    depth: int
    visits: list[Visit] = field(default_factory=list)
    folded: list[list[Visit]] = field(default_factory=list)
    status: str = ""

    @property
    def height(self) -> float:
        if self.kind == "band":
            return 14 + max(26.0, _LINE * min(len(self.folded), _MOST_LINES))
        return _HEADING if self.kind == "heading" else _LANE


def gantt(events: Iterable[Mapping[str, Any]], execution: Mapping[str, Any] | None = None) -> Picture:
    """Draw the events of `GetExecutionHistory` (and `DescribeExecution`'s answer) as a Gantt chart.

    Waits, and waits before a retry, are hatched; a failed attempt is red with a cross. Where bars to scale
    would be too small to see, the axis is stretched and says so.
    """
    story = read_story(events, execution)
    title = f"Execution {story.name} in cloud time"
    canvas = Canvas(title, int(_WIDTH), scale=(0.8, 1.0))
    canvas.words(8, 20, letters.fit(title, _WIDTH - 20, 14, True), size=14, bold=True)
    if not story.visits:
        canvas.words(8, 44, "No state was entered yet.")
        return canvas.picture("No state was entered yet.")
    rows = _rows(story)
    slots = _slots(story, rows)
    scale = _axis(story, rows, slots)
    note = "to scale" if scale.to_scale else "not to scale: short stretches are widened"
    canvas.words(8, 39, f"from {clock(story.started)} UTC, {note}", size=12)
    chart = _Chart(canvas, story, scale, slots)
    y = chart.head(70.0, sum(row.height for row in rows))
    for row in rows:
        chart.row(row, y)
        y += row.height
    chart.names(chart.legend(y + 10))
    lanes = sum(1 for row in rows if row.kind == "lane") + sum(len(row.folded) for row in rows)
    whole = length((story.stopped or story.latest) - story.started)
    count = len(story.visits)
    return canvas.picture(
        f"Execution {story.status}: {count} {'state' if count == 1 else 'states'} in {lanes} "
        f"{'lane' if lanes == 1 else 'lanes'}, {whole} in all; axis {note}."
    )


def _rows(story: Story) -> list[_Row]:
    inside = story.lanes()
    outermost = inside.get(0, {}).get(None, [])
    rows: list[_Row] = []

    def add(label: str, visits: list[Visit], depth: int, status: str) -> None:
        if len(visits) > _LONGEST_LANE:
            half = _LONGEST_LANE // 2
            label = f"{label}, {len(visits) - 2 * half} not drawn"
            visits = [*visits[:half], *visits[-half:]]
        rows.append(_Row("lane", label, depth, visits, status=status))
        for group in visits:
            lanes = inside.get(group.number)
            if lanes:
                rows.append(_Row("heading", f"{group.number} {group.name}", depth + 1))
                add_group(group, lanes, depth + 1)

    def add_group(group: Visit, lanes: dict[int | str | None, list[Visit]], depth: int) -> None:
        state = {lane: group.iterations.get(lane, "") if isinstance(lane, int) else "" for lane in lanes}
        state = {lane: known or worst(v.status for v in lanes[lane]) for lane, known in state.items()}
        shown = list(lanes)
        if len(shown) > _ALL_SHOWN:
            bad = [lane for lane in shown if any(v.status in {"failed", "caught"} for v in lanes[lane])]
            shown = [*bad[:_TROUBLED], *[lane for lane in shown if lane not in bad][:_FIRST]]
        numbers = {lane: number for number, lane in enumerate(lanes, start=1)}
        for lane, here in lanes.items():
            if lane in shown:
                name = f"iteration {lane}" if isinstance(lane, int) else f"branch {numbers[lane]}"
                add(name, here, depth, state[lane])
        folded = [visits for lane, visits in lanes.items() if lane not in shown]
        if folded:
            counted = Counter(state[lane] for lane in lanes if lane not in shown)
            told = ", ".join(f"{counted[one]} {WORDS[one]}" for one in SIGNS if counted[one])
            rows.append(_Row("band", f"{len(folded)} more", depth, folded=folded, status=told))

    add(
        "execution",
        outermost,
        0,
        {"SUCCEEDED": "succeeded", "RUNNING": "running"}.get(story.status, "failed"),
    )
    return rows


@dataclass(slots=True)
class _Slots:
    """The order of what takes no time: how many such states come before a visit's start and its end."""

    before: dict[int, int] = field(default_factory=dict)
    until: dict[tuple[float, int], int] = field(default_factory=dict)
    most: dict[float, int] = field(default_factory=dict)

    def end(self, visit: Visit, moment: float) -> int:
        """How many of them lie inside a Parallel or Map when it ends."""
        return self.until.get((round(moment, 6), visit.number), 0)


def _slots(story: Story, rows: list[_Row]) -> _Slots:
    slots = _Slots()
    next_free: dict[tuple[float, int, int | str | None], int] = {}
    previous: dict[tuple[int, int | str | None], Visit] = {}
    for visit in sorted((visit for row in rows for visit in row.visits), key=lambda one: one.number):
        start, end = _ends(story, visit)
        moment = round(start, 6)
        around = visit.parent.number if visit.parent else 0
        free = next_free.get((moment, around, visit.lane))
        if free is None:
            entered = visit.parent is not None and round(_ends(story, visit.parent)[0], 6) == moment
            free = slots.before.get(around, 0) if entered else 0
        group = previous.get((around, visit.lane))
        if group is not None:
            free = max(free, slots.until.get((moment, group.number), 0))
        previous[around, visit.lane] = visit
        slots.before[visit.number] = free
        if end - start < _NO_TIME:
            free += 1
            slots.most[moment] = max(slots.most.get(moment, 0), free)
            ring: Visit | None = visit
            while ring is not None:
                slots.until[moment, ring.number] = max(slots.until.get((moment, ring.number), 0), free)
                ring = ring.parent
        next_free[moment, around, visit.lane] = free
    return slots


def _axis(story: Story, rows: list[_Row], slots: _Slots) -> Axis:
    bars: list[tuple[float, float]] = []
    for visit in (visit for row in rows for visit in row.visits):
        start, end = _ends(story, visit)
        bars.append((start, end))
        bars += [(a, b) for _, a, b in _parts(story, visit) if (a, b) != (start, end) and b > a]
    return axis(_WIDTH - _LEFT - _RIGHT, story.latest - story.started, bars, slots.most)


def _ends(story: Story, visit: Visit) -> tuple[float, float]:
    start = max(0.0, visit.entered - story.started)
    return start, max(start, start + story.lasted(visit))


def _parts(story: Story, visit: Visit) -> list[tuple[str, float, float]]:
    """A bar in parts: each attempt in the colour of its outcome, and the waits before the next."""
    start, end = _ends(story, visit)
    if visit.kind == "Wait":
        return [("waiting" if visit.status == "succeeded" else visit.status, start, end)]
    if visit.kind != "Task" or not visit.retried:
        return [(visit.status, start, end)]
    parts: list[tuple[str, float, float]] = []
    starts = [moment - story.started for moment in visit.starts]
    at = start
    for index, failure in enumerate(visit.failures):
        failed = min(failure.at - story.started, end)
        if index + 1 >= len(starts):
            return [*parts, (visit.status if visit.status == "caught" else "failed", at, failed)]
        parts.append(("failed", at, failed))
        at = min(starts[index + 1], end)
        parts.append(("waiting", failed, at))
    parts.append((visit.status, at, end))
    return parts


def _sentence(story: Story, visit: Visit) -> str:
    start, _ = _ends(story, visit)
    lasted = length(story.lasted(visit))
    text = f"{visit.number}. {visit.name} ({visit.kind}): {SIGNS[visit.status]} {WORDS[visit.status]}, "
    text += f"+{offset(start)} for {lasted}"
    if visit.retried:
        text += f", {visit.retried} {'retry' if visit.retried == 1 else 'retries'}"
    if visit.failures and visit.status in {"failed", "caught"}:
        text += f" ({visit.failures[-1].error})"
    return text


class _Chart:
    def __init__(self, canvas: Canvas, story: Story, scale: Axis, slots: _Slots) -> None:
        self.canvas = canvas
        self.story = story
        self.scale = scale
        self.slots = slots
        self.used: set[str] = set()
        self.numbered: dict[int, str] = {}

    def head(self, y: float, height: float) -> float:
        """The axis above the rows, with lines down through all of them; returns where the rows begin."""
        for x, label in self.scale.marks():
            half = letters.width(label, 11) / 2
            middle = min(max(_LEFT + x, _LEFT + half), _WIDTH - half - 2)
            self.canvas.words(middle, y - 8, label, size=11, anchor="middle")
            self.canvas.path(f"M0 0V{height + 6:.1f}", at=(_LEFT + x, y - 3), strength=0.18)
        self.canvas.path(f"M{_LEFT} 0H{_WIDTH - _RIGHT}", at=(0, y - 3), strength=0.5)
        return y + 4

    def row(self, row: _Row, y: float) -> None:
        indent = 8 + 10 * row.depth
        room = _LEFT - indent - 10
        fact = f"{row.label}:" if row.kind == "heading" else row.label
        if row.kind == "lane":
            fact = f"{row.label} ({SIGNS[row.status]} {WORDS[row.status]}):"
        if row.kind == "band":
            self._band(row, y, indent, room)
            return
        heading = row.kind == "heading"
        self.canvas.begin_fact(fact, 2 * row.depth - (1 if heading else 0))
        if heading:
            self.canvas.words(indent, y + 16, letters.fit(row.label, room, 12, True), size=12, bold=True)
        else:
            draw_mark(self.canvas, row.status, indent, y + 16)
            self.canvas.words(indent + 18, y + 26, letters.fit(row.label, room - 18, 12), size=12)
        self.canvas.end_fact()
        last_mark = -20.0
        for visit in row.visits:
            self.canvas.begin_fact(_sentence(self.story, visit), 2 * row.depth + 1)
            last_mark = self._visit(visit, y + 12, last_mark)
            self.canvas.end_fact()

    def _visit(self, visit: Visit, y: float, last_mark: float) -> float:
        start, end = _ends(self.story, visit)
        scale = self.scale
        slot = self.slots.before[visit.number]
        parts = _parts(self.story, visit)
        if end - start < _NO_TIME:
            parts = [(visit.status, start, end)]
        widest = (0.0, 0.0)
        for fill, a, b in parts:
            left = _LEFT + scale.x(a, slot if a == start else 0)
            right = _LEFT + scale.x(b, self.slots.end(visit, b) if b == end else 0)
            right = self._bar(fill, left, max(left + 2.5, right), y, visit.kind)
            widest = max(widest, (left, right), key=lambda ends: ends[1] - ends[0])
            if fill in {"failed", "caught"}:
                last_mark = self._mark(fill, right - 6, y, last_mark)
        self._label(visit, *widest, y)
        return last_mark

    def _bar(self, fill: str, left: float, right: float, y: float, kind: str = "") -> float:
        self.used.add(fill)
        group = kind in {"Parallel", "Map"}
        high = _BAR / 2 if group else _BAR
        self.canvas.box(left, y + (_BAR - high), right - left, high, fill, radius=2)
        return right

    def _mark(self, status: str, x: float, y: float, last: float) -> float:
        if x - last < 13:
            return last
        draw_mark(self.canvas, status, x - 4, y - 13.5)
        return x

    def _label(self, visit: Visit, left: float, right: float, y: float) -> None:
        """The name inside the bar if it fits, else the number that the list below explains."""
        room = right - left - 6
        group = visit.kind in {"Parallel", "Map"}
        name = f"{visit.number} {visit.name}"
        if group:
            if letters.width(name, 10.5) <= room:
                self.canvas.words(left + 1, y + 8, name, size=10.5)
            elif letters.width(str(visit.number), 10.5) <= room + 4:
                self.canvas.words(left + 1, y + 8, str(visit.number), size=10.5)
                self.numbered[visit.number] = visit.name
        elif letters.width(name, 11) <= room:
            self.canvas.words(left + 4, y + 15, name, size=11)
        elif letters.width(str(visit.number), 10) <= right - left - 1:
            middle = (left + right) / 2
            self.canvas.words(middle, y + 15, str(visit.number), size=10, anchor="middle")
            self.numbered[visit.number] = visit.name

    def _band(self, row: _Row, y: float, indent: float, room: float) -> None:
        """Many lanes folded: a thin line each, so that their rhythm stays to be seen."""
        story = self.story
        lasted = [(lane[-1].exited or story.latest) - lane[0].entered for lane in row.folded]
        first = min(lane[0].entered for lane in row.folded) - story.started
        last = max(lane[-1].exited or story.latest for lane in row.folded) - story.started
        every = -(-len(row.folded) // _MOST_LINES)
        drawn = row.folded[::every]
        words = f"{row.label} iterations: {row.status}; from +{offset(first)} to +{offset(last)}, "
        words += f"shortest {length(min(lasted))}, longest {length(max(lasted))}"
        words += f"; one of {every} is drawn" if every > 1 else ""
        self.canvas.begin_fact(words, 2 * row.depth)
        self.canvas.words(indent, y + 16, letters.fit(row.label, room, 12), size=12)
        self.canvas.words(indent, y + 31, "a line each" if every == 1 else f"1 of {every}", size=11)
        for number, lane in enumerate(drawn):
            top = y + 6 + _LINE * number
            for visit in lane:
                for fill, a, b in _parts(story, visit):
                    left, right = self.scale.x(a), self.scale.x(b)
                    self.used.add(fill)
                    self.canvas.box(
                        _LEFT + left,
                        top,
                        max(1.0, right - left),
                        _LINE - 0.6,
                        fill,
                        radius=0,
                        outline=False,
                        hatched=False,
                    )
        self.canvas.end_fact()

    def legend(self, y: float) -> float:
        x = 8.0
        for fill, word in _LEGEND:
            if fill in self.used:
                self.canvas.box(x, y, 20, 15, fill, radius=2)
                if fill in SIGNS:
                    draw_mark(self.canvas, fill, x + 4, y + 1.5)
                self.canvas.words(x + 26, y + 12, word, size=11)
                x += 44 + letters.width(word, 11)
        return y + 34

    def names(self, y: float) -> None:
        """What the numbers in the bars stand for."""
        x = 8.0
        for number, name in sorted(self.numbered.items()):
            text = f"{number} {letters.fit(name, 220, 11)}"
            wide = letters.width(text, 11)
            if x + wide > _WIDTH - 8:
                x, y = 8.0, y + 17
            self.canvas.words(x, y, text, size=11)
            x += wide + 16
