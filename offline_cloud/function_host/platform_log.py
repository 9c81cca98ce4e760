"""What the platform writes about a function's life: lines of text, or events in JSON, as the function wishes.

Source: Lambda developer guide, "Configuring JSON and plain text log formats", "Log-level filtering" with its
table "System log level event mapping", and "Telemetry API Event schema reference" for the records.

Rule 1: a text format has no levels: everything is written.
Rule 2: in JSON an event of the platform is written if its level is at least the function's SystemLogLevel; a
line of the function's own if its level is at least the ApplicationLogLevel. A line that is no JSON object, or
has no `level`, is INFO.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from offline_cloud.function_host import log_lines
from offline_cloud.function_host.function_version import FunctionVersion
from offline_cloud.function_host.life_lines import SNAP_START

__all__ = ["ExtensionState", "PlatformLog", "Report", "every_event", "platform_log"]

_LEVELS = {
    "TRACE": 0,
    "DEBUG": 1,
    "INFO": 2,
    "WARN": 3,
    "WARNING": 3,
    "ERROR": 4,
    "FATAL": 5,
    "CRITICAL": 5,
}
_INFO = _LEVELS["INFO"]
_OWN_TYPES = ("Runtime.", "Function.", "Extension.", "Sandbox.")


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported of an invocation: milliseconds, megabytes; `status` is success, error or timeout.

    `error_type` is that of the error, whoever raised it, `in_init` before the handler could run; `produced`
    the bytes of the response.
    """

    request_id: str
    duration: float
    memory_mb: int
    used_mb: int
    init: float | None
    status: str
    error_type: str | None
    produced: int
    restore: float | None = None
    billed_restore: int | None = None
    in_init: bool = False


@dataclass(frozen=True, slots=True)
class ExtensionState:
    """An external extension when the initialisation is over."""

    name: str
    state: str
    events: tuple[str, ...]


class PlatformLog(Protocol):
    """The words for each moment of a function's life; `when` in epoch seconds. No line, or some."""

    def init_started(self, when: float) -> list[str]:
        """A runtime process is being started."""

    def init_ended(
        self, when: float, milliseconds: float, phase: str, status: str, error_type: str | None
    ) -> list[str]:
        """It asks for work, or won't: `phase` is init or invoke, `status` success, error or timeout."""

    def restore_started(self, when: float) -> list[str]:
        """An environment begins from a snapshot."""

    def restore_ended(
        self, when: float, milliseconds: float, status: str, error_type: str | None
    ) -> list[str]:
        """It asks for work, or won't."""

    def extensions(self, when: float, states: Iterable[ExtensionState]) -> list[str]:
        """Its extensions."""

    def subscribed(self, when: float, name: str, types: tuple[str, ...]) -> list[str]:
        """An extension hears of these types of events by the Telemetry API."""

    def started(self, when: float, request_id: str, version: str) -> list[str]:
        """An invocation begins."""

    def broken(self, when: float, text: str) -> list[str]:
        """An invocation was cut off: the line in a log of text, which the report's status is in JSON."""

    def refused(self, when: float, payload: bytes) -> list[str]:
        """It is not run at all."""

    def answered(self, when: float, report: Report) -> list[str]:
        """The runtime is done with an invocation, well or not; extensions may still be at work."""

    def ended(self, when: float, report: Report) -> list[str]:
        """An invocation is over."""

    def lets_through(self, message: str) -> bool:
        """Whether a line of the function's own is written."""


