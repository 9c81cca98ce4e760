"""Rules of a Choice state."""

from typing import Any

import pytest

from tests.offline_cloud.engines.states_language.definitions import END, errors, machine, other_language


def choice(*rules: Any, **fields: Any) -> dict[str, Any]:
    state = {"Type": "Choice", "Choices": list(rules), "Default": "S", **fields}
    return machine({"C": state, "S": END})


def rule(**fields: Any) -> dict[str, Any]:
    return choice({"Next": "S", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"Variable": "$.a", "StringEquals": "x"},
        {"Variable": "$.a", "StringEqualsPath": "$.b"},
        {"Variable": "$$.Execution.Name", "StringMatches": "log-*"},
        {"Variable": "$total", "NumericGreaterThanEquals": 1.5},
        {"Variable": "$.a[0]['b c']", "IsNull": False},
        {"Variable": "$.t", "TimestampLessThan": "2026-01-01T00:00:00Z"},
        {"Variable": "$.a", "BooleanEqualsPath": "$.b", "Comment": "why", "Assign": {"x.$": "$.a"}},
        {"Not": {"Variable": "$.a", "IsPresent": True}},
        {"And": [{"Variable": "$.a", "IsPresent": True}, {"Or": [{"Variable": "$.b", "IsString": True}]}]},
    ],
)
def test_right_rules(fields: dict[str, Any]) -> None:
    assert errors(rule(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Variable": "$.a", "StringEquals": 5}, [("Expected value of type [STRING]", "/StringEquals")]),
        ({"Variable": "$.a", "NumericEquals": "5"}, [("Expected value of type [NUMBER]", "/NumericEquals")]),
        ({"Variable": "$.a", "IsPresent": "true"}, [("Expected value of type [BOOLEAN]", "/IsPresent")]),
        (
            {"Variable": "$.a", "TimestampEquals": "noon"},
            [("Value must be a valid ISO-8601 timestamp", "/TimestampEquals")],
        ),
        (
            # cfn-lint #4076
            {"Variable": "Test", "StringMatches": "Test"},
            [("Value is not a Reference Path: Reference path didn't start with '$'", "/Variable")],
        ),
        (
            {"Variable": "$.a[*]", "IsPresent": True},
            [("Value is not a Reference Path: '*' is not supported in a Reference Path", "/Variable")],
        ),
        (
            {"Variable": "$.a", "NumericEqualsPath": "b"},
            [("Value is not a Reference Path: Reference path didn't start with '$'", "/NumericEqualsPath")],
        ),
        (
            {"Variable": "$.a"},
            [("Exactly one comparison operator or one of [And, Or, Not] is required", "")],
        ),
        (
            {"Variable": "$.a", "IsNull": True, "IsString": True},
            [("Only one of these fields is allowed: [IsNull, IsString]", "")],
        ),
        ({"IsNull": True}, [("These fields are required: [Variable]", "")]),
        (
            {"Variable": "$.a", "Not": {"Variable": "$.a", "IsNull": True}},
            [("Field 'Variable' is not supported", "")],
        ),
        ({"And": []}, [("Minimum number of items is 1", "/And")]),
        ({"Not": []}, [("Expected value of type [OBJECT]", "/Not")]),
        ({"Or": [5]}, [("Expected value of type [OBJECT]", "/Or[0]")]),
        (
            {"Or": [{"Variable": "$.a", "IsNull": True, "Next": "S"}]},
            [("Field 'Next' is not supported", "/Or[0]")],
        ),
        (
            {"Not": {"And": [{"Variable": "$.a", "NumericEquals": None}]}},
            [("Expected value of type [NUMBER]", "/Not/And[0]/NumericEquals")],
        ),
        (
            {"Condition": "{% true %}"},
            [
                (
                    other_language("Condition", "JSONPath", "JSONata"),
                    "",
                ),
                ("Exactly one comparison operator or one of [And, Or, Not] is required", ""),
            ],
        ),
    ],
)
def test_wrong_rules(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert errors(rule(**fields)) == [
        (message, f"/States/C/Choices[0]{where}") for message, where in expected
    ]


def test_a_rule_leads_somewhere() -> None:
    # cfn-lint #4077
    assert errors(choice({"Variable": "$", "StringMatches": "Test"})) == [
        ("These fields are required: [Next]", "/States/C/Choices[0]")
    ]


def test_every_target_is_called_next() -> None:
    # floci #2786
    definition = choice({"Variable": "$.a", "IsNull": True, "Next": "X"}, Default="Y")
    assert [each for each in errors(definition) if each[0].startswith("Missing")] == [
        ("Missing 'Next' target: Y", "/States/C/Default"),
        ("Missing 'Next' target: X", "/States/C/Choices[0]/Next"),
    ]


def test_a_choice_neither_leads_on_nor_ends_by_itself() -> None:
    definition = choice({"Variable": "$.a", "IsNull": True, "Next": "S"}, Next="S", End=True)
    assert errors(definition) == [
        ("Field 'Next' is not supported", "/States/C"),
        ("Field 'End' is not supported", "/States/C"),
    ]


def test_a_choice_has_rules() -> None:
    assert errors(choice()) == [("Minimum number of items is 1", "/States/C/Choices")]
    assert errors(choice(7)) == [("Expected value of type [OBJECT]", "/States/C/Choices[0]")]


def test_jsonata_has_conditions() -> None:
    right = choice(
        {"Condition": "{% $states.input.a > 1 %}", "Next": "S", "Output": {"a": 1}}, QueryLanguage="JSONata"
    )
    literal = choice({"Condition": True, "Next": "S"}, QueryLanguage="JSONata")
    wrong = choice({"Variable": "$.a", "IsNull": True, "Next": "S"}, QueryLanguage="JSONata")
    assert errors(right) == errors(literal) == []
    assert errors(wrong) == [
        *(
            (
                other_language(name, "JSONata", "JSONPath"),
                "/States/C/Choices[0]",
            )
            for name in ("Variable", "IsNull")
        ),
        ("These fields are required: [Condition]", "/States/C/Choices[0]"),
    ]
    assert errors(choice({"Condition": "true", "Next": "S"}, QueryLanguage="JSONata")) == [
        ("Expected value of type [BOOLEAN]", "/States/C/Choices[0]/Condition")
    ]
