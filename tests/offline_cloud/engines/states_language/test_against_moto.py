"""The same machine in our interpreter and in moto's: equal status, output, error, and history event by event.

moto's interpreter is true to the service in many places, and wrong in some. Where we differ from it,
`DISAGREEMENTS` says why; a disagreement that has gone fails its test, so that the list is true.
Machines here have one branch or iteration at a time, since moto's threads come in any order.
"""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.utils import TMP_THREADS

from tests.offline_cloud.engines.states_language.definitions import END, machine
from tests.offline_cloud.engines.states_language.playing import ROLE, Failed, Play

FAIL = {"Type": "Fail", "Error": "E", "Cause": "c"}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Z", "ResultPath": "$.e"}]
AGAIN = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
QUEUES = "arn:aws:states:::aws-sdk:sqs:listQueues"
NO_QUEUE = {"Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "Parameters": {"QueueName": "nope"}}


def each(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True, **fields}


def both(branch: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [branch], "End": True, **fields}


def one(kind: str, **fields: Any) -> dict[str, Any]:
    return machine({"S": {"Type": kind, "End": True, **fields}})


def ata(states: dict[str, Any]) -> dict[str, Any]:
    return machine(states, QueryLanguage="JSONata")


X = machine({"X": END})
F = machine({"F": FAIL})
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "pass": (one("Pass", Result=1, ResultPath="$.x"), {"a": 1}),
    "pass paths": (
        one("Pass", InputPath="$.a", Parameters={"v.$": "$.b"}, OutputPath="$.v"),
        {"a": {"b": 2}},
    ),
    "fail": (machine({"F": FAIL}), {}),
    "fail of nothing": (machine({"F": {"Type": "Fail"}}), {}),
    "fail paths": (
        machine({"F": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}!', $.c)"}}),
        {"e": "E", "c": "d"},
    ),
    "choice": (
        machine(
            {
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Z"}],
                    "Default": "F",
                },
                "F": FAIL,
                "Z": {"Type": "Succeed", "OutputPath": "$.a"},
            }
        ),
        {"a": 1},
    ),
    "wait": (one("Wait", SecondsPath="$.s"), {"s": 0}),
    "wait for text": (one("Wait", SecondsPath="$.s"), {"s": "x"}),
    "wait for less": (one("Wait", SecondsPath="$.s"), {"s": -1}),
    "wait for nothing": (one("Wait", SecondsPath="$.s"), {}),
    "wait until what": (one("Wait", TimestampPath="$.s"), {"s": "2020"}),
    "missing output": (one("Pass", OutputPath="$.no"), {"a": 1}),
    "missing input": (one("Pass", InputPath="$.no"), {"a": 1}),
    "context": (one("Pass", Parameters={"n.$": "$$.State.Name", "i.$": "$$.Execution.Input"}), {"a": 1}),
    "parallel": (machine({"P": both(X)}), {"a": 1}),
    "parallel result": (
        machine({"P": both(X, ResultSelector={"r.$": "$[0]"}, ResultPath="$.o")}),
        {"q": 1},
    ),
    "parallel fails": (machine({"P": both(F)}), {}),
    "parallel caught": (machine({"P": both(F, Catch=CATCH), "Z": END}), {"a": 1}),
    "nothing caught": (machine({"P": both(machine({"N": {"Type": "Fail"}}), Catch=CATCH), "Z": END}), {}),
    "parallel again": (machine({"P": both(F, Retry=AGAIN)}), {}),
    "map": (machine({"M": each(X, ItemsPath="$.i")}), {"i": [1, 2, 3]}),
    "map of none": (machine({"M": each(X)}), []),
    "map selects": (
        machine({"M": each(X, ItemsPath="$.i", ItemSelector={"v.$": "$$.Map.Item.Value", "k.$": "$.k"})}),
        {"i": [1, 2], "k": 5},
    ),
    "map fails": (machine({"M": each(F)}), [1, 2]),
    "map caught": (machine({"M": each(F, Catch=[{**CATCH[0], "ResultPath": "$"}]), "Z": END}), [1]),
    "map again": (machine({"M": each(F, Retry=AGAIN)}), [1]),
    "map in map": (machine({"M": each(machine({"N": each(X)}))}), [[1], [2, 3]]),
    "parallel in map": (machine({"M": each(machine({"P": both(X)}))}), [1, 2]),
    "map concurrency of text": (
        machine(
            {
                "M": {
                    "Type": "Map",
                    "Iterator": X,
                    "ItemsPath": "$.i",
                    "MaxConcurrencyPath": "$.c",
                    "End": True,
                }
            }
        ),
        {"i": [1], "c": "x"},
    ),
    "distributed": (
        machine(
            {
                "M": each(
                    {**X, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
                    Label="lab",
                )
            }
        ),
        [1, 2],
    ),
    "task": (one("Task", Resource=QUEUES, TimeoutSeconds=20, ResultPath=None), {"a": 1}),
    "task caught": (machine({"T": {"Type": "Task", **NO_QUEUE, "Catch": CATCH, "End": True}, "Z": END}), {}),
    "task again": (machine({"T": {"Type": "Task", **NO_QUEUE, "Retry": AGAIN, "End": True}}), {}),
    "function": (one("Task", Resource="arn:aws:lambda:us-east-1:123456789012:function:nope"), {"a": 1}),
    "variables": (
        machine(
            {
                "A": {"Type": "Pass", "Assign": {"x": 1, "y.$": "$.a"}, "Next": "B"},
                "B": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y"}, "End": True},
            }
        ),
        {"a": 2},
    ),
    "jsonata": (
        ata(
            {
                "A": {
                    "Type": "Pass",
                    "Output": {"x": "{% $states.input.a + 1 %}"},
                    "Assign": {"v": "{% $states.input.a %}"},
                    "Next": "B",
                },
                "B": {"Type": "Pass", "Output": "{% [$v, $states.input.x] %}", "End": True},
            }
        ),
        {"a": 1},
    ),
    "jsonata choice": (
        ata(
            {
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "Z"}],
                    "Default": "Z",
                    "Output": "d",
                    "Assign": {"q": 2},
                },
                "Z": {"Type": "Pass", "Output": "{% [$states.input, $q] %}", "End": True},
            }
        ),
        1,
    ),
    "jsonata map": (
        ata({"M": each(X, Items="{% $states.input.i %}", Output="{% $states.result %}")}),
        {"i": [1, 2]},
    ),
    "jsonata map of object": (ata({"M": each(X, Items="{% $states.input %}")}), {"a": 1}),
    "jsonata catch": (
        ata(
            {
                "M": each(
                    F,
                    Catch=[
                        {
                            "ErrorEquals": ["States.ALL"],
                            "Next": "Z",
                            "Output": "{% $states.errorOutput %}",
                            "Assign": {"e": "{% $states.errorOutput.Error %}"},
                        }
                    ],
                ),
                "Z": {"Type": "Succeed", "Output": "{% $e %}"},
            }
        ),
        [1],
    ),
    "jsonata undefined": (ata({"A": {"Type": "Pass", "Output": "{% $states.input.no %}", "End": True}}), {}),
    "missing parameter": (one("Pass", Parameters={"x.$": "$.no"}), {"a": 1}),
    "missing parameter of a task": (
        machine({"T": {"Type": "Task", "Resource": QUEUES, "Parameters": {"x.$": "$.no"}, "End": True}}),
        {},
    ),
    "missing in a branch": (machine({"P": both(one("Pass", Parameters={"x.$": "$.no"}))}), {}),
    "items that are none": (machine({"M": each(X, ItemsPath="$.i")}), {"i": 1}),
}

