"""The words of a query, read one at a time, because only its parser knows where a `/` begins an expression.

Source: CloudWatch Logs user guide, "CloudWatch Logs Insights query syntax". A `#` begins a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from offline_cloud.engines.logs.query_errors import MalformedQuery

__all__ = ["Kind", "Token", "Tokens", "unexpected"]


class Kind(Enum):
    """What a token is."""

    NAME = auto()
    NUMBER = auto()
    PERIOD = auto()
    TEXT = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One word; `value` is a text without its quotes, a name at its dots joined, a number as it stands."""

    kind: Kind
    text: str
    start: int
    end: int
    value: str = ""
    path: tuple[str, ...] = ()

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, however it is spelled."""
        return self.kind is Kind.NAME and self.text.lower() in words


_BLANK = re.compile(r"(?:\s+|#[^\n]*)*")
_PERIOD = re.compile(r"\d+(?:ms|mo|[smhdwqy]|min|sec|hour|day)(?![\w.])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w])")
_PART = r"(?:[A-Za-z_@\u0080-\uffff][\w@]*|`[^`]+`)"
_NAME = re.compile(rf"{_PART}(?:\.(?:[\w@]+|`[^`]+`)|\[\d+\]|\[(?:\"[^\"]*\"|'[^']*')\])*")
_PARTS = re.compile(r"`([^`]+)`|\[(\d+)\]|\[[\"']([^\"']*)[\"']\]|([\w@]+)")
_SIGN = re.compile(r"!=|<=|>=|=~|[=<>|,()+\-*/^%\[\]]")
_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_EXPRESSION = re.compile(r"/((?:[^/\\\n]|\\.)+)/")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Tokens:
    """The tokens of a query."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._at = 0
        self._next: Token | None = None

    def peek(self) -> Token:
        """The next token, which stays."""
        if self._next is None:
            self._next = self._read()
        return self._next

    def take(self) -> Token:
        """The next token."""
        token = self.peek()
        self._next = None
        self._at = token.end
        return token

    def take_sign(self, sign: str) -> bool:
        """Whether this sign comes next, which then is taken."""
        token = self.peek()
        if token.kind is Kind.SIGN and token.text == sign:
            self.take()
            return True
        return False

    def take_word(self, *words: str) -> Token | None:
        """The next token if it is one of these words."""
        return self.take() if self.peek().is_word(*words) else None

    def expect_sign(self, sign: str) -> Token:
        """This sign, or an error."""
        token = self.peek()
        if not self.take_sign(sign):
            raise unexpected(self.text, token, sign)
        return token

    def take_expression(self) -> Token | None:
        """A regular expression between slashes, if one comes next; its `value` is what is between them."""
        at = self._skip(self._at)
        found = _EXPRESSION.match(self.text, at)
        if found is None:
            return None
        self._next = None
        self._at = found.end()
        return Token(Kind.TEXT, found[0], at, found.end(), found[1])

    def position(self) -> int:
        """Where the last token ended."""
        return self._at

    def _skip(self, at: int) -> int:
        blank = _BLANK.match(self.text, at)
        return blank.end() if blank else at

    def _read(self) -> Token:
        text, at = self.text, self._skip(self._at)
        if at >= len(text):
            return Token(Kind.END, "", len(text), len(text))
        if found := _PERIOD.match(text, at):
            return Token(Kind.PERIOD, found[0], at, found.end(), found[0].lower())
        if found := _NUMBER.match(text, at):
            return Token(Kind.NUMBER, found[0], at, found.end(), found[0])
        if found := _TEXT.match(text, at):
            return Token(Kind.TEXT, found[0], at, found.end(), _unquoted(found[0]))
        if found := _NAME.match(text, at):
            path = tuple(next(part for part in parts if part) for parts in _PARTS.findall(found[0]))
            return Token(Kind.NAME, found[0], at, found.end(), ".".join(path), path)
        if found := _SIGN.match(text, at):
            return Token(Kind.SIGN, found[0], at, found.end())
        if text[at] in "\"'`":
            raise MalformedQuery(
                f"unexpected symbol found {text[at]} at {_place(text, at)}: it is not closed", at, at + 1
            )
        raise unexpected(text, Token(Kind.SIGN, text[at], at, at + 1))


def unexpected(text: str, token: Token, expected: str = "") -> MalformedQuery:
    """The error that a token is not one of those that could stand here."""
    shown = token.text or "the end of the query"
    said = f"unexpected symbol found {shown} at {_place(text, token.start)}"
    if expected:
        said += f", expected {expected}"
    return MalformedQuery(said, token.start, max(token.end, token.start))


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line} and position {at - (text.rfind(chr(10), 0, at) + 1) + 1}"


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1], flags=re.DOTALL)
