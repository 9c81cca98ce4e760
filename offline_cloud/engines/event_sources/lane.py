"""One shard's records on their way through a function, in order: a shard has one lane, or several.

Source: Lambda developer guide, "How Lambda processes records from stream and queue-based event sources" and
the pages about Kinesis and DynamoDB streams.

Rule 1: one batch of a lane runs at a time, and nothing overtakes a batch that failed: it is tried again until
it succeeds, has been tried often enough, or is too old.
Rule 2: a batch runs when it is full, or when its first record has waited for the batching window.
Rule 3: splitting a batch is no retry: neither in halves nor where a partial response says so.
Rule 4: a throttled call is no retry either; only age ends it.
Rule 5: a tumbling window ends with a last call when its time is over and its records are done; state goes
from call to call and no batch has records of two windows.
Rule 6: a batch that may be tried without end pulls time forward for its first tries only.

Between two tries pass 1, 2, 4 … 60 seconds: AWS does not publish its figures.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from offline_cloud.engines.event_sources.stream_records import LONGEST_STATE, StreamRecord

__all__ = ["Discard", "Lane", "Outcome", "Run", "StreamSettings", "Wait"]

LARGEST_PAYLOAD = 6 * 1024 * 1024
LONGEST_BACK_OFF = 60.0
PATIENCE, LONG_PATIENCE = 12, 200
EXHAUSTED, TOO_OLD, EXPIRED = "RetryAttemptsExhausted", "RecordAgeExceeded", "expired"


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How records are batched and tried; seconds, and None where there is no limit."""

    batch_size: int = 100
    window: float = 0.0
    bisect: bool = False
    retries: int | None = None
    age: float | None = None
    retention: float = 86_400.0
    tumbling: float = 0.0

    @property
    def patience(self) -> int:
        """So many tries of a batch may pull time forward."""
        return PATIENCE if self.retries is None and self.age is None else LONG_PATIENCE


@dataclass(frozen=True, slots=True)
class Run:
    """Call the function with these records. `final`: the last call of the window; `early`: before time."""

    records: tuple[StreamRecord, ...]
    attempts: int = 0
    invokes: int = 0
    tries: int = 0
    not_before: float = 0.0
    window: tuple[float, float] | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    final: bool = False
    early: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again at `until`; `patient` if time may be moved on to it."""

    until: float
    patient: bool


@dataclass(frozen=True, slots=True)
class Discard:
    """These records are given up. `condition` is `EXPIRED` for what the stream itself keeps no longer."""

    records: tuple[StreamRecord, ...]
    condition: str
    invokes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. `failed_from`: where the records begin that are to be tried again, if it failed;
    `state`: of a tumbling window, None if the function gave none.
    """

    failed_from: int | None = None
    throttled: bool = False
    partial: bool = False
    state: Mapping[str, Any] | None = None


