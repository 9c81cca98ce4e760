"""`{ $.level = "ERROR" && $.items[0].price > 10 }`: conditions on the members of a JSON event.

Rule 1: the whole message is one JSON object, or nothing matches.
Rule 2: an array or an object is never equal or unequal to anything; it exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from offline_cloud.engines.logs.filter_conditions import (
    ConditionParser,
    InvalidPattern,
    Operand,
    scalar_text,
)

__all__ = ["JsonPattern", "JsonReading", "json_reader", "select", "selector_path"]

_STEP = re.compile(
    r"""\.?\[\s*(?:(?P<index>\d+)|(?P<each>\*)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*\]"""
    r"""|\.(?:(?P<name>[\w-]+)|(?P<all>\*))"""
)
_EACH = object()
WILDCARDS = 3
"""Wildcards in the selectors of one pattern; one in a selector."""
Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class JsonReading:
    """A JSON event that matched; `selectors` are those of the pattern."""

    document: dict[str, Any]
    selectors: tuple[tuple[str, Path], ...]

    def value(self, selector: str) -> str | None:
        """The value at `$.a.b`; None where there is none, or an array or an object."""
        try:
            path, _ = selector_path(selector, 0)
        except InvalidPattern:
            return None
        return _text_at(self.document, path)

    def values(self) -> dict[str, str]:
        """What the pattern's own selectors find."""
        found = ((selector, _text_at(self.document, path)) for selector, path in self.selectors)
        return {selector: value for selector, value in found if value is not None}


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """A compiled pattern for JSON events."""

    test: Callable[[dict[str, Any]], bool]
    selectors: tuple[tuple[str, Path], ...]
    expressions: int

    def matches(self, message: str) -> bool:
        """Whether the message is a JSON object for which the conditions hold."""
        return self.read(message) is not None

    def read(self, message: str) -> JsonReading | None:
        """The event if it matches."""
        start = message.lstrip()[:1]
        if start != "{":
            return None
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return None
        return JsonReading(document, self.selectors) if self.test(document) else None


def json_reader(text: str) -> JsonPattern:
    """Compile `{ … }`. Raises `InvalidPattern`."""
    selectors: list[tuple[str, Path]] = []

    def operand(parser: ConditionParser) -> Operand[dict[str, Any]]:
        parser.skip()
        start = parser.at
        path, parser.at = selector_path(parser.text, start)
        selectors.append((parser.text[start : parser.at], path))
        if sum(step is _EACH for _, steps in selectors for step in steps) > WILDCARDS:
            raise InvalidPattern(f"a pattern has at most {WILDCARDS} wildcards in its selectors")
        return lambda document: select(document, path)

    parser = ConditionParser(text, 1, operand)
    test = parser.alternatives()
    if not parser.take("}"):
        raise parser.wrong("&&, || or }")
    parser.skip()
    if parser.at < len(text):
        raise parser.wrong("nothing more")
    return JsonPattern(test, tuple(selectors), parser.expressions)


def selector_path(text: str, at: int) -> tuple[Path, int]:
    """The steps of the selector that begins at `at`, and where it ends. Raises `InvalidPattern`."""
    if not text.startswith("$", at):
        found = text[at:].split()
        raise InvalidPattern(
            f"expected a selector such as $.level at position {at + 1}, "
            f"found {found[0] if found else 'the end'}"
        )
    start, at = at, at + 1
    steps: list[Any] = []
    while step := _STEP.match(text, at):
        if step["index"] is not None:
            steps.append(int(step["index"]))
        elif step["each"] or step["all"]:
            steps.append(_EACH)
        else:
            steps.append(next(name for name in step.group("single", "double", "name") if name is not None))
        at = step.end()
    if not steps:
        raise InvalidPattern(f"the selector at position {start + 1} names nothing: it goes on as in $.level")
    if steps.count(_EACH) > 1:
        raise InvalidPattern(f"the selector {text[start:at]} has more than one wildcard")
    return tuple(steps), at


def select(document: Any, path: Path) -> list[Any]:
    """Every value at a path: none, one, or with a wildcard several."""
    values = [document]
    for step in path:
        if step is _EACH:
            inner = (
                value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
                for value in values
            )
            values = [each for several in inner for each in several]
        elif isinstance(step, int):
            values = [value[step] for value in values if isinstance(value, list) and step < len(value)]
        else:
            values = [value[step] for value in values if isinstance(value, dict) and step in value]
    return values


def _text_at(document: dict[str, Any], path: Path) -> str | None:
    for value in select(document, path):
        if not isinstance(value, dict | list):
            return scalar_text(value)
    return None
