"""Payload templates of JSONPath states: Parameters, ResultSelector, ItemSelector, Assign, Credentials, ...

Any JSON value is a template. A member whose name ends in `.$` has a path or an intrinsic function as its
value and appears without the `.$`; everything else stands as it is. A part without such a member is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.intrinsics import compile_intrinsic
from offline_cloud.engines.states_language.paths import NULL_INPUT, PathMissing, compile_path
from offline_cloud.engines.states_language.scope import Scope

__all__ = ["Template", "compile_template", "compile_value"]

_SUFFIX = ".$"
_DEEPEST = 150

Evaluate = Callable[[Any, Scope], Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; `is_static` if there is nothing to evaluate in it."""

    is_static: bool
    _run: Evaluate

    def evaluate(self, data: Any, scope: Scope) -> Any:
        """The filled-in template. Raises StatesError (States.Runtime)."""
        return self._run(data, scope)


def compile_template(node: Any) -> Template:
    """The template that this JSON value is.

    Raises ValueError with a plain sentence on a bad path or function.
    """
    run = _compile(node, 0)
    if run is None:
        return Template(True, lambda data, scope: node)
    return Template(False, run)


def compile_value(field: str, text: Any) -> Evaluate:
    """What evaluates the value of the member `field`, such as `name.$`: a path or an intrinsic function.

    Raises ValueError with a plain sentence if the text is neither.
    """
    if not isinstance(text, str):
        raise ValueError(f"the value of '{field}' has to be a path or an intrinsic function, in quotes")
    if text.startswith("States."):
        return compile_intrinsic(text).evaluate
    path = compile_path(text)
    read, of_data = path.read, path.variable is None

    def run(data: Any, scope: Scope) -> Any:
        if data is None and of_data:
            raise StatesError("States.Runtime", NULL_INPUT)
        try:
            return read(data, scope)
        except PathMissing as missing:
            if path.is_past_the_end(data, scope):
                return None
            raise missing.for_field(field) from None

    return run


def _compile(node: Any, depth: int) -> Evaluate | None:
    """None if nothing below has to be evaluated."""
    if depth > _DEEPEST:
        raise ValueError("the template is nested too deeply")
    if isinstance(node, dict):
        return _compile_object(node, depth)
    if isinstance(node, list):
        return _compile_array(node, depth)
    return None


def _compile_object(node: dict[str, Any], depth: int) -> Evaluate | None:
    fixed: dict[str, Any] = {}
    moving: list[tuple[str, Evaluate]] = []
    for name, value in node.items():
        if name.endswith(_SUFFIX):
            run: Evaluate | None = compile_value(name, value)
            name = name.removesuffix(_SUFFIX)  # noqa: PLW2901 - the member's name in what comes out
        else:
            run = _compile(value, depth + 1)
        if name in fixed:
            raise ValueError(f"'{name}' stands in the template twice, with and without '.$'")
        # Members keep their order, so a place is held for those that are filled in later.
        fixed[name] = value if run is None else None
        if run is not None:
            moving.append((name, run))
    if not moving:
        return None
    parts = tuple(moving)

    def fill(data: Any, scope: Scope) -> Any:
        filled = fixed.copy()
        for name, run in parts:
            filled[name] = run(data, scope)
        return filled

    return fill


def _compile_array(node: list[Any], depth: int) -> Evaluate | None:
    runs = [_compile(item, depth + 1) for item in node]
    moving = tuple((place, run) for place, run in enumerate(runs) if run is not None)
    if not moving:
        return None

    def fill(data: Any, scope: Scope) -> Any:
        filled = node.copy()
        for place, run in moving:
            filled[place] = run(data, scope)
        return filled

    return fill
