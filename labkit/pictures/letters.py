"""How wide a text will be, and how it breaks: without a browser, so always a little too wide.

Invariant: `width` never says less than a usual sans-serif font takes, so what is placed by it doesn't touch.
"""

import re
import unicodedata
from functools import lru_cache

_NARROW = frozenset("ijl|!.,:;'`I()[]{}/\\ \"tfr-")
_BROAD = frozenset("mwMWQOGD@%&+=<>~→←↑…×±≥≤≠CNHUAVRBKXYZSEP_")
_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[-_.:/,])|(?<= )")


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """The width of one line of text in user units at a font size; an upper estimate."""
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.40
        elif letter in "mwMW@%":
            ems += 0.95
        elif letter in _BROAD:
            ems += 0.74
        elif ord(letter) < 0x250:
            ems += 0.60
        elif unicodedata.combining(letter):
            continue
        else:
            ems += 1.05 if unicodedata.east_asian_width(letter) in "WF" else 0.80
    return ems * size * (1.06 if bold else 1.0)


def fit(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it would be wider than `room`."""
    text = " ".join(text.split())
    if width(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle] + "…", size, bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def lines(text: str, room: float, size: float, most: int, bold: bool = False) -> list[str]:
    """The text in at most `most` lines no wider than `room`: broken between words and inside CamelCase."""
    parts = [part for part in _BREAK.split(" ".join(text.split())) if part]
    done: list[str] = []
    current = ""
    for number, part in enumerate(parts):
        if width((current + part).rstrip(), size, bold) <= room:
            current += part
            continue
        if len(done) == most - 1:
            return [*done, fit(current + "".join(parts[number:]), room, size, bold)]
        if current.strip():
            done.append(current.rstrip())
        current = part
        while width(current.rstrip(), size, bold) > room and len(done) < most - 1:
            cut = max(1, len(fit(current, room, size, bold)) - 1)
            done.append(current[:cut])
            current = current[cut:]
    if current.strip() or not done:
        done.append(fit(current, room, size, bold))
    return done
