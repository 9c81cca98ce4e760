"""JSONata in state machines: values, nothing, errors in the service's words, bounds, own functions.

Expected values follow docs.jsonata.org and the developer guide; causes and the seeded number are AWS's.
"""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.states_language.jsonata import (
    QueryError,
    compile_expression,
    compile_template,
    is_expression,
)
from offline_cloud.engines.states_language.scope import Scope

INPUT: dict[str, Any] = {
    "n": 3,
    "nil": None,
    "mixed": [1, None, 3],
    "empty": [],
    "one": [7],
    "rows": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}, {"id": 3, "tags": ["c"], "x": None}],
    "text": "Hello, World",
    "nested": [[1, 2], [3]],
}
CONTEXT = {"State": {"EnteredTime": "2024-05-06T07:08:09.123Z"}}


def scope(**variables: Any) -> Scope:
    states = {"input": INPUT, "context": CONTEXT}
    return Scope(CONTEXT, variables, lambda: "an-id", random.Random(1), states)


def evaluate(text: str, **variables: Any) -> Any:
    return compile_expression("{% " + text + " %}", "Output").evaluate(scope(**variables))


def cause(text: str) -> str:
    with pytest.raises(QueryError) as caught:
        evaluate(text)
    assert caught.value.error == "States.QueryEvaluationError"
    assert caught.value.location == "Output"
    start = f"The JSONata expression '{text}' specified for the field 'Output' "
    assert caught.value.cause.startswith(start)
    return caught.value.cause.removeprefix(start)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # paths
        ("$states.input.n", 3),
        ("$states.input.nil", None),
        ("$states.input.mixed", [1, None, 3]),
        ("$states.input.mixed[1]", None),
        ("$states.input.mixed[-1]", 3),
        ("$states.input.mixed[[0..1]]", [1, None]),
        ("$states.input.mixed[$ != null]", [1, 3]),
        ("$states.input.empty", []),
        ("$states.input.one", [7]),
        ("$states.input.one[0]", 7),
        ("$states.input.rows.id", [1, 2, 3]),
        ("$states.input.rows.tags", ["a", "b", "c"]),
        ("$states.input.rows[id = 2].id", 2),
        ("$states.input.rows[id = 2][].id", [2]),
        ("$states.input.rows[id > 1].id", [2, 3]),
        ("$states.input.rows[$exists(x)].id", 3),
        ("$states.input.rows.{'k': id}", [{"k": 1}, {"k": 2}, {"k": 3}]),
        ("$states.input.rows{$string(id): $count(tags)}", {"1": 2, "2": 0, "3": 1}),
        ("$states.input.rows^(>id)[0].id", 3),
        ("$states.input.rows^(<id).id", [1, 2, 3]),
        ("$states.input.rows#$i[$i = 1].id", 2),
        (
            "$states.input.rows@$r.$r.tags.{'id': $r.id, 'tag': $}",
            [{"id": 1, "tag": "a"}, {"id": 1, "tag": "b"}, {"id": 3, "tag": "c"}],
        ),
        (
            "$states.input.rows.tags.{'t': $, 'of': %.id}",
            [{"t": "a", "of": 1}, {"t": "b", "of": 1}, {"t": "c", "of": 3}],
        ),
        ("$states.input.**.id", [1, 2, 3]),
        ("$states.input.rows[0].*", [1, "a", "b"]),
        ("$states.input.nested", [[1, 2], [3]]),
        ("$states.input.nested[0]", [1, 2]),
        ("$states.input.`text`", "Hello, World"),
        ("$states.context.State.EnteredTime", "2024-05-06T07:08:09.123Z"),
        # operators
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("5.5 % 2", 1.5),
        ("-7 % 3", -1),
        ("0.1 + 0.2", 0.30000000000000004),
        ("9007199254740993 + 0", 9007199254740992),
        # What JSON cannot hold becomes a text; whole numbers are integers of 64 bits, others doubles.
        ("1 / 0", "Infinity"),
        ("{'k': -1 / 0}", {"k": "-Infinity"}),
        ("[0 / 0]", ["NaN"]),
        ("1e18", 10**18),
        ("[1e20]", [1e20]),
        ("$partition([1, 2, 3], 2.9)", [[1, 2], [3]]),
        ("$exists($partition([1], 0))", False),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$exists($range(1, 5, 0.5))", False),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$count($range(1, 360145, 1))", 360_145),
        ("'a' & 1 & null & [1, {'b': 2}]", 'a1null[1,{"b":2}]'),
        ("1 = 1.0 and 'a' < 'b' or false", True),
        ("2 in [1, 2]", True),
        ("[1..3, 7]", [1, 2, 3, 7]),
        ("[3..1]", []),
        ("[[1], 2]", [[1], 2]),
        ("$states.input.n > 2 ? 'big' : 'small'", "big"),
        ("($a := 1; $b := $a + 1; {'s': $a + $b})", {"s": 3}),
        ("{'a': $states.input.none, 'b': null}", {"b": None}),
        (
            "$states.input ~> |rows|{'new': id * 2}, 'tags'| ~> $lookup('rows')",
            [{"id": 1, "new": 2}, {"id": 2, "new": 4}, {"id": 3, "x": None, "new": 6}],
        ),
        ("/* nothing */ 1", 1),
        # variables
        ("$v.a + $w", 5),
        ("$nothing", None),
        ("$exists($nothing)", True),
        ("$exists($unknown)", False),
        # texts
        ("$string(1e20)", "100000000000000000000"),
        ("$string(1e21)", "1e+21"),
        ("$string(0.000001)", "0.000001"),
        ("$string(1/3)", "0.333333333333333"),
        ("$string({'a': [1.0, null]}, true)", '{\n  "a": [\n    1,\n    null\n  ]\n}'),
        ("$substring($states.input.text, -5, 3)", "Wor"),
        ("$substringBefore('a-b', '-') & $substringAfter('a-b', '-')", "ab"),
        ("$uppercase('é') & $lowercase('Ä') & $trim('  a   b ')", "Éäa b"),
        ("$pad('x', -3, '#') & $length('😀')", "##x1"),
        ("$split('a,b,c', ',', 2)", ["a", "b"]),
        ("$split('a1b22c', /[0-9]+/)", ["a", "b", "c"]),
        ("$join(['a', 'b'], '-')", "a-b"),
        ("$match('ab12', /([a-z])([0-9])/).groups", ["b", "1"]),
        ("$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1')", "Smith, John"),
        ("$replace('aaa', 'a', 'b', 2)", "bba"),
        ("$replace('abc', /b/, function($m) { $uppercase($m.match) })", "aBc"),
        ("$contains('abc', /B/i)", True),
        ("$base64encode('hé') & $base64decode('aMOp')", "aMOphé"),
        ("$encodeUrlComponent('a b/ü') & $decodeUrlComponent('%C3%BC')", "a%20b%2F%C3%BCü"),
        ("$encodeUrl('http://x/?q=ä b')", "http://x/?q=%C3%A4%20b"),
        ("$number('0x1F') + $number('1e2') + $number(true)", 132),
        ("$formatNumber(1234.5, '#,##0.00')", "1,234.50"),
        ("$formatBase(255, 16)", "ff"),
        ("$formatInteger(7, 'w')", "seven"),
        ("$parseInteger('xii', 'i')", 12),
        # numbers and collections
        ("$round(2.5) & $round(3.5) & $round(-2.5) & $round(1.255, 2)", "24-21.26"),
        ("$sum([1, 2.5]) + $max([1, 4]) + $average([1, 3])", 9.5),
        ("$map([1, 2], function($v, $i, $a) { $v * $i + $count($a) })", [2, 4]),
        ("$map($states.input.mixed, function($v) { $v })", [1, None, 3]),
        ("$filter([1..5], function($v) { $v % 2 = 1 })", [1, 3, 5]),
        ("$reduce([1..4], function($a, $b) { $a * $b })", 24),
        ("$sort([3, 1, 2], function($l, $r) { $l < $r })", [3, 2, 1]),
        ("$sort(['b', 'a'])", ["a", "b"]),
        ("$single([1, 2], function($v) { $v = 2 })", 2),
        ("$distinct([1, 1, '1', {'a': 1}, {'a': 1}])", [1, "1", {"a": 1}]),
        ("$zip([1, 2], ['a', 'b', 'c'])", [[1, "a"], [2, "b"]]),
        ("$keys([{'a': 1}, {'b': 1, 'a': 2}])", ["a", "b"]),
        ("$merge([{'a': null}, {'b': 1}])", {"a": None, "b": 1}),
        ("$spread({'a': 1, 'b': 2})", [{"a": 1}, {"b": 2}]),
        ("$sift({'a': 1, 'b': 2}, function($v) { $v > 1 })", {"b": 2}),
        ("$each({'a': 1, 'b': 2}, function($v, $k) { $k & $v })", ["a1", "b2"]),
        ("$append(1, [2, 3]) ~> $reverse()", [3, 2, 1]),
        ("[1, 2] ~> $map(function($v) { $v + 1 }) ~> $sum()", 5),
        ("($add := function($a, $b) { $a + $b }; $inc := $add(?, 1); $inc(4))", 5),
        ("($twice := $uppercase ~> $length; 'abc' ~> $twice)", 3),
        (
            "$type(null) & $type([]) & $type({}) & $type('') & $type(1) & $type(true)",
            "nullarrayobjectstringnumberboolean",
        ),
        ("$boolean([0]) or $boolean({}) or $not('x')", False),
        ("($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(10))", 3628800),
        ("($f := function($n, $t) { $n = 0 ? $t : $f($n - 1, $t + $n) }; $f(5000, 0))", 12502500),
        # time
        ("$now()", "2024-05-06T07:08:09.123Z"),
        ("$millis()", 1714979289123),
        ("$fromMillis(1714979289123, '[Y0001]-[M01]-[D01]')", "2024-05-06"),
        ("$toMillis('1970-01-01T00:00:00.001+00:00')", 1),
        ("$toMillis('06.05.2024', '[D01].[M01].[Y0001]')", 1714953600000),
        # Step Functions' own
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$range(0, 6, 2)", [0, 2, 4, 6]),
        ("$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ("$random(42)", 0.7275636800328681),
        ("$uuid()", "an-id"),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
    ],
)
def test_what_it_gives(text: str, value: Any) -> None:
    result = evaluate(text, v={"a": 2}, w=3, nothing=None)
    assert result == value
    assert repr(result) == repr(value)