class Lane:
    """The records of a shard that keep their order among themselves."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._fresh: deque[StreamRecord] = deque()
        self._first_seen = 0.0
        self._again: deque[Run] = deque()
        self._running: Run | None = None
        self._window: tuple[float, float] | None = None
        self._state: Mapping[str, Any] = {}
        self._end_early = False

    @property
    def running(self) -> bool:
        """Whether a batch is with the function."""
        return self._running is not None

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do, an open window included."""
        return not (self._running or self._again or self._fresh or self._window)

    def first_open(self) -> int | None:
        """The position of the first record that isn't done; None if all are."""
        runs = [*([self._running] if self._running else ()), *self._again]
        open_records = [run.records[0].position for run in runs if run.records]
        if self._fresh:
            open_records.append(self._fresh[0].position)
        return min(open_records, default=None)

    def offer(self, records: Iterable[StreamRecord], now: float) -> None:
        """New records of the shard, in order."""
        if not self._fresh:
            self._first_seen = now
        self._fresh.extend(records)

    def next(self, now: float) -> Run | Wait | Discard | None:
        """What to do now; a `Run` is to be answered with `done`."""
        if self._running is not None:
            return None
        if self._again:
            return self._next_again(now)
        if self._fresh and (given_up := self._too_old(self._fresh, now)):
            for _ in given_up.records:
                self._fresh.popleft()
            return given_up
        step = self._next_fresh(now)
        if isinstance(step, Run):
            self._running = step
        return step

    def done(self, outcome: Outcome, now: float) -> Discard | None:
        """The answer to the `Run` before; what is given up because of it."""
        run = self._running
        if run is None:
            raise RuntimeError("no batch runs in this lane")
        self._running = None
        run = replace(run, invokes=run.invokes + (not outcome.throttled))
        if outcome.throttled:
            self._try_later(run, now)
            return None
        if outcome.failed_from is None:
            self._keep_state(run, outcome)
            return None
        if run.records and (parts := self._split(run, outcome)):
            if outcome.partial:
                self._keep_state(run, outcome)
            self._again.extendleft(reversed(parts))
            return None
        rest = run.records[outcome.failed_from :] if outcome.partial else run.records
        if outcome.partial and outcome.failed_from:
            self._keep_state(run, outcome)
        run = replace(run, records=rest, attempts=run.attempts + 1)
        retries = self._settings.retries
        if retries is None or run.attempts <= retries:
            self._try_later(run, now)
            return None
        if run.final:
            self._close_window()
        return Discard(run.records, EXHAUSTED, run.invokes) if run.records else None

    # ------------------------------------------------------------------ what is next

    def _next_again(self, now: float) -> Run | Wait | Discard:
        run = self._again[0]
        if given_up := self._too_old(run.records, now):
            rest = run.records[len(given_up.records) :]
            self._again.popleft()
            if rest:
                self._again.appendleft(replace(run, records=rest))
            return replace(given_up, invokes=run.invokes)
        if run.not_before > now:
            until = run.not_before
            if run.records:
                until = min(until, self._end_of(run.records[0]))
            return Wait(until, patient=run.tries < self._settings.patience)
        self._again.popleft()
        if run.window is not None:
            run = replace(run, state=self._state)
        self._running = run
        return run

    def _next_fresh(self, now: float) -> Run | Wait | None:
        if self._window is not None:
            over = self._fresh[0].when >= self._window[1] if self._fresh else now >= self._window[1]
            if over or self._end_early:
                return Run(
                    (), window=self._window, state=self._state, final=True, early=self._end_early and not over
                )
        if not self._fresh:
            return Wait(self._window[1], patient=True) if self._window else None
        settings = self._settings
        window = self._window
        if settings.tumbling and window is None:
            start = self._fresh[0].when // settings.tumbling * settings.tumbling
            window = (start, start + settings.tumbling)
        records = self._take(window)
        # A record of the next window, or one too many for a payload, is behind a batch that is complete.
        full = len(records) >= settings.batch_size or len(records) < len(self._fresh)
        due = self._first_seen + settings.window
        if window is not None:
            due = min(due, window[1])
        if not full and now < due:
            return Wait(due, patient=True)
        for _ in records:
            self._fresh.popleft()
        self._first_seen = now
        self._window = window
        return Run(tuple(records), window=window, state=self._state)

    def _take(self, window: tuple[float, float] | None) -> list[StreamRecord]:
        taken: list[StreamRecord] = []
        size = 0
        for record in self._fresh:
            size += record.size
            in_window = window is None or record.when < window[1]
            if len(taken) == self._settings.batch_size or not in_window or (taken and size > LARGEST_PAYLOAD):
                break
            taken.append(record)
        return taken

    # ------------------------------------------------------------------ what becomes of a failed batch

    def _split(self, run: Run, outcome: Outcome) -> list[Run]:
        """The parts of a failed batch that are tried in its place (Rule 3); empty if it isn't split."""
        if not self._settings.bisect or len(run.records) < 2:
            return []
        again = replace(run, tries=0, not_before=0.0)
        if outcome.partial and outcome.failed_from:
            return [replace(again, records=run.records[outcome.failed_from :])]
        middle = len(run.records) // 2
        return [
            replace(again, records=run.records[:middle]),
            replace(again, records=run.records[middle:]),
        ]

    def _try_later(self, run: Run, now: float) -> None:
        pause = min(LONGEST_BACK_OFF, 2.0 ** min(run.tries, 10))
        self._again.appendleft(replace(run, tries=run.tries + 1, not_before=now + pause))

    def _end_of(self, record: StreamRecord) -> float:
        """When a record gets too old."""
        age = self._settings.retention
        return record.when + (age if self._settings.age is None else min(age, self._settings.age))

    def _too_old(self, records: Iterable[StreamRecord], now: float) -> Discard | None:
        gone = []
        for record in records:
            if now < self._end_of(record):
                break
            gone.append(record)
        if not gone:
            return None
        age = self._settings.age
        condition = TOO_OLD if age is not None and age <= self._settings.retention else EXPIRED
        return Discard(tuple(gone), condition, 0)

    # ------------------------------------------------------------------ windows

    def _keep_state(self, run: Run, outcome: Outcome) -> None:
        if run.window is None:
            return
        if run.final:
            self._close_window()
            return
        self._state = outcome.state or {}
        self._end_early = len(json.dumps(self._state)) > LONGEST_STATE

    def _close_window(self) -> None:
        self._window, self._state, self._end_early = None, {}, False
