"""The parts of a query: expressions, and the commands between the pipes."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "Binary",
    "Call",
    "Command",
    "Dedup",
    "Display",
    "Expression",
    "Fields",
    "Filter",
    "In",
    "Like",
    "Limit",
    "Literal",
    "Name",
    "Negation",
    "Not",
    "Output",
    "Parse",
    "Period",
    "Query",
    "Sort",
    "Stats",
    "Unnest",
]


@dataclass(frozen=True, slots=True)
class Name:
    """A field."""

    name: str
    path: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class Period:
    """`5m`, `1h`, `1mo`: a number of units."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or an aggregation; `start` and `end` are offsets in the query. `count(*)` has no
    arguments.
    """

    function: str
    arguments: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`a + b`, `a = b`, `a and b`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not:
    """`not a`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Negation:
    """`-a`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Like:
    """`a like /expression/`, `a like "part"`, `a =~ …`, and with `not`."""

    operand: Expression
    pattern: re.Pattern[str] | str
    negated: bool


@dataclass(frozen=True, slots=True)
class In:
    """`a in [1, 2]`, and with `not`."""

    operand: Expression
    items: tuple[Expression, ...]
    negated: bool


Expression = Name | Literal | Period | Call | Binary | Not | Negation | Like | In


@dataclass(frozen=True, slots=True)
class Output:
    """An expression and the column that it makes: its alias, or its own text."""

    expression: Expression
    column: str


@dataclass(frozen=True, slots=True)
class Fields:
    """`fields a, f(b) as c`."""

    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """`display a, b`: these columns and no others."""

    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """`filter condition`."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Parse:
    """`parse field "a * b" as x` or `parse field /(?<x>…)/`: `names` has one name for each group."""

    operand: Expression
    pattern: re.Pattern[str]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """`stats aggregations by groups`."""

    outputs: tuple[Output, ...]
    groups: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """`sort a desc, b`: expressions, and whether each goes down."""

    keys: tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """`limit n`; `last` for `tail n`."""

    count: int
    last: bool = False


@dataclass(frozen=True, slots=True)
class Dedup:
    """`dedup a, b`."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Unnest:
    """`unnest list into item`."""

    operand: Expression
    column: str


Command = Fields | Display | Filter | Parse | Stats | Sort | Limit | Dedup | Unnest


@dataclass(frozen=True, slots=True)
class Query:
    """A query's commands, in order."""

    text: str
    commands: tuple[Command, ...]