def test_nothing_is_an_error_that_names_the_field() -> None:
    assert cause("$states.input.none") == "returned nothing (undefined)."
    assert cause("$max([])") == "returned nothing (undefined)."


@pytest.mark.parametrize("text", ["function($x) { $x }", "/a/", "$sum", "{'f': $sum}", "[$uppercase]"])
def test_functions_are_no_result(text: str) -> None:
    assert cause(text) == "returned an unsupported result type."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 + 'a'", '. T2002: The right side of the "+" operator must evaluate to a number'),
        ("null - 1", '. T2001: The left side of the "-" operator must evaluate to a number'),
        (
            "'a' < 1",
            '. T2009: The values "a" and 1 either side of operator "<" must be of the same data type',
        ),
        (
            "true > 1",
            '. T2010: The expressions either side of operator ">" must evaluate to numeric or string values',
        ),
        ("$sum(['a'])", '. T0412: Argument 1 of function "sum" must be an array of "numbers"'),
        ("$uppercase(1)", '. T0410: Argument 1 of function "uppercase" does not match function signature'),
        ("$sum([1], 2)", '. T0410: Argument 2 of function "sum" does not match function signature'),
        ('$eval("1+1")', ". T1006: Attempted to invoke a non-function"),
        ("$nope(1)", ". T1006: Attempted to invoke a non-function"),
        ("$number('x')", '. D3030: Unable to cast value to a number: "x"'),
        ("$error('stop')", ". D3137: stop"),
        ("$assert(false, 'no')", ". D3141: no"),
        (
            "$single([1, 2])",
            ". D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
        ),
        ("{1: 2}", ". T1003: Key in object structure must evaluate to a string; got: 1"),
        ("-'a'", '. D1002: Cannot negate a non-numeric value: "a"'),
        (
            "$toMillis('x')",
            ". D3110: The argument of the toMillis function must be an ISO 8601 formatted "
            'timestamp. Given "x"',
        ),
        (
            "$formatNumber(1, 'x')",
            ". D3086: The sub-picture must not contain a passive character that is "
            "preceded by an active character and that is followed by another active character",
        ),
    ],
)
def test_errors_have_code_and_words(text: str, words: str) -> None:
    assert cause(text) == f"threw an error during evaluation{words}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("($f := function($x) { $f($x + 1) + 1 }; $f(1))", "Stack overflow error"),
        ("+".join(["1"] * 200), "Stack overflow error"),
        ("[1..900000] ~> $count()", "Expression evaluation memory limit exceeded"),
        ("$range(1, 360146, 1)", "Expression evaluation memory limit exceeded"),
        ("($p := function($s) { $p($s & $s) }; $p('x'))", "Expression evaluation memory limit exceeded"),
        ("$pad('x', 1000000000)", "Expression evaluation memory limit exceeded"),
    ],
)
def test_what_has_no_end_fails(text: str, words: str) -> None:
    assert cause(text).startswith(f"threw an error during evaluation: {words}")


