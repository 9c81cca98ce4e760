"""An execution's history, read as visits: which state was entered, in which branch, and how it was left.

Invariant: every `…StateEntered` event is one visit, in the order of event ids; nothing is guessed from a
definition, so any history can be read, one that is cut off in the middle too.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labkit.pictures.cloud_time import seconds

STATUSES = {
    "succeeded": "succeeded",
    "caught": "caught an error",
    "failed": "failed",
    "running": "running",
    "stopped": "stopped",
}
_WORST_FIRST = ("failed", "running", "stopped", "caught", "succeeded")
_TROUBLE = ("Failed", "TimedOut")


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed: when (epoch s), with which error and cause."""

    at: float
    error: str
    cause: str


@dataclass(slots=True)
class Visit:
    """One stay in a state. `parent` is the visit of the Parallel or Map around it, `lane` which part of it.

    A lane is the index of a Map's iteration, or the name of the first state of a Parallel's branch.
    `starts` are the moments at which an attempt began; times in epoch seconds of the cloud.
    """

    number: int
    name: str
    kind: str
    entered: float
    parent: "Visit | None" = None
    lane: int | str | None = None
    input: str | None = None
    output: str | None = None
    exited: float | None = None
    # When a state that was never left came to its end: failed, or stopped.
    ended: float | None = None
    status: str = "running"
    came_from: "Visit | None" = None
    starts: list[float] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    iterations: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # Items of a distributed Map, which run in executions of their own: how many by outcome.
    apart: dict[str, int] = field(default_factory=dict)

    @property
    def retried(self) -> int:
        """How often the state tried again."""
        return max(0, len(self.starts) - 1)


@dataclass(frozen=True, slots=True)
class Story:
    """A whole execution. `status` is AWS's word; `stopped` is None while it runs."""

    name: str
    status: str
    started: float
    latest: float
    stopped: float | None
    visits: list[Visit]
    input: str | None = None
    output: str | None = None
    error: str = ""
    cause: str = ""

    def lasted(self, visit: Visit) -> float:
        """Seconds from entering to leaving, or to the latest moment known."""
        left = visit.exited if visit.exited is not None else visit.ended
        return max(0.0, (self.latest if left is None else left) - visit.entered)

    def lanes(self) -> dict[int, dict[int | str | None, list[Visit]]]:
        """The visits inside each Parallel's or Map's visit (by its number; 0 the outermost), by lane."""
        found: dict[int, dict[int | str | None, list[Visit]]] = {}
        for visit in self.visits:
            around = visit.parent.number if visit.parent else 0
            found.setdefault(around, {}).setdefault(visit.lane, []).append(visit)
        return found


def worst(statuses: Iterable[str]) -> str:
    """The status that says most about many: failed before running before caught before succeeded."""
    found = set(statuses)
    return next((status for status in _WORST_FIRST if status in found), "not reached")


