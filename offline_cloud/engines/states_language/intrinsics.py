"""The intrinsic functions of JSONPath states: `States.Format('{} of {}', $.a, $.b)` and 17 others.

An invocation is compiled once into a function of the data and the scope. Syntax errors are ValueError when it
is compiled; a failure when it runs is States.Runtime, as the service reports it, and names the whole
invocation and the function whose arguments were wrong.

Limits and rounding are those of the developer guide's page "Intrinsic functions".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.jsonpath import compact
from offline_cloud.engines.states_language.paths import PathMissing, compile_path
from offline_cloud.engines.states_language.payload_size import java_double
from offline_cloud.engines.states_language.scope import Scope
from offline_cloud.engines.states_language.seeded import SeededRandom

__all__ = ["ALGORITHMS", "FUNCTIONS", "Intrinsic", "compile_intrinsic", "digest", "spelled"]

#: As many invocations may stand in one another.
DEEPEST = 10
LONGEST_TEXT = 10_000
LONGEST_RANGE = 1_000
_INT_32 = range(-(2**31), 2**31)

Evaluate = Callable[[Any, Scope], Any]


class _InvalidArguments(Exception):
    """A function cannot take these arguments."""


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A compiled invocation."""

    text: str
    _run: Evaluate

    def evaluate(self, data: Any, scope: Scope) -> Any:
        """What the functions answer; raises StatesError (States.Runtime)."""
        try:
            return self._run(data, scope)
        except _InvalidArguments as reason:
            raise self._failure(f"Invalid arguments in {reason}") from None
        except PathMissing as missing:
            raise self._failure(
                f"The JsonPath argument for the field '{missing.path}' could not be found in the input "
                f"'{compact(missing.searched)}'"
            ) from None

    def _failure(self, reason: str) -> StatesError:
        return StatesError("States.Runtime", f"The function '{self.text}' had the following error: {reason}")


# ---- what the functions do ------------------------------------------------------------------------


def _invalid() -> NoReturn:
    raise _InvalidArguments


def _array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else _invalid()


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else _invalid()


