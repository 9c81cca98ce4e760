"""A map run: the child executions of one distributed Map, its counts, and its results.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from offline_cloud.engines.states_language.context_object import timestamp
from offline_cloud.engines.states_language.effects import ChildResult, Status
from offline_cloud.engines.states_language.payload_size import MAX_BYTES, json_text

__all__ = ["Batching", "Child", "MapRun", "batches", "transformed"]

#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST_CHILDREN: Final = 10_000
_COUNT_OF: Final = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
}


def _counts() -> dict[str, int]:
    names = (
        "pending",
        "running",
        "succeeded",
        "failed",
        "timedOut",
        "aborted",
        "total",
        "resultsWritten",
        "failuresNotRedrivable",
        "pendingRedrive",
    )
    return dict.fromkeys(names, 0)


@dataclass(slots=True)
class Child:
    """One child execution: its input and how many items are in it; times in epoch seconds."""

    arn: str
    name: str
    input: Any
    size: int
    status: Status | None = None
    output: Any = None
    error: str | None = None
    cause: str | None = None
    start: float | None = None
    stop: float | None = None

    def result(self) -> ChildResult:
        return ChildResult(
            arn=self.arn,
            name=self.name,
            status=self.status or "ABORTED",
            input=self.input,
            output=self.output,
            error=self.error,
            cause=self.cause,
            start=self.start,
            stop=self.stop,
        )


@dataclass(slots=True)
class MapRun:
    """What DescribeMapRun shows; the counts have the API's names.

    `tolerated_count` and `tolerated_percentage` are None where the state doesn't say; without either no
    failure is tolerated.
    """

    key: int
    arn: str
    machine_arn: str
    max_concurrency: int
    tolerated_count: int | None
    tolerated_percentage: float | None
    start_date: float
    status: Status = "RUNNING"
    stop_date: float | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    items: dict[str, int] = field(default_factory=_counts)
    executions: dict[str, int] = field(default_factory=_counts)

    def planned(self, size: int) -> None:
        """A child with so many items will be started."""
        for counts, amount in ((self.items, size), (self.executions, 1)):
            counts["total"] += amount
            counts["pending"] += amount

    def moved(self, size: int, before: str, after: str) -> None:
        """A child went from one state to another."""
        for counts, amount in ((self.items, size), (self.executions, 1)):
            counts[before] -= amount
            counts[after] += amount

    def ended(self, child: Child, status: Status) -> None:
        """A running child has ended."""
        self.moved(child.size, "running", _COUNT_OF[status])

    def written(self) -> None:
        """The results of all children that succeeded are in the Map's output or its export."""
        for counts in (self.items, self.executions):
            counts["resultsWritten"] = counts["succeeded"]

    def close(self, status: Status, now: float) -> None:
        self.status = status
        self.stop_date = now

    @property
    def exceeded(self) -> bool:
        """Whether more items failed than the state tolerates."""
        items = self.items
        failed = items["failed"] + items["timedOut"] + items["aborted"]
        if not failed:
            return False
        if self.tolerated_count is None and self.tolerated_percentage is None:
            return True
        if self.tolerated_count is not None and failed > self.tolerated_count:
            return True
        percentage = self.tolerated_percentage
        return percentage is not None and failed * 100 > percentage * items["total"]


# ---- batches ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batching:
    """How an ItemBatcher groups items; None: no limit."""

    most_items: int | None
    most_bytes: int | None
    batch_input: Any | None


def batches(inputs: Iterator[Any], batching: Batching) -> Iterator[tuple[Any, int]]:
    """The input of each child and how many items are in it, in order."""
    group: list[Any] = []
    frame: dict[str, Any] = {} if batching.batch_input is None else {"BatchInput": batching.batch_input}
    most_bytes = min(batching.most_bytes or MAX_BYTES, MAX_BYTES)
    around = len(json_text({**frame, "Items": []}).encode("utf-8", "surrogatepass"))
    size = around
    for item in inputs:
        added = len(json_text(item).encode("utf-8", "surrogatepass")) + 1
        full = batching.most_items is not None and len(group) >= batching.most_items
        if group and (full or size + added - 1 > most_bytes):
            yield {**frame, "Items": group}, len(group)
            group, size = [], around
        group.append(item)
        size += added
    if group:
        yield {**frame, "Items": group}, len(group)


# ---- results ---------------------------------------------------------------------------------------


def transformed(children: list[Child], config: Mapping[str, Any], machine_arn: str) -> list[Any]:
    """The Map's result from the children that succeeded, as WriterConfig's Transformation says.

    COMPACT (the default): their outputs; FLATTEN: the items of outputs that are lists; NONE: outputs with the
    metadata of their executions.
    """
    succeeded = [child for child in children if child.status == "SUCCEEDED"]
    kind = config.get("Transformation", "COMPACT")
    if kind == "NONE":
        return [described(child.result(), machine_arn) for child in succeeded]
    outputs = [child.output for child in succeeded]
    if kind == "FLATTEN":
        return [each for output in outputs for each in (output if isinstance(output, list) else [output])]
    return outputs


def described(result: ChildResult, machine_arn: str) -> dict[str, Any]:
    """A child's result with its metadata, as ResultWriter exports it; data is JSON text."""
    shown: dict[str, Any] = {
        "ExecutionArn": result.arn,
        "Input": json_text(result.input),
        "InputDetails": {"Included": True},
        "Name": result.name,
        "StateMachineArn": machine_arn,
        "Status": result.status,
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if result.status == "SUCCEEDED" else "REDRIVABLE",
    }
    if result.start is not None:
        shown["StartDate"] = timestamp(result.start)
    if result.stop is not None:
        shown["StopDate"] = timestamp(result.stop)
    if result.status == "SUCCEEDED":
        shown["Output"] = json_text(result.output)
        shown["OutputDetails"] = {"Included": True}
    else:
        shown["Error"] = result.error
        shown["Cause"] = result.cause
    return shown
