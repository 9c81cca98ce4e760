"""Filter patterns: what FilterLogEvents, metric filters and subscription filters look for in an event.

A pattern is one of four kinds, told by its first character: terms (`ERROR -timeout`, `?a ?b`, `"a phrase"`,
`%expression%`), fields of a line that is divided by spaces (`[ip, user, status = 4*]`), members of a JSON
event (`{ $.level = "ERROR" }`), or nothing, which matches everything.

Source: CloudWatch Logs user guide, "Filter pattern syntax".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from offline_cloud.engines.logs.delimited_pattern import delimited_reader
from offline_cloud.engines.logs.filter_conditions import InvalidPattern
from offline_cloud.engines.logs.json_pattern import json_reader
from offline_cloud.engines.logs.term_pattern import term_matcher

__all__ = ["FilterPattern", "InvalidPattern", "PatternKind", "Reading", "compile_pattern"]

PATTERN_LIMIT = 1024
"""Characters of a pattern."""


class PatternKind(StrEnum):
    """What a pattern looks at."""

    EVERYTHING = "everything"
    TERMS = "terms"
    DELIMITED = "delimited"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a matching event holds: `value("$.latency")`, `value("$bytes")`, and all values by name."""

    value: Callable[[str], str | None]
    values: Callable[[], dict[str, str]]


_NOTHING = Reading(lambda _: None, dict)


@dataclass(frozen=True, slots=True)
class FilterPattern:
    """A compiled pattern. `expressions` is how many regular expressions it has."""

    text: str
    kind: PatternKind
    matches: Callable[[str], bool]
    read: Callable[[str], Reading | None]
    expressions: int = 0

    @property
    def names_values(self) -> bool:
        """Whether a matching event has values with names: dimensions and metric values come from them."""
        return self.kind in (PatternKind.DELIMITED, PatternKind.JSON)


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> FilterPattern:
    """Compile a pattern. Raises `InvalidPattern` with what is wrong."""
    stripped = text.strip()
    if not stripped or stripped == '" "':
        return FilterPattern(text, PatternKind.EVERYTHING, lambda _: True, lambda _: _NOTHING)
    if stripped[0] == "{":
        json_pattern = json_reader(stripped)

        def read_json(message: str) -> Reading | None:
            found = json_pattern.read(message)
            return None if found is None else Reading(found.value, found.values)

        return FilterPattern(
            text, PatternKind.JSON, json_pattern.matches, read_json, json_pattern.expressions
        )
    if stripped[0] == "[":
        delimited = delimited_reader(stripped)

        def read_fields(message: str) -> Reading | None:
            fields = delimited.read(message)
            return None if fields is None else Reading(fields.get, lambda: fields)

        return FilterPattern(
            text,
            PatternKind.DELIMITED,
            lambda message: delimited.read(message) is not None,
            read_fields,
            delimited.expressions,
        )
    matches, expressions = term_matcher(stripped)
    return FilterPattern(
        text,
        PatternKind.TERMS,
        matches,
        lambda message: _NOTHING if matches(message) else None,
        expressions,
    )
