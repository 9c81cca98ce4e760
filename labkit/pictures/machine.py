"""A state machine as a graph: what it does, which way leads where, and how far an execution has come."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.pictures import letters
from labkit.pictures.canvas import Canvas, Picture
from labkit.pictures.execution_story import Story, Visit, read_story, worst
from labkit.pictures.layers import Arrangement, Link, Point, Route, arrange
from labkit.pictures.state_facts import (
    Transition,
    detail,
    ends_here,
    inner_parts,
    retries,
    runs_apart,
    states_of,
    transitions,
)
from labkit.pictures.state_marks import SIGNS, WORDS, draw_mark, legend

_NAME, _SMALL = 13.0, 11.0
_NAME_LINE, _SMALL_LINE = 17.0, 15.0
_BAND, _PAD = 22.0, 10.0
_NAME_ROOM, _LABEL_ROOM = 158.0, 132.0
_MARGIN, _WIDEST, _TALLEST = 8.0, 880.0, 1150.0
_START = "\0start"


@dataclass(slots=True)
class _Node:
    """A state, ready to be placed: its texts, its inner graphs and its size."""

    name: str
    kind: str
    status: str
    title: list[str]
    small: list[str]
    fact: str
    parts: list[tuple[str, "_Graph"]] = field(default_factory=list)
    spots: list[Point] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    head: float = 0.0


@dataclass(slots=True)
class _Graph:
    """One level of a machine: the machine itself, a branch, or what a Map does for each item."""

    nodes: dict[str, _Node]
    edges: list[Transition]
    missing: list[Transition]
    plan: Arrangement


def machine(
    definition: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]] | None = None,
    execution: Mapping[str, Any] | None = None,
    *,
    name: str = "State machine",
) -> Picture:
    """Draw a definition in the Amazon States Language (as a dict), coloured by an execution if there is one.

    `events` are those of `GetExecutionHistory`, `execution` is the answer of `DescribeExecution`. A target
    that doesn't exist is told in words. Never raises for a definition that is not valid.
    """
    story = read_story(events, execution) if events is not None else None
    graph = _Builder(story).graph(definition, folded=True)
    title = name if story is None else f"{name}: execution {story.name}"
    statuses = _statuses(graph) if story else []
    wide = max(graph.plan.width + 2 * _MARGIN, 360.0, 130.0 * len(statuses))
    canvas = Canvas(title, int(wide) + 1, scale=(1.0 if wide <= 600 else max(0.8, 600 / wide), 1.0))
    canvas.words(_MARGIN, 20, letters.fit(title, wide - 2 * _MARGIN, 14, True), size=14, bold=True)
    left = _MARGIN + max(0.0, (wide - 2 * _MARGIN - graph.plan.width) / 2)
    top = 36.0
    if statuses:
        legend(canvas, 30, statuses)
        top += 26
    _Drawing(canvas, story).graph(graph, left, top, 0)
    canvas.height = int(top + graph.plan.height + 12)
    count = len(graph.nodes)
    summary = f"{count} {'state' if count == 1 else 'states'}, starts at {definition.get('StartAt', '?')}"
    if any(node.parts for node in graph.nodes.values()):
        summary += f", with {_total(graph) - count} more inside of Parallel and Map states"
    if story is not None:
        reached = sum(1 for node in graph.nodes.values() if node.status != "not reached")
        summary += f"; execution {story.status}, {reached} of {count} states reached"
        summary += f", error {story.error}" if story.error else ""
    return canvas.picture(f"{summary}.")


def _total(graph: _Graph) -> int:
    inner = sum(_total(part) for node in graph.nodes.values() for _, part in node.parts)
    return len(graph.nodes) + inner


def _statuses(graph: _Graph) -> list[str]:
    found: set[str] = set()
    stack = [graph]
    while stack:
        for node in stack.pop().nodes.values():
            found |= {node.status} - {""}
            stack.extend(part for _, part in node.parts)
    return [status for status in SIGNS if status in found]


class _Builder:
    """Turns definitions into placed graphs, from the inside out."""

    def __init__(self, story: Story | None) -> None:
        self.story = story
        self.visits: dict[str, list[Visit]] = {}
        self.followed = {id(v.came_from): v.name for v in (story.visits if story else ()) if v.came_from}
        for visit in story.visits if story else ():
            self.visits.setdefault(visit.name, []).append(visit)

    def graph(self, part: Mapping[str, Any], *, folded: bool = False, apart: bool = False) -> _Graph:
        """Place one level; `apart` if it runs in executions of its own, of which this one tells nothing."""
        states = states_of(part)
        nodes = {name: self._node(name, state, apart) for name, state in states.items()}
        every = [edge for name, state in states.items() for edge in transitions(name, state)]
        edges = [edge for edge in every if edge.target in nodes]
        missing = [edge for edge in every if edge.target not in nodes]
        first = str(part.get("StartAt", ""))
        # The first state comes first, so that what can't be reached doesn't stand above it.
        order = [name for name in (first, *nodes) if name in nodes]
        sizes: dict[str, tuple[float, float]] = {_START: (12.0, 12.0)} if first in nodes else {}
        sizes |= {name: (nodes[name].width, nodes[name].height) for name in order}
        links = [Link(_START, first)] if first in nodes else []
        links += [
            Link(
                edge.source,
                edge.target,
                side=edge.kind == "catch",
                label=_size(_label(edge)),
                far_label=_size(_label(edge, far=True)),
            )
            for edge in edges
        ]
        plan = arrange(sizes, links, widest=_WIDEST - 30, tallest=_TALLEST if folded else None)
        return _Graph(nodes, edges, missing, plan)

    def _node(self, name: str, state: Mapping[str, Any], apart: bool) -> _Node:
        kind = str(state.get("Type", "?"))
        visits = self.visits.get(name, [])
        self._note_silent_catches(state, visits)
        told = self.story is not None and not apart
        status = worst(visit.status for visit in visits) if told else ""
        what = detail(state)
        end = "ends here" if ends_here(state) and kind not in {"Succeed", "Fail"} else ""
        band = _BAND if told else 0.0
        room = _NAME_ROOM
        title = letters.lines(name, room, _NAME, 3, bold=True)
        small = letters.lines(f"{kind}: {what}" if what else kind, room, _SMALL, 2)
        small += [end] if end else []
        small += letters.lines(_counts(visits), room, _SMALL, 2) if _counts(visits) else []
        words = [f"{name} ({kind}{', ' + what if what else ''})"]
        words += [f"retries {text}" for text in [retries(state)] if text]
        words += [end] if end else []
        if told:
            words.append(_status_words(status, visits))
        node = _Node(name, kind, status, title, small, "; ".join(words))
        node.width = max(
            [letters.width(line, _NAME, True) for line in title]
            + [letters.width(line, _SMALL) for line in small]
        )
        node.width = max(64.0, node.width + 2 * _PAD + band)
        node.head = 9 + _NAME_LINE * len(title) + _SMALL_LINE * len(small)
        node.height = node.head + 2
        apart = apart or runs_apart(state)
        node.parts = [(heading, self.graph(inner, apart=apart)) for heading, inner in inner_parts(state)]
        if node.parts:
            _shelve(node, band)
        return node

    def _note_silent_catches(self, state: Mapping[str, Any], visits: list[Visit]) -> None:
        """A result that can't be put in its place is caught without an event that says so."""
        ways = transitions("", state)
        usual = {edge.target for edge in ways if edge.kind != "catch"}
        rescue = {edge.target for edge in ways if edge.kind == "catch"} - usual
        for visit in visits:
            if visit.status == "succeeded" and self.followed.get(id(visit)) in rescue:
                visit.status = "caught"