def _integer(value: Any) -> int:
    """A number, rounded to the nearest integer as Java's Math.round does: a half goes up."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return math.floor(value + 0.5)
    _invalid()


def _int_32(value: Any) -> int:
    number = _integer(value)
    return number if number in _INT_32 else _invalid()


def _identity(value: Any) -> str:
    """Equal for equal JSON values only: 1, 1.0, "1" and true are four; the order of members is no matter."""
    return json.dumps(value, sort_keys=True)


def spelled(value: Any) -> str:
    """A value inside a formatted string: text bare, arrays and objects as Java prints them."""
    match value:
        case str():
            return value
        case float():
            return java_double(value)
        case list():
            return "[" + ", ".join(map(spelled, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{name}={spelled(inner)}" for name, inner in value.items()) + "}"
        case _:
            return json.dumps(value)


def _format_pieces(pieces: list[str], values: list[Any]) -> str:
    if len(pieces) - 1 != len(values):
        _invalid()
    formatted = [pieces[0]]
    for piece, value in zip(pieces[1:], values, strict=True):
        formatted += (spelled(value), piece)
    return "".join(formatted)


def _format(scope: Scope, template: Any, *values: Any) -> str:
    if not isinstance(template, str):
        _invalid()
    return _format_pieces(template.split("{}"), list(values))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _string_to_json(scope: Scope, text: Any) -> Any:
    if text is None:
        return None
    if not isinstance(text, str):
        _invalid()
    if not text.strip():
        return None
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _invalid()


def _json_to_string(scope: Scope, value: Any) -> str:
    return compact(value)


def _array_partition(scope: Scope, array: Any, size: Any) -> list[Any]:
    items, size = _array(array), _integer(size)
    if size < 1:
        _invalid()
    return [items[start : start + size] for start in range(0, len(items), size)]


def _array_contains(scope: Scope, array: Any, value: Any) -> bool:
    wanted = _identity(value)
    return any(_identity(item) == wanted for item in _array(array))


def _array_range(scope: Scope, first: Any, last: Any, step: Any) -> list[int]:
    first, last, step = _integer(first), _integer(last), _integer(step)
    if step == 0:
        _invalid()
    numbers = range(first, last + (1 if step > 0 else -1), step)
    # A range's length itself overflows for huge bounds.
    if (last - first) // step >= LONGEST_RANGE:
        _invalid()
    return list(numbers)


def _array_get_item(scope: Scope, array: Any, position: Any) -> Any:
    items, position = _array(array), _integer(position)
    return items[position] if 0 <= position < len(items) else _invalid()


def _array_unique(scope: Scope, array: Any) -> list[Any]:
    first: dict[str, Any] = {}
    for item in _array(array):
        first.setdefault(_identity(item), item)
    return list(first.values())


def _base64_encode(scope: Scope, text: Any) -> str:
    return base64.b64encode(_text(text).encode(errors="replace")).decode()


def _base64_decode(scope: Scope, text: Any) -> str:
    encoded = _text(text)
    try:
        padded = encoded if encoded.endswith("=") else encoded + "=" * (-len(encoded) % 4)
        return base64.b64decode(padded, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        _invalid()


ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


def _hash(scope: Scope, data: Any, algorithm: Any) -> str:
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        _invalid()
    return digest(_text(data), algorithm)


def digest(text: str, algorithm: str) -> str:
    """The hexadecimal hash of a text; `algorithm` is one of ALGORITHMS."""
    return hashlib.new(
        ALGORITHMS[algorithm], text.encode(errors="replace"), usedforsecurity=False
    ).hexdigest()


def _json_merge(scope: Scope, first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if not isinstance(first, dict) or not isinstance(second, dict) or deep is not False:
        _invalid()
    return first | second


def _math_random(scope: Scope, start: Any, end: Any, *seeds: Any) -> int:
    lowest, beyond = _int_32(start), _int_32(end)
    if lowest >= beyond:
        _invalid()
    if not seeds:
        return scope.random.randrange(lowest, beyond)
    return lowest + SeededRandom(_integer(seeds[0])).below(beyond - lowest)


def _math_add(scope: Scope, one: Any, other: Any) -> int:
    return _int_32(one) + _int_32(other)


def _string_split(scope: Scope, text: Any, separators: Any) -> list[str]:
    """Each letter of `separators` separates; empty parts fall out."""
    if not isinstance(text, str) or not isinstance(separators, str):
        _invalid()
    if not separators:
        return [text] if text else []
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


_MANY = 1_000_000
#: Name, fewest and most arguments, function.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "States.Format": (1, _MANY, _format),
    "States.StringToJson": (1, 1, _string_to_json),
    "States.JsonToString": (1, 1, _json_to_string),
    "States.Array": (0, _MANY, lambda scope, *values: list(values)),
    "States.ArrayPartition": (2, 2, _array_partition),
    "States.ArrayContains": (2, 2, _array_contains),
    "States.ArrayRange": (3, 3, _array_range),
    "States.ArrayGetItem": (2, 2, _array_get_item),
    "States.ArrayLength": (1, 1, lambda scope, array: len(_array(array))),
    "States.ArrayUnique": (1, 1, _array_unique),
    "States.Base64Encode": (1, 1, _base64_encode),
    "States.Base64Decode": (1, 1, _base64_decode),
    "States.Hash": (2, 2, _hash),
    "States.JsonMerge": (3, 3, _json_merge),
    "States.MathRandom": (2, 3, _math_random),
    "States.MathAdd": (2, 2, _math_add),
    "States.StringSplit": (2, 2, _string_split),
    "States.UUID": (0, 0, lambda scope: scope.uuid()),
}


# ---- the text of an invocation ---------------------------------------------------------------------

_NAME = re.compile(r"States\.[A-Za-z0-9]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"(?:true|false|null)\b")
_ESCAPABLE = "'{}\\"


@dataclass(frozen=True, slots=True)
class _Literal:
    """A string in quotes; `pieces` is its text cut at each `{}` that no backslash guards."""

    pieces: tuple[str, ...]


class _Parser:
    """Reads one invocation from left to right; `at` is the next column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, what: str) -> ValueError:
        return ValueError(f"'{self.text}' is no intrinsic function: {what} at column {self.at + 1}")

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, what: str) -> bool:
        self.blanks()
        if not self.text.startswith(what, self.at):
            return False
        self.at += len(what)
        return True

    def invocation(self, depth: int) -> Evaluate:
        if depth > DEEPEST:
            raise self.error(f"more than {DEEPEST} functions stand in one another")
        name = _NAME.match(self.text, self.at)
        if not name:
            raise self.error("expected States. and the function's name")
        if name[0] not in FUNCTIONS:
            raise self.error(f"there is no function {name[0]}")
        self.at = name.end()
        if not self.take("("):
            raise self.error("expected '('")
        arguments: list[Evaluate | _Literal] = []
        if not self.take(")"):
            while True:
                arguments.append(self.argument(depth))
                if self.take(")"):
                    break
                if not self.take(","):
                    raise self.error("expected ',' or ')'")
        fewest, most, function = FUNCTIONS[name[0]]
        if not fewest <= len(arguments) <= most:
            raise self.error(f"{name[0]} does not take {len(arguments)} arguments; here they end,")
        return _invoke(name[0], function, arguments)

    def argument(self, depth: int) -> Evaluate | _Literal:
        self.blanks()
        sign = self.text[self.at : self.at + 1]
        if sign == "'":
            return self.literal()
        if sign == "$":
            return self.path()
        if self.text.startswith("States.", self.at):
            return self.invocation(depth + 1)
        plain = _WORD.match(self.text, self.at) or _NUMBER.match(self.text, self.at)
        if not plain:
            raise self.error(
                "expected a path, a text in single quotes, a number, true, false, null or a function"
            )
        self.at = plain.end()
        value = json.loads(plain[0])
        return lambda data, scope: value

    def literal(self) -> _Literal:
        pieces: list[str] = []
        piece: list[str] = []
        self.at += 1
        while True:
            sign = self.text[self.at : self.at + 1]
            if not sign:
                raise self.error("a single quote is not closed")
            if sign == "'":
                self.at += 1
                pieces.append("".join(piece))
                return _Literal(tuple(pieces))
            if sign == "\\":
                self.at += 1
                sign = self.text[self.at : self.at + 1]
                if not sign or sign not in _ESCAPABLE:
                    raise self.error("after a backslash there has to be one of ' { } \\")
                piece.append(sign)
                self.at += 1
            elif self.text.startswith("{}", self.at):
                pieces.append("".join(piece))
                piece = []
                self.at += 2
            else:
                piece.append(sign)
                self.at += 1

    def path(self) -> Evaluate:
        """A path ends at a comma, a blank or a parenthesis outside its own brackets and quotes."""
        start, opened, quote = self.at, 0, ""
        while self.at < len(self.text):
            sign = self.text[self.at]
            if quote:
                if sign == "\\":
                    self.at += 1
                elif sign == quote:
                    quote = ""
            elif opened and sign in "'\"":
                quote = sign
            elif sign in "[(":
                opened += 1
            elif sign in "])" and opened:
                opened -= 1
            elif not opened and (sign in ",)" or sign.isspace()):
                break
            self.at += 1
        path = compile_path(self.text[start : self.at])

        def read(data: Any, scope: Scope) -> Any:
            try:
                return path.read(data, scope)
            except PathMissing:
                if path.is_past_the_end(data, scope):
                    return None
                raise

        return read


