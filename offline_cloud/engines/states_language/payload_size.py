"""JSON text of a state's data, and the limit on its size."""

from __future__ import annotations

import math
import re
from json import JSONEncoder
from typing import Any, Final

__all__ = ["MAX_BYTES", "exceeds_limit", "java_double", "json_text"]

#: Input or output of a state, task or execution: 256 KiB of UTF-8.
#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_BYTES: Final = 262_144

# Encoders are kept: json.dumps with options builds a new one on every call.
_compact = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = JSONEncoder(separators=(",", ":")).encode
#: What Java spells in another way than Python: the point of a number from ten million on or below a
#: thousandth, and an exponent.
_ODD_POINT: Final = re.compile(r"\.(?:(?<=\d{8}\.)\d|(?<=0\.)000)")
_EXPONENT: Final = re.compile(r"e[+-](?<=\de[+-])\d")
#: Strings, which stay as they are, and numbers that are no integers.
_NUMBERS: Final = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+\.\d+(?:e[+-]\d+)?|-?\d+e[+-]\d+|-?Infinity|NaN', re.DOTALL
)


def json_text(value: Any) -> str:
    """The value as JSON without spaces, as the service (Jackson, in Java) writes it."""
    try:
        text = _compact(value)
    except RecursionError:
        text = _deep_text(value)
    return _NUMBERS.sub(_as_java_spells, text) if _has_odd_number(text) else text


def _has_odd_number(text: str) -> bool:
    """Whether the text may have a number that Java spells in another way; it is asked of every text."""
    if "." in text and _ODD_POINT.search(text):
        return True
    if ("e-" in text or "e+" in text) and _EXPONENT.search(text):
        return True
    return "Infinity" in text or "NaN" in text


def _as_java_spells(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith('"'):
        return text
    number = float(text)
    return java_double(number) if math.isfinite(number) else f'"{text}"'


def java_double(value: float) -> str:
    """A number as Java's Double.toString spells it: 1.0E7, 1.5E-7."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    sign = "-" if value < 0 else ""
    digits, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = digits.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    significant = (whole + fraction).lstrip("0")
    power -= len(whole + fraction) - len(significant)
    significant = significant.rstrip("0")
    return f"{sign}{significant[0]}.{significant[1:] or '0'}E{power}"


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