def _shelve(node: _Node, band: float) -> None:
    """Put the inner graphs side by side, on a further shelf where the first is full."""
    x, y, shelf, right = band + 8, node.head + 6, 0.0, 0.0
    for heading, graph in node.parts:
        wide = max(graph.plan.width + 20, letters.width(heading, _SMALL) + 24)
        high = graph.plan.height + 38
        if x > band + 8 and x + wide > _WIDEST - 60:
            x, y, shelf = band + 8, y + shelf + 8, 0.0
        node.spots.append((x, y))
        x += wide + 8
        shelf = max(shelf, high)
        right = max(right, x)
    node.width = max(node.width, right + 4)
    node.height = y + shelf + 10


def _label(edge: Transition, far: bool = False) -> list[str]:
    """The lines that stand on an edge; `far` ones name the target too."""
    if edge.kind == "rule":
        text = edge.labels[0] if len(edge.labels) == 1 else f"{edge.labels[0]} or {len(edge.labels) - 1} more"
    else:
        text = edge.labels[0] if edge.labels else ""
    found = letters.lines(text, _LABEL_ROOM, _SMALL, 2) if text else []
    if far:
        found.append("→ " + letters.fit(edge.target, _LABEL_ROOM, _SMALL))
    return found


def _size(lines: list[str]) -> tuple[float, float] | None:
    if not lines:
        return None
    return max(letters.width(line, _SMALL) for line in lines) + 4, _SMALL_LINE * len(lines) + 1


