"""JSONPath as Step Functions speaks it: the dialect of Jayway's JsonPath.

Rules that differ from RFC 9535 and from most Python libraries, and that a recorded execution shows:
1. A path is *definite* if each step names one place: `.a`, `['a']`, `[0]`, `[-1]`. A definite path yields the
   value itself and fails on a miss; any other path yields a list, perhaps an empty one.
2. Even in an indefinite path, the steps before the first indefinite one have to exist.
3. `['a','b']` at the end gives one object with these members. A slice has no step.
4. A filter on an object tests the object itself. In a filter a missing path equals nothing, differs from
   everything, and a number equals the string that spells it.
5. A function at the end (`.length()`, `.sum()`, ...) takes the value that the path before it gives.

Source: the README and Javadoc of Jayway JsonPath 2.9, which the service uses (its error texts are Jayway's).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from offline_cloud.engines.states_language.payload_size import json_text

__all__ = [
    "Filter",
    "Function",
    "Index",
    "Missing",
    "Property",
    "Scan",
    "Slice",
    "Token",
    "Wildcard",
    "search",
]

#: What Jayway calls the classes of its JSON values; they show up in its error texts.
_JACKSON = "com.fasterxml.jackson.databind.node."
_PROVIDER = "com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider"


class Missing(Exception):
    """A path met nothing; the text is Jayway's reason."""


def compact(value: Any) -> str:
    """JSON text as the service writes it into causes: no blanks, nothing escaped that needs no escape."""
    return json_text(value)


def _class_name(value: Any) -> str:
    match value:
        case None:
            name = "NullNode"
        case bool():
            name = "BooleanNode"
        case str():
            name = "TextNode"
        case float():
            name = "DoubleNode"
        case int():
            size = value.bit_length()
            name = "IntNode" if size < 32 else "LongNode" if size < 64 else "BigIntegerNode"
        case list():
            name = "ArrayNode"
        case _:
            name = "ObjectNode"
    return _JACKSON + name


@dataclass(slots=True)
class _Run:
    """One search: its steps, the document's root (for `$` in filters), and what was found."""

    tokens: Sequence[Token]
    root: Any
    strict: bool
    found: list[Any]

    def go(self, at: int, value: Any, definite: bool) -> None:
        """Apply the steps from number `at` on; `definite` tells of those before."""
        if at == len(self.tokens):
            self.found.append(value)
        else:
            self.tokens[at].visit(self, at, value, definite)

    def place(self, at: int) -> str:
        """The path up to step `at` in Jayway's canonical spelling."""
        return "$" + "".join(token.text for token in self.tokens[:at])

    def rest(self, at: int) -> str:
        return "".join(token.text for token in self.tokens[at:])


def search(tokens: Sequence[Token], value: Any, root: Any, *, strict: bool = False) -> list[Any]:
    """All that these steps find in a value, in document order.

    `root` is what `$` means inside a filter. With `strict`, any absent property is a miss.
    Raises Missing where Jayway does: if a definite part of the path meets nothing.
    """
    run = _Run(tokens, root, strict, [])
    run.go(0, value, True)
    return run.found


@dataclass(frozen=True, slots=True)
class Token:
    """One step of a path."""

    @property
    def definite(self) -> bool:
        """Whether it names exactly one place."""
        return False

    @property
    def text(self) -> str:
        """Its canonical spelling."""
        raise NotImplementedError

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        """Go on from each place in `value` that this step names."""
        raise NotImplementedError

    def takes(self, run: _Run, value: Any) -> bool:
        """Whether `..` before this step stops here."""
        return False