class _Text:
    def __init__(self, function: FunctionVersion, initialization: str) -> None:
        self._function = function
        self._initialization = initialization

    def init_started(self, when: float) -> list[str]:
        return [log_lines.init_start(self._function.runtime, self._function.region)]

    def init_ended(
        self, when: float, milliseconds: float, phase: str, status: str, error_type: str | None
    ) -> list[str]:
        if status == "success" and self._initialization != SNAP_START:
            return []
        return [log_lines.init_report(milliseconds, phase, status, _named(status, error_type))]

    def restore_started(self, when: float) -> list[str]:
        return [log_lines.restore_start(self._function.runtime, self._function.region)]

    def restore_ended(
        self, when: float, milliseconds: float, status: str, error_type: str | None
    ) -> list[str]:
        return [log_lines.restore_report(milliseconds)]

    def extensions(self, when: float, states: Iterable[ExtensionState]) -> list[str]:
        return [
            f"EXTENSION\tName: {each.name}\tState: {each.state}\tEvents: [{', '.join(each.events)}]\n"
            for each in states
        ]

    def subscribed(self, when: float, name: str, types: tuple[str, ...]) -> list[str]:
        named = ", ".join(each.title() for each in types)
        return [f"TELEMETRY\tName: {name}\tState: Subscribed\tTypes: [{named}]\n"]

    def started(self, when: float, request_id: str, version: str) -> list[str]:
        return [log_lines.start(request_id, version)]

    def broken(self, when: float, text: str) -> list[str]:
        return [text]

    def refused(self, when: float, payload: bytes) -> list[str]:
        return [f"[ERROR] {payload.decode()}\n"]

    def answered(self, when: float, report: Report) -> list[str]:
        return []

    def ended(self, when: float, report: Report) -> list[str]:
        # The line names an end that the runtime did not report itself, and one that came before the handler.
        named = (
            report.status == "timeout" or report.in_init or (report.error_type or "").startswith("Runtime.")
        )
        status = report.status if named and report.status != "success" else None
        return [
            log_lines.end(report.request_id),
            log_lines.report(
                report.request_id,
                report.duration,
                report.memory_mb,
                report.used_mb,
                init=report.init,
                restore=report.restore,
                billed_restore=report.billed_restore,
                status=status,
                error_type=_named(report.status, report.error_type) if status == "error" else None,
            ),
        ]

    def lets_through(self, message: str) -> bool:
        return True


