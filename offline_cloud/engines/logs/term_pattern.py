"""Terms of a filter pattern: all of `a b`, none of `-c`, any of `?a ?b`; case counts, parts of words match.

Rule 1: a `?` next to a term without one counts for nothing, as the user guide says.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from offline_cloud.engines.logs.filter_conditions import InvalidPattern
from offline_cloud.engines.logs.regular_expressions import BadExpression, filter_expression

__all__ = ["term_matcher"]

_TERM = re.compile(
    r"""(?P<sign>[?-]?)\s*(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<expression>(?:[^%\\]|\\.)+)%|(?P<word>[^\s"%]+))"""
)
_Test = Callable[[str], bool]


def term_matcher(text: str) -> tuple[_Test, int]:
    """What decides whether a message matches, and the number of regular expressions. Raises
    `InvalidPattern`.
    """
    signs: dict[str, list[str | _Test]] = {"": [], "-": [], "?": []}
    expressions = at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        term = _TERM.match(text, at)
        if term is None:
            raise _invalid(text[at:].split(maxsplit=1)[0])
        end = term.end()
        if end < len(text) and not text[end].isspace():
            raise _invalid(text[at:].split(maxsplit=1)[0])
        if term["expression"] is not None:
            expressions += 1
            signs[term["sign"]].append(_expression(term["expression"]))
        else:
            word = _word(term)
            if not word:
                raise _invalid(term[0])
            signs[term["sign"]].append(word)
        at = end
    return _test(signs[""], signs["-"], signs["?"]), expressions


def _word(term: re.Match[str]) -> str:
    if term["phrase"] is not None:
        return re.sub(r"\\(.)", r"\1", term["phrase"])
    word = term["word"]
    if not re.fullmatch(r"\w+", word):
        raise _invalid(word)
    return word


def _expression(text: str) -> _Test:
    try:
        search = filter_expression(text).search
    except BadExpression as bad:
        raise InvalidPattern(f"Invalid regular expression %{text}%: {bad}") from None
    return lambda message: search(message) is not None


def _invalid(term: str) -> InvalidPattern:
    return InvalidPattern(f"Invalid character(s) in term '{term}'")


def _test(wanted: list[str | _Test], unwanted: list[str | _Test], either: list[str | _Test]) -> _Test:
    if not wanted and not unwanted:
        return _any(either)
    if not unwanted and len(wanted) == 1:
        return _any(wanted)
    required, refused = [_any([term]) for term in wanted], _any(unwanted)
    return lambda message: all(test(message) for test in required) and not refused(message)


def _any(terms: list[str | _Test]) -> _Test:
    words = [term for term in terms if isinstance(term, str)]
    tests = [term for term in terms if not isinstance(term, str)]
    if len(words) == 1 and not tests:
        word = words[0]
        return lambda message: word in message
    return lambda message: any(word in message for word in words) or any(test(message) for test in tests)
