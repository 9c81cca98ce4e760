"""The Telemetry API without a socket: subscriptions and events in, answers and deliveries out."""

import json
from pathlib import Path
from typing import Any

import pytest

from offline_cloud.function_host.function_version import FunctionVersion
from offline_cloud.function_host.platform_log import Report, platform_log
from offline_cloud.function_host.telemetry_api import TelemetryApi, Watched

ASKED = {
    "schemaVersion": "2022-12-13",
    "types": ["platform", "function"],
    "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 100},
    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/events"},
}
FUNCTION = FunctionVersion(
    "f", "arn:aws:lambda:us-east-1:123456789012:function:f", "$LATEST", "1", "python3.13", "a.b", None
)


def subscribed(telemetry: TelemetryApi, **changes: Any) -> tuple[int, Any]:
    answer = telemetry.subscribe("watch", json.dumps({**ASKED, **changes}).encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    return status, body.decode() if status == 200 else json.loads(body)


def heard(telemetry: TelemetryApi) -> list[Any]:
    return [event for delivery in telemetry.due() for event in json.loads(delivery.body)]


def test_who_subscribes_hears_what_was_before_and_what_comes() -> None:
    telemetry = TelemetryApi()
    telemetry.add("platform", {"n": 1})
    telemetry.add("extension", {"n": 2})
    assert subscribed(telemetry) == (200, "OK")
    telemetry.add("function", {"n": 3})
    (delivery,) = telemetry.due()
    assert (delivery.name, delivery.port, delivery.path, delivery.count) == ("watch", 8080, "/events", 2)
    assert json.loads(delivery.body) == [{"n": 1}, {"n": 3}]
    assert heard(telemetry) == []


def test_large_deliveries_come_in_parts() -> None:
    telemetry = TelemetryApi()
    subscribed(telemetry)
    for number in range(2500):
        telemetry.add("function", {"n": number})
    for _ in range(3):
        telemetry.add("function", {"text": "x" * 200_000})
    assert [delivery.count for delivery in telemetry.due()] == [1000, 1000, 501, 1, 1]


def test_what_nobody_took_is_counted() -> None:
    telemetry = TelemetryApi()
    subscribed(telemetry)
    telemetry.add("function", {"n": 1})
    (delivery,) = telemetry.due()
    telemetry.dropped(delivery, 1_790_000_000.5)
    (event,) = heard(telemetry)
    assert (event["type"], event["time"]) == ("platform.logsDropped", "2026-09-21T14:13:20.500Z")
    assert event["record"]["droppedRecords"] == 1
    assert event["record"]["droppedBytes"] == len(b'[{"n":1}]')


def test_after_the_initialisation_it_is_closed() -> None:
    telemetry = TelemetryApi()
    telemetry.close()
    status, said = subscribed(telemetry)
    assert (status, said["errorType"]) == (403, "Telemetry.SubscriptionClosed")
    telemetry.add("platform", {"n": 1})
    telemetry.reset()
    assert subscribed(telemetry)[0] == 200
    assert heard(telemetry) == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"schemaVersion": "2021-01-01"}, "schemaVersion"),
        ({"types": []}, "types"),
        ({"types": ["platform", "weather"]}, "types"),
        ({"destination": {"protocol": "TCP", "port": 8080}}, "limits.md"),
        ({"destination": {"protocol": "HTTP", "URI": "http://example.com:80"}}, "sandbox.localdomain"),
        ({"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain"}}, "PORT"),
        ({"destination": None}, "protocol"),
        ({"buffering": {"maxItems": 10}}, "maxItems"),
        ({"buffering": {"maxBytes": "many"}}, "maxBytes"),
        ({"buffering": {"timeoutMs": 31_000}}, "timeoutMs"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], word: str) -> None:
    status, said = subscribed(TelemetryApi(), **changes)
    assert (status, said["errorType"]) == (400, "ValidationError")
    assert word in said["errorMessage"]


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"types": 1}'])
def test_what_is_no_subscription(body: bytes) -> None:
    assert TelemetryApi().subscribe("watch", body).startswith(b"HTTP/1.1 400 ")


def test_a_log_of_text_and_events_for_extensions(tmp_path: Path) -> None:
    telemetry = TelemetryApi()
    subscribed(telemetry)
    words = Watched(platform_log(FUNCTION), FUNCTION, telemetry)
    report = Report("8a9b", 12.3456, 128, 40, 99.5, "success", None, 17)
    lines = [
        *words.init_started(1.0),
        *words.init_ended(1.1, 99.5, "init", "success", None),
        *words.started(1.1, "8a9b", "$LATEST"),
        *words.answered(1.2, report),
        *words.ended(1.3, report),
    ]
    assert [line.split()[0] for line in lines] == ["INIT_START", "START", "END", "REPORT"]
    events = heard(telemetry)
    assert [event["type"].removeprefix("platform.") for event in events] == [
        "initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report",
    ]  # fmt: skip
    assert events[4]["record"] == {
        "requestId": "8a9b",
        "status": "success",
        "metrics": {"durationMs": 12.346, "producedBytes": 17},
    }
    assert events[5]["record"]["metrics"] == {
        "durationMs": 12.346,
        "billedDurationMs": 112,
        "memorySizeMB": 128,
        "maxMemoryUsedMB": 40,
        "initDurationMs": 99.5,
    }