def _counts(visits: list[Visit]) -> str:
    """What is worth a line in the box: how often each outcome came, and how often it was tried again."""
    words = []
    if len(visits) > 1:
        counted = Counter(visit.status for visit in visits)
        if len(counted) == 1:
            words.append(f"{len(visits)} times")
        else:
            words += [f"{SIGNS[status]} {counted[status]}" for status in SIGNS if counted[status]]
    iterations = _iterations(visits)
    if iterations:
        words.append(_items(iterations))
    retried = sum(visit.retried for visit in visits)
    if retried:
        words.append(f"{retried} {'retry' if retried == 1 else 'retries'}")
    return ", ".join(words)


def _iterations(visits: list[Visit]) -> list[str]:
    """The status of each item, also of those that ran in executions of their own."""
    found = [status for visit in visits for status in visit.iterations.values()]
    for visit in visits:
        for status, count in visit.apart.items():
            found += [status] * count
    return found


def _items(iterations: list[str]) -> str:
    counted = Counter(iterations)
    if set(counted) == {"succeeded"}:
        return f"{len(iterations)} items"
    outcomes = ", ".join(f"{counted[status]} {WORDS[status]}" for status in SIGNS if counted[status])
    return f"{len(iterations)} items: {outcomes}"


def _status_words(status: str, visits: list[Visit]) -> str:
    words = f"{SIGNS[status]} {WORDS[status]}"
    counted = Counter(visit.status for visit in visits)
    if len(counted) > 1:
        each = ", ".join(f"{counted[one]} {WORDS[one]}" for one in SIGNS if counted[one])
        words = f"{SIGNS[status]} {len(visits)} visits: {each}"
    elif len(visits) > 1:
        words += f" {len(visits)} times"
    iterations = _iterations(visits)
    words += f", {_items(iterations)}" if iterations else ""
    retried = sum(visit.retried for visit in visits)
    words += f", {retried} {'retry' if retried == 1 else 'retries'}" if retried else ""
    failure = next((visit.failures[-1] for visit in reversed(visits) if visit.failures), None)
    if failure is not None and status in {"failed", "caught"}:
        words += f" ({failure.error})"
    return words


