"""Text of a JSONPath to its steps; filters become functions.

The grammar is Jayway's (see jsonpath.py). Errors are ValueError with a plain sentence and the column.
"""

from __future__ import annotations

import json
import re
from typing import Any

from offline_cloud.engines.states_language import jsonpath_filters as filters
from offline_cloud.engines.states_language.jsonpath import (
    FUNCTIONS,
    Filter,
    Function,
    Index,
    Property,
    Scan,
    Slice,
    Token,
    Wildcard,
)
from offline_cloud.engines.states_language.regular_expressions import Pattern

__all__ = ["parse_steps"]

_NAME = re.compile(r"[^\s.\[\]()'\"*,?\\]+")
#: Inside a filter a name ends before an operator, too.
_FILTER_NAME = re.compile(r"[^\s.\[\]()'\"*,?\\=<>!~&|]+")
_BLANKS = re.compile(r"\s*")
_INTEGER = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OPERATOR = re.compile(r"===|!==|==|!=|<=|>=|=~|<|>|[A-Za-z]+")
_WORD = re.compile(r"true|false|null")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_FLAGS = {"i": re.IGNORECASE, "x": re.VERBOSE, "m": re.MULTILINE, "s": re.DOTALL, "u": re.UNICODE}
#: Deeper filters are refused, so that no text can overflow the stack.
_DEEPEST = 50


def parse_steps(text: str, at: int = 1) -> tuple[Token, ...]:
    """The steps of a path from column `at` on (after its `$`); raises ValueError if it is no path."""
    parser = _Parser(text, at)
    steps = parser.steps(inside_filter=False)
    if parser.at != len(text):
        raise parser.error("unexpected text")
    return steps


def _unescape(match: re.Match[str]) -> str:
    letter = match[1]
    if len(letter) > 1:
        return chr(int(letter[1:], 16))
    return _LETTERS.get(letter, letter)


