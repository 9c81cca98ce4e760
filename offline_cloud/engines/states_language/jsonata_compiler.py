"""Compiles the syntax tree of `jsonata-python` into functions of the context value and the variables.

Why not the library's own evaluator: it takes JSON null for nothing in arrays and variables, loses fractions
in `%`, has no codes in many errors, and looks a dozen names up for each node; what it parses is right. The
compiled functions keep to the reference implementation (JSONata 2.0.6), which the service runs.

Depth: the service allows 100 evaluations inside one another. A node's depth within its function is known when
it is compiled; `Run.depth` has what is outside of the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from offline_cloud.engines.states_language import jsonata_operators as operators
from offline_cloud.engines.states_language.jsonata_calls import call
from offline_cloud.engines.states_language.jsonata_collections import append, clone, look_up
from offline_cloud.engines.states_language.jsonata_library import lookup
from offline_cloud.engines.states_language.jsonata_paths import (
    Filter,
    Grouping,
    Stage,
    Step,
    Term,
    group,
    path,
)
from offline_cloud.engines.states_language.jsonata_signatures import Parameter, Signature, signature
from offline_cloud.engines.states_language.jsonata_values import (
    DEEPEST,
    STACK_OVERFLOW,
    UNDEFINED,
    Constructed,
    Evaluate,
    Frame,
    JsonataError,
    Lambda,
    Matcher,
    Native,
    Sequence,
    Thunk,
    is_function,
    is_numeric,
    shrunk,
    tidy,
    truth,
)

__all__ = ["compile_tree", "only_reads"]

#: A node of the library's tree; it has no types.
Node = Any

#: Nodes whose value may be a Sequence that stands for less than a list.
_MAY_SHRINK = {"path", "name", "wildcard", "descendant", "function", "apply"}


def compile_tree(node: Node) -> Evaluate:
    """The function that evaluates this tree."""
    return _compile(node, 0)


def only_reads(node: Node) -> bool:
    """Whether the tree picks values out of `$states` or variables and makes none: `$v.rows[id > 1]`."""
    if node.predicate or node.group is not None:
        return False
    if node.type == "variable":
        return bool(node.value)
    return bool(
        node.type == "path"
        and node.steps[0].type == "variable"
        and node.steps[0].value
        and all(step.type == "name" for step in node.steps[1:])
        and not any(step.tuple or step.group for step in node.steps)
    )


def _overflow(context: Any, frame: Frame) -> Any:
    raise JsonataError("", message=STACK_OVERFLOW)


def _compile(node: Node, depth: int) -> Evaluate:
    if depth >= DEEPEST:
        return _overflow
    evaluate = _NODES[node.type](node, depth)
    shrinks = node.type in _MAY_SHRINK or (node.type == "binary" and node.value == "..")
    if node.predicate:
        evaluate = _filtered(evaluate, tuple(_filter(item, depth) for item in node.predicate))
        shrinks = True
    if node.group is not None and node.type != "path":
        evaluate = _grouped(evaluate, _grouping(node.group.lhs_object, depth))
    return _shrinking(evaluate, node.keep_array) if shrinks else evaluate


def _shrinking(evaluate: Evaluate, keep: bool) -> Evaluate:
    def finish(context: Any, frame: Frame) -> Any:
        value = evaluate(context, frame)
        if type(value) is not Sequence:
            return value
        if keep:
            value.keep = True
        return shrunk(value)

    return finish


def _filtered(evaluate: Evaluate, filters: tuple[Filter, ...]) -> Evaluate:
    def filtered(context: Any, frame: Frame) -> Any:
        value = evaluate(context, frame)
        for predicate in filters:
            value = predicate.apply(value, frame)
        return value

    return filtered


def _grouped(evaluate: Evaluate, grouping: Grouping) -> Evaluate:
    return lambda context, frame: group(grouping, evaluate(context, frame), frame)


def _filter(item: Node, depth: int) -> Filter:
    if item.expr.type == "number":
        return Filter(math.floor(item.expr.value), None)
    return Filter(None, _compile(item.expr, depth + 1))


def _grouping(pairs: list[list[Node]], depth: int) -> Grouping:
    return Grouping(tuple((_compile(key, depth + 1), _compile(value, depth + 1)) for key, value in pairs))


# ---- values and variables --------------------------------------------------------------------------


def _literal(node: Node, depth: int) -> Evaluate:
    value = tidy(node.value) if isinstance(node.value, float) else node.value
    return lambda context, frame: value


def _variable(node: Node, depth: int) -> Evaluate:
    name = node.value
    if name == "":
        return lambda context, frame: context
    return lambda context, frame: lookup(frame, name)


def _name(node: Node, depth: int) -> Evaluate:
    name = str(node.value)

    def evaluate(context: Any, frame: Frame) -> Any:
        return context.get(name, UNDEFINED) if type(context) is dict else look_up(context, name)

    return evaluate


def _regex(node: Node, depth: int) -> Evaluate:
    pattern, source = node.value
    matcher = Matcher(pattern, source)
    return lambda context, frame: matcher


def _parent(node: Node, depth: int) -> Evaluate:
    label = node.slot.label
    return lambda context, frame: lookup(frame, label)


def _flattened(items: list[Any], into: list[Any]) -> list[Any]:
    for item in items:
        if isinstance(item, list):
            _flattened(item, into)
        else:
            into.append(item)
    return into


def _wildcard(node: Node, depth: int) -> Evaluate:
    def evaluate(context: Any, frame: Frame) -> Any:
        found: list[Any] = Sequence()
        inner = (
            context.values() if isinstance(context, dict) else context if isinstance(context, list) else ()
        )
        for value in inner:
            if isinstance(value, list):
                found = append(found, _flattened(value, []))
            else:
                found.append(value)
        return found

    return evaluate


def _descendants(value: Any, into: list[Any]) -> list[Any]:
    if not isinstance(value, list):
        into.append(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _descendants(item, into)
    return into


def _descendant(node: Node, depth: int) -> Evaluate:
    def evaluate(context: Any, frame: Frame) -> Any:
        return UNDEFINED if context is UNDEFINED else Sequence(_descendants(context, []))

    return evaluate


# ---- paths -----------------------------------------------------------------------------------------


def _path(node: Node, depth: int) -> Evaluate:
    steps = tuple(_step(step, depth + 1) for step in node.steps)
    grouping = None if node.group is None else _grouping(node.group.lhs_object, depth)
    absolute = node.steps[0].type == "variable"
    keep = bool(node.keep_singleton_array)
    general = path(steps, absolute, keep, bool(node.tuple), grouping)
    if grouping is None and not keep and all(map(_is_plain, node.steps)):
        names = tuple(str(step.value) for step in node.steps if step.type == "name")
        if absolute and len(names) == len(node.steps) - 1:
            return _members(node.steps[0].value, names, general)
        if len(names) == len(node.steps):
            return _members(None, names, general)
    return general


def _is_plain(step: Node) -> bool:
    return not (
        step.stages
        or step.predicate
        or step.tuple
        or step.keep_array
        or step.group
        or step.focus
        or step.index
    )


def _members(variable: str | None, names: tuple[str, ...], general: Evaluate) -> Evaluate:
    """`$v.a.b` and `a.b` where all is objects, so that no step needs a Sequence; arrays take the long way."""

    def evaluate(context: Any, frame: Frame) -> Any:
        value = context if not variable else lookup(frame, variable)
        for name in names:
            if type(value) is dict:
                if name not in value:
                    return UNDEFINED
                value = value[name]
            elif isinstance(value, list):
                return general(context, frame)
            else:
                return UNDEFINED
        return general(context, frame) if type(value) is Sequence else value

    return evaluate


def _step(step: Node, depth: int) -> Step:
    stages = tuple(
        Stage(_filter(stage, depth), None) if stage.type == "filter" else Stage(None, stage.value)
        for stage in step.stages or ()
    )
    shared = {
        "stages": stages,
        "tuple_stream": bool(step.tuple),
        "focus": step.focus,
        "index": step.index,
        "ancestor": None if step.ancestor is None else step.ancestor.label,
    }
    if step.type == "sort":
        terms = tuple(
            Term(_compile(term.expression, depth + 1), bool(term.descending)) for term in step.terms
        )
        return Step(_overflow, terms=terms, **shared)
    return Step(_compile(step, depth), constructs=bool(step.consarray), **shared)


# ---- constructors and operators --------------------------------------------------------------------


def _unary(node: Node, depth: int) -> Evaluate:
    if node.value == "[":
        return _array(node, depth)
    if node.value == "{":
        grouping = _grouping(node.lhs_object, depth)
        return lambda context, frame: group(grouping, context, frame)
    operand = _compile(node.expression, depth + 1)

    def negative(context: Any, frame: Frame) -> Any:
        value = operand(context, frame)
        if value is UNDEFINED:
            return UNDEFINED
        if not is_numeric(value):
            raise JsonataError("D1002", token="-", value=value)
        return -value

    return negative


def _array(node: Node, depth: int) -> Evaluate:
    items = tuple(
        (_compile(item, depth + 1), item.type == "unary" and item.value == "[") for item in node.expressions
    )
    kind = Constructed if node.consarray else list

    def evaluate(context: Any, frame: Frame) -> Any:
        array: list[Any] = []
        for item, nested in items:
            value = item(context, frame)
            if value is UNDEFINED:
                continue
            if isinstance(value, list) and not nested:
                array.extend(value)
            else:
                array.append(value)
        frame.run.spend(len(array))
        return kind(array) if kind is not list else array

    return evaluate


def _binary(node: Node, depth: int) -> Evaluate:
    sign = str(node.value)
    left, right = _compile(node.lhs, depth + 1), _compile(node.rhs, depth + 1)
    if sign == "and":
        return lambda context, frame: truth(left(context, frame)) and truth(right(context, frame))
    if sign == "or":
        return lambda context, frame: truth(left(context, frame)) or truth(right(context, frame))
    operate = operators.BINARY[sign]

    def evaluate(context: Any, frame: Frame) -> Any:
        one = left(context, frame)
        other = right(context, frame)
        try:
            return operate(one, other)
        except JsonataError as error:
            error.values.setdefault("token", sign)
            raise

    return evaluate


def _condition(node: Node, depth: int) -> Evaluate:
    condition, then = _compile(node.condition, depth + 1), _compile(node.then, depth + 1)
    otherwise = _compile(node._else, depth + 1) if node._else is not None else None

    def evaluate(context: Any, frame: Frame) -> Any:
        if truth(condition(context, frame)):
            return then(context, frame)
        return UNDEFINED if otherwise is None else otherwise(context, frame)

    return evaluate


def _block(node: Node, depth: int) -> Evaluate:
    parts = tuple(_compile(part, depth + 1) for part in node.expressions)

    def evaluate(context: Any, frame: Frame) -> Any:
        inner = Frame(frame, frame.run)
        value: Any = UNDEFINED
        for part in parts:
            value = part(context, inner)
        return value

    return evaluate


def _bind(node: Node, depth: int) -> Evaluate:
    name, right = str(node.lhs.value), _compile(node.rhs, depth + 1)

    def evaluate(context: Any, frame: Frame) -> Any:
        value = right(context, frame)
        frame.bindings[name] = value
        return value

    return evaluate


# ---- functions -------------------------------------------------------------------------------------


def _lambda(node: Node, depth: int) -> Evaluate:
    if node.thunk:
        return _thunk(node.body, depth)
    parameters = tuple(str(parameter.value) for parameter in node.arguments)
    body = _compile(node.body, 0)
    checked = None if node.signature is None else _signature(node.signature)
    return lambda context, frame: Lambda(parameters, body, context, frame, checked)


def _signature(parsed: Any) -> Signature:
    """The library's parsed signature as one of ours."""
    return Signature(
        tuple(
            Parameter(
                str(parameter.type),
                parameter.regex,
                parameter.regex.removesuffix("?") if parameter.context else None,
                parameter.subtype,
            )
            for parameter in parsed._params
            if parameter.regex
        )
    )


