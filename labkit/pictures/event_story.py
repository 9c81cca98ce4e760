"""An asynchronous event as a sequence: who sends it, how often the function gets it, where it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.pictures import letters
from labkit.pictures.canvas import Canvas, Picture
from labkit.pictures.cloud_time import length

_TIME, _FIRST, _APART = 96.0, 150.0, 176.0
_TOP, _ROW, _HEAD = 74.0, 40.0, 30.0
_SHOWN, _HEAD_SHOWN, _TAIL_SHOWN = 12, 5, 4
_OUTCOMES = {
    "Success": "the function succeeded",
    "RetriesExhausted": "no retry is left",
    "EventAgeExceeded": "the event is older than it may get",
    "ZeroReservedConcurrency": "the function's reserved concurrency is 0",
    "FunctionDeleted": "the function is gone",
    "Reset": "the cloud was reset",
}
_SERVICES = {"sqs": "SQS", "sns": "SNS", "lambda": "Lambda", "events": "EventBridge", "s3": "S3"}
_WHAT = {"record": "record of the invocation", "event": "the event itself"}
_MOMENT = 0.0005  # s: half of the least that is told apart


def event_story(story: Mapping[str, Any]) -> Picture:
    """Draw one member of ``GET /_cloud/events``.

    ``{"request_id", "function", "received", "attempts": [{"started", "ended", "outcome", "error"}],
    "outcome", "delivered": [{"what", "to", "when", "error"}]}``: times in epoch seconds of the cloud, an
    attempt's outcome `ok`, `error` or `throttled`, the event's None while it is on its way.
    """
    return _Sequence(story).draw()


class _Sequence:
    def __init__(self, story: Mapping[str, Any]) -> None:
        self.function = str(story["function"])
        self.received = float(story["received"])
        self.attempts = list(story.get("attempts") or [])
        self.delivered = list(story.get("delivered") or [])
        self.outcome: str | None = story.get("outcome")
        self.places = ["sender", "event queue", self.function]
        for delivery in self.delivered:
            if (name := _target(str(delivery["to"]))) not in self.places:
                self.places.append(name)
        self.width = int(_FIRST + _APART * (len(self.places) - 1) + 90)
        title = f"Event {str(story['request_id'])[:8]} for {self.function}"
        self.canvas = Canvas(title, max(640, self.width), scale=(0.75, 1.1))
        self.y = _TOP

    def draw(self) -> Picture:
        canvas = self.canvas
        canvas.words(8, 20, letters.fit(canvas.title, self.canvas.width - 16, 14, True), size=14, bold=True)
        boxes = [(self.x(number), name) for number, name in enumerate(self.places)]
        for x, name in boxes:
            canvas.box(x - 74, 32, 148, _HEAD, "plain")
            canvas.words(x, 51, letters.fit(name, 140, 12, True), size=12, bold=True, anchor="middle")
        self._step("At +0 ms the event is accepted (202)", self.received, 0, 1, "event, 202 Accepted")
        self._attempts()
        for delivery in self.delivered:
            self._delivery(delivery)
        end = self._last()
        canvas.begin_fact(self._ending(end))
        canvas.box(_FIRST - 74, self.y, self.x(2) + 74 - _FIRST + 74, 28, self._fill(), radius=14)
        canvas.words(
            (self.x(0) + self.x(2)) / 2, self.y + 18, self._short(), size=12, bold=True, anchor="middle"
        )
        canvas.end_fact()
        for x, _ in boxes:
            canvas.path(f"M0 0V{self.y - 62:.0f}", at=(x, 62), dashed=True, strength=0.45)
        tries = len(self.attempts)
        summary = f"{tries} {'attempt' if tries == 1 else 'attempts'} in {length(end - self.received)}."
        return canvas.picture(summary)

    # ------------------------------------------------------------------ rows

    def _attempts(self) -> None:
        before = self.received
        folded = len(self.attempts) > _SHOWN
        for number, attempt in enumerate(self.attempts, start=1):
            started, ended = float(attempt["started"]), float(attempt["ended"])
            if folded and _HEAD_SHOWN < number <= len(self.attempts) - _TAIL_SHOWN:
                if number == _HEAD_SHOWN + 1:
                    self._folded(self.attempts[_HEAD_SHOWN : len(self.attempts) - _TAIL_SHOWN])
            else:
                if started - before > _MOMENT:
                    self._wait(started - before)
                self._attempt(number, attempt, started, ended)
            before = ended
        end = self._last()
        if self.delivered and end - before > _MOMENT:
            self._wait(end - before)

    def _attempt(self, number: int, attempt: Mapping[str, Any], started: float, ended: float) -> None:
        outcome = str(attempt["outcome"])
        told = {"ok": "succeeds", "throttled": "is refused (429)"}.get(
            outcome, f"fails ({attempt.get('error', 'error')})"
        )
        took = "" if outcome == "throttled" else f" after {length(ended - started)}"
        word = {"ok": "ok", "throttled": "429"}.get(outcome, str(attempt.get("error", "error")))
        fact = f"Attempt {number} at +{length(started - self.received)} {told}{took}"
        self._step(fact, started, 1, 2, f"attempt {number}", close=False)
        x = self.x(2)
        fill = {"ok": "succeeded", "throttled": "caught"}.get(outcome, "failed")
        self.canvas.box(x - 70, self.y - 28, 140, 24, fill, radius=3)
        self.canvas.words(x, self.y - 12, letters.fit(word, 134, 12), size=12, anchor="middle")
        if outcome != "throttled":
            self.canvas.words(x + 78, self.y - 12, length(ended - started), size=12)
        self.canvas.end_fact()
        self.y += 6

    def _folded(self, attempts: Sequence[Mapping[str, Any]]) -> None:
        refused = sum(attempt["outcome"] == "throttled" for attempt in attempts)
        span = float(attempts[-1]["ended"]) - float(attempts[0]["started"])
        fact = f"{len(attempts)} more attempts in {length(span)}, {refused} of them refused (429)"
        self.canvas.begin_fact(fact)
        x = self.x(1)
        self.canvas.box(x - 74, self.y, self.x(2) - x + 144, 24, "waiting", dashed=True)
        text = letters.fit(fact, self.x(2) - x + 130, 12)
        self.canvas.words((x + self.x(2)) / 2, self.y + 16, text, size=12, anchor="middle")
        self.canvas.end_fact()
        self.y += 34

    def _wait(self, seconds: float) -> None:
        x = self.x(1)
        self.canvas.begin_fact(f"It waits {length(seconds)} in the queue")
        self.canvas.box(x - 56, self.y, 112, 24, "waiting", dashed=True)
        self.canvas.words(x, self.y + 16, f"waits {length(seconds)}", size=12, anchor="middle")
        self.canvas.end_fact()
        self.y += 34

    def _delivery(self, delivery: Mapping[str, Any]) -> None:
        target = _target(str(delivery["to"]))
        what = _WHAT.get(str(delivery.get("what")), "record")
        when = float(delivery["when"])
        fact = f"At +{length(when - self.received)} {what} goes to {target}"
        if error := delivery.get("error"):
            fact += f", which fails: {error}"
        short = "record" if delivery.get("what") != "event" else "the event"
        self._step(fact, when, 1, self.places.index(target), short, failed=bool(error))

    def _step(
        self,
        fact: str,
        when: float,
        start: int,
        end: int,
        label: str,
        *,
        failed: bool = False,
        close: bool = True,
    ) -> None:
        """An arrow from one place to another, with its time at the left."""
        canvas, y = self.canvas, self.y + 22
        canvas.begin_fact(fact)
        canvas.words(8, y + 4, f"+{length(when - self.received)}", size=12)
        right = self.x(end) - (72 if end == 2 and start == 1 else 3)
        canvas.line(self.x(start) + 3, y, right, y, arrow=True, dashed=failed)
        text = f"✘ {label}" if failed else label
        canvas.words(
            (self.x(start) + min(right, self.x(start + 1))) / 2, y - 6, text, size=12, anchor="middle"
        )
        if close:
            canvas.end_fact()
        self.y += _ROW

    # ------------------------------------------------------------------ words

    def x(self, number: int) -> float:
        return _FIRST + _APART * number

    def _last(self) -> float:
        ends = [float(attempt["ended"]) for attempt in self.attempts]
        return max([self.received, *ends, *(float(delivery["when"]) for delivery in self.delivered)])

    def _ending(self, end: float) -> str:
        if self.outcome is None:
            return "It is still on its way: move the clock to see what comes"
        why = _OUTCOMES.get(self.outcome, self.outcome)
        return f"End after {length(end - self.received)}: {self.outcome}, {why}"

    def _short(self) -> str:
        if self.outcome is None:
            return "still on its way"
        return f"{self.outcome}: {_OUTCOMES.get(self.outcome, '')}".rstrip(": ")

    def _fill(self) -> str:
        return {None: "running", "Success": "succeeded"}.get(self.outcome, "failed")


def _target(arn: str) -> str:
    """An ARN as people say it: `SQS failures`."""
    parts = arn.split(":")
    if len(parts) < 6:
        return arn
    name = parts[6] if parts[2] == "lambda" and len(parts) > 6 else parts[5].rpartition("/")[2]
    return f"{_SERVICES.get(parts[2], parts[2])} {name}"
