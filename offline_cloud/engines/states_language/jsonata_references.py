"""What AWS refuses of a JSONata expression when a machine is created.

An expression that doesn't parse is INVALID_JSONATA_EXPRESSION, with the parser's own sentence and without its
code. One that parses is UNSUPPORTED_JSONATA_EXPRESSION if it reads what Step Functions doesn't offer: a bare
name (there is no input to start from: the input is `$states.input`), `$`, `$$`, or `$states.errorOutput`
outside a catcher.

A name counts as bare where nothing has been selected yet: as the first step of a path, also in a function's
body. Later steps, filters, sort terms and groupings read what was selected before them, so they are not
looked into. (Measured on ValidateStateMachineDefinition by the authors of floci's issues 2670 and 2745.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from offline_cloud.engines.states_language.diagnostics import INVALID_JSONATA, UNSUPPORTED_JSONATA
from offline_cloud.engines.states_language.jsonata import compile_expression
from offline_cloud.engines.states_language.jsonata_parsing import JException, parse

NO_ERROR_OUTPUT: Final = "Field '$states.errorOutput' does not exist."

#: Per kind of node, the parts that are evaluated where the node itself is.
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "unary": ("expression", "expressions"),
    "binary": ("lhs", "rhs"),
    "apply": ("lhs", "rhs"),
    "function": ("procedure", "arguments"),
    "partial": ("procedure", "arguments"),
    "lambda": ("body",),
    "condition": ("condition", "then", "_else"),
    "block": ("expressions",),
    "bind": ("rhs",),
}


@dataclass(frozen=True, slots=True)
class ExpressionFault:
    """One thing wrong with an expression: AWS's code and sentence, and our advice."""

    code: str
    message: str
    advice: str


@lru_cache(maxsize=4096)
def expression_faults(text: str) -> tuple[ExpressionFault, ...]:
    """All that is wrong with an expression, written with its `{% %}`; a name read twice is named once."""
    try:
        compile_expression(text)
        tree = parse(text[2:-2].strip())
    except ValueError as error:
        advice = "Correct the expression between {% and %}; it is JSONata 2.0.6."
        return (ExpressionFault(INVALID_JSONATA, str(error), advice),)
    except (JException, RecursionError):
        return ()
    return tuple(dict.fromkeys(_fault(reference) for reference in _references(tree)))


def _fault(reference: str) -> ExpressionFault:
    if reference == "$states.errorOutput":
        advice = "Only a catcher's Output and Assign know the error: move the expression there."
        return ExpressionFault(UNSUPPORTED_JSONATA, NO_ERROR_OUTPUT, advice)
    if reference == "$$":
        advice = "The state's input is $states.input."
        return ExpressionFault(UNSUPPORTED_JSONATA, "Reference to '$$' is not supported.", advice)
    message = f"Reference to '{reference}' at the top level is not supported."
    if reference == "$":
        advice = "Nothing is selected here that $ could stand for: the state's input is $states.input."
    else:
        advice = (
            f"Write $states.input.{reference} for a field of the input, ${reference} for a variable, "
            f"or '{reference}' for a text."
        )
    return ExpressionFault(UNSUPPORTED_JSONATA, message, advice)


def _references(tree: Any) -> Iterator[str]:
    """What the expression reads of the top level, in the order in which it is written."""
    pending = [tree]
    while pending:
        node = pending.pop()
        kind = getattr(node, "type", None)
        if kind == "name":
            yield str(node.value)
        elif kind == "variable" and node.value in ("", "$"):
            yield f"${node.value}"
        elif kind == "path":
            steps = node.steps
            if (
                len(steps) > 1
                and _is(steps[0], "variable", "states")
                and _is(steps[1], "name", "errorOutput")
            ):
                yield "$states.errorOutput"
            pending.append(steps[0])
        else:
            pending.extend(reversed(list(_parts(node, kind))))


def _parts(node: Any, kind: str | None) -> Iterator[Any]:
    for name in _PARTS.get(kind or "", ()):
        part = getattr(node, name, None)
        if isinstance(part, list):
            yield from part
        elif part is not None:
            yield part
    if kind == "unary" and node.value == "{":
        for pair in node.lhs_object or ():
            yield from pair


def _is(node: Any, kind: str, value: str) -> bool:
    return bool(node.type == kind and node.value == value)
