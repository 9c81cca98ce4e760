"""How JSONata functions are called: arguments checked, tail calls made in a loop, depth and work counted."""

from __future__ import annotations

from typing import Any

from offline_cloud.engines.states_language.jsonata_values import (
    DEEPEST,
    STACK_OVERFLOW,
    UNDEFINED,
    Frame,
    JsonataError,
    Lambda,
    Matcher,
    Native,
    Run,
    Thunk,
)

__all__ = ["arity", "call", "hand"]

#: A call takes about as long as four other steps.
_COST = 4


def arity(function: Any) -> int:
    """How many arguments a function takes, by which higher-order functions decide what to hand over."""
    if isinstance(function, Lambda):
        return len(function.parameters)
    return function.arity if isinstance(function, Native) else 1


def hand(function: Any, *values: Any) -> list[Any]:
    """As many of these values as the function takes, at least the first."""
    return list(values[: max(1, arity(function))])


def call(run: Run, function: Any, arguments: list[Any], context: Any = UNDEFINED) -> Any:
    """What a function answers; raises JsonataError."""
    result = _once(run, function, arguments, context)
    while type(result) is Thunk:
        thunk = result
        following = thunk.procedure(thunk.context, thunk.frame)
        arguments = [argument(thunk.context, thunk.frame) for argument in thunk.arguments]
        try:
            result = _once(run, following, arguments, thunk.context)
        except JsonataError as error:
            error.values.setdefault("token", thunk.token)
            raise
    return result


def _once(run: Run, function: Any, arguments: list[Any], context: Any) -> Any:
    run.spend(_COST)
    kind = type(function)
    if kind is Lambda:
        if function.signature is not None:
            arguments = function.signature.check(arguments, context)
        frame = Frame(function.frame, run)
        bindings = frame.bindings
        count = len(arguments)
        for place, name in enumerate(function.parameters):
            bindings[name] = arguments[place] if place < count else UNDEFINED
        if run.depth > DEEPEST:
            raise JsonataError("", message=STACK_OVERFLOW)
        return function.body(function.context, frame)
    if kind is Native:
        if function.signature is not None:
            arguments = function.signature.check(arguments, context)
        return function.implementation(run, *arguments)
    if kind is Matcher:
        return _found(run, function, arguments[0] if arguments else UNDEFINED, 0)
    raise JsonataError("T1006", value=function)


def _found(run: Run, matcher: Matcher, text: Any, at: int) -> Any:
    """A regular expression called as a function: its first match from here on, and what finds the next."""
    match = matcher.pattern.search(text, at) if isinstance(text, str) else None
    if match is None:
        return UNDEFINED
    if not match[0]:
        raise JsonataError("D1004", value=matcher.source)
    end = match.end()
    return {
        "match": match[0],
        "start": match.start(),
        "end": end,
        "groups": [UNDEFINED if group is None else group for group in match.groups()],
        "next": Native(
            "next", lambda run: UNDEFINED if end >= len(text) else _found(run, matcher, text, end), None, 0
        ),
    }
