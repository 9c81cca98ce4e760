"""What AWS is known to answer, rule by rule.

`KNOWN` holds sentences that people got from AWS and reported in public issue threads, each named by its
thread; the definitions are ours.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_cloud.engines.states_language.diagnostics import definition_error
from offline_cloud.engines.states_language.state_fields import (
    CATCHER,
    COMPARATORS,
    MACHINE,
    PROCESSOR,
    RETRIER,
    RULE,
    STATES,
)
from offline_cloud.engines.states_language.validation import validate, validate_state
from tests.offline_cloud.engines.states_language.definitions import (
    END,
    FUNCTION,
    errors,
    found,
    machine,
    other_language,
    state,
    task,
)

KNOWN: list[tuple[str, Any, list[tuple[str, str, str | None]]]] = [
    (
        "localstack #11978",
        machine({"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": END}),
        [
            ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: pass3", "/States/pass1/Next"),
            ("MISSING_TRANSITION_TARGET", 'State "pass2" is not reachable.', "/States/pass2"),
        ],
    ),
    (
        "cfn-lint #4074: StartAt is called Next too, and of the chain only its first state is named",
        {
            "StartAt": "Not sure",
            "States": {"One": {"Type": "Pass", "Next": "Two"}, "Two": {"Type": "Succeed"}},
        },
        [
            ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: Not sure", "/StartAt"),
            ("MISSING_TRANSITION_TARGET", 'State "One" is not reachable.', "/States/One"),
        ],
    ),
    (
        "floci #2735: a ring",
        machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}),
        [("MISSING_END_STATE", "Workflow has no terminal state", None)],
    ),
    (
        "floci #2786: a ring hides unreachable states",
        machine({"A": {"Type": "Pass", "Next": "A"}, "B": {"Type": "Pass", "Next": "A"}}),
        [("MISSING_END_STATE", "Workflow has no terminal state", None)],
    ),
    (
        "floci #2786: dangling before no end",
        machine({"A": {"Type": "Pass", "Next": "NOPE"}}),
        [
            ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: NOPE", "/States/A/Next"),
            ("MISSING_END_STATE", "Workflow has no terminal state", None),
        ],
    ),
    (
        "floci #2735",
        state(Type="Map", TimeoutSeconds=5, ItemProcessor=machine({"P": END})),
        [("SCHEMA_VALIDATION_FAILED", "Field 'TimeoutSeconds' is not supported", "/States/S")],
    ),
    (
        "functionless #308",
        state(Type="Wait", Seconds=1, ResultPath=None),
        [("SCHEMA_VALIDATION_FAILED", "Field 'ResultPath' is not supported", "/States/S")],
    ),
    (
        "cfn-lint #4075",
        state(Type="Wait", Seconds=10_000_000_000_000_000),
        [("SCHEMA_VALIDATION_FAILED", "Maximum value is 99999999", "/States/S/Seconds")],
    ),
    (
        "cfn-lint #4078",
        state(Type="Pass", OutputPath="Test"),
        [("SCHEMA_VALIDATION_FAILED", "Value must be a valid JSONPath.", "/States/S/OutputPath")],
    ),
    (
        "cfn-lint #4085",
        state(Type="Pass", Assign={"Variable.$": "Test"}),
        [
            (
                "SCHEMA_VALIDATION_FAILED",
                "The value for the field 'Variable.$' must be a valid JSONPath "
                "or a valid intrinsic function call",
                "/States/S/Assign",
            )
        ],
    ),
    (
        "cdk-github-runners #434",
        machine(
            {
                "P": {
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [
                        machine({"C": {"Type": "Choice", "Default": "S"}, "S": {"Type": "Succeed"}})
                    ],
                }
            }
        ),
        [
            (
                "SCHEMA_VALIDATION_FAILED",
                "These fields are required: [Choices]",
                "/States/P/Branches[0]/States/C",
            )
        ],
    ),
    (
        "cfn-lint #3616",
        machine({"P": {"Type": "Parallel", "Next": "A", "Branches": [machine({"A": END})]}, "A": END}),
        [("DUPLICATE_STATE_NAME", "Duplicate State name: A", "/States/A")],
    ),
    (
        "boto3 #4539: at the root",
        machine({"A": END}, QueryLangage="JSONata"),
        [("SCHEMA_VALIDATION_FAILED", "Field 'QueryLangage' is not supported", "/")],
    ),
    (
        "floci #2968",
        state(Type="Pass", Output=1),
        [
            (
                "SCHEMA_VALIDATION_FAILED",
                other_language("Output", "JSONPath", "JSONata"),
                "/States/S",
            )
        ],
    ),
    (
        "floci #2968: the fields of the refused language are not named on top",
        machine({"A": {**END, "QueryLanguage": "JSONPath", "Output": 1}}, QueryLanguage="JSONata"),
        [
            (
                "SCHEMA_VALIDATION_FAILED",
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                "/States/A",
            )
        ],
    ),
    (
        "floci #2968: a Map's language is not its states'",
        state(
            Type="Map",
            QueryLanguage="JSONata",
            ItemProcessor={**machine({"P": {**END, "Output": 1}}), "QueryLanguage": "JSONata"},
        ),
        [
            ("SCHEMA_VALIDATION_FAILED", "Field 'QueryLanguage' is not supported", "/States/S/ItemProcessor"),
            (
                "SCHEMA_VALIDATION_FAILED",
                other_language("Output", "JSONPath", "JSONata"),
                "/States/S/ItemProcessor/States/P",
            ),
        ],
    ),
    (
        "floci #2968: what isn't exactly JSONPath counts as JSONata",
        machine({"A": {**END, "Parameters": {}}}, QueryLanguage="jsonpath"),
        [
            (
                "SCHEMA_VALIDATION_FAILED",
                "Value should be one of the following: [JSONPath, JSONata]",
                "/QueryLanguage",
            ),
            (
                "SCHEMA_VALIDATION_FAILED",
                other_language("Parameters", "JSONata", "JSONPath"),
                "/States/A",
            ),
        ],
    ),
    (
        "floci #3302",
        state(Type="Fail", ErrorPath=5),
        [("SCHEMA_VALIDATION_FAILED", "Expected value of type [STRING]", "/States/S/ErrorPath")],
    ),
]


@pytest.mark.parametrize(
    ("definition", "expected"), [case[1:] for case in KNOWN], ids=[case[0] for case in KNOWN]
)
def test_aws_is_known_to_answer(definition: Any, expected: list[tuple[str, str, str | None]]) -> None:
    given_value = validate(definition)
    assert [
        (each.code, each.message, each.location) for each in given_value if each.severity == "ERROR"
    ] == expected
    assert validate(json.dumps(definition)) == given_value
    assert all(each.advice for each in given_value)


def test_the_exception_joins_the_errors_and_says_null_for_nowhere() -> None:
    findings = validate(machine({"A": {"Type": "Pass", "Next": "NOPE", "Cause": "x"}}))
    assert definition_error(findings) == (
        "Invalid State Machine Definition: '"
        "SCHEMA_VALIDATION_FAILED: Field 'Cause' is not supported at /States/A, "
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/A/Next, "
        "MISSING_END_STATE: Workflow has no terminal state at null'"
    )


FIELDS_BY_TYPE = {
    "TimeoutSeconds": {"Task"},
    "Catch": {"Task", "Parallel", "Map"},
    "Retry": {"Task", "Parallel", "Map"},
    "Next": {"Task", "Parallel", "Map", "Pass", "Wait"},
    "End": {"Task", "Parallel", "Map", "Pass", "Wait"},
    "Assign": {"Task", "Parallel", "Map", "Pass", "Wait", "Choice"},
    "Output": {"Task", "Parallel", "Map", "Pass", "Wait", "Choice", "Succeed"},
    "Arguments": {"Task", "Parallel"},
    "ItemSelector": {"Map"},
    "Credentials": {"Task"},
    "Result": {"Pass"},
    "ResultSelector": {"Task", "Parallel", "Map"},
    "ResultPath": {"Task", "Parallel", "Map", "Pass"},
    "InputPath": set(STATES) - {"Fail"},
    "Comment": set(STATES),
    "QueryLanguage": set(STATES),
}


@pytest.mark.parametrize("name", FIELDS_BY_TYPE)
def test_each_state_type_has_the_fields_of_the_guide(name: str) -> None:
    assert {type_ for type_, fields in STATES.items() if name in fields} == FIELDS_BY_TYPE[name]


def test_a_state_leads_on_or_ends() -> None:
    both = machine({"A": {"Type": "Pass", "Next": "B", "End": True}, "B": END})
    neither = machine({"A": {"Type": "Pass"}})
    message = "Exactly one of these fields is required: [Next, End]"
    assert errors(both) == [(message, "/States/A")]
    assert errors(neither) == [(message, "/States/A")]
    assert errors(machine({"A": {"Type": "Pass", "Next": "B", "End": False}, "B": END})) == []


def test_several_ends_are_fine() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "B"}],
        "Default": "C",
    }
    assert validate(machine({"A": choice, "B": END, "C": {"Type": "Fail"}})) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Seconds": 1}, []),
        ({"SecondsPath": "$.s"}, []),
        ({"Timestamp": "2026-03-14T01:59:00Z"}, []),
        ({"Timestamp": "2026-03-14T01:59:00.123456789+01:00"}, []),
        ({"TimestampPath": "$.t"}, []),
        ({}, ["Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]"]),
        (
            {"Seconds": 1, "TimestampPath": "$.t"},
            ["Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]"],
        ),
        ({"Timestamp": "tomorrow"}, ["Value must be a valid ISO-8601 timestamp"]),
        ({"Timestamp": "2026-03-14"}, ["Value must be a valid ISO-8601 timestamp"]),
        ({"Seconds": "5"}, ["Expected value of type [INTEGER]"]),
        ({"Seconds": -1}, ["Minimum value is 0"]),
        ({"Seconds": True}, ["Expected value of type [INTEGER]"]),
    ],
)
def test_wait_has_one_of_four(fields: dict[str, Any], expected: list[str]) -> None:
    assert [message for message, _ in errors(state(Type="Wait", **fields))] == expected


def test_in_jsonata_wait_has_one_of_two() -> None:
    lacking = machine({"W": {"Type": "Wait", "End": True}}, QueryLanguage="JSONata")
    assert errors(lacking) == [("Exactly one of these fields is required: [Seconds, Timestamp]", "/States/W")]
    given = {"Type": "Wait", "End": True, "Seconds": "{% $states.input.pause %}"}
    assert validate(machine({"W": given}, QueryLanguage="JSONata")) == []


def test_fail_has_a_text_or_a_path_to_it() -> None:
    both = state(Type="Fail", Error="E", ErrorPath="$.e", CausePath="States.Format('{}', $.c)")
    assert errors(both) == [("Only one of these fields is allowed: [Error, ErrorPath]", "/States/S")]
    assert errors(state(Type="Fail", CausePath="because")) == [
        ("Value must be a valid JSONPath or a valid intrinsic function call", "/States/S/CausePath")
    ]
    assert validate(state(Type="Fail")) == []


def test_timeouts() -> None:
    assert errors(task(TimeoutSeconds=0)) == [("Minimum value is 1", "/States/S/TimeoutSeconds")]
    assert errors(task(TimeoutSeconds=10, HeartbeatSeconds=10)) == [
        ("'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", "/States/S/HeartbeatSeconds")
    ]
    assert errors(task(TimeoutSeconds=10, TimeoutSecondsPath="$.t")) == [
        ("Only one of these fields is allowed: [TimeoutSeconds, TimeoutSecondsPath]", "/States/S")
    ]
    assert validate(task(HeartbeatSeconds=10)) == []
    assert errors(machine({"A": END}, TimeoutSeconds=0)) == [
        ("Minimum value is 1", "/TimeoutSeconds"),
    ]


def test_version() -> None:
    assert [each.location for each in found(machine({"A": END}, Version="2.0"), "WARNING")] == ["/Version"]
    assert validate(machine({"A": END}, Version="1.0")) == []


def test_a_state_on_its_own_leads_where_it_likes() -> None:
    assert validate_state({"Type": "Pass", "Next": "elsewhere"}) == []
    wrong = validate_state('{"Type": "Task", "Resource": "f", "Timeout": 3, "End": true}')
    assert [(each.message, each.location) for each in wrong] == [
        ("Field 'Timeout' is not supported", "/"),
        ("Value is not a valid resource ARN", "/Resource"),
    ]
    inner = validate_state(
        {"Type": "Parallel", "End": True, "Branches": [machine({"A": {"Type": "Pass", "Next": "B"}})]}
    )
    assert [(each.message, each.location) for each in inner] == [
        ("Missing 'Next' target: B", "/Branches[0]/States/A/Next")
    ]
    assert [each.message for each in validate_state("[]")] == ["Expected value of type [OBJECT]"]
    assert [each.code for each in validate_state("{")] == ["INVALID_JSON_DESCRIPTION"]


def test_names() -> None:
    # asl-validator #69
    long = "n" * 81
    [finding] = validate(machine({long: END}))
    assert finding.summary() == (
        f"INVALID_STATE_NAME: Invalid State name: State '{long}' exceeds the 80-character limit "
        f"allowed by the service at /States/{long}"
    )
    assert validate(machine({"n" * 80: END})) == []
    assert [each.code for each in validate(machine({"": END}))] == ["INVALID_STATE_NAME"]


def test_variables_have_names() -> None:
    bad = {"states": 1, "1st": 2, "a-b": 3, "v" * 81: 4, "größe": 5, "_x": 6, "price.$": "$.p"}
    assert [message for message, _ in errors(state(Type="Pass", Assign=bad))] == [
        "Variable name 'states' is not valid",
        "Variable name '1st' is not valid",
        "Variable name 'a-b' is not valid",
        f"Variable name '{'v' * 81}' is not valid",
    ]


def test_what_stands_in_a_state_is_no_state() -> None:
    assert errors(machine({"A": 5})) == [("Expected value of type [OBJECT]", "/States/A")]
    assert errors(machine({"A": {"End": True}})) == [("These fields are required: [Type]", "/States/A")]
    [(message, location)] = errors(machine({"A": {"Type": "Passs", "End": True}}))
    assert message.startswith("Value should be one of the following: [")
    assert location == "/States/A/Type"
    assert validate(machine({"A": {"Type": "Passs", "End": True}}))[0].advice == "Did you mean Pass?"
    assert errors({}) == [("These fields are required: [StartAt, States]", "/")]
    assert errors({"StartAt": "A", "States": {}}) == [("Minimum number of items is 1", "/States")]
    assert errors([]) == [("Expected value of type [OBJECT]", "/")]


def test_misspelt_fields_and_states_get_a_guess() -> None:
    advice = {each.message: each.advice for each in validate(task(Parametres={}, timeoutseconds=3))}
    assert advice == {
        "Field 'Parametres' is not supported": "Did you mean Parameters?",
        "Field 'timeoutseconds' is not supported": "Did you mean TimeoutSeconds?",
    }
    dangling = machine({"Charge card": {"Type": "Pass", "Next": "send receipt"}, "Send receipt": END})
    assert validate(dangling)[0].advice == "Did you mean Send receipt?"


def test_express_machines_wait_for_nobody() -> None:
    send = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    job = "arn:aws:states:::batch:submitJob.sync"
    worker = "arn:aws:states:us-east-1:123456789012:activity:clerk"
    assert errors(task(Resource=send), machine_type="EXPRESS") == [
        (
            "Express state machine does not support '.waitForTaskToken' service integration",
            "/States/S/Resource",
        )
    ]
    assert errors(task(Resource=job), machine_type="EXPRESS") == [
        ("Express state machine does not support '.sync' service integration", "/States/S/Resource")
    ]
    assert errors(task(Resource=worker), machine_type="EXPRESS") == [
        ("Express state machine does not support Activity ARN", "/States/S/Resource")
    ]
    assert [errors(task(Resource=each)) for each in (send, job, worker, FUNCTION)] == [[], [], [], []]
    assert errors(task(), machine_type="EXPRESS") == []


def test_warnings_of_values_that_were_meant_to_be_looked_up() -> None:
    definition = machine(
        {
            "A": {
                "Type": "Pass",
                "Parameters": {"order": "$.order", "list": [{"x": "States.UUID()"}]},
                "Next": "B",
            },
            "B": {"Type": "Pass", "Result": {"total.$": "$.total"}, "Next": "C"},
            "C": {"Type": "Fail", "Error": "$.error", "Cause": "$5 were missing"},
        }
    )
    assert [(each.code, each.location) for each in found(definition, "WARNING")] == [
        ("NO_DOLLAR", "/States/A/Parameters"),
        ("NO_DOLLAR", "/States/A/Parameters"),
        ("PASS_RESULT_IS_STATIC", "/States/B/Result"),
        ("NO_PATH", "/States/C/Error"),
    ]
    assert errors(definition) == []


def test_deep_nesting() -> None:
    deep = machine({"P0": END})
    for level in range(1, 41):
        deep = machine({f"P{level}": {"Type": "Parallel", "End": True, "Branches": [deep]}})
    assert [each.code for each in validate(deep)] == ["TOO_DEEPLY_NESTED"]
    bottomless: Any = []
    for _ in range(5000):
        bottomless = [bottomless]
    assert [each.code for each in validate(state(Type="Pass", Result=bottomless))] == ["TOO_DEEPLY_NESTED"]


NAMES = sorted(
    {
        *MACHINE,
        *PROCESSOR,
        *RETRIER,
        *CATCHER,
        *RULE,
        *COMPARATORS,
        *(name for each in STATES.values() for name in each),
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "A",
            "$",
            "$.a",
            "$$.b",
            "$x[0]",
            "$.a[",
            "States.UUID()",
            "States.",
            "{% $x %}",
            "{%",
            "JSONata",
            *STATES,
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=4)), inner, max_size=6),
    ),
    max_leaves=30,
)
ANY_STATE = st.builds(
    lambda type_, fields: {"Type": type_, **fields},
    st.sampled_from([*STATES, "Nope"]),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8),
)
MACHINES = st.builds(
    lambda states, fields: {"StartAt": "A", "States": states, **fields},
    st.dictionaries(st.sampled_from(["A", "B", "C"]), ANY_STATE, max_size=3),
    st.dictionaries(st.sampled_from(sorted(MACHINE)), VALUES, max_size=2),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(VALUES, MACHINES), st.sampled_from(["STANDARD", "EXPRESS"]))
def test_any_json_gets_an_answer(definition: Any, machine_type: Any) -> None:
    for each in validate(definition, machine_type=machine_type):
        assert each.message
        assert each.advice
        assert each.location is None or each.location.startswith("/")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet='{}[]":, \nStartA10.eE-\\', max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    assert validate(text)
