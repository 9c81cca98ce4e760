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
    with pytest.raises(ClientError, match="does not support Map or Parallel states"):
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


GET = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "t", "Key": {"id": {"S": "1"}}},
    "End": True,
}
DESCRIBE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
    "Parameters": {"ExecutionArn": "x"},
    "End": True,
}


@pytest.mark.parametrize(
    ("state", "mock", "words"),
    [
        (PASS, {"result": "{}"}, "State type 'Pass' is not supported when a mock is specified"),
        (TASK, {"result": "{}", "errorOutput": {}}, "only one of the following fields"),
        (TASK, {"result": '{"StatusCode": "x"}'}, "Field 'StatusCode' must be a number"),
        (GET, {"result": '{"Item": {"id": {"S": 5}}}'}, "Field 'Item.id.S' must be a string"),
        (DESCRIBE, {"result": '{"Status": "RUNNING"}'}, "Required field 'ExecutionArn' is missing"),
        (
            DESCRIBE,
            {"result": '{"Status": 5}', "fieldValidationMode": "PRESENT"},
            "'Status' must be a string",
        ),
    ],
)
def test_mocks_that_are_refused(machines: Machines, state: Any, mock: Any, words: str) -> None:
    with pytest.raises(ClientError, match=words):
        tried(machines, state, mock=mock)


@pytest.mark.parametrize(
    ("state", "mock"),
    [
        (DESCRIBE, {"result": '{"Status": "RUNNING", "New": 1}', "fieldValidationMode": "PRESENT"}),
        (DESCRIBE, {"result": '{"Status": 5}', "fieldValidationMode": "NONE"}),
        (
            {
                "Type": "Task",
                "End": True,
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {"FunctionName": "f", "Payload": {"t.$": "$$.Task.Token"}},
            },
            {"result": "7"},
        ),
    ],
)
def test_mocks_that_pass(machines: Machines, state: Any, mock: Any) -> None:
    assert tried(machines, state, mock=mock)["status"] == "SUCCEEDED"


MAP = {
    "Type": "Map",
    "ItemsPath": "$.list",
    "ItemSelector": {"v.$": "$$.Map.Item.Value"},
    "ItemBatcher": {"MaxItemsPerBatch": 2},
    "ToleratedFailureCount": 1,
    "MaxConcurrency": 5,
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Parameters": {"at.$": "$$.Map.Item.Index"}, "End": True}},
    },
    "End": True,
}


def test_a_map_shows_its_items_and_its_limits(machines: Machines) -> None:
    data = {"list": [1, 2, 3]}
    said = tried(machines, MAP, data, mock={"result": "[0]"}, inspectionLevel="DEBUG")
    seen = said["inspectionData"]
    assert json.loads(seen["afterItemsPath"]) == [1, 2, 3]
    assert json.loads(seen["afterItemSelector"]) == [{"v": 1}, {"v": 2}, {"v": 3}]
    assert json.loads(seen["afterItemBatcher"]) == [{"Items": [{"v": 1}, {"v": 2}]}, {"Items": [{"v": 3}]}]
    assert (seen["maxConcurrency"], seen["toleratedFailureCount"]) == (5, 1)
    for failed, status in ((1, "SUCCEEDED"), (2, "FAILED")):
        configuration = {"mapIterationFailureCount": failed}
        said = tried(machines, MAP, data, mock={"result": "[0]"}, stateConfiguration=configuration)
        assert said["status"] == status
    assert said["error"] == "States.ExceedToleratedFailureThreshold"
    with pytest.raises(ClientError, match="must not exceed the number of items"):
        tried(machines, MAP, data, mock={"result": "[]"}, stateConfiguration={"mapIterationFailureCount": 4})


def test_a_map_with_a_reader_is_given_the_data(machines: Machines) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    }
    state = {name: value for name, value in MAP.items() if name not in ("ItemsPath", "ItemBatcher")}
    said = tried(
        machines,
        {**state, "ItemReader": reader},
        mock={"result": "[]"},
        inspectionLevel="DEBUG",
        stateConfiguration={"mapItemReaderData": "a,b\n1,2\n"},
    )
    assert json.loads(said["inspectionData"]["afterItemSelector"]) == [{"v": {"a": "1", "b": "2"}}]


def test_a_state_in_a_map_sees_an_item(machines: Machines) -> None:
    machine = {"StartAt": "M", "States": {"M": MAP}}
    assert tried(machines, machine, stateName="I")["output"] == '{"at":0}'
    context = '{"Map": {"Item": {"Index": 4}}}'
    assert tried(machines, machine, stateName="I", context=context)["output"] == '{"at":4}'