def _invoke(name: str, function: Callable[..., Any], arguments: list[Evaluate | _Literal]) -> Evaluate:
    evaluators = tuple(map(_evaluator, arguments))
    template = arguments[0] if arguments else None
    if name == "States.Format" and isinstance(template, _Literal):
        pieces = list(template.pieces)

        def run(data: Any, scope: Scope) -> Any:
            values = [evaluate(data, scope) for evaluate in evaluators[1:]]
            try:
                return _format_pieces(pieces, values)
            except _InvalidArguments:
                raise _InvalidArguments(name) from None

        return run

    def run_any(data: Any, scope: Scope) -> Any:
        values = [evaluate(data, scope) for evaluate in evaluators]
        try:
            return function(scope, *values)
        except _InvalidArguments:
            raise _InvalidArguments(name) from None

    return run_any


def _evaluator(argument: Evaluate | _Literal) -> Evaluate:
    if not isinstance(argument, _Literal):
        return argument
    text = "{}".join(argument.pieces)
    return lambda data, scope: text


@lru_cache(maxsize=4096)
def compile_intrinsic(text: str) -> Intrinsic:
    """The invocation with this text; raises ValueError with a plain sentence if it is none."""
    parser = _Parser(text)
    run = parser.invocation(1)
    parser.blanks()
    if parser.at != len(text):
        raise parser.error("unexpected text")
    return Intrinsic(text, run)
