"""What CloudWatch is told of functions: the namespace AWS/Lambda.

Source: Lambda developer guide, "Types of metrics for Lambda functions" and "Monitoring concurrency".

Rule 1: an invocation costs one entry in a list. Metrics are worked out when somebody asks for one.
Rule 2: a metric of invocations has the time at which the invocation began.
Rule 3: every metric of a function is there over all functions, by FunctionName, by FunctionName and Resource
(`name`, or `name:qualifier`), and for calls by an alias by ExecutedVersion, too.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offline_cloud.engines.metrics import Sample
from offline_cloud.function_host.life_lines import PROVISIONED

if TYPE_CHECKING:
    from offline_cloud.function_host.fleet import Start
    from offline_cloud.function_host.function_version import FunctionVersion

__all__ = ["NAMESPACE", "InvocationMetrics"]

NAMESPACE = "AWS/Lambda"
REMEMBERED = 100_000
Dimensions = tuple[tuple[str, str], ...]
_OF_ACCOUNT = ("UnreservedConcurrentExecutions", "ClaimedAccountConcurrency")
_UNITS = dict.fromkeys(("Duration", "AsyncEventAge", "IteratorAge", "UrlRequestLatency"), "Milliseconds")


@dataclass(slots=True)  # not frozen: that would make it four times as slow to build, at every invocation
class _Entry:
    """One invocation, one that was throttled (`name` is Throttles), or one value of another metric."""

    when: float
    function: str
    resource: str
    executed: str = ""
    name: str = ""
    value: float = 0.0
    failed: bool = False
    duration: float = 0.0
    running: int = 0
    in_all: int = 0
    unreserved: int = 0
    claimed: int = 0
    provisioned: bool = False
    ready: int | None = None
    busy: int = 0

    @property
    def dimensions(self) -> list[Dimensions]:
        """The sets of dimensions under which it is found."""
        name, resource = ("FunctionName", self.function), ("Resource", self.resource)
        found: list[Dimensions] = [(), (name,), (name, resource)]
        if self.executed:
            found.append((("ExecutedVersion", self.executed), name, resource))
        return found


class InvocationMetrics:
    """The metrics of one cloud's functions, by account and Region. Any thread may write."""

    def __init__(self) -> None:
        self._entries: defaultdict[tuple[str, str], deque[_Entry]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED)
        )

    def invoked(
        self, function: FunctionVersion, arn: str, start: Start, duration: float, *, failed: bool
    ) -> None:
        """An invocation by that ARN is over; milliseconds."""
        resource, executed = _resource(function, arn)
        self._entries[function.account, function.region].append(
            _Entry(
                start.when,
                function.name,
                resource,
                executed,
                failed=failed,
                duration=duration,
                running=start.running,
                in_all=start.in_all,
                unreserved=start.unreserved,
                claimed=start.claimed,
                provisioned=start.environment.initialization == PROVISIONED,
                ready=start.ready,
                busy=start.busy,
            )
        )

    def throttled(self, function: FunctionVersion, arn: str, when: float) -> None:
        """One was refused."""
        resource, executed = _resource(function, arn)
        self._entries[function.account, function.region].append(
            _Entry(when, function.name, resource, executed, "Throttles", 1.0)
        )

    def told(self, arn: str, name: str, value: float, when: float) -> None:
        """One value of another metric of the function that was, or was to be, invoked by that ARN."""
        _, _, _, region, account, _, function, *qualifier = arn.split(":")
        named = qualifier and qualifier[0] != "$LATEST"
        resource = f"{function}:{qualifier[0]}" if named else function
        self._entries[account, region].append(_Entry(when, function, resource, "", name=name, value=value))

    def reset(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def samples(
        self, account: str, region: str, name: str, dimensions: Mapping[str, str]
    ) -> Iterator[Sample]:
        """All samples of one metric."""
        wanted = tuple(sorted(dimensions.items()))
        if wanted and name in _OF_ACCOUNT:
            return
        unit, function = _UNITS.get(name, "Count"), dimensions.get("FunctionName")
        for entry in list(self._entries.get((account, region), ())):
            if function not in (None, entry.function):
                continue  # most of them are of other functions
            value = _value(entry, name, whole=not wanted)
            if value is not None and (not wanted or wanted in entry.dimensions):
                yield Sample.of(entry.when, value, unit)

    def known(self, account: str, region: str) -> set[tuple[str, Dimensions]]:
        """The metrics that have samples: names and dimensions."""
        shapes = {
            (entry.resource, entry.executed, entry.name, entry.ready is None, entry.provisioned): entry
            for entry in list(self._entries.get((account, region), ()))
        }
        found: set[tuple[str, Dimensions]] = set()
        for entry in shapes.values():
            if entry.name:
                found |= {(entry.name, dimensions) for dimensions in entry.dimensions}
                continue
            found |= {(name, ()) for name in _OF_ACCOUNT}
            for name in (*_VALUES, *_PROVISIONED_VALUES):
                if name not in _OF_ACCOUNT and _value(entry, name, whole=False) is not None:
                    found |= {(name, dimensions) for dimensions in entry.dimensions}
        return found


_VALUES: dict[str, Callable[[_Entry], float]] = {
    "Invocations": lambda entry: 1.0,
    "Errors": lambda entry: float(entry.failed),
    "Throttles": lambda entry: 0.0,
    "Duration": lambda entry: entry.duration,
    "ConcurrentExecutions": lambda entry: float(entry.running),
    "UnreservedConcurrentExecutions": lambda entry: float(entry.unreserved),
    "ClaimedAccountConcurrency": lambda entry: float(entry.claimed),
}
_PROVISIONED_VALUES: dict[str, Callable[[_Entry], float]] = {
    "ProvisionedConcurrencyInvocations": lambda entry: float(entry.provisioned),
    "ProvisionedConcurrencySpilloverInvocations": lambda entry: float(not entry.provisioned),
    "ProvisionedConcurrentExecutions": lambda entry: float(entry.busy),
    "ProvisionedConcurrencyUtilization": lambda entry: entry.busy / max(1, entry.ready or 0),
}


def _value(entry: _Entry, name: str, *, whole: bool) -> float | None:
    """The value of an entry for a metric, None if it has none; `whole`: over all functions."""
    if entry.name:
        return entry.value if entry.name == name else None
    if whole and name == "ConcurrentExecutions":
        return float(entry.in_all)
    value = _VALUES.get(name) or (_PROVISIONED_VALUES.get(name) if entry.ready is not None else None)
    return value(entry) if value is not None else None


def _resource(function: FunctionVersion, arn: str) -> tuple[str, str]:
    """The Resource of a call, and its ExecutedVersion if it was made by an alias."""
    qualifier = arn.rsplit(":", 1)[1] if arn.count(":") > 6 else "$LATEST"
    if qualifier == "$LATEST":
        return function.name, ""
    return f"{function.name}:{qualifier}", "" if qualifier == function.version else function.version