def _thunk(node: Node, depth: int) -> Evaluate:
    procedure = _compile(node.procedure, depth + 1)
    arguments = tuple(_compile(argument, depth + 1) for argument in node.arguments)
    token = _procedure_name(node)
    return lambda context, frame: Thunk(procedure, arguments, context, frame, token)


def _procedure_name(node: Node) -> str | None:
    procedure = node.procedure
    name = procedure.steps[0].value if procedure.type == "path" else procedure.value
    return name if isinstance(name, str) else None


def _invoke(node: Node, depth: int) -> Callable[[Any, Frame, list[Any]], Any]:
    procedure = _compile(node.procedure, depth + 1)
    arguments = tuple(_compile(argument, depth + 1) for argument in node.arguments)
    token = _procedure_name(node)
    bare = node.procedure.type == "path"

    def invoke(context: Any, frame: Frame, first: list[Any]) -> Any:
        function = procedure(context, frame)
        if function is UNDEFINED:
            if bare and lookup(frame, str(token)) is not UNDEFINED:
                raise JsonataError("T1005", token=token)
            raise JsonataError("T1006", token=token)
        values = first + [argument(context, frame) for argument in arguments]
        run = frame.run
        outside = run.depth
        run.depth = outside + depth + 1
        try:
            result = call(run, function, values, context)
        except JsonataError as error:
            error.values.setdefault("token", token)
            raise
        run.depth = outside
        return result

    return invoke