class _Parser:
    """Reads one path from left to right; `at` is the next column."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.depth = 0

    def error(self, what: str) -> ValueError:
        return ValueError(f"'{self.text}' is no JSONPath: {what} at column {self.at + 1}")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def blanks(self) -> None:
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, what: str) -> bool:
        """Skip blanks and this text, if it comes next."""
        self.blanks()
        if self.text.startswith(what, self.at):
            self.at += len(what)
            return True
        return False

    def expect(self, what: str) -> None:
        if not self.take(what):
            raise self.error(f"expected '{what}'")

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        return found[0]

    # ---- steps -----------------------------------------------------------------------------------

    def steps(self, *, inside_filter: bool) -> tuple[Token, ...]:
        tokens: list[Token] = []
        while self.at < len(self.text):
            if self.peek() == "[":
                tokens.append(self.bracket())
            elif self.text.startswith("..", self.at):
                self.at += 2
                tokens.append(Scan())
                tokens.append(self.bracket() if self.peek() == "[" else self.member())
            elif self.peek() == ".":
                self.at += 1
                tokens.append(self.bracket() if self.peek() == "[" else self.member())
            elif inside_filter:
                break
            else:
                raise self.error("expected '.' or '['")
        if tokens and isinstance(tokens[-1], Property) and len(tokens[-1].names) > 1:
            tokens[-1] = Property(tokens[-1].names, leaf=True)
        return _function_of_scan(tokens)

    def member(self) -> Token:
        if self.peek() == "*":
            self.at += 1
            return Wildcard()
        name = self.match(_FILTER_NAME if self.depth else _NAME)
        if name is None:
            raise self.error("expected a name")
        if self.peek() == "(":
            return self.function(name)
        return Property((name,))

    def function(self, name: str) -> Function:
        if name not in FUNCTIONS:
            raise self.error(f"there is no function {name}()")
        self.expect("(")
        arguments: list[filters.Operand] = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.operand()[0])
        return Function(name, tuple(arguments))

    def bracket(self) -> Token:
        self.expect("[")
        self.blanks()
        if self.take("*"):
            token: Token = Wildcard()
        elif self.take("?"):
            self.expect("(")
            token = Filter(self.either())
            self.expect(")")
        elif self.peek() in ("'", '"'):
            names = [self.string()]
            while self.take(","):
                self.blanks()
                names.append(self.string())
            token = Property(tuple(names))
        else:
            token = self.positions()
        self.expect("]")
        return token

    def positions(self) -> Token:
        start = self.match(_INTEGER)
        if self.take(":"):
            self.blanks()
            stop = self.match(_INTEGER)
            if self.take(":"):  # a step is read and has no effect
                self.match(_INTEGER)
            return Slice(int(start) if start else None, int(stop) if stop else None)
        if start is None:
            raise self.error("expected a name in quotes, a number, '*' or '?('")
        positions = [int(start)]
        while self.take(","):
            self.blanks()
            following = self.match(_INTEGER)
            if following is None:
                raise self.error("expected a number")
            positions.append(int(following))
        return Index(tuple(positions))

    def string(self) -> str:
        quote = self.peek()
        if quote not in ("'", '"') or not quote:
            raise self.error("expected a name in quotes")
        end = self.at + 1
        while end < len(self.text) and self.text[end] != quote:
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise self.error("a quotation mark is not closed")
        inner = self.text[self.at + 1 : end]
        self.at = end + 1
        return _ESCAPE.sub(_unescape, inner) if "\\" in inner else inner

    # ---- filters ---------------------------------------------------------------------------------

    def either(self) -> filters.Condition:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error("the filter is nested too deeply")
        conditions = [self.both()]
        while self.take("||"):
            conditions.append(self.both())
        self.depth -= 1
        if len(conditions) == 1:
            return conditions[0]
        return lambda item, root: any(condition(item, root) for condition in conditions)

    def both(self) -> filters.Condition:
        conditions = [self.condition()]
        while self.take("&&"):
            conditions.append(self.condition())
        if len(conditions) == 1:
            return conditions[0]
        return lambda item, root: all(condition(item, root) for condition in conditions)

    def condition(self) -> filters.Condition:
        negative = False
        while self.take("!"):
            negative = not negative
        if self.take("("):
            inner = self.either()
            self.expect(")")
        else:
            inner = self.relation()
        return (lambda item, root: not inner(item, root)) if negative else inner

    def relation(self) -> filters.Condition:
        left, path = self.operand()
        self.blanks()
        before = self.at
        operator = self.match(_OPERATOR)
        if operator is None:
            if path is None:
                raise self.error("expected a comparison")
            return filters.exists(*path)
        operator = operator.lower()
        if operator not in filters.OPERATORS:
            self.at = before
            raise self.error(f"there is no comparison '{operator}'")
        right, _ = self.operand()
        return filters.compare(left, operator, right)

    def operand(self) -> tuple[filters.Operand, tuple[tuple[Token, ...], bool, bool] | None]:
        """A path, a constant or a regular expression; for a path its parts, too."""
        self.blanks()
        sign = self.peek()
        if sign and sign in "@$":
            self.at += 1
            self.depth += 1
            if self.depth > _DEEPEST:
                raise self.error("the filter is nested too deeply")
            steps = self.steps(inside_filter=True)
            self.depth -= 1
            path = (steps, sign == "$", all(step.definite for step in steps))
            return filters.path_value(*path), path
        if sign and sign in "'\"":
            return filters.constant(self.string()), None
        if sign == "/":
            return filters.constant(self.regular_expression()), None
        if sign and sign in "[{":
            return filters.constant(self.literal()), None
        word = self.match(_WORD)
        if word is not None:
            return filters.constant(json.loads(word)), None
        number = self.match(_NUMBER)
        if number is None:
            raise self.error("expected a path or a value")
        return filters.constant(json.loads(number)), None

    def regular_expression(self) -> Pattern:
        end = self.at + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise self.error("a regular expression is not closed")
        pattern = self.text[self.at + 1 : end].replace("\\/", "/")
        self.at = end + 1
        flags = re.NOFLAG
        while self.peek() and self.peek() in "idxmsuU":
            flags |= _FLAGS.get(self.peek(), re.NOFLAG)
            self.at += 1
        try:
            return Pattern(pattern, flags)
        except (re.error, RecursionError) as reason:
            raise self.error(f"the regular expression does not compile ({reason})") from reason

    def literal(self) -> Any:
        """A list or an object between brackets; strings may stand in either quotation mark."""
        pieces: list[str] = []
        opened = 0
        while self.at < len(self.text):
            sign = self.peek()
            if sign in "'\"":
                pieces.append(json.dumps(self.string()))
                continue
            opened += (sign in "[{") - (sign in "]}")
            pieces.append(sign)
            self.at += 1
            if not opened:
                break
        try:
            return json.loads("".join(pieces))
        except (ValueError, RecursionError) as reason:
            raise self.error("expected a list or an object") from reason


def _function_of_scan(tokens: list[Token]) -> tuple[Token, ...]:
    """`$..a.f()` is f applied to the list of all that `$..a` finds, not to each of them."""
    last = tokens[-1] if tokens else None
    if not isinstance(last, Function) or not isinstance(tokens[0], Scan) or last.arguments:
        return tuple(tokens)
    inner = tuple(tokens[:-1])
    if last.name in ("length", "size"):
        inner = (*inner, Wildcard())
    return (Function(last.name, (filters.path_value(inner, False, False),)),)
