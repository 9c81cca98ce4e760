"""A second implementation as oracle: the evaluator of `jsonata-python` on expressions that nobody wrote.

Left out is what that evaluator does otherwise than JSONata's documentation: `%` and `/` of some numbers, JSON
null in arrays, `in` with arrays, `$sort` of arrays, positions with a fraction, functions as results.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from offline_cloud.engines.states_language.jsonata import QueryError, compile_expression
from offline_cloud.engines.states_language.scope import Scope

INPUT = {
    "a": 1,
    "l": [1, 2, 3],
    "o": {"p": [{"q": 1, "t": "x"}, {"q": 2, "t": "y"}]},
    "s": "hi",
    "e": [],
    "n": [[1, 2], [3, [4]]],
}
SCOPE = Scope({}, {}, lambda: "id", random.Random(1), {"input": INPUT})

ATOMS = ["1", "2.5", "'a'", "true", "{'a': 1}", "[1, 2]", "[]", "[[1], [2, 3]]"]
ATOMS += [
    f"$states.input.{path}" for path in ("o.p", "l", "n", "s", "o", "o.p.q", "l[$ > 1]", "none", "o.p[0]")
]
FILTERS = ["0", "-1", "1", "$ > 1", "q = 1", "[0, 1]"]
STEPS = ["q", "t", "a", "*", "**", "$", "(q)", "{'x': $}"]
FUNCTIONS = "count sum string length reverse distinct append keys merge exists type boolean join zip lookup"
OPERATORS = ["+", "-", "*", "=", "!=", "<", ">=", "&", "and", "or"]


def expression(chance: random.Random, depth: int) -> str:  # noqa: PLR0911 - one for each form
    if not depth:
        return chance.choice(ATOMS)

    def inner() -> str:
        return expression(chance, depth - 1)

    match chance.randrange(10):
        case 0:
            return f"({inner()} {chance.choice(OPERATORS)} {inner()})"
        case 1 | 2:
            arguments = ", ".join(inner() for _ in range(chance.choice((1, 1, 2))))
            return f"${chance.choice(FUNCTIONS.split())}({arguments})"
        case 3:
            return f"{inner()}[{chance.choice(FILTERS)}]"
        case 4:
            return f"({inner()}).{chance.choice(STEPS)}"
        case 5:
            return f"{{'k': {inner()}, 'm': {inner()}}}"
        case 6:
            return f"[{inner()}, {inner()}]"
        case 7:
            return f"$map({inner()}, function($v, $i) {{ {chance.choice(('$v', '$i', '[$v]', '$v.q'))} }})"
        case 8:
            return f"$filter({inner()}, function($v) {{ $v {chance.choice(('> 1', '= 2', '!= 1'))} }})"
        case _:
            return f"({inner()} ? {inner()} : {inner()})"


def ours(text: str) -> Any:
    try:
        return compile_expression("{% " + text + " %}").evaluate(SCOPE)
    except QueryError as error:
        return "nothing" if "(undefined)" in error.cause else "an error"


def theirs(text: str) -> Any:
    # After ours, which keeps the library from changing the recursion limit.
    from jsonata import Jsonata
    from jsonata.utils import Utils

    program = Jsonata.jsonata(text)
    program.set_validate_input(False)
    program.set_output_convert_nulls(False)
    try:
        value = program.evaluate(None, {"states": {"input": json.loads(json.dumps(INPUT))}})
    except Exception:
        return "an error"
    return "nothing" if value is None else json.loads(json.dumps(Utils.convert_nulls(value)))


def texts(seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(60):
        yield expression(chance, chance.randrange(1, 4))


@pytest.mark.parametrize("seed", range(8))
def test_both_give_the_same(seed: int) -> None:
    for text in texts(seed):
        assert ours(text) == theirs(text), text
