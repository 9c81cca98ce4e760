"""The event history of one execution: compact while it grows, AWS's shape when it is read.

An event is a tuple (time, type, previous event's id, details); its id is its place, from 1. Details are a
tuple in the order of `_DETAILS`, with values as they are: JSON text is made when the history is read.
Shapes: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from typing import Any, Final

from offline_cloud.engines.states_language.payload_size import json_text

__all__ = ["EVENT_TYPES", "History", "JsonText"]


class JsonText(str):
    """A JSON text to be shown as it was given, with its spaces."""

    __slots__ = ()


_STATE_TYPES = ("Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait")
_FAILURE = ("error", "cause")
_ITERATION = ("name", "index")

#: Event type -> fields of its details, in the order of the tuple that is kept.
_DETAILS: Final[dict[str, tuple[str, ...]]] = {
    "ExecutionStarted": ("input", "roleArn", "stateMachineAliasArn", "stateMachineVersionArn"),
    "ExecutionSucceeded": ("output",),
    "ExecutionFailed": _FAILURE,
    "ExecutionAborted": _FAILURE,
    "ExecutionTimedOut": _FAILURE,
    "ExecutionRedriven": ("redriveCount",),
    "EvaluationFailed": ("error", "cause", "location", "state"),
    "TaskScheduled": (
        "resourceType",
        "resource",
        "region",
        "parameters",
        "timeoutInSeconds",
        "heartbeatInSeconds",
        "taskCredentials",
    ),
    "TaskStarted": ("resourceType", "resource"),
    "TaskSubmitted": ("resourceType", "resource", "output"),
    "TaskSucceeded": ("resourceType", "resource", "output"),
    "TaskFailed": ("resourceType", "resource", *_FAILURE),
    "TaskTimedOut": ("resourceType", "resource", *_FAILURE),
    "TaskStartFailed": ("resourceType", "resource", *_FAILURE),
    "TaskSubmitFailed": ("resourceType", "resource", *_FAILURE),
    "LambdaFunctionScheduled": ("resource", "input", "timeoutInSeconds", "taskCredentials"),
    "LambdaFunctionSucceeded": ("output",),
    "LambdaFunctionFailed": _FAILURE,
    "LambdaFunctionTimedOut": _FAILURE,
    "LambdaFunctionScheduleFailed": _FAILURE,
    "LambdaFunctionStartFailed": _FAILURE,
    "ActivityScheduled": ("resource", "input", "timeoutInSeconds", "heartbeatInSeconds"),
    "ActivityStarted": ("workerName",),
    "ActivitySucceeded": ("output",),
    "ActivityFailed": _FAILURE,
    "ActivityTimedOut": _FAILURE,
    "ActivityScheduleFailed": _FAILURE,
    "MapStateStarted": ("length",),
    "MapIterationStarted": _ITERATION,
    "MapIterationSucceeded": _ITERATION,
    "MapIterationFailed": _ITERATION,
    "MapIterationAborted": _ITERATION,
    "MapRunStarted": ("mapRunArn",),
    "MapRunFailed": _FAILURE,
    "MapRunRedriven": ("mapRunArn", "redriveCount"),
    **{f"{state}StateEntered": ("name", "input") for state in _STATE_TYPES},
    **{
        f"{state}StateExited": ("name", "output", "assignedVariables")
        for state in _STATE_TYPES
        if state != "Fail"
    },
}
#: These have no details at all.
_PLAIN: Final = frozenset(
    {
        "LambdaFunctionStarted",
        "MapStateSucceeded",
        "MapStateFailed",
        "MapStateAborted",
        "MapRunSucceeded",
        "MapRunAborted",
        "ParallelStateStarted",
        "ParallelStateSucceeded",
        "ParallelStateFailed",
        "ParallelStateAborted",
        "TaskStateAborted",
        "WaitStateAborted",
    }
)
_DATA: Final = frozenset({"input", "output", "parameters"})
#: Only these say beside the data whether it was cut.
_WITH_DETAILS: Final = frozenset({"input", "output"})


def _details_key(event_type: str) -> str:
    if event_type.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if event_type.endswith("StateExited"):
        return "stateExitedEventDetails"
    return f"{event_type[0].lower()}{event_type[1:]}EventDetails"


_KEYS: Final = {event_type: _details_key(event_type) for event_type in _DETAILS}
#: All types of the API.
EVENT_TYPES: Final = frozenset(_DETAILS) | _PLAIN


class History:
    """Grows by `append`; is read by `events`."""

    __slots__ = ("_append", "_events")

    def __init__(self) -> None:
        self._events: list[tuple[float, str, int, tuple[Any, ...]]] = []
        self._append = self._events.append

    def __len__(self) -> int:
        return len(self._events)

    def append(self, now: float, event_type: str, previous: int, details: tuple[Any, ...] = ()) -> int:
        """Add an event; returns its id."""
        self._append((now, event_type, previous, details))
        return len(self._events)

    def types(self) -> list[str]:
        """The types of all events in order."""
        return [event[1] for event in self._events]

    def events(
        self, start: int = 0, stop: int | None = None, include_execution_data: bool = True
    ) -> list[dict[str, Any]]:
        """Events at the places `start` to `stop` (as in a slice) as GetExecutionHistory gives them.

        Timestamps are floats (epoch seconds); without execution data, input and output are left out.
        """
        window = self._events[start:stop]
        first = range(len(self._events))[start:stop].start + 1
        return [
            _shown(place, event, include_execution_data) for place, event in enumerate(window, start=first)
        ]


def _shown(event_id: int, event: tuple[float, str, int, tuple[Any, ...]], with_data: bool) -> dict[str, Any]:
    now, event_type, previous, values = event
    shown: dict[str, Any] = {
        "timestamp": now,
        "type": event_type,
        "id": event_id,
        "previousEventId": previous,
    }
    fields = _DETAILS.get(event_type)
    if fields is not None:
        shown[_KEYS[event_type]] = _details(fields, values, with_data)
    return shown


def _details(fields: tuple[str, ...], values: tuple[Any, ...], with_data: bool) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for field, value in zip(fields, values, strict=False):
        if field in _DATA:
            if with_data:
                details[field] = str(value) if isinstance(value, JsonText) else json_text(value)
                if field in _WITH_DETAILS:
                    details[f"{field}Details"] = {"truncated": False}
        elif value is None:
            continue
        elif field == "assignedVariables":
            if with_data:
                details[field] = {name: json_text(each) for name, each in value.items()}
                details["assignedVariablesDetails"] = {"truncated": False}
        else:
            details[field] = value
    return details