class _Drawing:
    def __init__(self, canvas: Canvas, story: Story | None) -> None:
        self.canvas = canvas
        self.story = story
        self.taken: Counter[tuple[str, str, bool]] = Counter()
        for visit in story.visits if story else ():
            before = visit.came_from
            if before is not None:
                self.taken[before.name, visit.name, before.status == "caught"] += 1

    def graph(self, graph: _Graph, left: float, top: float, depth: int) -> None:
        """Draw the states in reading order, each with the edges that leave it."""
        routes = list(graph.plan.routes)
        if _START in graph.plan.places:
            self._start(graph, routes.pop(0), left, top)
        leaving: dict[str, list[tuple[Transition, Route | None]]] = {name: [] for name in graph.nodes}
        for edge, route in zip(graph.edges, routes, strict=True):
            leaving[edge.source].append((edge, route))
        for dangling in graph.missing:
            leaving[dangling.source].append((dangling, None))
        places = graph.plan.places
        for name in sorted(graph.nodes, key=lambda one: (graph.plan.rows[one], places[one][0])):
            node = graph.nodes[name]
            x, y = places[name]
            self._box(node, left + x, top + y, depth)
            for (heading, inner), (dx, dy) in zip(node.parts, node.spots, strict=True):
                wide = max(inner.plan.width + 20, letters.width(heading, _SMALL) + 24)
                self.canvas.begin_fact(f"{heading}:", depth + 1)
                if node.kind == "Map":
                    high = inner.plan.height + 38
                    stack = f"M5 {high + 4:.1f}H{wide + 4:.1f}V5"
                    self.canvas.path(stack, at=(left + x + dx, top + y + dy), strength=0.6, dashed=True)
                self.canvas.box(
                    left + x + dx, top + y + dy, wide, inner.plan.height + 38, "paper", dashed=True
                )
                self.canvas.words(left + x + dx + 8, top + y + dy + 16, heading, size=_SMALL)
                self.canvas.end_fact()
                indent = (wide - inner.plan.width) / 2
                self.graph(inner, left + x + dx + indent, top + y + dy + 26, depth + 2)
            for leaves, way in leaving[name]:
                self._edge(leaves, way, left, top, depth + 1)

    def _start(self, graph: _Graph, route: Route, left: float, top: float) -> None:
        x, y = graph.plan.places[_START]
        self.canvas.path("M6 0A6 6 0 1 0 6.01 0z", filled=True, at=(left + x, top + y))
        for stroke in route.strokes:
            self.canvas.path(_smooth(stroke, left, top), arrow=True)

    def _box(self, node: _Node, x: float, y: float, depth: int) -> None:
        canvas = self.canvas
        canvas.begin_fact(node.fact, depth)
        away = node.status == "not reached"
        fill = node.status if node.status and not away else "plain"
        inner = bool(node.parts)
        canvas.box(
            x, y, node.width, node.height, "plain" if inner else fill, radius=7, hatched=False, dashed=away
        )
        if inner and fill != "plain":
            canvas.box(x, y, node.width, node.head, fill, radius=7, hatched=False, outline=False)
        text = x + _PAD
        if node.status:
            if fill != "plain":
                canvas.box(x, y, _BAND, node.head if inner else node.height, fill, radius=7, outline=False)
            draw_mark(canvas, node.status, x + 5, y + 9)
            text += _BAND - 2
        line = y + 4
        for words in node.title:
            line += _NAME_LINE
            canvas.words(text, line, words, size=_NAME, bold=True)
        for words in node.small:
            line += _SMALL_LINE
            canvas.words(text, line, words, size=_SMALL)
        canvas.end_fact()

    def _edge(self, edge: Transition, route: Route | None, left: float, top: float, depth: int) -> None:
        times = self.taken[edge.source, edge.target, edge.kind == "catch"]
        fact = f"{'↷' if edge.kind == 'catch' else '→'} {edge.target}"
        fact += f" {edge.when}" if edge.when else ""
        if route is None:
            fact += " (there is no such state)"
        elif self.story is not None:
            fact += "" if not times else " (taken)" if times == 1 else f" (taken {times} times)"
        self.canvas.begin_fact(fact, depth)
        if route is not None:
            weight = 2.4 if times else 1.0
            strength = 0.6 if self.story is not None and not times else 0.9
            for number, stroke in enumerate(route.strokes):
                last = number == len(route.strokes) - 1
                # Lines that share a lane have their dashes at the same places.
                down = stroke[-1][1] >= stroke[0][1]
                self.canvas.path(
                    _smooth(stroke, left, top),
                    arrow=last and not route.stub,
                    dashed=edge.kind == "catch",
                    weight=weight,
                    strength=strength,
                    phase=(stroke[0][1] if down else -stroke[0][1]) % 7,
                )
            self._label(edge, route, left, top)
        self.canvas.end_fact()

    def _label(self, edge: Transition, route: Route, left: float, top: float) -> None:
        if route.label is None:
            return
        lines = _label(edge, far=route.stub)
        size = _size(lines)
        x, y = route.label
        middle = left + x + (size[0] if size else 0) / 2
        for number, words in enumerate(lines):
            self.canvas.words(
                middle, top + y + 12 + _SMALL_LINE * number, words, size=_SMALL, anchor="middle"
            )


def _smooth(points: tuple[Point, ...], dx: float, dy: float) -> str:
    """The points as a path: slanting stretches as an S, everything else straight."""
    x, y = points[0]
    data = [f"M{x + dx:.1f} {y + dy:.1f}"]
    for to_x, to_y in points[1:]:
        if abs(to_x - x) < 0.3 or abs(to_y - y) < 0.3:
            data.append(f"L{to_x + dx:.1f} {to_y + dy:.1f}")
        else:
            middle = (y + to_y) / 2 + dy
            data.append(
                f"C{x + dx:.1f} {middle:.1f} {to_x + dx:.1f} {middle:.1f} {to_x + dx:.1f} {to_y + dy:.1f}"
            )
        x, y = to_x, to_y
    return "".join(data)
