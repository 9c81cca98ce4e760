"""Signatures of JSONata functions, such as `<s-nn?:s>`, and the check of a call's arguments against them.

A signature becomes a regular expression over one letter for each argument: s text, n number, b Boolean,
l null, a array, o object, f function, m nothing. `-` takes the context value for a missing argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from offline_cloud.engines.states_language.jsonata_values import (
    UNDEFINED,
    JsonataError,
    is_function,
    is_number,
)

__all__ = ["Parameter", "Signature", "letter", "signature"]

_PLURALS = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}
_ANY = {"a": "[asnblfom]", "f": "f", "j": "[asnblom]", "x": "[asnblfom]"}


def letter(value: Any) -> str:  # noqa: PLR0911 - one for each type
    """The letter of a value's type."""
    if value is UNDEFINED:
        return "m"
    if value is None:
        return "l"
    if isinstance(value, bool):
        return "b"
    if isinstance(value, str):
        return "s"
    if is_number(value):
        return "n"
    if isinstance(value, list):
        return "a"
    return "f" if is_function(value) else "o"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its expression over letters, and for an array the type of its items."""

    kind: str
    regex: str
    context: str | None = None
    items: str | None = None


class Signature:
    """A parsed signature."""

    __slots__ = ("_pattern", "parameters")

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self.parameters = parameters
        self._pattern = re.compile("".join(f"({parameter.regex})" for parameter in parameters))

    def check(self, arguments: list[Any], context: Any) -> list[Any]:
        """The arguments as the function wants them; raises JsonataError T0410, T0411 or T0412."""
        supplied = "".join(map(letter, arguments))
        match = self._pattern.fullmatch(supplied)
        if match is None:
            raise self._mismatch(arguments, supplied)
        checked: list[Any] = []
        at = 0
        for parameter, letters in zip(self.parameters, match.groups(), strict=True):
            if letters == "":
                if parameter.context is not None:
                    if not re.fullmatch(parameter.context, letter(context)):
                        raise JsonataError("T0411", value=context, index=at + 1)
                    checked.append(context)
                else:
                    checked.append(arguments[at] if at < len(arguments) else UNDEFINED)
                    at += 1
                continue
            for single in letters:
                argument = arguments[at]
                if parameter.kind == "a" and single != "m":
                    argument = _array(parameter, argument, single, letters, at)
                checked.append(argument)
                at += 1
        return checked

    def _mismatch(self, arguments: list[Any], supplied: str) -> JsonataError:
        pattern, good = "", 0
        for parameter in self.parameters:
            pattern += parameter.regex
            match = re.match(pattern, supplied)
            if match is None:
                break
            good = match.end()
        value = arguments[good] if good < len(arguments) else UNDEFINED
        return JsonataError("T0410", value=value, index=good + 1)


def _array(parameter: Parameter, argument: Any, single: str, letters: str, at: int) -> Any:
    if parameter.items is not None:
        right = True
        if single != "a":
            right = letters == parameter.items
        elif argument:
            kinds = set(map(letter, argument))
            right = kinds == {parameter.items[0]}
        if not right:
            raise JsonataError("T0412", value=argument, index=at + 1, type=_PLURALS[parameter.items[0]])
    return argument if single == "a" else [argument]


@lru_cache(maxsize=256)
def signature(text: str) -> Signature:
    """The signature with this text; raises ValueError if it is none."""
    inner = text[1:]
    parameters: list[Parameter] = []
    at = 0
    while at < len(inner) and inner[at] not in ":>":
        symbol = inner[at]
        if symbol in "snblo":
            parameters.append(Parameter(symbol, f"[{symbol}m]"))
        elif symbol in _ANY:
            parameters.append(Parameter(symbol, _ANY[symbol]))
        elif symbol == "-" and parameters:
            last = parameters[-1]
            parameters[-1] = Parameter(last.kind, last.regex + "?", last.regex, last.items)
        elif symbol in "?+" and parameters:
            last = parameters[-1]
            parameters[-1] = Parameter(last.kind, last.regex + symbol, last.context, last.items)
        elif symbol == "(":
            end = inner.index(")", at)
            choice = inner[at + 1 : end]
            if "<" in choice:
                raise ValueError("Choice groups containing parameterized types are not supported")
            parameters.append(Parameter(f"({choice})", f"[{choice}m]"))
            at = end
        elif symbol == "<" and parameters:
            end = _closing(inner, at)
            last = parameters[-1]
            if last.kind not in ("a", "f"):
                raise ValueError("Type parameters can only be applied to functions and arrays")
            parameters[-1] = Parameter(last.kind, last.regex, last.context, inner[at + 1 : end])
            at = end
        at += 1
    return Signature(tuple(parameters))


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "<") - (text[at] == ">")
        if not depth:
            return at
    raise ValueError("a signature's bracket is not closed")
