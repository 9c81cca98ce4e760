"""What an execution asks of the world: plain data, performed by a driver.

Every call of Execution returns a list of these, in the order in which they have to be performed. `key` is an
int, unique in its execution for ever; the driver hands it back with the answer. An answer to a key that the
execution no longer waits for is ignored, so a driver need not care about races.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.definition import Machine

__all__ = [
    "CancelTask",
    "CancelTimer",
    "ChildResult",
    "CloseMapRun",
    "Continue",
    "Effect",
    "Ended",
    "ExecutionType",
    "OpenMapRun",
    "ReadItems",
    "SetTimer",
    "StartChild",
    "StartTask",
    "Status",
    "StopChild",
    "TimerPurpose",
    "WriteResults",
]

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
ExecutionType = Literal["STANDARD", "EXPRESS"]
TimerPurpose = Literal["wait", "limit", "guard"]


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Call `timer_fired(key)` at `when` (epoch seconds).

    "wait" passes by itself (Wait, back-off); "limit" bounds work of the cloud's own; "guard" bounds a person
    or a worker outside. Setting a key that is set moves it.
    """

    key: int
    when: float
    kind: TimerPurpose


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """The timer `key` is no longer wanted."""

    key: int


@dataclass(frozen=True, slots=True)
class StartTask:
    """Perform `resource` (the ARN as written) with `parameters`.

    Answers: `task_started` when somebody works on it, `task_submitted` when a job of `.sync` or
    `.waitForTaskToken` is accepted, then `task_succeeded` or `task_failed`; `task_not_scheduled` if it could
    not even be queued. `token` is given to activities and `.waitForTaskToken`; `timeout` and `heartbeat`
    (seconds) are for information: the execution sets its own timers.
    """

    key: int
    resource: str
    parameters: Any
    state: str
    token: str | None
    timeout: float | None
    heartbeat: float | None
    credentials: Any | None
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CancelTask:
    """Forget the task `key` (timed out, or its branch was stopped): its token becomes TaskTimedOut.

    It is sent for a ReadItems and a WriteResults too.
    """

    key: int


@dataclass(frozen=True, slots=True)
class ReadItems:
    """Read the items of a distributed Map; answer `items_read` (a list) or `task_failed`.

    `reader` has Resource, ReaderConfig (evaluated) and Parameters (evaluated; also in JSONata). `max_items`
    None reads all. The order of the items is the source's.
    """

    key: int
    state: str
    reader: Mapping[str, Any]
    max_items: int | None
    credentials: Any | None


@dataclass(frozen=True, slots=True)
class OpenMapRun:
    """A map run begins. Its counts are read live from `execution.map_runs[key]`."""

    key: int
    arn: str
    state: str
    label: str
    execution_type: ExecutionType


@dataclass(frozen=True, slots=True)
class CloseMapRun:
    """A map run has ended."""

    key: int
    arn: str
    status: Status


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start a child execution `name` of the map run `map_run_key`; answer `child_ended`.

    `again`: a redrive wants this child to go on (STANDARD: redrive it; EXPRESS: start it anew).
    """

    key: int
    map_run_key: int
    map_run_arn: str
    arn: str
    name: str
    machine: Machine
    input: Any
    execution_type: ExecutionType
    again: bool = False


@dataclass(frozen=True, slots=True)
class StopChild:
    """Stop the child execution `key`; no answer is wanted."""

    key: int


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How one child execution ended; times in epoch seconds, None for one that never began."""

    arn: str
    name: str
    status: Status
    input: Any
    output: Any
    error: str | None
    cause: str | None
    start: float | None
    stop: float | None


@dataclass(frozen=True, slots=True)
class WriteResults:
    """Export a map run's results; answer `results_written` (the ResultWriterDetails) or `task_failed`.

    `writer` has Resource, Parameters (evaluated) and WriterConfig.
    """

    key: int
    map_run_arn: str
    state: str
    writer: Mapping[str, Any]
    results: tuple[ChildResult, ...]
    credentials: Any | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The execution has ended; `output` is the value (not its JSON text), None unless it succeeded."""

    status: Status
    output: Any
    error: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Continue:
    """There is more to run than one call may: call `go_on` when others have had their turn."""


Effect = (
    SetTimer
    | CancelTimer
    | StartTask
    | CancelTask
    | ReadItems
    | OpenMapRun
    | CloseMapRun
    | StartChild
    | StopChild
    | WriteResults
    | Ended
    | Continue
)