class _Json:
    def __init__(self, function: FunctionVersion, initialization: str, *, every: bool = False) -> None:
        self._function = function
        self._initialization = initialization
        self._system = 0 if every else _LEVELS.get(function.system_log_level, _INFO)
        self._application = _LEVELS.get(function.application_log_level, _INFO)

    def init_started(self, when: float) -> list[str]:
        function = self._function
        version, arn = log_lines.runtime_version(function.runtime, function.region)
        return self._events(
            when,
            (
                "INFO",
                "initStart",
                {
                    "initializationType": self._initialization,
                    "phase": "init",
                    "runtimeVersion": version,
                    "runtimeVersionArn": arn,
                    "functionName": function.name,
                    "functionVersion": function.version,
                },
            ),
        )

    def init_ended(
        self, when: float, milliseconds: float, phase: str, status: str, error_type: str | None
    ) -> list[str]:
        level = "DEBUG" if status == "success" else "WARN"
        record = {"initializationType": self._initialization, "phase": phase, **_status(status, error_type)}
        metrics = {"durationMs": round(milliseconds, 3)}
        ahead = status == "success" and self._initialization != "on-demand"
        return self._events(
            when,
            (level, "initRuntimeDone", record),
            ("INFO" if ahead else level, "initReport", {**record, "metrics": metrics}),
        )

    def restore_started(self, when: float) -> list[str]:
        function = self._function
        version, arn = log_lines.runtime_version(function.runtime, function.region)
        record = {
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": function.name,
            "functionVersion": function.version,
        }
        return self._events(when, ("INFO", "restoreStart", record))

    def restore_ended(
        self, when: float, milliseconds: float, status: str, error_type: str | None
    ) -> list[str]:
        said, good = _status(status, error_type), status == "success"
        metrics = {"durationMs": round(milliseconds, 3)}
        return self._events(
            when,
            ("DEBUG" if good else "WARN", "restoreRuntimeDone", said),
            ("INFO" if good else "WARN", "restoreReport", {**said, "metrics": metrics}),
        )

    def extensions(self, when: float, states: Iterable[ExtensionState]) -> list[str]:
        return self._events(
            when,
            *(
                ("INFO", "extension", {"name": each.name, "state": each.state, "events": list(each.events)})
                for each in states
            ),
        )

    def subscribed(self, when: float, name: str, types: tuple[str, ...]) -> list[str]:
        record = {"name": name, "state": "Subscribed", "types": list(types)}
        return self._events(when, ("INFO", "telemetrySubscription", record))

    def started(self, when: float, request_id: str, version: str) -> list[str]:
        return self._events(when, ("INFO", "start", {"requestId": request_id, "version": version}))

    def broken(self, when: float, text: str) -> list[str]:
        return []

    def refused(self, when: float, payload: bytes) -> list[str]:
        said = {"timestamp": log_lines.timestamp(when), "level": "ERROR", "message": json.loads(payload)}
        return [_line(said)]

    def answered(self, when: float, report: Report) -> list[str]:
        level = "DEBUG" if report.status == "success" else "WARN"
        record = {
            "requestId": report.request_id,
            **_status(report.status, report.error_type),
            "metrics": {"durationMs": round(report.duration, 3), "producedBytes": report.produced},
        }
        return self._events(when, (level, "runtimeDone", record))

    def ended(self, when: float, report: Report) -> list[str]:
        metrics: dict[str, Any] = {
            "durationMs": round(report.duration, 3),
            "billedDurationMs": log_lines.billed_milliseconds(
                report.duration, (report.init or 0.0) + (report.billed_restore or 0)
            ),
            "memorySizeMB": report.memory_mb,
            "maxMemoryUsedMB": report.used_mb,
        }
        if report.init is not None:
            metrics["initDurationMs"] = round(report.init, 3)
        if report.restore is not None:
            metrics["restoreDurationMs"] = round(report.restore, 3)
            metrics["billedRestoreDurationMs"] = report.billed_restore
        level = "INFO" if report.status == "success" else "WARN"
        status = _status(report.status, report.error_type)
        return self._events(
            when, (level, "report", {"requestId": report.request_id, "metrics": metrics, **status})
        )

    def lets_through(self, message: str) -> bool:
        level = _INFO
        if message.startswith("{"):
            try:
                said = json.loads(message)
            except (ValueError, RecursionError):
                said = {}
            named = said.get("level") if isinstance(said, dict) else None
            level = _LEVELS.get(named.upper(), _INFO) if isinstance(named, str) else _INFO
        return level >= self._application

    def _events(self, when: float, *events: tuple[str, str, dict[str, Any]]) -> list[str]:
        return [
            _line({"time": log_lines.timestamp(when), "type": f"platform.{kind}", "record": record})
            for level, kind, record in events
            if _LEVELS[level] >= self._system
        ]


def platform_log(function: FunctionVersion, initialization: str = "on-demand") -> PlatformLog:
    """The words in the format that the function's LoggingConfig says."""
    return (_Json if function.log_format == "JSON" else _Text)(function, initialization)


def every_event(function: FunctionVersion, initialization: str = "on-demand") -> PlatformLog:
    """All events as JSON, whatever the levels: what the Telemetry API tells."""
    return _Json(function, initialization, every=True)


def _status(status: str, error_type: str | None) -> dict[str, str]:
    named = _named(status, error_type)
    return {"status": status, **({"errorType": named} if named else {})}


def _named(status: str, error_type: str | None) -> str | None:
    """What Lambda calls an error: a type that is no word of its own stays out of what it says."""
    if status != "error":
        return None
    return error_type if error_type and error_type.startswith(_OWN_TYPES) else "Runtime.Unknown"


def _line(said: dict[str, Any]) -> str:
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False) + "\n"