def shown_json(text: str | None) -> Any:
    """A payload as JSON data; what is no JSON stays a text."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_story(events: Iterable[Mapping[str, Any]], execution: Mapping[str, Any] | None = None) -> Story:
    """Read the events of `GetExecutionHistory` (any order) and, if given, `DescribeExecution`'s answer.

    That answer may have `mapRuns` added to it: the itemCounts of `DescribeMapRun` by the map run's ARN.
    """
    return _Reader(sorted(events, key=lambda event: int(event["id"])), execution or {}).read()


class _Place(NamedTuple):
    """Where an event leaves the execution: the Parallel or Map around, the lane, this state, the last one."""

    parent: Visit | None = None
    lane: int | str | None = None
    visit: Visit | None = None
    last: Visit | None = None


class _Reader:
    def __init__(self, events: list[Mapping[str, Any]], execution: Mapping[str, Any]) -> None:
        self.events = events
        self.execution = execution
        self.visits: list[Visit] = []
        self.after: dict[int, _Place] = {}
        self.ended: Mapping[str, Any] = {}
        self.status = "RUNNING"
        self.input: str | None = None

    def read(self) -> Story:
        for event in self.events:
            previous = int(event.get("previousEventId", 0) or 0)
            at = self.after.get(previous, _Place())
            self.after[int(event["id"])] = self._step(event, str(event["type"]), at)
        described = self.execution
        status = str(described.get("status", self.status))
        times = [seconds(event["timestamp"]) for event in self.events]
        started = seconds(described["startDate"]) if "startDate" in described else min(times, default=0.0)
        stopped = seconds(described["stopDate"]) if described.get("stopDate") else None
        if stopped is None and status != "RUNNING" and times:
            stopped = times[-1]
        return Story(
            name=str(described.get("name", "execution")),
            status=status,
            started=min([started, *times]),
            latest=max([stopped or started, *times]),
            stopped=stopped,
            visits=self.visits,
            input=described.get("input", self.input),
            output=described.get("output", self.ended.get("output")),
            error=str(described.get("error", self.ended.get("error", ""))),
            cause=str(described.get("cause", self.ended.get("cause", ""))),
        )

    def _step(self, event: Mapping[str, Any], kind: str, at: _Place) -> _Place:
        when = seconds(event["timestamp"])
        details = _details(event)
        here = at.visit or at.parent
        after = at
        if kind.endswith("Aborted") and not kind.startswith(("Execution", "MapIteration")):
            self._aborted(kind.removesuffix("Aborted").removesuffix("State"), here, when)
        elif kind.endswith("StateEntered"):
            after = self._enter(kind.removesuffix("StateEntered"), details, when, at)
        elif kind.endswith("StateExited"):
            found = self._visit_named(str(details.get("name")), here)
            if found is not None:
                self._leave(found, details, when)
                after = _Place(found.parent, found.lane, None, found)
        elif kind.startswith("Execution"):
            self._execution(kind.removeprefix("Execution"), details, when, here)
        elif kind.startswith("MapIteration"):
            map_visit = self._visit_named(str(details.get("name")), here)
            if map_visit is not None:
                after = self._iteration(kind.removeprefix("MapIteration"), details, map_visit, when)
        elif kind in {"ParallelStateStarted", "MapStateStarted"} and at.visit is not None:
            at.visit.starts.append(when)
            after = _Place(at.visit)
        elif kind.startswith(("ParallelState", "MapState")):
            after = self._group_ended(kind, details, when, at)
        elif kind.startswith("MapRun"):
            self._map_run(details, here)
        elif at.visit is not None:
            self._attempt(at.visit, kind, details, when)
        return after

    def _enter(
        self,
        kind: str,
        details: Mapping[str, Any],
        when: float,
        at: _Place,
    ) -> _Place:
        parent, lane, _, last = at
        name = str(details.get("name", "?"))
        if parent is not None and lane is None:
            lane = name
        visit = Visit(len(self.visits) + 1, name, kind, when, parent, lane, details.get("input"))
        # What is entered while the state before is still open, is entered anew after a redrive.
        visit.came_from = last if at.visit is None else None
        self.visits.append(visit)
        return _Place(parent, lane, visit, last)

    def _leave(self, visit: Visit, details: Mapping[str, Any], when: float) -> None:
        visit.exited = when
        visit.output = details.get("output")
        assigned = details.get("assignedVariables")
        if isinstance(assigned, Mapping):
            visit.variables = {str(name): str(value) for name, value in assigned.items()}
        # A state that goes on after its last attempt has failed has caught the error.
        caught = visit.failures and (not visit.starts or visit.failures[-1].at >= visit.starts[-1])
        visit.status = "caught" if caught and visit.status != "succeeded" else "succeeded"

    @staticmethod
    def _aborted(kind: str, visit: Visit | None, when: float) -> None:
        """A state was stopped because something beside it failed; a MapRun belongs to its Map."""
        while visit is not None and visit.kind != kind.removesuffix("Run"):
            visit = visit.parent
        if visit is not None and visit.status == "running":
            _close(visit, "stopped", when)

    def _attempt(self, visit: Visit, kind: str, details: Mapping[str, Any], when: float) -> None:
        if kind.endswith("Scheduled"):
            visit.starts.append(when)
            visit.status, visit.exited, visit.ended = "running", None, None
        elif kind.endswith((*_TROUBLE, "StartFailed", "SubmitFailed", "ScheduleFailed")):
            error = str(details.get("error", "States.Timeout" if kind.endswith("TimedOut") else kind))
            visit.failures.append(Failure(when, error, str(details.get("cause", ""))))
        elif kind.endswith("Succeeded") and visit.starts and visit.failures:
            visit.status = "succeeded"

    def _map_run(self, details: Mapping[str, Any], map_visit: Visit | None) -> None:
        if "mapRunArn" in details and map_visit is not None:
            arn = str(details["mapRunArn"])
            map_visit.apart = _outcomes(self.execution.get("mapRuns", {}).get(arn, {}))
            counts = ", ".join(f"{count} {status}" for status, count in map_visit.apart.items())
            map_visit.notes.append(f"map run {arn}{': ' if counts else ''}{counts}")

    def _iteration(self, kind: str, details: Mapping[str, Any], map_visit: Visit, when: float) -> _Place:
        index = int(details.get("index", 0))
        words = {"Started": "running", "Succeeded": "succeeded", "Failed": "failed", "Aborted": "stopped"}
        status = words.get(kind, "running")
        map_visit.iterations[index] = status
        if kind in {"Failed", "Aborted"}:
            for visit in self.visits:
                if visit.status == "running" and self._inside(visit, map_visit, index):
                    _close(visit, status, when)
        return _Place(map_visit, index)

    def _group_ended(
        self,
        kind: str,
        details: Mapping[str, Any],
        when: float,
        at: _Place,
    ) -> _Place:
        """A Parallel or Map ended: what is still open inside of it has failed or was stopped."""
        wanted = "Parallel" if kind.startswith("Parallel") else "Map"
        _, _, visit, _ = at
        group = visit if visit is not None and visit.kind == wanted else at[0]
        while group is not None and group.kind != wanted:
            group = group.parent
        if group is None:
            return at
        if kind.endswith("Succeeded"):
            group.status = "running"
        else:
            blamed = visit if visit is not group else None
            error, cause = str(details.get("error", "")), str(details.get("cause", ""))
            if not error:
                inside = [fail for each in self.visits if self._inside(each, group) for fail in each.failures]
                last = max(inside, key=lambda fail: fail.at, default=Failure(when, kind, cause))
                error, cause = last.error, last.cause
            group.failures.append(Failure(when, error, cause))
            for other in self.visits:
                if other.status == "running" and self._inside(other, group):
                    _close(other, "failed" if other is blamed else "stopped", when)
        return _Place(group.parent, group.lane, group)

    def _execution(self, kind: str, details: Mapping[str, Any], when: float, last: Visit | None) -> None:
        if kind == "Started":
            self.input = details.get("input")
            return
        if kind == "Redriven":
            self.status, self.ended = "RUNNING", {}
            return
        words = {"Succeeded": "SUCCEEDED", "Failed": "FAILED", "TimedOut": "TIMED_OUT", "Aborted": "ABORTED"}
        self.status = words.get(kind, kind.upper())
        self.ended = details
        blamed = last
        while kind == "Failed" and blamed is not None:
            if blamed.exited is None:
                blamed.status, blamed.ended = "failed", when
                if not blamed.failures:
                    blamed.failures.append(
                        Failure(when, str(details.get("error", "")), str(details.get("cause", "")))
                    )
            blamed = blamed.parent
        for visit in self.visits:
            if visit.status == "running":
                _close(visit, "stopped", when)

    def _visit_named(self, name: str, innermost: Visit | None) -> Visit | None:
        """The open visit of a state: from the event before it outwards, or the latest one of that name."""
        while innermost is not None:
            if innermost.name == name:
                return innermost
            innermost = innermost.parent
        return next((visit for visit in reversed(self.visits) if visit.name == name), None)

    @staticmethod
    def _inside(visit: Visit, group: Visit, lane: int | str | None = None) -> bool:
        while visit.parent is not None:
            if visit.parent is group and (lane is None or visit.lane == lane):
                return True
            visit = visit.parent
        return False


def _close(visit: Visit, status: str, when: float) -> None:
    """End a visit that was never left: a Fail state has failed, whoever was stopped beside it."""
    tried_in_vain = visit.failures and (not visit.starts or visit.failures[-1].at >= visit.starts[-1])
    visit.status = "failed" if visit.kind == "Fail" or tried_in_vain else status
    visit.ended = when


def _outcomes(counts: Mapping[str, Any]) -> dict[str, int]:
    """A map run's itemCounts by our words."""
    found = {
        "succeeded": counts.get("succeeded", 0),
        "failed": counts.get("failed", 0) + counts.get("timedOut", 0),
        "running": counts.get("running", 0) + counts.get("pending", 0),
        "stopped": counts.get("aborted", 0),
    }
    return {status: int(count) for status, count in found.items() if count}


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, value in event.items():
        if key.endswith("EventDetails") and isinstance(value, Mapping):
            return value
    return {}
