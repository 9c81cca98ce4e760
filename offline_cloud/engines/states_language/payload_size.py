"""JSON text of a state's data, and the limit on its size."""

from __future__ import annotations

from json import JSONEncoder
from typing import Any, Final

__all__ = ["MAX_BYTES", "exceeds_limit", "json_text"]

#: Input or output of a state, task or execution: 256 KiB of UTF-8.
#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_BYTES: Final = 262_144

# Encoders are kept: json.dumps with options builds a new one on every call.
_compact = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = JSONEncoder(separators=(",", ":")).encode


def json_text(value: Any) -> str:
    """The value as JSON without spaces, as the service writes it."""
    try:
        return _compact(value)
    except RecursionError:
        return _deep_text(value)


def exceeds_limit(value: Any) -> bool:
    """Whether the value's JSON is longer than the service carries from state to state."""
    if value is None or isinstance(value, bool | int | float):
        return False
    # Escaped text is never shorter than UTF-8, and its length costs nothing to take.
    if isinstance(value, str):
        if len(value) * 6 + 2 <= MAX_BYTES:
            return False
    elif not value:
        return False
    try:
        if len(_escaped(value)) <= MAX_BYTES:
            return False
    except RecursionError:
        pass
    return len(json_text(value).encode("utf-8", "surrogatepass")) > MAX_BYTES


def _deep_text(value: Any) -> str:
    """The same without recursion: a loop in a machine can nest its data a thousand times and more."""
    parts: list[str] = []
    # What is still to be written, the next on top: a value, or a text as it stands.
    waiting: list[tuple[Any, bool]] = [(value, False)]
    while waiting:
        item, is_text = waiting.pop()
        if is_text:
            parts.append(item)
        elif isinstance(item, dict) and item:
            waiting.append(("}", True))
            for place, (name, inner) in enumerate(reversed(item.items()), start=1):
                waiting.append((inner, False))
                waiting.append((f"{'' if place == len(item) else ','}{_compact(name)}:", True))
            waiting.append(("{", True))
        elif isinstance(item, list) and item:
            waiting.append(("]", True))
            for place, inner in enumerate(reversed(item), start=1):
                waiting.append((inner, False))
                if place != len(item):
                    waiting.append((",", True))
            waiting.append(("[", True))
        else:
            parts.append(_compact(item))
    return "".join(parts)
