"""JSONata expressions that AWS refuses when a machine is created.

The sentences are those that people got from AWS (floci #2670 and #2745); the expressions are ours.
"""

from typing import Any

import pytest

from offline_cloud.engines.states_language.validation import validate
from tests.offline_cloud.engines.states_language.definitions import FUNCTION, machine


def refused(expression: str) -> list[tuple[str, str]]:
    """Code and sentence of each error of a state that has `expression` as its output."""
    state = {"Type": "Pass", "Output": {"total": f"{{% {expression} %}}"}, "End": True}
    findings = validate(machine({"S": state}, QueryLanguage="JSONata"))
    assert all(each.location == "/States/S/Output/total" for each in findings)
    return [(each.code, each.message) for each in findings]


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.lines[price > 10].(price * amount)",
        "$states.input.lines^(>price)[0].name",
        "$states.input.lines{kind: $sum(price)}",
        "$map($states.input.lines, function($line) { $line.price })",
        "$rate * 2",
        "{'net': $net, 'when': $states.context.State.EnteredTime}",
        "$states.result.Payload ~> $string()",
        "($half := $x / 2; $half > 1 ? 'much' : 'little')",
        "[1..$count($states.input.lines)]",
        "$states.input.lines.$uppercase(name)",
        "true",
    ],
)
def test_what_starts_from_the_state_or_a_variable(expression: str) -> None:
    assert refused(expression) == []


@pytest.mark.parametrize(
    "expression",
    [
        "order",
        "order.lines[0]",
        "order[price > 1]",
        "(order)",
        "$sum(order)",
        "1 + order",
        "-order",
        "[1, order]",
        "{order: 1}",
        "{'a': order}",
        "$ready ? order : 1",
        "($a := order; $a)",
        "order ~> $string()",
        "$map($states.input.lines, function($line) { order })",
        "$f(?, order)",
        "order & order",
    ],
)
def test_a_bare_name(expression: str) -> None:
    assert refused(expression) == [
        ("UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'order' at the top level is not supported.")
    ]


def test_each_name_once_and_in_order() -> None:
    assert [message for _, message in refused("b + a + b")] == [
        "Reference to 'b' at the top level is not supported.",
        "Reference to 'a' at the top level is not supported.",
    ]


def test_the_context() -> None:
    assert refused("$.a") == [
        ("UNSUPPORTED_JSONATA_EXPRESSION", "Reference to '$' at the top level is not supported.")
    ]
    assert refused("$$.a") == [("UNSUPPORTED_JSONATA_EXPRESSION", "Reference to '$$' is not supported.")]
    assert refused("$states.input.lines.$") == []


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("2 *", "Unexpected end of expression"),
        ("'open", "String literal must be terminated by a matching quote"),
        ("$x[1;2]", 'Expected "]", got ";"'),
    ],
)
def test_no_jsonata(expression: str, sentence: str) -> None:
    assert refused(expression) == [("INVALID_JSONATA_EXPRESSION", sentence)]


def test_the_error_is_known_to_catchers_only() -> None:
    look = "{% $states.errorOutput.Cause %}"
    catcher = {"ErrorEquals": ["E"], "Next": "F", "Output": look, "Assign": {"why": look}}
    states: dict[str, Any] = {
        "S": {"Type": "Task", "Resource": FUNCTION, "Catch": [catcher], "Output": {"a": [look]}, "Next": "F"},
        "F": {"Type": "Fail", "Cause": look},
    }
    findings = validate(machine(states, QueryLanguage="JSONata"))
    assert [(each.message, each.location) for each in findings] == [
        ("Field '$states.errorOutput' does not exist.", "/States/S/Output/a[0]"),
        ("Field '$states.errorOutput' does not exist.", "/States/F/Cause"),
    ]


def test_expressions_stand_in_fields_that_are_evaluated() -> None:
    bad = "{% order %}"
    state = {
        "Type": "Task",
        "Resource": FUNCTION,
        "Comment": bad,
        "TimeoutSeconds": bad,
        "Arguments": {"Comment": bad},
        "Assign": {"Next": bad},
        "Output": bad,
        "End": True,
    }
    findings = validate(machine({"S": state}, QueryLanguage="JSONata"))
    assert [each.location for each in findings] == [
        "/States/S/TimeoutSeconds",
        "/States/S/Arguments/Comment",
        "/States/S/Assign/Next",
        "/States/S/Output",
    ]
    # In a JSONPath state the same is plain text.
    assert validate(machine({"S": {"Type": "Pass", "Parameters": {"a": bad}, "End": True}})) == []


def test_an_expression_is_the_whole_text() -> None:
    state = {"Type": "Pass", "Output": {"a": "Hello {% $name %}", "b": " {% $name %}"}, "End": True}
    findings = validate(machine({"S": state}, QueryLanguage="JSONata"))
    assert [(each.severity, each.location) for each in findings] == [
        ("WARNING", "/States/S/Output/a"),
        ("WARNING", "/States/S/Output/b"),
    ]


def test_keys_of_the_other_language() -> None:
    state = {"Type": "Pass", "Output": {"a.$": "$.a", "b.$": 5}, "End": True}
    [finding] = validate(machine({"S": state}, QueryLanguage="JSONata"))
    assert (finding.severity, finding.location) == ("WARNING", "/States/S/Output/a.$")
