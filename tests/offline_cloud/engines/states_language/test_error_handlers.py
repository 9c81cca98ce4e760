"""Retry and Catch."""

from typing import Any

import pytest

from tests.offline_cloud.engines.states_language.definitions import (
    END,
    FUNCTION,
    errors,
    found,
    machine,
    other_language,
    task,
)


def retry(**fields: Any) -> list[tuple[str, str | None]]:
    return errors(task(Retry=[{"ErrorEquals": ["E"], **fields}]))


def test_right_handlers() -> None:
    assert (
        retry(
            IntervalSeconds=1, MaxAttempts=0, BackoffRate=1, MaxDelaySeconds=31_622_399, JitterStrategy="FULL"
        )
        == []
    )
    assert errors(task(Retry=[], Catch=[])) == []
    handlers = [
        {"ErrorEquals": ["A", "States.TaskFailed", "States.Http.StatusCode.404"]},
        {"ErrorEquals": ["States.ALL"]},
    ]
    assert found(task(Retry=handlers), "WARNING") == errors(task(Retry=handlers)) == []


@pytest.mark.parametrize(
    ("fields", "message", "where"),
    [
        ({"IntervalSeconds": 0}, "Minimum value is 1", "/IntervalSeconds"),
        ({"IntervalSeconds": 100_000_000}, "Maximum value is 99999999", "/IntervalSeconds"),
        ({"IntervalSeconds": 1.5}, "Expected value of type [INTEGER]", "/IntervalSeconds"),
        ({"MaxAttempts": -1}, "Minimum value is 0", "/MaxAttempts"),
        ({"MaxAttempts": 100_000_000}, "Maximum value is 99999999", "/MaxAttempts"),
        ({"BackoffRate": 0.5}, "Minimum value is 1", "/BackoffRate"),
        ({"BackoffRate": "2"}, "Expected value of type [NUMBER]", "/BackoffRate"),
        ({"MaxDelaySeconds": 31_622_400}, "Maximum value is 31622399", "/MaxDelaySeconds"),
        (
            {"IntervalSeconds": 5, "MaxDelaySeconds": 5},
            "'MaxDelaySeconds' must be greater than 'IntervalSeconds'",
            "/MaxDelaySeconds",
        ),
        ({"JitterStrategy": "HALF"}, "Value should be one of the following: [NONE, FULL]", "/JitterStrategy"),
        ({"ErrorEquals": []}, "Minimum number of items is 1", "/ErrorEquals"),
        ({"ErrorEquals": "E"}, "Expected value of type [ARRAY]", "/ErrorEquals"),
        ({"ErrorEquals": [1]}, "Expected value of type [STRING]", "/ErrorEquals[0]"),
        ({"Next": "S"}, "Field 'Next' is not supported", ""),
    ],
)
def test_wrong_retriers(fields: dict[str, Any], message: str, where: str) -> None:
    assert retry(**fields) == [(message, f"/States/S/Retry[0]{where}")]


def test_all_stands_alone_and_last() -> None:
    # aws-cdk #10530
    message = "States.ALL must appear alone and at end of list"
    first = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S"}, {"ErrorEquals": ["E"], "Next": "S"}])
    assert errors(first) == [(message, "/States/S/Catch[0]/ErrorEquals[0]")]
    together = task(Retry=[{"ErrorEquals": ["E", "States.ALL"]}])
    assert errors(together) == [(message, "/States/S/Retry[0]/ErrorEquals[1]")]


def test_names_of_aws_that_do_not_exist() -> None:
    [finding] = found(task(Retry=[{"ErrorEquals": ["States.TimeOut"]}]), "WARNING")
    assert finding.location == "/States/S/Retry[0]/ErrorEquals[0]"
    assert finding.advice == "Did you mean States.Timeout?"


def test_catchers() -> None:
    lacking = task(Catch=[{}, 5])
    assert errors(lacking) == [
        ("These fields are required: [Next]", "/States/S/Catch[0]"),
        ("These fields are required: [ErrorEquals]", "/States/S/Catch[0]"),
        ("Expected value of type [OBJECT]", "/States/S/Catch[1]"),
    ]
    dangling = task(Catch=[{"ErrorEquals": ["E"], "Next": "X", "ResultPath": "$.error"}])
    assert errors(dangling) == [("Missing 'Next' target: X", "/States/S/Catch[0]/Next")]
    bad = task(Catch=[{"ErrorEquals": ["E"], "Next": "S", "ResultPath": "$$.x"}])
    assert [location for _, location in errors(bad)] == ["/States/S/Catch[0]/ResultPath"]


def test_a_catcher_of_jsonata_knows_the_error() -> None:
    catcher = {"ErrorEquals": ["E"], "Next": "T", "Output": "{% $states.errorOutput %}", "Assign": {"x": 1}}
    states = {"S": {"Type": "Task", "Resource": FUNCTION, "Catch": [catcher], "Next": "T"}, "T": END}
    assert errors(machine(states, QueryLanguage="JSONata")) == []
    assert errors(machine(states)) == [
        (
            other_language("Output", "JSONPath", "JSONata"),
            "/States/S/Catch[0]",
        )
    ]
