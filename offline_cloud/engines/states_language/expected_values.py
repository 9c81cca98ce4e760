"""Fields that have to be of one type: literal, at a path, from an intrinsic function or a JSONata expression.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.jsonata import QueryError, compile_expression, is_expression
from offline_cloud.engines.states_language.paths import compile_path
from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.engines.states_language.payload_template import compile_value
from offline_cloud.engines.states_language.retry import RUNTIME

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.branch import Branch
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = [
    "QUERY_ERROR",
    "Value",
    "array_result",
    "boolean_result",
    "compile_number",
    "compile_text",
    "jsonata_expression",
    "number_result",
    "text_result",
]

QUERY_ERROR = "States.QueryEvaluationError"

Value = Callable[["Interpreter", "Branch"], Any]
#: Whether a result is fit; and the type that the message asks for.
Expectation = tuple[Callable[[Any], bool], str]

boolean_result: Expectation = (lambda value: isinstance(value, bool), "boolean")
number_result: Expectation = (
    lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "number",
)
text_result: Expectation = (lambda value: isinstance(value, str), "string")
array_result: Expectation = (lambda value: isinstance(value, list), "array")


def type_name(value: Any) -> str:
    """The name of a JSON value's type in JSONata."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def jsonata_expression(node: Any, field: str, expected: Expectation) -> Value:
    """A field that is a value of the right type or an expression that has to give one."""
    fits, wanted = expected
    if not is_expression(node):
        return lambda execution, branch: node
    expression = compile_expression(node, field)
    evaluate = expression.evaluate

    def value(execution: Interpreter, branch: Branch) -> Any:
        result = evaluate(execution.states_scope(branch))
        if not fits(result):
            raise QueryError(
                f"The JSONata expression '{expression.text}' specified for the field '{field}' returned "
                f"an unexpected result type. Expected '{wanted}', but was '{type_name(result)}' for value: "
                f"{json_text(result)}",
                field,
            )
        return result

    return value


def compile_text(state: Mapping[str, Any], name: str, jsonata: bool) -> Value | None:
    """A text: `Error`, or `ErrorPath` with a path or an intrinsic function; None if neither is there."""
    if name in state:
        literal = state[name]
        if jsonata:
            return jsonata_expression(literal, name, text_result)
        return lambda execution, branch: literal
    path = f"{name}Path"
    if path not in state:
        return None
    evaluate = compile_value(path, state[path])

    def value(execution: Interpreter, branch: Branch) -> Any:
        data = branch.state.data.effective_input(execution, branch)
        found = evaluate(data, execution.scope(branch))
        if not isinstance(found, str):
            raise StatesError(
                RUNTIME,
                f"The {path} parameter does not reference a string: {state[path]} == {json_text(found)}",
            )
        return found

    return value


def compile_number(
    state: Mapping[str, Any],
    name: str,
    jsonata: bool,
    *,
    field: str | None = None,
    fractions: bool = False,
    positive: bool = False,
) -> Value | None:
    """A number that is not negative (or `positive`): `name` or `<name>Path`; None if neither is there.

    `field` is its place in the state if that is not its name. A path's value may be a number in a string.
    """
    if name in state:
        literal = state[name]
        if jsonata:
            evaluate_number = jsonata_expression(literal, field or name, number_result)
            if fractions:
                return evaluate_number

            def whole(execution: Interpreter, branch: Branch) -> int:
                number = int(evaluate_number(execution, branch))
                if number < positive:
                    raise QueryError(_too_small(positive, "integer", field or name, number), field or name)
                return number

            return whole
        return lambda execution, branch: literal
    path = f"{name}Path"
    if path not in state:
        return None
    read = compile_path(state[path]).read
    kind = "float" if fractions else "integer"

    def value(execution: Interpreter, branch: Branch) -> Any:
        data = branch.state.data.effective_input(execution, branch)
        found = read(data, execution.scope(branch))
        try:
            number = found if not isinstance(found, str) else (float(found) if fractions else int(found))
        except ValueError:
            number = None
        if isinstance(number, bool) or not isinstance(number, int | float if fractions else int):
            shown = found if isinstance(found, str) else json_text(found)
            raise StatesError(
                RUNTIME,
                f'The {path} field refers to value "{shown}" which is not a valid {kind}: {state[path]}',
            )
        if number < positive:
            raise StatesError(RUNTIME, _too_small(positive, kind, name, number))
        return number

    return value


def _too_small(positive: bool, kind: str, name: str, number: float) -> str:
    wanted = "positive" if positive else "non-negative"
    return f"Expected {wanted} {kind} for {name}, got '{number}' instead."
