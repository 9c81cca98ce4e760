"""The words of JSONata's error codes: the reference implementation's, which the service repeats."""

from __future__ import annotations

import re
from typing import Any

from offline_cloud.engines.states_language.jsonata_parsing import JException
from offline_cloud.engines.states_language.jsonata_values import UNDEFINED, JsonataError, quoted

__all__ = ["code_of", "runtime_message", "syntax_message"]

#: The library's table comes from a translation to Java, in which each word "function" became "Object".
_TEMPLATES: dict[str, str] = {
    code: text.replace("Object", "function") for code, text in JException.error_codes.items()
}
_RAW = re.compile(r"\{\{\{(\w+)\}\}\}")
_QUOTED = re.compile(r"\{\{(\w+)\}\}")


def code_of(text: str) -> str:
    """The code of date and number pictures whose message begins like this; "" if there is none."""
    for code, template in _TEMPLATES.items():
        beginning = _plain(template.partition("{{")[0])
        if code.startswith("D31") and beginning and _plain(text).startswith(beginning):
            return code
    return ""


def _plain(text: str) -> str:
    return text.replace('"', "'").strip()


def _filled(code: str, values: dict[str, Any]) -> str:
    template = _TEMPLATES.get(code, str(values.get("message", code)))
    text = _RAW.sub(lambda found: str(values.get(found[1], "")), template)
    return _QUOTED.sub(lambda found: quoted(values.get(found[1], UNDEFINED)), text)


def runtime_message(error: JsonataError) -> str:
    """How the service ends the sentence about a failed expression: with code and message, or without."""
    if not error.code:
        return f": {error.values['message']}"
    return f". {error.code}: {_filled(error.code, error.values)}"


def syntax_message(error: JException) -> str:
    """What is wrong with an expression's text, without the code."""
    # The first value is the token; only "Expected x, got y" has it second.
    names = {"S0202": ("value", "token"), "S0203": ("value",)}.get(error.error, ("token", "value"))
    given = (error.current, error.expected)
    values = dict(zip(names, given, strict=False))
    if error.error in ("S0213", "S0208"):
        values["value"] = error.current
    return _filled(error.error, values)
