"""Fields that CloudWatch Logs finds in messages by itself: JSON members, and the words of Lambda's lines.

Source: CloudWatch Logs user guide, "Supported logs and discovered fields". Memory is in bytes, 1,000,000 to
the megabyte, as in AWS's own sample queries (`@memorySize / 1000 / 1000`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["JavaDouble", "flattened", "json_fragment", "lambda_fields", "walk"]

_DECODER = json.JSONDecoder()
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_LINE = re.compile(rf"(START|END|REPORT) RequestId: ({_UUID})")
_APPLICATION = re.compile(rf"(?:\[\w+\]\t)?\d{{4}}-\d\d-\d\dT[\d:.]+Z[\t ]({_UUID})\b")
_MEASURES = re.compile(
    r"\b(Duration|Billed Duration|Memory Size|Max Memory Used|Init Duration|Restore Duration|"
    r"Billed Restore Duration): ([\d.]+) (ms|MB)"
)
_TRACE = re.compile(r"XRAY TraceId: (\S+)(?:\s+SegmentId: (\S+))?")
_NAMES = {
    "Duration": "@duration",
    "Billed Duration": "@billedDuration",
    "Memory Size": "@memorySize",
    "Max Memory Used": "@maxMemoryUsed",
    "Init Duration": "@initDuration",
    "Restore Duration": "@restoreDuration",
    "Billed Restore Duration": "@billedRestoreDuration",
}
FIELD_LIMIT = 200
"""Fields that are discovered in one JSON event."""


class JavaDouble(float):
    """A number that AWS shows as Java does: `100.0`, `1.28E8`."""

    def __str__(self) -> str:
        if float(self) == 0.0 or 1e-3 <= abs(self) < 1e7:
            return repr(float(self))
        mantissa, _, exponent = f"{float(self)!r}".partition("e")
        if not exponent:
            digits = f"{abs(self):.17e}".partition("e")[2]
            mantissa, exponent = repr(float(self) / 10.0 ** int(digits)), digits
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def json_fragment(message: str) -> dict[str, Any]:
    """The first JSON object in a message; empty if there is none."""
    start = message.find("{")
    if start < 0:
        return {}
    try:
        found, _ = _DECODER.raw_decode(message, start)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def lambda_fields(message: str) -> dict[str, Any]:
    """What a line of a function's log says: `@type`, `@requestId`, `@duration`, …; empty for other lines."""
    line = _LINE.match(message)
    if line is None:
        if message.startswith("INIT_START "):
            return {"@type": "INIT_START"}
        application = _APPLICATION.match(message)
        return {} if application is None else {"@requestId": application[1]}
    found: dict[str, Any] = {"@type": line[1], "@requestId": line[2]}
    if line[1] == "REPORT":
        for name, value, unit in _MEASURES.findall(message):
            found[_NAMES[name]] = JavaDouble(float(value) * (1_000_000 if unit == "MB" else 1))
        if trace := _TRACE.search(message):
            found["@xrayTraceId"] = trace[1]
            if trace[2]:
                found["@xraySegmentId"] = trace[2]
    return found


def walk(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a dotted name; a number in it counts the items of an array. Names may hold dots
    themselves.
    """
    if len(path) == 1:
        return document.get(path[0])
    whole = ".".join(path)
    if whole in document:
        return document[whole]
    value: Any = document
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def flattened(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every member by its dotted name, the first 200."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [
        (f"@{name}" if name.startswith("@") else name, value)
        for name, value in reversed(list(document.items()))
    ]
    while waiting and len(found) < FIELD_LIMIT:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{name}.{inner}", each) for inner, each in reversed(list(value.items()))]
        elif isinstance(value, list):
            waiting += [(f"{name}.{at}", each) for at, each in reversed(list(enumerate(value)))]
        else:
            found[name] = value
    return found