DISAGREEMENTS = {
    "distributed": "MapStateExited follows MapRunStarted",
    "jsonata undefined": "the service names the field: 'Output'",
    "missing parameter": "the input is quoted as it was sent; this test doesn't send a text",
    "missing parameter of a task": "the service fails the execution at once, without TaskFailed",
    "missing in a branch": "moto stumbles over an error of the service's own in a branch",
    "items that are none": "the service says that a Reference path must point to an array",
}


@pytest.fixture(scope="module")
def moto_client() -> Iterator[Any]:
    # After ours, which keeps the library from changing the recursion limit.
    import jsonata

    with pytest.MonkeyPatch.context() as patch:
        # moto has no JSONata: its evaluator was left out.
        patch.setattr(
            moto_jsonata, "_eval_jsonata", lambda text: jsonata.Jsonata(text).evaluate(None), raising=False
        )
        # It waits between attempts.
        patch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
            yield boto3.client("stepfunctions", region_name="us-east-1")


def in_moto(client: Any, definition: dict[str, Any], data: Any) -> tuple[Any, list[dict[str, Any]]]:
    made = client.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
    arn = made["stateMachineArn"]
    started = client.start_execution(stateMachineArn=arn, name="e", input=json.dumps(data))
    for thread in list(TMP_THREADS):
        thread.join(10)
    TMP_THREADS.clear()
    told = client.describe_execution(executionArn=started["executionArn"])
    events = client.get_execution_history(executionArn=started["executionArn"])["events"]
    client.delete_state_machine(stateMachineArn=arn)
    return told, events


def plain(events: list[dict[str, Any]]) -> list[Any]:
    """Events without times, with data as values, without the ids that are anyone's own."""
    shown = []
    for event in events:
        details = {name: dict(value) for name, value in event.items() if name.endswith("Details")}
        for value in details.values():
            for name in value.keys() & {"input", "output", "parameters"}:
                value[name] = json.loads(value[name])
            value.pop("mapRunArn", None)
        shown.append((event["id"], event["previousEventId"], event["type"], details))
    return shown


def answers(events: list[dict[str, Any]]) -> Iterator[Any]:
    """What moto's tasks came to, for ours to come to the same."""
    for event in events:
        for name, details in event.items():
            if name == "taskSucceededEventDetails":
                yield json.loads(details["output"])
            elif name in ("taskFailedEventDetails", "lambdaFunctionFailedEventDetails"):
                yield Failed(details.get("error"), details.get("cause"))


@pytest.mark.parametrize("name", CASES)
def test_as_moto(moto_client: Any, name: str) -> None:
    definition, data = CASES[name]
    told, events = in_moto(moto_client, definition, data)
    outcomes = answers(events)
    play = Play(definition, data, lambda effect: next(outcomes)).settle()
    run = play.execution
    ours = (run.status, run.error, run.cause, plain(play.events))
    theirs = (told["status"], told.get("error"), told.get("cause"), plain(events))
    if name in DISAGREEMENTS:
        assert ours != theirs
    else:
        assert ours == theirs


def test_each_disagreement_has_a_case() -> None:
    assert DISAGREEMENTS.keys() <= CASES.keys()