@dataclass(frozen=True, slots=True)
class Property(Token):
    """`.a`, `['a']`, `['a','b']`."""

    names: tuple[str, ...]
    leaf: bool = False

    @property
    def definite(self) -> bool:
        return len(self.names) == 1 or self.leaf

    @property
    def text(self) -> str:
        return "[" + ",".join(f"'{name}'" for name in self.names) + "]"

    def takes(self, run: _Run, value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        return not self.definite or all(name in value for name in self.names)

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        if not isinstance(value, dict):
            if not definite and not run.strict:
                return
            raise Missing(
                f"Expected to find an object with property {self.text} in path {run.place(at)} "
                f"but found '{_class_name(value)}'. "
                f"This is not a json object according to the JsonProvider: '{_PROVIDER}'."
            )
        if len(self.names) > 1 and self.leaf:
            if run.strict and not all(name in value for name in self.names):
                raise Missing(f"Missing property in path {run.place(at + 1)}")
            run.found.append({name: value[name] for name in self.names if name in value})
            return
        for name in self.names:
            if name in value:
                run.go(at + 1, value[name], definite and self.definite)
            elif at + 1 == len(run.tokens):
                if run.strict:
                    raise Missing(f"No results for path: {run.place(at + 1)}")
            elif run.strict or (definite and self.definite):
                raise Missing(f"Missing property in path {run.place(at + 1)}")


def _is_array(run: _Run, at: int, value: Any, definite: bool) -> bool:
    if isinstance(value, list):
        return True
    if not definite:
        return False
    raise Missing(
        f"Filter: {run.rest(at)} can only be applied to arrays. Current context is: {compact(value)}"
    )


@dataclass(frozen=True, slots=True)
class Index(Token):
    """`[0]`, `[-1]`, `[0,2]`."""

    positions: tuple[int, ...]

    @property
    def definite(self) -> bool:
        return len(self.positions) == 1

    @property
    def text(self) -> str:
        return "[" + ",".join(map(str, self.positions)) + "]"

    def takes(self, run: _Run, value: Any) -> bool:
        return isinstance(value, list)

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        if _is_array(run, at, value, definite):
            for position in self.positions:
                if -len(value) <= position < len(value):
                    run.go(at + 1, value[position], definite and self.definite)


@dataclass(frozen=True, slots=True)
class Slice(Token):
    """`[1:3]`, `[-2:]`, `[:3]`."""

    start: int | None
    stop: int | None

    @property
    def text(self) -> str:
        start, stop = ("" if end is None else end for end in (self.start, self.stop))
        return f"[{start}:{stop}]"

    def takes(self, run: _Run, value: Any) -> bool:
        return isinstance(value, list)

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        if _is_array(run, at, value, definite):
            for item in value[self.start : self.stop]:
                run.go(at + 1, item, False)


@dataclass(frozen=True, slots=True)
class Wildcard(Token):
    """`*`, `[*]`."""

    @property
    def text(self) -> str:
        return "[*]"

    def takes(self, run: _Run, value: Any) -> bool:
        return True

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for item in items:
            run.go(at + 1, item, False)


@dataclass(frozen=True, slots=True)
class Scan(Token):
    """`..`: the value itself and all below it, parents first."""

    @property
    def text(self) -> str:
        return ".."

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        following = run.tokens[at + 1]
        stack = [value]
        while stack:
            value = stack.pop()
            if not isinstance(value, (dict, list)):
                continue
            if following.takes(run, value):
                following.visit(run, at + 1, value, False)
            stack.extend(reversed(value.values() if isinstance(value, dict) else value))


@dataclass(frozen=True, slots=True)
class Filter(Token):
    """`[?(...)]`; the condition takes an item and the document's root."""

    condition: Callable[[Any, Any], bool]

    @property
    def text(self) -> str:
        return "[?]"

    def takes(self, run: _Run, value: Any) -> bool:
        return self.condition(value, run.root)

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        if isinstance(value, list):
            for item in value:
                if self.condition(item, run.root):
                    run.go(at + 1, item, False)
        elif isinstance(value, dict):
            if self.condition(value, run.root):
                run.go(at + 1, value, False)
        elif definite:
            raise Missing(
                f"Filter: {run.rest(at)} can not be applied to primitives. "
                f"Current context is: {compact(value)}"
            )


@dataclass(frozen=True, slots=True)
class Function(Token):
    """`.length()` and its kind."""

    name: str
    arguments: tuple[Callable[[Any, Any], Any], ...] = ()

    @property
    def definite(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return f".{self.name}({'...' if self.arguments else ''})"

    def visit(self, run: _Run, at: int, value: Any, definite: bool) -> None:
        arguments = [argument(value, run.root) for argument in self.arguments]
        run.go(at + 1, FUNCTIONS[self.name](value, arguments), definite)


def _length(value: Any, arguments: list[Any]) -> int | None:
    if arguments and isinstance(arguments[0], list):
        return len(arguments[0])
    return len(value) if isinstance(value, (dict, list)) else None


def _numbers(value: Any, arguments: list[Any]) -> list[float]:
    given = list(value) if isinstance(value, list) else []
    for argument in arguments:
        given.extend(argument if isinstance(argument, list) else [argument])
    numbers = [float(number) for number in given if is_number(number)]
    if not numbers:
        raise Missing("Aggregation function attempted to calculate value using empty array")
    return numbers


def _deviation(numbers: list[float]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


def _aggregate(of: Callable[[list[float]], float]) -> Callable[[Any, list[Any]], Any]:
    return lambda value, arguments: of(_numbers(value, arguments))


def _concat(value: Any, arguments: list[Any]) -> str:
    parts = [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
    for argument in arguments:
        parts.extend(argument if isinstance(argument, list) else [argument])
    return "".join(part if isinstance(part, str) else compact(part) for part in parts)


def _append(value: Any, arguments: list[Any]) -> Any:
    return [*value, *arguments] if isinstance(value, list) else value


def _pick(position: int | None) -> Callable[[Any, list[Any]], Any]:
    def pick(value: Any, arguments: list[Any]) -> Any:
        wanted = position if position is not None else arguments[0] if arguments else None
        if not isinstance(value, list) or not value or not isinstance(wanted, int):
            raise Missing("Aggregation function attempted to calculate value using empty array")
        if not -len(value) <= wanted < len(value):
            raise Missing(f"Index {wanted} out of bounds for length {len(value)}")
        return value[wanted]

    return pick


FUNCTIONS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "length": _length,
    "size": _length,
    "min": _aggregate(min),
    "max": _aggregate(max),
    "sum": _aggregate(math.fsum),
    "avg": _aggregate(lambda numbers: math.fsum(numbers) / len(numbers)),
    "stddev": _aggregate(_deviation),
    "keys": lambda value, _: list(value) if isinstance(value, dict) else None,
    "concat": _concat,
    "append": _append,
    "first": _pick(0),
    "last": _pick(-1),
    "index": _pick(None),
}


def is_number(value: Any) -> bool:
    """Whether it is a JSON number (a Boolean isn't)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
