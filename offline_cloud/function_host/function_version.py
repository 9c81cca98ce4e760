"""The words of the function host: what is invoked, how, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from offline_cloud.function_host.packages import Package


@dataclass(frozen=True)
class FunctionVersion:
    """A function as it is at one version: everything that an execution environment needs.

    `arn` is the function's own, without a qualifier. `revision` tells two states of one version apart
    ($LATEST changes): an environment serves one only. `layers` are unpacked layer directories in the
    function's own order. `snap_start`: its environments begin from a snapshot.
    """

    name: str
    arn: str
    version: str
    revision: str
    runtime: str
    handler: str
    package: Package | None
    account: str = "123456789012"
    region: str = "us-east-1"
    role: str = ""
    package_type: str = "Zip"
    architecture: str = "x86_64"
    timeout: int = 3
    memory_mb: int = 128
    tmp_mb: int = 512
    environment: dict[str, str] = field(default_factory=dict)
    layers: tuple[Path, ...] = ()
    snap_start: bool = False
    log_group: str = ""
    log_format: str = "Text"
    application_log_level: str = "INFO"
    system_log_level: str = "INFO"

    @property
    def bootstrap(self) -> tuple[Path, str] | None:
        """A custom runtime's program, of the package or else of a layer: here, and where AWS has it."""
        places = [(folder, "/opt/bootstrap") for folder in reversed(self.layers)]
        if self.package is not None:
            places.insert(0, (self.package.path, "/var/task/bootstrap"))
        found = ((folder / "bootstrap", shown) for folder, shown in places)
        return next(((real, shown) for real, shown in found if real.is_file()), None)

    @property
    def group(self) -> str:
        """The CloudWatch log group that its environments write to."""
        return self.log_group or f"/aws/lambda/{self.name}"


class Status(StrEnum):
    """How an initialisation or an invocation ended; the words of AWS's REPORT line."""

    OK = "success"
    ERROR = "error"  # the runtime said so: POST /error
    EXIT = "exit"  # the runtime process ended by itself
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    STOPPED = "stopped"  # by us: reset, shutdown, the function was deleted


@dataclass(frozen=True)
class Invocation:
    """One request for a function; `arn` is the ARN that was invoked, qualifier included."""

    request_id: str
    payload: bytes
    arn: str
    client_context: str | None = None
    trace_id: str = ""


@dataclass(frozen=True)
class InvokeResult:
    """What Invoke answers: HTTP status, payload bytes, AWS's `FunctionError` or None, the log's last 4 KB."""

    status: int
    payload: bytes
    function_error: str | None
    log_tail: bytes
    executed_version: str


class Throttled(Exception):
    """No environment may start: `reason` is the Reason of AWS's TooManyRequestsException."""

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


class LoopStopped(Exception):
    """The function ran too often in one chain of requests (`lineage`)."""


class HostStopped(Exception):
    """The cloud was reset or stopped while a function was running."""
