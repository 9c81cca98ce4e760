"""Paths of the Amazon States Language: `$.a.b`, `$$.Execution.Id`, `$variable.a`, and Reference Paths.

A path is compiled once (the compilers are cached) and never changes. A definite path is a tuple of names and
positions and is followed without any library; the rest of JSONPath is in jsonpath.py.

A miss raises PathMissing. As it stands it has the words for InputPath, OutputPath and other plain path
fields; a payload template words it anew with its field's name (`PathMissing.for_field`), a Choice rule with
its own sentence (`PathMissing.for_choice`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.jsonpath import (
    Index,
    Missing,
    Property,
    Token,
    compact,
    search,
)
from offline_cloud.engines.states_language.jsonpath_syntax import parse_steps
from offline_cloud.engines.states_language.scope import Scope

__all__ = ["Path", "PathMissing", "Reference", "compile_path", "compile_reference"]

_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_RUNTIME = "States.Runtime"
NULL_INPUT = "Unable to apply Path transformation to null or empty input."


class PathMissing(StatesError):
    """A path met nothing: States.Runtime.

    `path` is its text, `reason` says in Jayway's words what is missing, `searched` is the data it was applied
    to (the context object for `$$.`, the variable's value for `$variable.`).
    """

    def __init__(self, path: str, reason: str, searched: Any) -> None:
        super().__init__(_RUNTIME, f"Invalid path '{path}' : {reason}")
        self.path = path
        self.reason = reason
        self.searched = searched

    def for_field(self, field: str) -> StatesError:
        """The same in the words of a payload template; `field` is the key as written, such as `name.$`."""
        return StatesError(
            _RUNTIME,
            f"The JSONPath '{self.path}' specified for the field '{field}' "
            f"could not be found in the input '{compact(self.searched)}'",
        )

    def for_choice(self) -> StatesError:
        """The same in the words of a Choice rule's Variable."""
        return StatesError(
            _RUNTIME,
            f"Invalid path '{self.path}': The choice state's condition path references an invalid value.",
        )


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    `variable` is None for a path into the data, "$" for one into the context object, else a variable's name.
    `is_definite`: it names one place, so that it reads one value and fails on a miss; others read a list.
    `is_reference`: it has only names and positions from the start, so it may be a Reference Path.
    """

    text: str
    variable: str | None
    tokens: tuple[Token, ...]
    steps: tuple[str | int, ...] | None
    is_definite: bool
    is_reference: bool
    has_positions: bool

    def read(self, data: Any, scope: Scope | None) -> Any:
        """The value (or, of an indefinite path, the list of values) in the data; shared, not copied.

        Only a path with `variable` needs the scope. Raises PathMissing.
        """
        if self.variable is not None:
            data = self._start(scope)
        steps = self.steps
        if steps is None:
            return self._search(data)
        value = data
        try:
            if self.has_positions:
                for step in steps:
                    # A position would also pick a letter of a string.
                    value = value[step] if type(step) is str or type(value) is list else _no_item()
            else:
                for step in steps:
                    value = value[step]
        except (KeyError, IndexError, TypeError):
            return self._search(data)
        return value

    def is_past_the_end(self, data: Any, scope: Scope | None) -> bool:
        """Whether the path ends in a position that an array on its way doesn't have.

        Jackson's arrays answer null there, so that a payload template has null and doesn't fail.
        """
        if self.steps is None or not self.steps or isinstance(self.steps[-1], str):
            return False
        value = data if self.variable is None else self._start(scope)
        try:
            for step in self.steps[:-1]:
                value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
        return isinstance(value, list)

    def _start(self, scope: Scope | None) -> Any:
        if scope is None:
            raise PathMissing(self.text, "there is neither context object nor variable here", None)
        if self.variable == "$":
            return scope.context
        try:
            return scope.variables[self.variable]  # type: ignore[index]
        except KeyError:
            reason = f"No results for path: $['{self.variable}']"
            raise PathMissing(self.text, reason, dict(scope.variables)) from None

    def _search(self, data: Any) -> Any:
        if isinstance(data, Mapping) and not isinstance(data, dict):
            data = dict(data)
        if data is None and self.tokens and self.variable is None:
            raise StatesError(_RUNTIME, NULL_INPUT)
        try:
            found = search(self.tokens, data, data)
        except Missing as missing:
            raise PathMissing(self.text, str(missing), data) from None
        if not self.is_definite:
            return found
        if not found:
            canonical = "$" + "".join(token.text for token in self.tokens)
            raise PathMissing(self.text, f"No results for path: {canonical}", data)
        return found[-1]


def _no_item() -> Any:
    raise TypeError


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """The path with this text; raises ValueError with a plain sentence if it is none."""
    if not isinstance(text, str) or not text.startswith("$"):
        raise ValueError(f"{text!r} is no JSONPath: a path begins with '$'")
    variable: str | None = None
    start = 1
    if text.startswith("$$"):
        variable, start = "$", 2
    elif match := _VARIABLE.match(text):
        variable, start = match[1], match.end()
    tokens = parse_steps(text, start)
    steps = _plain_steps(tokens)
    return Path(
        text=text,
        variable=variable,
        tokens=tokens,
        steps=steps,
        is_definite=all(token.definite for token in tokens),
        is_reference=steps is not None and not any(isinstance(step, int) and step < 0 for step in steps),
        has_positions=steps is not None and any(isinstance(step, int) for step in steps),
    )


def _plain_steps(tokens: tuple[Token, ...]) -> tuple[str | int, ...] | None:
    steps: list[str | int] = []
    for token in tokens:
        if isinstance(token, Property) and len(token.names) == 1:
            steps.append(token.names[0])
        elif isinstance(token, Index) and len(token.positions) == 1:
            steps.append(token.positions[0])
        else:
            return None
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Reference:
    """A Reference Path to write to: ResultPath."""

    text: str
    steps: tuple[str | int, ...]

    def write(self, data: Any, value: Any) -> Any:
        """New data in which this place has the value; objects on the way are made where they are missing.

        What is not on the way is shared with the old data. Raises StatesError (States.ResultPathMatchFailure)
        if something on the way is neither object nor array, or an array is too short.
        """
        return self._put(data, 0, data, value)

    def _put(self, here: Any, at: int, data: Any, value: Any) -> Any:
        if at == len(self.steps):
            return value
        step = self.steps[at]
        if isinstance(step, str):
            if isinstance(here, dict):
                changed = here.copy()
                inner = here.get(step, _NEW)
                changed[step] = self._put({} if inner is _NEW else inner, at + 1, data, value)
                return changed
        elif isinstance(here, list) and step < len(here):
            items = here.copy()
            items[step] = self._put(here[step], at + 1, data, value)
            return items
        raise StatesError(
            "States.ResultPathMatchFailure",
            f"Unable to apply ReferencePath {self.text} to input {compact(data)}",
        )


_NEW = object()


@lru_cache(maxsize=4096)
def compile_reference(text: str) -> Reference:
    """The Reference Path with this text; raises ValueError with a plain sentence if it is none."""
    path = compile_path(text)
    if path.variable is not None:
        raise ValueError(
            f"'{text}' is no Reference Path into the data: it begins with a variable or with '$$'"
        )
    if not path.is_reference or path.steps is None:
        raise ValueError(
            f"'{text}' is no Reference Path: only names and positions may stand in it, such as $.a.b[0]"
        )
    return Reference(text, path.steps)
