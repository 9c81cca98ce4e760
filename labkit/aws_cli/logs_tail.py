"""`aws logs tail`: what a log group got lately, and with `--follow` what it gets."""

from __future__ import annotations

import contextlib
import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labkit.aws_cli.errors import UsageError

if TYPE_CHECKING:
    from labkit.aws_cli.command import Globals

__all__ = ["run"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORMATS = ("detailed", "short", "json")
_POLL_SECONDS = 5


def run(given: Globals) -> int:
    """Print the events of a group, oldest first."""
    group, options, follow = _read(given.words)
    client = given.client("logs")
    asked: dict[str, Any] = {"logGroupName": group, "startTime": _since(options.get("--since", "10m"))}
    if pattern := options.get("--filter-pattern"):
        asked["filterPattern"] = pattern
    if prefix := options.get("--log-stream-name-prefix"):
        asked["logStreamNamePrefix"] = prefix
    if names := options.get("--log-stream-names"):
        asked["logStreamNames"] = names.split()
    form, seen = options.get("--format", "detailed"), set()
    while True:
        pages = client.get_paginator("filter_log_events").paginate(**asked)
        for event in (event for page in pages for event in page["events"]):
            if event["eventId"] not in seen:
                seen.add(event["eventId"])
                print(_line(event, form), flush=True)
        if not follow:
            return 0
        time.sleep(_POLL_SECONDS)


def _read(words: list[str]) -> tuple[str, dict[str, str], bool]:
    options: dict[str, str] = {}
    rest, follow, pending = [], False, list(words)
    while pending:
        name, equals, value = pending.pop(0).partition("=")
        if name == "--follow":
            follow = True
        elif name == "--log-stream-names":
            taken = [value] if equals else []
            while pending and not pending[0].startswith("--"):
                taken.append(pending.pop(0))
            options[name] = " ".join(taken)
        elif name in ("--since", "--format", "--filter-pattern", "--log-stream-name-prefix"):
            options[name] = value if equals else (pending.pop(0) if pending else "")
        elif name.startswith("--"):
            raise UsageError(f"Unknown options: {name}")
        else:
            rest.append(name + equals + value)
    if len(rest) != 1:
        raise UsageError("the following arguments are required: group_name")
    if options.get("--format", "detailed") not in _FORMATS:
        raise UsageError(f"argument --format: Invalid choice, valid choices are: {' | '.join(_FORMATS)}")
    return rest[0], options, follow


def _since(text: str) -> int:
    """Milliseconds since 1970 of `10m`, or of a time in ISO 8601."""
    if found := re.fullmatch(r"(\d+)([smhdw])", text):
        return int((time.time() - int(found[1]) * _UNITS[found[2]]) * 1000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"argument --since: {text!r} is neither 10m (s, m, h, d, w) nor a time") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _line(event: dict[str, Any], form: str) -> str:
    when, message = datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"].rstrip("\n")
    if form == "short":
        return f"{when:%Y-%m-%dT%H:%M:%S} {message}"
    if form == "json":
        with contextlib.suppress(ValueError):
            message = json.dumps(json.loads(message), indent=4)
    return f"{when.isoformat(timespec='microseconds')} {event['logStreamName']} {message}"
