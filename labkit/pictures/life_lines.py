"""Life lines of execution environments: one lane each, on the cloud's time.

The axis is not to scale: an idle time of ten minutes and a call of five milliseconds stand side by side, so
each stretch between two moments gets a width that grows with the logarithm of its length, and its length is
written out.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from labkit.pictures.canvas import Canvas, Picture, shorten

_LEFT = 108
_LANE = 46
_BAR = 22
_MOMENTS = 48
_BLINK = 0.005
_KINDS = {
    "init": "cold start",
    "invoke": "call",
    "idle": "idle",
    "shutdown": "shut down",
}


@dataclass(frozen=True)
class _Span:
    kind: str
    start: float
    end: float | None
    status: str


def life_lines(environments: Iterable[Mapping[str, Any]], function: str | None = None) -> Picture:
    """Draw the environments of one function (or of all).

    `environments` is the answer of ``GET /_cloud/environments``: ``{"id", "function", "version", "state",
    "spans": [{"kind", "start", "end", "status"}]}``, times in epoch seconds of the cloud; an open span has
    no end and is drawn to the latest moment known.
    """
    lanes = [item for item in environments if function is None or item["function"] == function]
    name = function or "all functions"
    all_spans = [_spans(lane) for lane in lanes]
    moments = sorted(
        {moment for spans in all_spans for span in spans for moment in (span.start, span.end) if moment}
    )
    hidden = max(0, len(moments) - _MOMENTS)
    moments = moments[hidden:]
    title = f"Environments of {name}"
    if not moments:
        canvas = Canvas(title, 480)
        canvas.words(8, 20, f"No environment of {name} yet: nothing was called.", size=13)
        return canvas.picture("No environment yet: nothing was called.")
    axis = _axis(moments)
    canvas = Canvas(title, max(480, int(_LEFT + axis[moments[-1]] + 44)))
    first = moments[0]
    canvas.words(8, 18, f"{title}, from {_clock(first)} UTC (cloud time), not to scale", size=13)
    for number, (lane, spans) in enumerate(zip(lanes, all_spans, strict=True), start=1):
        _lane(canvas, number, lane, spans, axis)
    bottom = 40 + _LANE * len(lanes)
    _legend(canvas, bottom)
    cold = sum(1 for spans in all_spans for span in spans if span.kind == "init")
    calls = sum(1 for spans in all_spans for span in spans if span.kind == "invoke")
    cut = f" {hidden} earlier moments are not drawn." if hidden else ""
    return canvas.picture(f"{len(lanes)} environments, {cold} cold starts, {calls} calls.{cut}")


def _spans(lane: Mapping[str, Any]) -> list[_Span]:
    """The lane's spans in order; what lies a blink apart is drawn as touching."""
    spans: list[_Span] = []
    for span in lane.get("spans", []):
        start = float(span["start"])
        before = spans[-1].end if spans else None
        if before is not None and 0 <= start - before < _BLINK:
            start = before
        spans.append(_Span(str(span["kind"]), start, span.get("end"), str(span.get("status") or "ok")))
    return spans


def _axis(moments: list[float]) -> dict[float, float]:
    """Place of each moment, in units from the left end of the axis."""
    places, x = {moments[0]: 0.0}, 0.0
    for before, after in pairwise(moments):
        x += 18 + 10 * math.log10(1 + (after - before) * 1000)
        places[after] = x
    return places


def _lane(
    canvas: Canvas,
    number: int,
    lane: Mapping[str, Any],
    spans: list[_Span],
    axis: dict[float, float],
) -> None:
    first, latest = min(axis), max(axis)
    y = 34 + _LANE * (number - 1)
    canvas.words(8, y + 15, f"{number} {shorten(str(lane['function']), 10)}", size=12, bold=True)
    canvas.words(8, y + 30, f"now: {lane.get('state', '?')}", size=11)
    for span in spans:
        end = _end(span, latest)
        if end < first:
            continue
        left = _LEFT + axis.get(span.start, 0.0)
        right = max(_LEFT + axis[end], left + (26 if span.kind == "shutdown" else 5))
        bad = _failed(span)
        canvas.begin_fact(_sentence(number, lane, span, first))
        fill = "error" if bad else span.kind if span.kind in _KINDS else "plain"
        canvas.box(left, y, right - left, _BAR, fill, radius=2)
        label = _label(span, end, bad)
        if label and right - left > 6.6 * len(label) + 5:
            canvas.words(left + 3, y + 15, label, size=11)
        if span.kind == "init":
            canvas.words(left, y + _BAR + 12, "cold", size=11, bold=True)
        canvas.end_fact()


def _failed(span: _Span) -> bool:
    return span.kind in {"init", "invoke"} and span.status != "ok"


def _end(span: _Span, latest: float) -> float:
    """Where the span is drawn to: a shutdown is a moment, everything else that is open goes on."""
    if span.end is not None:
        return span.end
    return span.start if span.kind == "shutdown" else latest


def _label(span: _Span, end: float, bad: bool) -> str:
    if bad:
        return span.status
    if span.kind == "invoke":
        return "call"
    if span.kind == "idle":
        return "idle" if span.end is None else _length(end - span.start)
    return {"init": "init", "shutdown": "end"}.get(span.kind, "")


def _sentence(number: int, lane: Mapping[str, Any], span: _Span, first: float) -> str:
    what = _KINDS.get(span.kind, span.kind)
    if _failed(span):
        what = f"{what} ({span.status})"
    start = f"+{_length(span.start - first)}"
    length = "" if span.kind == "shutdown" else " still going on"
    if span.end is not None:
        length = f" for {_length(span.end - span.start)}"
    who = f"Environment {number} ({lane['function']}, version {lane.get('version', '$LATEST')})"
    return f"{who}: {what} at {start}{length}"


def _legend(canvas: Canvas, y: float) -> None:
    x = 8
    for fill, word in (
        ("init", "init = cold start"),
        ("invoke", "call"),
        ("error", "failed call"),
        ("idle", "idle (kept warm)"),
        ("shutdown", "shut down"),
    ):
        canvas.box(x, y, 16, 14, fill, radius=2)
        canvas.words(x + 21, y + 11, word, size=11)
        x += 38 + int(6.1 * len(word))


def _length(seconds: float) -> str:
    if seconds < 0.0005:
        return "0 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%H:%M:%S")
