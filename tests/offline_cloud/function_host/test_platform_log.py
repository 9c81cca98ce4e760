"""What the platform writes, by format and level: Lambda's own table of system log levels, event for event."""

import json
from typing import Any

import pytest

from offline_cloud.function_host.function_version import FunctionVersion
from offline_cloud.function_host.platform_log import ExtensionState, PlatformLog, Report, platform_log

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
NOON = 1_790_000_000.25
GOOD = Report("8a9b", 12.3456, 256, 40, 99.5, "success", None, 17)
REPORTS = {
    "good": GOOD,
    "bad": Report("8a9b", 1.0, 256, 40, None, "error", "Runtime.ExitError", 0),
    "late": Report("8a9b", 3000.0, 256, 40, None, "timeout", None, 0),
}


def words(initialization: str = "on-demand", **settings: Any) -> PlatformLog:
    function = FunctionVersion("f", ARN, "3", "1", "python3.13", "a.b", None, **settings)
    return platform_log(function, initialization)


def of_json(initialization: str = "on-demand", **settings: Any) -> PlatformLog:
    return words(initialization, log_format="JSON", **settings)


def told(said: PlatformLog, moment: str) -> list[str]:
    """What is written of one moment."""
    how, _, end = moment.partition(" ")
    error_type = "Runtime.ImportModuleError" if end == "error" else None
    moments = {
        "initStart": lambda: said.init_started(NOON),
        "initDone": lambda: said.init_ended(NOON, 99.5, "init", end, error_type),
        "extension": lambda: said.extensions(
            NOON, [ExtensionState("watch", "Ready", ("INVOKE", "SHUTDOWN"))]
        ),
        "subscription": lambda: said.subscribed(NOON, "watch", ("platform", "function")),
        "start": lambda: said.started(NOON, "8a9b", "3"),
        "answered": lambda: said.answered(NOON, REPORTS[end]),
        "ended": lambda: said.ended(NOON, REPORTS[end]),
    }
    return moments[how]()


TABLE = [
    ("initStart", {"initStart": "INFO"}),
    ("initDone success", {"initRuntimeDone": "DEBUG", "initReport": "DEBUG"}),
    ("initDone error", {"initRuntimeDone": "WARN", "initReport": "WARN"}),
    ("initDone timeout", {"initRuntimeDone": "WARN", "initReport": "WARN"}),
    ("extension", {"extension": "INFO"}),
    ("subscription", {"telemetrySubscription": "INFO"}),
    ("start", {"start": "INFO"}),
    ("answered good", {"runtimeDone": "DEBUG"}),
    ("answered bad", {"runtimeDone": "WARN"}),
    ("ended good", {"report": "INFO"}),
    ("ended bad", {"report": "WARN"}),
    ("ended late", {"report": "WARN"}),
]


@pytest.mark.parametrize(("moment", "levels"), TABLE)
@pytest.mark.parametrize("wanted", ["DEBUG", "INFO", "WARN"])
def test_an_event_is_written_from_its_level_on(moment: str, levels: dict[str, str], wanted: str) -> None:
    order = ["DEBUG", "INFO", "WARN"]
    events = [json.loads(line) for line in told(of_json(system_log_level=wanted), moment)]
    assert [event["type"] for event in events] == [
        f"platform.{name}" for name, level in levels.items() if order.index(level) >= order.index(wanted)
    ]
    assert all(event["time"] == "2026-09-21T14:13:20.250Z" for event in events)


def test_an_initialisation_ahead_of_time_is_reported_at_info() -> None:
    said = of_json("provisioned-concurrency").init_ended(NOON, 99.5, "init", "success", None)
    (event,) = [json.loads(line) for line in said]
    assert event["type"] == "platform.initReport"
    assert event["record"]["initializationType"] == "provisioned-concurrency"


