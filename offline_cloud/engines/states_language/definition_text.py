"""Reads the text of a definition, and says in AWS's way where it is no JSON.

AWS reads definitions with Jackson; the sentences for the commonest slips are Jackson's, in its form
`... at [Source: (String)"..."; line: 3, column: 5]`.
"""

import json
import re
from json import JSONDecodeError
from typing import Any, Final

from offline_cloud.engines.states_language.diagnostics import (
    INVALID_JSON,
    MISSING_DEFINITION,
    SCHEMA,
    TOO_DEEP,
    Findings,
)

MAX_BYTES: Final = 1_048_576
MAX_JSON_DEPTH: Final = 200
_CONTAINERS: Final = (dict, list)
_SHOWN: Final = 500
_VALUES: Final = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
# By the beginning of the JSON reader's sentence: what Jackson expects there, and our advice.
_PROBLEMS: Final = {
    "Expecting property name": ("double-quote to start field name", "a name in double quotes is expected."),
    "Expecting ',' delimiter": ("comma to separate Object entries", "a comma is missing before it."),
    "Expecting ':' delimiter": (
        "a colon to separate field name and value",
        "a colon is missing between name and value.",
    ),
    "Extra data": ("end-of-input", "the definition has ended already; remove what follows."),
}
_WORD: Final = re.compile(r"[A-Za-z_]\w*")


class RepeatedKeys(dict[str, Any]):
    """An object of the text in which names stand more than once; `repeated` are these names."""

    repeated: tuple[str, ...] = ()


def read_definition(text: str, findings: Findings) -> Any:
    """The JSON value of a definition's text; None, with a finding, if it can't be read."""
    if not text.strip():
        findings.error(
            MISSING_DEFINITION,
            "Received a null or empty workflow input.",
            None,
            "Give a definition: a JSON object.",
        )
        return None
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        findings.error(
            SCHEMA,
            "Value at 'definition' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BYTES}",
            None,
            f"The definition has {size:,} bytes: move parts into machines of their own.",
        )
        return None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except JSONDecodeError as error:
        _note_syntax(findings, text, error)
    except ValueError as error:  # NaN and the infinities, and numbers of thousands of digits
        findings.error(INVALID_JSON, str(error), None, "Write a plain number.")
    except RecursionError:
        note_depth(findings)
    return None


def note_depth(findings: Findings) -> None:
    """Note a definition that is nested too deeply to be read."""
    findings.error(
        TOO_DEEP,
        "The definition is too deeply nested",
        None,
        "Move inner machines into state machines of their own and start them by states:startExecution.",
    )


def is_deeper(value: Any, limit: int) -> bool:
    """Whether a JSON value has more than `limit` levels of objects and arrays, found without recursion."""
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, _CONTAINERS)
        ]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    names = [name for name, _ in pairs]
    marked = RepeatedKeys(result)
    marked.repeated = tuple(name for name in result if names.count(name) > 1)
    return marked


def _refuse(token: str) -> Any:
    raise ValueError(f"Non-standard token '{token}': JSON has no such number")


def _note_syntax(findings: Findings, text: str, error: JSONDecodeError) -> None:
    at, line, column = _place(text, error)
    findings.error(
        INVALID_JSON,
        syntax_sentence(text, error),
        None,
        f"Line {line}, column {column}: {_advice(text, at, error.msg)}",
    )


def syntax_sentence(text: str, error: JSONDecodeError) -> str:
    """What Jackson says to a text that is no JSON, and where."""
    at, line, column = _place(text, error)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}[truncated {len(text) - _SHOWN} chars]"
    source = f'[Source: (String)"{shown}"; line: {line}, column: {column}]'
    return f"{_sentence(text, at, error.msg)}\n at {source}"


def _place(text: str, error: JSONDecodeError) -> tuple[int, int, int]:
    """Where it is: its place in the text, its line, and its column in that."""
    at = error.pos
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at, text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _sentence(text: str, at: int, problem: str) -> str:
    if at >= len(text):
        return "Unexpected end-of-input"
    character = f"Unexpected character ('{text[at]}' (code {ord(text[at])}))"
    for beginning, (sentence, _) in _PROBLEMS.items():
        if problem.startswith(beginning):
            return f"{character}: was expecting {sentence}"
    if word := _WORD.match(text, at):
        return f"Unrecognized token '{word[0]}': was expecting ({_VALUES})"
    return f"{character}: expected a valid value ({_VALUES})"


def _advice(text: str, at: int, problem: str) -> str:
    if at >= len(text):
        return "the text ends too early; a closing } or ] is missing."
    if text[at] in "}]" and text[:at].rstrip().endswith(","):
        return "there is a comma too many before it."
    for beginning, (_, advice) in _PROBLEMS.items():
        if problem.startswith(beginning):
            return advice
    if problem.startswith("Expecting value"):
        return "a value is expected; text stands in double quotes."
    return f"{problem[0].lower()}{problem[1:]}."
