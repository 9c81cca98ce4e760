"""TestState: one state on its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import PASS, Machines

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "nowhere", "Payload.$": "$"},
    "ResultSelector": {"x.$": "$.Payload"},
    "Next": "After",
    "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 4, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["Caught"], "ResultPath": "$.error", "Next": "Handler"}],
}


def tried(machines: Machines, state: Any, value: Any = None, **settings: Any) -> dict[str, Any]:
    said: dict[str, Any] = machines.sfn.test_state(
        definition=json.dumps(state), input=json.dumps(value or {}), **settings
    )
    del said["ResponseMetadata"]
    return said


def test_data_is_shown_on_its_way(machines: Machines) -> None:
    state = {
        "Type": "Pass",
        "InputPath": "$.payload",
        "Parameters": {"data": 1},
        "ResultPath": "$.result",
        "OutputPath": "$.result.data",
        "Next": "Another State",
    }
    said = tried(machines, state, {"payload": {"foo": "bar"}}, inspectionLevel="DEBUG")
    assert (said["status"], said["output"], said["nextState"]) == ("SUCCEEDED", "1", "Another State")
    data = said["inspectionData"]
    assert data["afterInputPath"] == '{"foo":"bar"}'
    assert data["afterParameters"] == '{"data":1}'
    assert data["afterResultPath"] == '{"payload":{"foo":"bar"},"result":{"data":1}}'
    assert "inspectionData" not in tried(machines, state, {"payload": 1})


def test_a_choice_chooses(machines: Machines) -> None:
    state = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "One"}],
        "Default": "D",
    }
    assert tried(machines, state, {"a": 1})["nextState"] == "One"
    assert tried(machines, state, {"a": 2})["nextState"] == "D"


def test_a_mocked_result(machines: Machines) -> None:
    said = tried(machines, TASK, {"a": 1}, mock={"result": '{"Payload": 7}'}, inspectionLevel="DEBUG")
    assert (said["status"], said["output"], said["nextState"]) == ("SUCCEEDED", '{"x":7}', "After")
    assert said["inspectionData"]["result"] == '{"Payload":7}'


@pytest.mark.parametrize(
    ("error", "status", "following", "details"),
    [
        ("Again", "RETRIABLE", None, {"retryIndex": 0, "retryBackoffIntervalSeconds": 4}),
        ("Caught", "CAUGHT_ERROR", "Handler", {"catchIndex": 0}),
        ("Other", "FAILED", None, None),
    ],
)
def test_a_mocked_error(
    machines: Machines, error: str, status: str, following: str | None, details: Any
) -> None:
    said = tried(
        machines, TASK, mock={"errorOutput": {"error": error, "cause": "why"}}, inspectionLevel="DEBUG"
    )
    assert (said["status"], said.get("nextState")) == (status, following)
    assert (said["error"], said["cause"]) == (error, "why")
    assert said["inspectionData"].get("errorDetails") == details


def test_the_attempts_may_be_used_up(machines: Machines) -> None:
    said = tried(
        machines,
        TASK,
        mock={"errorOutput": {"error": "Again"}},
        stateConfiguration={"retrierRetryCount": 2},
    )
    assert said["status"] == "FAILED"


def test_a_task_is_really_performed(machines: Machines) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
        "Parameters": {},
        "End": True,
    }
    assert json.loads(tried(machines, state)["output"])["Account"] == "123456789012"
    assert tried(machines, TASK)["error"] == "Lambda.ResourceNotFoundException"


def test_variables_and_jsonata(machines: Machines) -> None:
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Assign": {"v": "{% $w + 1 %}"},
        "Output": "{% $states.context.Execution.Name %}",
        "End": True,
    }
    said = tried(
        machines,
        state,
        variables='{"w": 3}',
        context='{"Execution": {"Name": "mine"}}',
        inspectionLevel="DEBUG",
    )
    assert said["output"] == '"mine"'
    assert json.loads(said["inspectionData"]["variables"]) == {"w": 3, "v": 4}


def test_what_needs_a_mock_says_so(machines: Machines) -> None:
    state = {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": PASS}}], "End": True}
    with pytest.raises(ClientError, match="Parallel states only when a mock is specified"):
        tried(machines, state)
    assert tried(machines, state, mock={"result": "[1]"})["output"] == "[1]"


def test_a_state_of_a_machine(machines: Machines) -> None:
    inner = {"StartAt": "Deep", "States": {"Deep": {"Type": "Pass", "Result": 7, "End": True}}}
    machine = {
        "StartAt": "P",
        "States": {"P": {"Type": "Parallel", "Branches": [inner], "Next": "Q"}, "Q": PASS},
    }
    assert tried(machines, machine, stateName="Deep")["output"] == "7"
    assert tried(machines, machine, stateName="P", mock={"result": "[2]"})["nextState"] == "Q"
    with pytest.raises(ClientError, match="does not exist"):
        tried(machines, machine, stateName="R")


def test_a_bad_definition_is_refused(machines: Machines) -> None:
    with pytest.raises(ClientError, match="InvalidDefinition"):
        tried(machines, {"Type": "Nothing", "End": True})