def _function(node: Node, depth: int) -> Evaluate:
    invoke = _invoke(node, depth)
    return lambda context, frame: invoke(context, frame, [])


def _apply(node: Node, depth: int) -> Evaluate:
    left = _compile(node.lhs, depth + 1)
    if node.rhs.type == "function":
        invoke = _invoke(node.rhs, depth)
        return lambda context, frame: invoke(context, frame, [left(context, frame)])
    right = _compile(node.rhs, depth + 1)

    def evaluate(context: Any, frame: Frame) -> Any:
        value = left(context, frame)
        function = right(context, frame)
        if not is_function(function):
            raise JsonataError("T2006", value=function)
        if is_function(value):
            return Native(
                "chain", lambda run, item=UNDEFINED: call(run, function, [call(run, value, [item])]), None, 1
            )
        run = frame.run
        outside = run.depth
        run.depth = outside + depth + 1
        result = call(run, function, [value])
        run.depth = outside
        return result

    return evaluate


def _partial(node: Node, depth: int) -> Evaluate:
    procedure = _compile(node.procedure, depth + 1)
    token = _procedure_name(node)
    bare = node.procedure.type == "path"
    slots = tuple(
        None if argument.type == "operator" and argument.value == "?" else _compile(argument, depth + 1)
        for argument in node.arguments
    )

    def evaluate(context: Any, frame: Frame) -> Any:
        function = procedure(context, frame)
        if function is UNDEFINED and bare and lookup(frame, str(token)) is not UNDEFINED:
            raise JsonataError("T1007", token=token)
        if not is_function(function):
            raise JsonataError("T1008", token=token)
        given = [UNDEFINED if slot is None else slot(context, frame) for slot in slots]

        def filled(run: Any, *rest: Any) -> Any:
            left = iter(rest)
            values = [
                next(left, UNDEFINED) if slot is None else value
                for slot, value in zip(slots, given, strict=True)
            ]
            return call(run, function, values, context)

        return Native("partial", filled, None, slots.count(None))

    return evaluate


