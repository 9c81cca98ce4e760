"""JSON payloads as lines to read: pretty, shortened where they are long, and marked where they differ."""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from labkit.pictures.canvas import shorten

_MOST_LINES = 40
_LONGEST_TEXT = 160
_MOST_ITEMS = 12


def pretty(value: Any) -> list[str]:
    """The value as indented JSON; long texts and long lists are cut, and say how much was cut."""
    lines = json.dumps(_shortened(value), indent=2, ensure_ascii=False).splitlines()
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[:_MOST_LINES], f"… ({len(lines) - _MOST_LINES} more lines)"]


def marked(before: Any, after: Any) -> list[tuple[str, str]]:
    """The lines of both, each with its mark: `+` only after, `-` only before, nothing for what stayed."""
    old, new = pretty(before), pretty(after)
    found: list[tuple[str, str]] = []
    # A comma more or less at the end of a line is no change.
    matcher = SequenceMatcher(None, [line.rstrip(",") for line in old], [line.rstrip(",") for line in new])
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            found += [("-", line) for line in old[a:b]]
            found += [("+", line) for line in new[c:d]]
        else:
            found += [("", line) for line in new[c:d]]
    return found


def change(before: Any, after: Any) -> str:
    """What a state did to its input, in one sentence without a full stop."""
    if before == after and type(before) is type(after):
        return "passes its input on unchanged"
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return f"gives {brief(after)}"
    words = []
    for verb, keys in (
        ("adds", [key for key in after if key not in before]),
        ("changes", [key for key in after if key in before and before[key] != after[key]]),
        ("removes", [key for key in before if key not in after]),
    ):
        if keys:
            listed = ", ".join(
                key if verb == "removes" else f"{key}: {brief(after[key])}" for key in keys[:4]
            )
            more = f" and {len(keys) - 4} more" if len(keys) > 4 else ""
            words.append(f"{verb} {listed}{more}")
    return "; ".join(words) or "changes nothing but types"


def brief(value: Any, characters: int = 70) -> str:
    """The value as one short line of JSON."""
    return shorten(json.dumps(_shortened(value), ensure_ascii=False), characters)


def told(cause: str) -> str:
    """A failure's cause for people: of a function's JSON report, the message alone."""
    try:
        report = json.loads(cause)
    except ValueError:
        return cause
    if isinstance(report, dict) and isinstance(report.get("errorMessage"), str):
        return str(report["errorMessage"])
    return cause


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) <= _LONGEST_TEXT:
            return value
        return f"{value[:_LONGEST_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        return list(_items(value))
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    return value


def _items(values: list[Any]) -> Iterator[Any]:
    for number, value in enumerate(values):
        if number == _MOST_ITEMS and len(values) > _MOST_ITEMS + 1:
            yield f"… {len(values) - number} more items"
            return
        yield _shortened(value)
