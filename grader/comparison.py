"""Exact comparison of JSON values: the first place where two differ.

Rule 1: types count. `"50"` is not `50`, `true` is not `1`, `null` is not `""`.
Rule 2: JSON has one kind of number, so `50` equals `50.0`; nothing is rounded.
Rule 3: both sides are plain data. What is seen came through a JSON decoder, so no `__eq__` but Python's own
for str, int, float and bool is ever asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_SCALARS = (str, int, float, bool, type(None))


def first_difference(seen: Any, expected: Any, path: str = "$") -> str | None:
    """The JSON path of the first difference, or None. Raises `TypeError` for what JSON doesn't have."""
    expected = _plain(expected)
    seen = _plain(seen)
    if isinstance(expected, dict) and isinstance(seen, dict):
        return _in_objects(seen, expected, path)
    if isinstance(expected, list) and isinstance(seen, list):
        for index, (one, other) in enumerate(zip(seen, expected, strict=False)):
            found = first_difference(one, other, f"{path}[{index}]")
            if found is not None:
                return found
        return None if len(seen) == len(expected) else f"{path}[{min(len(seen), len(expected))}]"
    if isinstance(expected, dict | list) or isinstance(seen, dict | list):
        return path
    return None if _same_scalar(seen, expected) else path


def _in_objects(seen: dict[str, Any], expected: dict[str, Any], path: str) -> str | None:
    for key, value in expected.items():
        if key not in seen:
            return _child(path, key)
        found = first_difference(seen[key], value, _child(path, key))
        if found is not None:
            return found
    for key in seen:
        if key not in expected:
            return _child(path, key)
    return None


def _child(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"


def _same_scalar(seen: Any, expected: Any) -> bool:
    if isinstance(seen, bool) or isinstance(expected, bool):
        return type(seen) is type(expected) and seen == expected
    if isinstance(seen, int | float) and isinstance(expected, int | float):
        both_nan = all(isinstance(value, float) and math.isnan(value) for value in (seen, expected))
        return both_nan or seen == expected
    return type(seen) is type(expected) and bool(seen == expected)


def _plain(value: Any) -> Any:
    """The value itself if JSON has its type, a list for a tuple, a dict for a mapping."""
    if type(value) in _SCALARS or type(value) in (dict, list):
        return value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"JSON has no {type(value).__name__}: compare plain values.")