def _transform(node: Node, depth: int) -> Evaluate:
    pattern, update = _compile(node.pattern, depth + 1), _compile(node.update, depth + 1)
    delete = None if node.delete is None else _compile(node.delete, depth + 1)
    checked = signature("<(oa):o>")

    def evaluate(context: Any, frame: Frame) -> Any:
        def change(run: Any, value: Any) -> Any:
            if value is UNDEFINED:
                return UNDEFINED
            changed = clone(value)
            found = pattern(changed, frame)
            for match in found if isinstance(found, list) else [] if found is UNDEFINED else [found]:
                _change(match, update(match, frame), None if delete is None else delete(match, frame))
            return changed

        return Native("transform", change, checked, 1)

    return evaluate


def _change(match: Any, update: Any, delete: Any) -> None:
    if update is not UNDEFINED:
        if not isinstance(update, dict):
            raise JsonataError("T2011", value=update)
        if isinstance(match, dict):
            match.update(update)
    if delete is None or delete is UNDEFINED:
        return
    names = delete if isinstance(delete, list) else [delete]
    if not all(isinstance(name, str) for name in names):
        raise JsonataError("T2012", value=delete)
    if isinstance(match, dict):
        for name in names:
            match.pop(name, None)


_NODES: dict[str, Callable[[Node, int], Evaluate]] = {
    "path": _path,
    "binary": _binary,
    "unary": _unary,
    "name": _name,
    "string": _literal,
    "number": _literal,
    "value": _literal,
    "wildcard": _wildcard,
    "descendant": _descendant,
    "parent": _parent,
    "condition": _condition,
    "block": _block,
    "bind": _bind,
    "regex": _regex,
    "function": _function,
    "variable": _variable,
    "lambda": _lambda,
    "partial": _partial,
    "apply": _apply,
    "transform": _transform,
}