@pytest.mark.parametrize(
    "text",
    [
        "($f := function($x) { $f($x + 1) }; $f(1))",
        "[1, ($f := function() { $f() }; $f())]",
        "[1..3000].[1..3000]",
        "$map([1..700000], function($v) { $v })",
    ],
)
def test_what_takes_too_long_fails(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline_cloud.engines.states_language.jsonata_values.MOST_STEPS", 20_000)
    assert (
        cause(text)
        == "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 +", "Unexpected end of expression"),
        ('"unterminated', "String literal must be terminated by a matching quote"),
        ("[1,2)", 'Expected "]", got ")"'),
        ("(1", 'Expected ")" before end of expression'),
        ("$match('a', /abc", "No terminating / in regular expression"),
        ("1 ?? 2", 'The symbol "?" cannot be used as a unary operator'),
        ("1 ?: 2", 'The symbol ":" cannot be used as a unary operator'),
        ("%", 'The object representing the "parent" cannot be derived from this expression'),
        ("(" * 3_000 + "1" + ")" * 3_000, "The expression is nested too deeply"),
        ("", "Unexpected end of expression"),
    ],
)
def test_syntax_errors_are_said_when_it_is_compiled(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_expression("{% " + text + " %}")
    assert str(caught.value) == words


def test_a_regular_expression_that_takes_too_long_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline_cloud.engines.states_language.regular_expressions._SECONDS", 0.01)
    said = "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop"
    assert cause(f"$contains('{'a' * 60}b', /(a|aa)+$/)") == said


def test_what_the_service_calls_an_internal_error_has_an_id() -> None:
    assert cause("$base64decode('!!!')") == "threw an internal error during evaluation. an-id"
    assert cause("$pad('x', 1/0)") == "threw an internal error during evaluation. an-id"


def test_templates_name_the_place_of_an_expression() -> None:
    node = {"a": {"b": ["x", "{% $states.input.none %}"]}, "c": "{% 1 %}", "d": [1]}
    with pytest.raises(QueryError) as caught:
        compile_template(node, "Output").evaluate(scope())
    assert caught.value.location == "Output/a/b[1]"
    template = compile_template({"c": "{% $states.input.n + 1 %}", "d": node["d"]}, "Output")
    filled = template.evaluate(scope())
    assert filled == {"c": 4, "d": [1]}
    assert filled["d"] is node["d"]
    assert compile_template({"d": [1]}).is_static
    assert not is_expression(" {% 1 %}")
    assert is_expression("{%1%}")


def test_data_is_shared_and_never_changed() -> None:
    before = repr(INPUT)
    assert evaluate("$states.input") is INPUT
    assert evaluate("{'r': $states.input.rows}")["r"] is INPUT["rows"]
    evaluate("$states.input ~> |$|{'n': 9}, ['rows']|")
    evaluate("$sort($states.input.rows, function($a, $b) { $a.id < $b.id })")
    evaluate("$append($states.input.mixed, 1)")
    assert repr(INPUT) == before


def test_chance_comes_from_outside() -> None:
    first, second = (
        compile_expression("{% [$random(), $shuffle([1..9])] %}").evaluate(scope()) for _ in range(2)
    )
    assert first == second


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_goes_through_unchanged(value: Any) -> None:
    assert evaluate("$v", v=value) == value
    assert evaluate("{'w': $v}", v=value) == {"w": value}
    assert evaluate("$parse($string($v))", v=value if not isinstance(value, str) else [value]) == (
        value if not isinstance(value, str) else [value]
    )


@given(st.text("ab$.[]{}()'\"/+-*%?:;,=~>|^@#123 ", max_size=25))
def test_any_text_gives_a_value_or_a_plain_error(text: str) -> None:
    try:
        expression = compile_expression("{%" + text + "%}")
    except ValueError:
        return
    try:
        expression.evaluate(scope())
    except QueryError as error:
        # An error of ours would show as an internal one.
        told = "internal error" not in error.cause
    else:
        told = True
    assert told
