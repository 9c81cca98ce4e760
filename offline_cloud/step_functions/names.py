"""Names, roles and JSON as the API takes them."""

from __future__ import annotations

import json
import re
from typing import Any

from offline_cloud.engines.states_language.definition_text import syntax_sentence
from offline_cloud.step_functions.faults import ApiError

__all__ = ["check_name", "check_role", "parse_json", "strict_json"]

_BAD = re.compile(r"[\s?*<>{}\[\]\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
LONGEST_NAME = 80
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")


def check_name(name: str) -> None:
    """A machine's, execution's or activity's name; raises InvalidName."""
    if not 0 < len(name) <= LONGEST_NAME or _BAD.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")


def check_role(arn: str) -> None:
    """A role's ARN; raises InvalidArn."""
    if not _ROLE.fullmatch(arn):
        raise ApiError("InvalidArn", f"Invalid Role Arn: '{arn}'")


def parse_json(text: str, code: str, what: str) -> Any:
    """The value of a JSON text; else the API error `code`, whose sentence begins with `what`."""
    try:
        return strict_json(text)
    except json.JSONDecodeError as error:
        raise ApiError(code, f"{what}: '{syntax_sentence(text, error)}'") from None
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise ApiError(code, f"{what}: '{why}'") from None


def strict_json(text: str) -> Any:
    """The value of a JSON text without NaN and Infinity; raises ValueError or RecursionError."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
