"""The door to `jsonata-python`, its parser, pictures and messages: nothing else imports the library.

An expression's text becomes the library's syntax tree. Texts that only newer versions of the language take
are refused, as the service (JSONata 2.0.6) refuses them.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Any

# The library sets the recursion limit of the whole process to 10,000 when it is imported.
_limit = sys.getrecursionlimit()
from jsonata.datetimeutils import DateTimeUtils  # noqa: E402
from jsonata.functions import Functions  # noqa: E402
from jsonata.jexception import JException  # noqa: E402
from jsonata.parser import Parser  # noqa: E402
from jsonata.tokenizer import Tokenizer  # noqa: E402

from offline_cloud.engines.states_language.regular_expressions import Pattern  # noqa: E402

sys.setrecursionlimit(_limit)

__all__ = ["DateTimeUtils", "Functions", "JException", "parse"]

#: Operators that JSONata got after 2.0.6, with what the service's parser stumbles over.
_TOO_NEW = {"?:": ":", "??": "?"}


@lru_cache(maxsize=512)
def parse(text: str) -> Any:
    """The library's syntax tree, which is not to be changed: validation and compiler share it.

    Raises JException or, for what the service does not know, ValueError. (A parser is made for each text:
    0.7 ms. The library's own is one for each thread and keeps what earlier texts left in it.)
    """
    if any(sign in text for sign in _TOO_NEW):
        _refuse_new_operators(text)
    return Parser().parse(text, _python_regex)


def _refuse_new_operators(text: str) -> None:
    tokenizer = Tokenizer(text, _python_regex)
    after_value = False
    while (token := tokenizer.next(after_value)) is not None:
        if token.type == "operator" and token.value in _TOO_NEW:
            raise ValueError(f'The symbol "{_TOO_NEW[token.value]}" cannot be used as a unary operator')
        # A slash after a value divides; elsewhere a regular expression begins.
        after_value = token.type != "operator" or token.value in (")", "]", "}")


_SHORTHAND = {"d": "0-9", "w": "A-Za-z0-9_"}


def _python_regex(source: str, flags: Any) -> tuple[Pattern, str]:
    """A JavaScript regular expression as Python's: for the library's parser, which calls it for each `/.../`.

    `\\d` and `\\w` mean ASCII in JavaScript, `$` is the very end, and groups are named `(?<n>...)`.
    """
    pieces: list[str] = []
    at, inside = 0, False
    while at < len(source):
        sign = source[at]
        if sign == "\\" and at + 1 < len(source):
            following = source[at + 1]
            if following.lower() in _SHORTHAND and not (inside and following.isupper()):
                letters = _SHORTHAND[following.lower()]
                pieces.append(letters if inside else f"[{'^' if following.isupper() else ''}{letters}]")
            elif following == "/":
                pieces.append("/")
            else:
                pieces.append(sign + following)
            at += 2
            continue
        if sign == "[" and not inside:
            inside = True
        elif sign == "[":
            sign = "\\["
        elif sign == "]":
            inside = False
        elif sign == "$" and not inside and not flags.multiline:
            sign = r"\Z"
        elif source.startswith("(?<", at) and source[at + 3 : at + 4] not in ("=", "!"):
            sign, at = "(?P<", at + 2
        pieces.append(sign)
        at += 1
    options = (re.IGNORECASE if flags.case_insensitive else 0) | (re.MULTILINE if flags.multiline else 0)
    try:
        return Pattern("".join(pieces), options), source
    except (re.error, OverflowError, RecursionError) as reason:
        raise ValueError(f"Invalid regular expression: /{source}/: {reason}") from None
