"""Life lines of execution environments: one lane each, on the cloud's time; many of them folded into a band.

The axis is not to scale: an idle time of ten minutes and a call of five milliseconds stand side by side.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from labkit.pictures import letters
from labkit.pictures.canvas import Canvas, Picture
from labkit.pictures.cloud_time import clock, length
from labkit.pictures.stretched_axis import StretchedAxis, stretched_axis

_WIDTH, _LEFT, _RIGHT = 900.0, 152.0, 40.0
_TOP, _LANE, _BAR = 48.0, 44.0, 22.0
_ALL_SHOWN, _FIRST, _TROUBLED = 12, 6, 4
_SPANS = 24
_BAND, _MOST_FOLDED = 260.0, 500
_CROWD = 3  # environments, from which on it is drawn how many there were at once
_CHART = 54.0
_BLINK = 0.005
_SMALL = 11.0
_KINDS = {
    "init": "cold start",
    "restore": "restored from a snapshot",
    "invoke": "call",
    "idle": "idle",
    "shutdown": "shut down",
}
_FILLS = {"init": "init", "restore": "stopped", "invoke": "invoke", "idle": "idle", "shutdown": "shutdown"}
_LEGEND = (
    ("init", "init", "init = cold start"),
    ("restore", "stopped", "restore from a snapshot"),
    ("invoke", "invoke", "call"),
    ("bad", "error", "failed or refused"),
    ("idle", "idle", "idle (kept warm)"),
    ("shutdown", "shutdown", "shut down"),
)
_STARTED = {"on-demand": "", "provisioned-concurrency": "provisioned", "snap-start": "SnapStart"}


@dataclass(frozen=True, slots=True)
class _Span:
    kind: str
    start: float
    end: float | None
    status: str

    @property
    def failed(self) -> bool:
        return self.kind in {"init", "restore", "invoke"} and self.status != "ok"


@dataclass(slots=True)
class _Life:
    """One environment: its number in the picture, and its spans in order."""

    number: int
    function: str
    version: str
    state: str
    started: str
    spans: list[_Span] = field(default_factory=list)

    @property
    def troubled(self) -> bool:
        return any(span.failed for span in self.spans)

    def count(self, *kinds: str) -> int:
        return sum(span.kind in kinds for span in self.spans)


def life_lines(
    environments: Iterable[Mapping[str, Any]],
    function: str | None = None,
    throttles: Iterable[Mapping[str, Any]] = (),
) -> Picture:
    """Draw the environments of one function (or of all), and the calls that found none.

    `environments` is the answer of ``GET /_cloud/environments``: ``{"id", "function", "version", "state",
    "type", "spans": [{"kind", "start", "end", "status"}]}``, times in epoch seconds of the cloud; an open
    span has no end and is drawn to the latest moment known. `throttles` is that of ``GET /_cloud/throttles``:
    ``{"when", "function", "reason"}``. Of many environments the first are drawn, and those with trouble; the
    others are folded.
    """
    name = function or "all functions"
    chosen = (item for item in environments if function is None or item["function"] == function)
    lives = [_life(number, item) for number, item in enumerate(chosen, start=1)]
    refused = [item for item in throttles if function is None or item["function"] == function]
    moments = [moment for life in lives for span in life.spans for moment in (span.start, span.end) if moment]
    moments += [float(item["when"]) for item in refused]
    title = f"Environments of {name}"
    if not moments:
        canvas = Canvas(title, 480)
        canvas.words(8, 20, f"No environment of {name} yet: nothing was called.", size=13)
        return canvas.picture("No environment yet: nothing was called.")
    drawing = _Drawing(title, lives, refused, stretched_axis(_WIDTH - _LEFT - _RIGHT, moments))
    return drawing.draw()


def _life(number: int, item: Mapping[str, Any]) -> _Life:
    """An environment; spans that lie a blink apart touch."""
    kind = str(item.get("type") or "on-demand")
    life = _Life(
        number,
        str(item["function"]),
        str(item.get("version", "$LATEST")),
        str(item.get("state", "?")),
        _STARTED.get(kind, kind),
    )
    for span in item.get("spans", []):
        start = float(span["start"])
        before = life.spans[-1].end if life.spans else None
        if before is not None and 0 <= start - before < _BLINK:
            start = before
        life.spans.append(_Span(str(span["kind"]), start, span.get("end"), str(span.get("status") or "ok")))
    return life


class _Drawing:
    def __init__(
        self,
        title: str,
        lives: Sequence[_Life],
        refused: Sequence[Mapping[str, Any]],
        axis: StretchedAxis,
    ) -> None:
        self.title, self.lives, self.refused, self.axis = title, lives, refused, axis
        self.first, self.latest = axis.ends[0], axis.ends[-1]
        self.canvas = Canvas(title, int(_WIDTH), scale=(0.8, 1.0))
        self.seen: set[str] = set()
        self.y = _TOP

    def draw(self) -> Picture:
        canvas = self.canvas
        head = f"{self.title}, from {clock(self.first)} UTC (cloud time), not to scale"
        canvas.words(8, 18, letters.fit(head, _WIDTH - 16, 13), size=13)
        for x, label in self.axis.marks(_SMALL):
            half = letters.width(label, _SMALL) / 2
            canvas.words(max(_LEFT + x, _LEFT + half), 36, f"+{label}", size=_SMALL, anchor="middle")
        self._refused()
        by_function: dict[str, list[_Life]] = {}
        for life in self.lives:
            by_function.setdefault(life.function, []).append(life)
        for lives in by_function.values():
            shown = _shown(lives)
            for life in shown:
                self._lane(life)
            if folded := [life for life in lives if life not in shown]:
                self._band(folded)
        if len(self.lives) >= _CROWD:
            self._crowd()
        self._legend()
        cold = sum(life.count("init") for life in self.lives)
        calls = sum(life.count("invoke") for life in self.lives)
        restored = sum(life.count("restore") for life in self.lives)
        facts = [_many(len(self.lives), "environment"), _many(cold, "cold start")]
        facts += [_many(restored, "restored snapshot")] if restored else []
        facts += [_many(calls, "call")]
        facts += [f"{_many(len(self.refused), 'call')} refused"] if self.refused else []
        return canvas.picture(f"{', '.join(facts)}.")

    # ------------------------------------------------------------------ lanes

    def _lane(self, life: _Life) -> None:
        state = f"{life.started}, {life.state}" if life.started else f"now: {life.state}"
        self._heading(f"{life.number} {life.function}", state)
        spans = life.spans
        if len(spans) > _SPANS:
            self._earlier(life, spans[: len(spans) - _SPANS])
            spans = spans[len(spans) - _SPANS :]
        for span in spans:
            self._span(life, span)
        self.y += _LANE

    def _span(self, life: _Life, span: _Span) -> None:
        canvas, end = self.canvas, self._end(span)
        left, right = self._ends(span.start, end, 26 if span.kind == "shutdown" else 5)
        canvas.begin_fact(self._sentence(life, span))
        canvas.box(left, self.y, right - left, _BAR, self._fill(span), radius=2)
        label = _label(span, end)
        if label and right - left > letters.width(label, _SMALL) + 5:
            canvas.words(left + 3, self.y + 15, label, size=_SMALL)
        if span.kind == "init":
            word = "ahead" if life.started == "provisioned" else "cold"
            canvas.words(left, self.y + _BAR + 12, word, size=_SMALL, bold=True)
        canvas.end_fact()

    def _earlier(self, life: _Life, spans: Sequence[_Span]) -> None:
        """What came before the last spans of a busy environment, as one box."""
        calls, bad = sum(span.kind == "invoke" for span in spans), sum(span.failed for span in spans)
        end = self._end(spans[-1])
        left, right = self._ends(spans[0].start, end, 5)
        failed = f", {bad} of them failed" if bad else ""
        self.canvas.begin_fact(
            f"{_who(life)}: {_many(calls, 'earlier call')}{failed}, from {self._at(spans[0].start)} "
            f"to {self._at(end)}"
        )
        self.canvas.box(left, self.y, right - left, _BAR, "waiting", radius=2)
        label = letters.fit(f"{calls} calls", right - left - 6, _SMALL)
        if right - left > 40:
            self.canvas.words(left + 3, self.y + 15, label, size=_SMALL)
        self.canvas.end_fact()
        self.seen |= {"invoke"}

    def _sentence(self, life: _Life, span: _Span) -> str:
        what = _KINDS.get(span.kind, span.kind)
        if span.kind == "init" and life.started == "provisioned":
            what = "initialised ahead of calls"
        if span.failed:
            what = f"{what} ({span.status})"
        if span.end is None:
            lasted = "" if span.kind == "shutdown" else " still going on"
        else:
            seconds = span.end - span.start
            lasted = "" if span.kind == "shutdown" and seconds < 0.001 else f" for {length(seconds)}"
        return f"{_who(life)}: {what} at {self._at(span.start)}{lasted}"

    # ------------------------------------------------------------------ many of them

    def _band(self, lives: Sequence[_Life]) -> None:
        """Environments as thin lines under each other, told together."""
        canvas, drawn = self.canvas, lives[:_MOST_FOLDED]
        line = max(0.6, min(4.0, _BAND / len(drawn)))
        self._heading(f"{len(lives)} more of", lives[0].function)
        canvas.begin_fact(self._together(lives))
        for number, life in enumerate(drawn):
            y, edge = self.y + number * line, 0.0
            for fill, spans in groupby(life.spans, key=self._fill):
                several = list(spans)
                left, right = self._ends(several[0].start, self._end(several[-1]), 1.5)
                if right >= edge + 1 or fill == "error":  # what is thinner would hide under the others
                    canvas.box(left, y, right - left, line, fill, radius=0, outline=False, hatched=False)
                    edge = right
        canvas.end_fact()
        self.y += max(_LANE, line * len(drawn) + 14)

    def _together(self, lives: Sequence[_Life]) -> str:
        facts = []
        for kind, word in (("init", "cold start"), ("restore", "restored snapshot"), ("invoke", "call")):
            starts = [span.start for life in lives for span in life.spans if span.kind == kind]
            if starts:
                between = f"from {self._at(min(starts))} to {self._at(max(starts))}"
                facts.append(f"{_many(len(starts), word)} {between}")
        states = Counter(life.state for life in lives)
        now = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        told = ", ".join(facts) or "no call"
        return f"{len(lives)} more environments of {lives[0].function}: {told}; now {now}"

    def _crowd(self) -> None:
        """How many environments there were at once, and how many of them worked."""
        canvas = self.canvas
        alive = _levels((life.spans[0].start, self._gone(life)) for life in self.lives if life.spans)
        calls = (span for life in self.lives for span in life.spans if span.kind == "invoke")
        working = _levels((span.start, self._end(span)) for span in calls)
        top = max((level for _, level in alive), default=0)
        canvas.words(8, self.y + 15, "at once", size=12, bold=True)
        for place, word, fill, levels in (
            (30, "alive", "shutdown", alive),
            (44, "working", "invoke", working),
        ):
            most, when = max(((level, -moment) for moment, level in levels), default=(0, -self.first))
            canvas.begin_fact(f"At most {_many(most, 'environment')} {word} at once, at {self._at(-when)}")
            for x, level in self._columns(levels):
                height = _CHART * level / max(1, top)
                y = self.y + _CHART - height
                canvas.box(x, y, 1, height, fill, radius=0, outline=False, hatched=False)
            canvas.words(8, self.y + place, f"{word}: at most {most}", size=_SMALL)
            canvas.end_fact()
        canvas.line(_LEFT, self.y + _CHART, _WIDTH - _RIGHT, self.y + _CHART)
        self.y += _CHART + 16

    def _columns(self, levels: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
        """The highest level in each column that is one unit wide."""
        highest: dict[int, int] = {}
        for (moment, level), (after, _) in pairwise(levels):
            if level:
                left, right = self._ends(moment, after, 0)
                for x in range(int(left), max(int(left) + 1, int(right))):
                    highest[x] = max(level, highest.get(x, 0))
        return sorted((float(x), level) for x, level in highest.items())

    def _refused(self) -> None:
        """Calls that met no environment: a mark each, told by function and reason."""
        reasons: dict[tuple[str, str], list[float]] = {}
        for item in self.refused:
            key = str(item["function"]), str(item.get("reason") or "TooManyRequestsException")
            reasons.setdefault(key, []).append(float(item["when"]))
        for (function, reason), moments in reasons.items():
            count = len(moments)
            self.canvas.begin_fact(
                f"{_many(count, 'call')} of {function} {'was' if count == 1 else 'were'} refused ({reason}) "
                f"from {self._at(min(moments))} to {self._at(max(moments))}"
            )
            self._heading(f"{count} refused", function)
            for x in sorted({round(self._ends(moment, moment, 0)[0]) for moment in moments}):
                self.canvas.box(x, self.y, 3, _BAR, "error", radius=0, hatched=False)
            self.canvas.end_fact()
            self.seen.add("bad")
            self.y += _LANE - 8

    # ------------------------------------------------------------------ places and words

    def _heading(self, first: str, second: str) -> None:
        self.canvas.words(8, self.y + 15, letters.fit(first, 136, 12, True), size=12, bold=True)
        self.canvas.words(8, self.y + 30, letters.fit(second, 140, _SMALL), size=_SMALL)

    def _fill(self, span: _Span) -> str:
        self.seen.add("bad" if span.failed else span.kind)
        return "error" if span.failed else _FILLS.get(span.kind, "plain")

    def _end(self, span: _Span) -> float:
        """Where the span is drawn to: a shutdown is a moment, everything else that is open goes on."""
        if span.end is not None:
            return span.end
        return span.start if span.kind == "shutdown" else self.latest

    def _gone(self, life: _Life) -> float:
        last = life.spans[-1]
        return last.start if last.kind == "shutdown" else self._end(last)

    def _ends(self, start: float, end: float, least: float) -> tuple[float, float]:
        left = _LEFT + self.axis.x(start)
        return left, min(max(_LEFT + self.axis.x(end), left + least), _WIDTH - 4)

    def _at(self, moment: float) -> str:
        return f"+{length(moment - self.first)}"

    def _legend(self) -> None:
        x = 8.0
        for kind, fill, words in _LEGEND:
            if kind in self.seen:
                self.canvas.box(x, self.y, 16, 14, fill, radius=2)
                self.canvas.words(x + 21, self.y + 11, words, size=_SMALL)
                x += 38 + letters.width(words, _SMALL)


def _shown(lives: Sequence[_Life]) -> list[_Life]:
    """Those that get a lane: all of a few; of many the first, and some with trouble."""
    if len(lives) <= _ALL_SHOWN:
        return list(lives)
    troubled = [life for life in lives[_FIRST:] if life.troubled][:_TROUBLED]
    return [*lives[:_FIRST], *troubled]


def _levels(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, int]]:
    """How many stretches there are at once: from each moment on."""
    steps: Counter[float] = Counter()
    for start, end in stretches:
        steps[start] += 1
        steps[end] -= 1
    level, found = 0, []
    for moment in sorted(steps):
        level += steps[moment]
        found.append((moment, level))
    return found


def _label(span: _Span, end: float) -> str:
    if span.failed:
        return span.status
    if span.kind == "idle":
        return "idle" if span.end is None else length(end - span.start)
    return {"init": "init", "restore": "restore", "invoke": "call", "shutdown": "end"}.get(span.kind, "")


def _who(life: _Life) -> str:
    started = f", {life.started}" if life.started else ""
    return f"Environment {life.number} ({life.function}, version {life.version}{started})"


def _many(count: int, word: str) -> str:
    return f"{count} {word if count == 1 else word + 's'}"
