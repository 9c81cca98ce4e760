"""Regular expressions as CloudWatch Logs takes them, turned into Python's.

Source: CloudWatch Logs user guide, "Supported regular expressions (regex) syntax" for filter patterns; for
queries the flavour is that of RE2 and Java, which differ from Python in named groups and in where a flag may
stand.
"""

from __future__ import annotations

import re

__all__ = ["BadExpression", "filter_expression", "query_expression"]

_SYMBOLS = frozenset("_#=@/;,-: ")
_OPERATORS = frozenset("^$?[]{}|\\*+.")
_FLAGS = re.compile(r"\(\?([imsx]+)\)")
_NAMED = re.compile(r"\(\?<([A-Za-z_][A-Za-z0-9_]*)>")


class BadExpression(ValueError):
    """It is no expression: `at` is the offset of the trouble within it."""

    def __init__(self, reason: str, at: int = 0) -> None:
        super().__init__(reason)
        self.at = at


def filter_expression(text: str) -> re.Pattern[str]:
    """The expression between the percent signs of a filter pattern: a small part of what Python knows."""
    escaped = False
    for at, character in enumerate(text):
        if escaped or (character.isascii() and character.isalnum()):
            escaped = False
            continue
        if character in "()":
            raise BadExpression("( and ) are not supported in the expression of a filter pattern", at)
        if character not in _SYMBOLS and character not in _OPERATORS:
            raise BadExpression(f"{character!r} is not supported in the expression of a filter pattern", at)
        escaped = character == "\\"
    return _compiled(text)


def query_expression(text: str) -> re.Pattern[str]:
    """The expression between the slashes of a query: `(?<name>…)` is a group, `(?i)` may stand anywhere."""
    return _compiled(_scoped_flags(text))


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError) as error:
        raise BadExpression(str(getattr(error, "msg", error)), getattr(error, "pos", 0) or 0) from None


def _scoped_flags(text: str) -> str:
    """Python's spelling: named groups, and a flag within an expression as a group of its own.

    `^(?i)word$` becomes `^(?i:word$)`: a flag holds from where it stands to the end of its group.
    """
    said: list[str] = []
    opened = [0]  # how many groups of ours each open group has to close, too
    in_class = False
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            said.append("/" if text[at + 1] == "/" else text[at : at + 2])
            at += 2
            continue
        if in_class:
            in_class = character != "]" or (said[-1] in ("[", "^") and text[at - 1] in "[^")
        elif character == "[":
            in_class = True
        elif flags := _FLAGS.match(text, at):
            said.append(f"(?{flags[1]}:")
            opened[-1] += 1
            at = flags.end()
            continue
        elif named := _NAMED.match(text, at):
            said.append(f"(?P<{named[1]}>")
            opened.append(0)
            at = named.end()
            continue
        elif character == "(":
            opened.append(0)
        elif character == ")" and len(opened) > 1:
            said.append(")" * opened.pop())
        said.append(character)
        at += 1
    said.append(")" * opened[0])
    return "".join(said)
