"""JSONata in state machines: `"{% $states.input.a + 1 %}"`, and templates with such texts anywhere in them.

The text is parsed by `jsonata-python` and compiled once; the compiled expression never changes and is shared.
A failure is States.QueryEvaluationError with the service's sentence, which names the expression and the
field, such as `Output/total` or `Arguments/Items[0]`.

Bounds: 100 evaluations inside one another, 6,990,256 bytes for one array or text (the service's own), and a
number of steps (in place of its clock). So no expression runs for ever.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.jsonata_compiler import compile_tree, only_reads
from offline_cloud.engines.states_language.jsonata_messages import runtime_message, syntax_message
from offline_cloud.engines.states_language.jsonata_parsing import JException, parse
from offline_cloud.engines.states_language.jsonata_values import (
    STACK_OVERFLOW,
    TIMEOUT,
    UNDEFINED,
    Evaluate,
    Frame,
    JsonataError,
    Run,
    Sequence,
    is_function,
)
from offline_cloud.engines.states_language.regular_expressions import TookTooLong
from offline_cloud.engines.states_language.scope import Scope

__all__ = ["Expression", "QueryError", "Template", "compile_expression", "compile_template", "is_expression"]

_ERROR = "States.QueryEvaluationError"
_DEEPEST_TEMPLATE = 150
_EXACT = 2**53  # up to here every integer is a double
_LONG = 2**63
_LARGEST = int(sys.float_info.max)


class QueryError(StatesError):
    """An expression failed: States.QueryEvaluationError.

    `location` is the field, for the details of EvaluationFailed.
    """

    def __init__(self, cause: str, location: str) -> None:
        super().__init__(_ERROR, cause)
        self.location = location


class _Unsupported(Exception):
    """A value that JSON cannot hold."""


def is_expression(value: Any) -> bool:
    """Whether a value of a definition is an expression: a text between `{%` and `%}`."""
    return isinstance(value, str) and len(value) >= 4 and value.startswith("{%") and value.endswith("%}")


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `text` is what stands between `{%` and `%}`, without blanks at its ends."""

    text: str
    field: str
    _run: Evaluate
    _finish: Callable[[Any], Any]

    def evaluate(self, scope: Scope) -> Any:
        """The expression's value, plain JSON; raises QueryError."""
        frame = Frame(None, Run(scope))
        try:
            value = self._finish(self._run(UNDEFINED, frame))
        except JsonataError as error:
            raise self._error(f" threw an error during evaluation{runtime_message(error)}") from None
        except RecursionError:
            raise self._error(f" threw an error during evaluation: {STACK_OVERFLOW}") from None
        except TookTooLong:
            raise self._error(f" threw an error during evaluation: {TIMEOUT}") from None
        except _Unsupported:
            raise self._error(" returned an unsupported result type.") from None
        except Exception as reason:
            # Infinity where a number of letters is wanted, and the like: the service says no more than this.
            raise self._error(f" threw an internal error during evaluation. {scope.uuid()}") from reason
        if value is UNDEFINED:
            raise self._error(" returned nothing (undefined).")
        return value

    def _error(self, what: str) -> QueryError:
        place = f" specified for the field '{self.field}'" if self.field else ""
        return QueryError(f"The JSONata expression '{self.text}'{place}{what}", self.field)


def _read(value: Any) -> Any:
    """The same for what was only read: the data is plain, its parts need no look."""
    if type(value) is Sequence:
        return list(value)
    return value if type(value) in (dict, list) else _plain(value)


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one for each type
    """Plain JSON: what is plain already is shared, not copied."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        # It came in as it is: what no double can hold stays.
        return value if -_EXACT <= value <= _EXACT or abs(value) > _LARGEST else _of_double(float(value))
    if kind is float:
        return _of_double(value)
    if kind is dict:
        changed: dict[str, Any] | None = None
        for name, inner in value.items():
            plain = _plain(inner)
            if plain is not inner:
                changed = value.copy() if changed is None else changed
                changed[name] = plain
        if changed is None:
            return value
        return {name: inner for name, inner in changed.items() if inner is not UNDEFINED}
    if isinstance(value, list):
        items = [None if item is UNDEFINED else _plain(item) for item in value]
        same = kind is list and all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    if value is UNDEFINED:
        return value
    if is_function(value):
        raise _Unsupported
    # A mapping of the caller's that is no dict, such as the context object.
    return {name: _plain(inner) for name, inner in dict(value).items()}


def _of_double(number: float) -> Any:
    """A number that was calculated: whole ones become integers of 64 bits, as the service makes them.

    What no JSON number can hold becomes a text: the service gives "Infinity" for 1/0.
    """
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return int(number) if abs(number) < _LONG and number.is_integer() else number


@lru_cache(maxsize=2048)
def _compiled(text: str) -> tuple[Evaluate, Callable[[Any], Any]]:
    try:
        tree = parse(text)
        return compile_tree(tree), _read if only_reads(tree) else _plain
    except JException as error:
        raise ValueError(syntax_message(error)) from None
    except RecursionError:
        raise ValueError("The expression is nested too deeply") from None
    except (AttributeError, IndexError, KeyError, TypeError, RuntimeError, UnicodeError) as reason:
        # The library's parser stumbles over some texts that are wrong, instead of saying so.
        raise ValueError(f"Syntax error: {reason}") from None


@lru_cache(maxsize=4096)
def compile_expression(text: str, field: str = "") -> Expression:
    """The expression in a text `{% ... %}`; `field` is its place in the state for error messages.

    Raises ValueError with JSONata's own sentence if the text is no expression.
    """
    if not is_expression(text):
        raise ValueError("an expression has to stand between {% and %}")
    inner = text[2:-2].strip()
    return Expression(inner, field, *_compiled(inner))


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; `is_static` if there is no expression in it."""

    is_static: bool
    _run: Callable[[Scope], Any]

    def evaluate(self, scope: Scope) -> Any:
        """The filled-in template, plain JSON; raises QueryError."""
        return self._run(scope)


def compile_template(node: Any, field: str = "") -> Template:
    """The template that this JSON value is; `field` is its place in the state, such as `Output`.

    Raises ValueError with JSONata's own sentence on a bad expression.
    """
    run = _compile_node(node, field, 0)
    return Template(True, lambda scope: node) if run is None else Template(False, run)


def _compile_node(node: Any, field: str, depth: int) -> Callable[[Scope], Any] | None:
    """None if nothing in it has to be evaluated."""
    if depth > _DEEPEST_TEMPLATE:
        raise ValueError("The template is nested too deeply")
    if is_expression(node):
        return compile_expression(node, field).evaluate
    if isinstance(node, dict):
        members = {
            name: _compile_node(value, f"{field}/{name}" if field else name, depth + 1)
            for name, value in node.items()
        }
        return _filling(node, [(name, run) for name, run in members.items() if run is not None])
    if isinstance(node, list):
        items = (_compile_node(item, f"{field}[{place}]", depth + 1) for place, item in enumerate(node))
        return _filling(node, [(place, run) for place, run in enumerate(items) if run is not None])
    return None


def _filling(node: Any, moving: list[tuple[Any, Callable[[Scope], Any]]]) -> Callable[[Scope], Any] | None:
    if not moving:
        return None
    parts = tuple(moving)

    def fill(scope: Scope) -> Any:
        filled = node.copy()
        for place, run in parts:
            filled[place] = run(scope)
        return filled

    return fill
