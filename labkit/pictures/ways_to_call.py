"""Three ways to a function's run, side by side: who waits, who tries again, where the lost ones end."""

from typing import NamedTuple

from labkit.pictures.canvas import Canvas, Picture

_PANEL, _GAP, _LEFT = 224, 14, 6
_TOP, _STEP = 104, 40
_LANES = (34, 110, 186)


class _Message(NamedTuple):
    """An arrow from lane to lane of a panel."""

    source: int
    target: int
    label: str
    fact: str


class _Way(NamedTuple):
    name: str
    who: str
    actors: tuple[str, str, str]
    messages: tuple[_Message, ...]
    again: str
    end: str = ""
    """Where the last message goes, if that is a place of its own: below the first lane, which ends there."""


_WAYS = (
    _Way(
        "Synchronous",
        "you, an API",
        ("caller", "", "function"),
        (
            _Message(0, 2, "event", "The caller sends the event and waits"),
            _Message(2, 0, "answer, or FunctionError", "The function's answer or its error comes back"),
        ),
        "The caller tries again, or nobody.",
    ),
    _Way(
        "Asynchronous",
        "S3, SNS, EventBridge, you",
        ("caller", "Lambda", "function"),
        (
            _Message(0, 1, "event", "The caller sends the event"),
            _Message(1, 0, "202", "Lambda puts it into a queue of its own and answers 202 at once"),
            _Message(1, 2, "run 1: fails", "Lambda runs the function, and it fails"),
            _Message(1, 2, "1 min later", "One minute later Lambda tries again"),
            _Message(1, 2, "2 min later", "Two more minutes later Lambda tries for the last time"),
            _Message(1, 0, "record", "A record of what failed goes to the OnFailure destination"),
        ),
        "Lambda tries again, twice.",
        end="destination",
    ),
    _Way(
        "Event source mapping",
        "SQS, Kinesis, DynamoDB",
        ("queue", "mapping", "function"),
        (
            _Message(1, 0, "fetch", "The mapping asks the queue for messages, again and again"),
            _Message(0, 1, "messages", "The queue gives ten messages, and hides them for a while"),
            _Message(1, 2, "one batch", "The mapping calls the function once with all of them"),
            _Message(2, 1, "which failed", "The function says which message has failed"),
            _Message(
                1,
                0,
                "delete 9",
                "The mapping deletes the other nine; the queue shows the failed one again later",
            ),
        ),
        "The queue shows it again.",
    ),
)


def ways_to_call() -> Picture:
    """The three ways as sequences from top to bottom; no data: Lambda is called in these ways always."""
    canvas = Canvas("Three ways to call", _LEFT * 2 + len(_WAYS) * _PANEL + 2 * _GAP)
    steps = max(len(way.messages) for way in _WAYS)
    bottom = _TOP + steps * _STEP + 8
    for number, way in enumerate(_WAYS):
        _panel(canvas, _LEFT + number * (_PANEL + _GAP), way, bottom)
    return canvas.picture("Who waits, who tries again and where a lost event ends is different in each.")


def _panel(canvas: Canvas, x: float, way: _Way, bottom: float) -> None:
    canvas.begin_fact(f"{way.name}: {way.who}. {way.again}")
    canvas.box(x, 4, _PANEL, bottom + 34, "paper")
    canvas.words(x + 12, 26, way.name, size=15, bold=True)
    canvas.words(x + 12, 46, way.who)
    canvas.words(x + _PANEL / 2, bottom + 22, way.again, anchor="middle", size=12)
    canvas.end_fact()
    last = _TOP + (len(way.messages) - 1) * _STEP + 12
    lanes = [lane for lane, actor in enumerate(way.actors) if actor]
    for lane in lanes:
        middle = x + _LANES[lane]
        canvas.words(middle, 74, way.actors[lane], anchor="middle", size=12, bold=True)
        canvas.line(middle, 82, middle, last - _STEP / 2 if way.end and lane == 0 else bottom, dashed=True)
    if way.end:
        canvas.words(x + 12, last + 18, way.end, size=12, bold=True)
    for at, message in enumerate(way.messages):
        y = _TOP + at * _STEP + 12
        start, end = x + _LANES[message.source], x + _LANES[message.target]
        canvas.begin_fact(f"{message.fact}.")
        canvas.line(start, y, end + (2 if end < start else -2), y, arrow=True)
        canvas.words((start + end) / 2, y - 6, message.label, anchor="middle", size=12)
        canvas.end_fact()