def test_a_report_in_json() -> None:
    (line,) = of_json().ended(NOON, GOOD)
    assert line.endswith("}\n")
    assert json.loads(line)["record"] == {
        "requestId": "8a9b",
        "status": "success",
        "metrics": {
            "durationMs": 12.346,
            "billedDurationMs": 112,
            "memorySizeMB": 256,
            "maxMemoryUsedMB": 40,
            "initDurationMs": 99.5,
        },
    }


@pytest.mark.parametrize(
    ("error_type", "named"),
    [
        ("Runtime.OutOfMemory", "Runtime.OutOfMemory"),
        ("Extension.Crash", "Extension.Crash"),
        ("ValueError", "Runtime.Unknown"),
        (None, "Runtime.Unknown"),
    ],
)
def test_errors_have_a_name_of_the_platforms_own(error_type: str | None, named: str) -> None:
    report = Report("8a9b", 1.0, 128, 20, None, "error", error_type, 0)
    (line,) = of_json().ended(NOON, report)
    assert json.loads(line)["record"]["errorType"] == named


def test_a_timeout_has_a_status_and_no_error() -> None:
    (line,) = of_json().ended(NOON, REPORTS["late"])
    record = json.loads(line)["record"]
    assert (record["status"], "errorType" in record) == ("timeout", False)


def test_what_is_cut_off_is_a_line_in_text_and_a_status_in_json() -> None:
    assert words().broken(NOON, "Task timed out\n\n") == ["Task timed out\n\n"]
    assert of_json().broken(NOON, "Task timed out\n\n") == []


def test_what_is_not_run_is_said_in_both() -> None:
    payload = b'{"errorType":"Offline.NotAvailable","errorMessage":"no"}'
    assert words().refused(NOON, payload) == [f"[ERROR] {payload.decode()}\n"]
    (line,) = of_json().refused(NOON, payload)
    assert json.loads(line) == {
        "timestamp": "2026-09-21T14:13:20.250Z",
        "level": "ERROR",
        "message": json.loads(payload),
    }


@pytest.mark.parametrize(
    ("moment", "lines"),
    [
        ("initDone success", []),
        ("initDone error",
         ["INIT_REPORT Init Duration: 99.50 ms\tPhase: init\tStatus: error\t"
          "Error Type: Runtime.ImportModuleError\n"]),
        ("extension", ["EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"]),
        ("subscription", ["TELEMETRY\tName: watch\tState: Subscribed\tTypes: [Platform, Function]\n"]),
        ("start", ["START RequestId: 8a9b Version: 3\n"]),
        ("answered bad", []),
        ("ended late",
         ["END RequestId: 8a9b\n",
          "REPORT RequestId: 8a9b\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 256 MB\t"
          "Max Memory Used: 40 MB\tStatus: timeout\n"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", ["DEBUG", "WARN"])
def test_a_text_format_has_no_levels(moment: str, lines: list[str], level: str) -> None:
    assert told(words(system_log_level=level), moment) == lines


@pytest.mark.parametrize(
    ("line", "passes"),
    [
        ("plain text\n", {"TRACE", "DEBUG", "INFO"}),
        ('{"level": "DEBUG", "message": "d"}\n', {"TRACE", "DEBUG"}),
        ('{"level": "warn"}\n', {"TRACE", "DEBUG", "INFO", "WARN"}),
        ('{"level": "WARNING"}\n', {"TRACE", "DEBUG", "INFO", "WARN"}),
        ('{"level": "CRITICAL"}\n', {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}),
        ('{"level": 30}\n', {"TRACE", "DEBUG", "INFO"}),
        ('{"no": "level"}\n', {"TRACE", "DEBUG", "INFO"}),
        ('{"broken": \n', {"TRACE", "DEBUG", "INFO"}),
        ("{" * 5000, {"TRACE", "DEBUG", "INFO"}),
        ('["level", "ERROR"]\n', {"TRACE", "DEBUG", "INFO"}),
    ],
)
def test_a_line_of_the_functions_own_has_its_level(line: str, passes: set[str]) -> None:
    levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    assert {level for level in levels if of_json(application_log_level=level).lets_through(line)} == passes
    assert words(application_log_level="FATAL").lets_through(line)
