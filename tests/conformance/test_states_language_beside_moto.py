"""Our interpreter of state machines beside moto's, where moto's does as AWS does.

Both run the same machine; status, output, error and the events (type and previousEventId, in order) have to
be the same. Where they are known to differ, `DIFFERENT` says why, and the test sees that they still do.
"""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from offline_cloud.engines.states_language.definition import compile_machine
from offline_cloud.engines.states_language.effects import Continue, SetTimer
from offline_cloud.engines.states_language.execution import Execution

pytest.importorskip("antlr4", reason="moto's interpreter is not installed here")

ACCOUNT = "us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/r"


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def one_pass(**fields: Any) -> dict[str, Any]:
    return machine(P={"Type": "Pass", **fields, "End": True})


def choice(**rule: Any) -> dict[str, Any]:
    return machine(
        C={"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        Yes={"Type": "Pass", "Result": "yes", "End": True},
        No={"Type": "Pass", "Result": "no", "End": True},
    )


def over(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return machine(M={"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, **fields, "End": True})


def call(text: str) -> dict[str, Any]:
    return one_pass(Parameters={"r.$": text})


FAILS = machine(F={"Type": "Fail", "Error": "Tradewind.Closed", "Cause": "after hours"})
TRADE = {"symbol": "TRDW", "price": 101.5, "legs": [{"qty": 3}, {"qty": 7}], "on": "2026-03-01T09:30:00Z"}

MACHINES: dict[str, tuple[dict[str, Any], Any]] = {
    "pass": (one_pass(), TRADE),
    "pass result": (one_pass(Result={"a": [1, None, "x"]}), TRADE),
    "pass result beside the input": (one_pass(Result=1, ResultPath="$.n"), TRADE),
    "pass result deep": (one_pass(Result=1, ResultPath="$.a.b.c"), {}),
    "pass result dropped": (one_pass(Result=1, ResultPath=None), TRADE),
    "pass input path": (one_pass(InputPath="$.legs[1]"), TRADE),
    "pass no input": (one_pass(InputPath=None), TRADE),
    "pass output path": (one_pass(OutputPath="$.symbol"), TRADE),
    "pass all filters": (
        one_pass(
            InputPath="$.legs", Parameters={"first.$": "$[0].qty", "n": 1}, ResultPath="$.x", OutputPath="$.x"
        ),
        TRADE,
    ),
    "wildcard path": (one_pass(InputPath="$.legs[*].qty"), TRADE),
    "filter path": (one_pass(InputPath="$.legs[?(@.qty > 5)]"), TRADE),
    "context": (one_pass(Parameters={"state.$": "$$.State.Name"}), TRADE),
    "chain": (
        machine(
            A={"Type": "Pass", "Result": 1, "ResultPath": "$.a", "Next": "B"},
            B={"Type": "Pass", "Parameters": {"b.$": "$.a"}, "Next": "C"},
            C={"Type": "Succeed", "InputPath": "$.b"},
        ),
        {},
    ),
    "fail": (FAILS, {}),
    "fail with paths": (
        machine(F={"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}),
        {"e": "E", "c": "because"},
    ),
    "choice number": (choice(Variable="$.price", NumericGreaterThan=100), TRADE),
    "choice number no": (choice(Variable="$.price", NumericLessThanEquals=100), TRADE),
    "choice text": (choice(Variable="$.symbol", StringEquals="TRDW"), TRADE),
    "choice matches": (choice(Variable="$.symbol", StringMatches="T*W"), TRADE),
    "choice timestamp": (choice(Variable="$.on", TimestampLessThan="2026-03-01T09:31:00Z"), TRADE),
    "choice present": (choice(Variable="$.nothing", IsPresent=False), TRADE),
    "choice of another type": (choice(Variable="$.price", StringEquals="101.5"), TRADE),
    "choice and or not": (
        choice(
            And=[
                {"Variable": "$.symbol", "IsString": True},
                {"Or": [{"Variable": "$.price", "IsNull": True}, {"Variable": "$.price", "IsNumeric": True}]},
                {"Not": {"Variable": "$.legs", "IsPresent": False}},
            ]
        ),
        TRADE,
    ),
    "choice path": (choice(Variable="$.a", NumericEqualsPath="$.b"), {"a": 1, "b": 1}),
    "loop": (
        machine(
            Add={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
            More={
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 5, "Next": "Add"}],
                "Default": "End",
            },
            End={"Type": "Succeed"},
        ),
        {"n": 0},
    ),
    "wait none": (machine(W={"Type": "Wait", "Seconds": 0, "End": True}), TRADE),
    "wait until the past": (
        machine(W={"Type": "Wait", "Timestamp": "2016-03-14T01:59:00Z", "End": True}),
        TRADE,
    ),
    "map": (over(one_pass()), [1, "two", {"three": 3}]),
    "map empty": (over(one_pass()), []),
    "map selects": (
        over(
            one_pass(Parameters={"q.$": "$.v.qty", "i.$": "$.i"}),
            ItemsPath="$.legs",
            ItemSelector={"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
            ResultPath="$.done",
        ),
        TRADE,
    ),
    "map that fails": (over(FAILS), [1, 2]),
    "map in map": (over(over(one_pass(Result="x"))), [[1], [2, 3]]),
    "map caught": (
        machine(
            M={
                "Type": "Map",
                "ItemProcessor": FAILS,
                "MaxConcurrency": 1,
                "Catch": [{"ErrorEquals": ["Tradewind.Closed"], "ResultPath": "$.error", "Next": "Z"}],
                "ItemsPath": "$.legs",
                "End": True,
            },
            Z={"Type": "Pass", "End": True},
        ),
        TRADE,
    ),
    "parallel of one": (machine(P={"Type": "Parallel", "Branches": [one_pass(Result=1)], "End": True}), {}),
    "parallel fails": (machine(P={"Type": "Parallel", "Branches": [FAILS], "End": True}), {}),
    **{
        f"call {text}": (call(text), {"a": [1, 2, 3, 3], "s": "a,b", "o": {"k": 1}, "n": 4})
        for text in (
            "States.Array(1, 'x', $.n)",
            "States.ArrayPartition($.a, 3)",
            "States.ArrayContains($.a, 3)",
            "States.ArrayRange(1, 9, 4)",
            "States.ArrayGetItem($.a, 1)",
            "States.ArrayLength($.a)",
            "States.ArrayUnique($.a)",
            "States.Base64Encode($.s)",
            "States.Base64Decode('YSxi')",
            "States.Hash($.s, 'SHA-256')",
            "States.JsonMerge($.o, $.o, false)",
            "States.JsonToString($.o)",
            "States.StringToJson('[1, null]')",
            "States.StringSplit($.s, ',')",
            "States.Format('{} of {}', $.n, $.s)",
            "States.MathAdd($.n, -1)",
        )
    },
}

DIFFERENT = {"pass all filters": "moto takes `$[0].qty` for a path to many values and gives a list"}


@dataclass(frozen=True)
class Ran:
    """What is compared of an execution."""

    status: str
    output: Any
    error: str | None
    events: list[tuple[str, int]]


def by_us(definition: dict[str, Any], given: Any) -> Ran:
    execution = Execution(
        compile_machine(definition),
        arn=f"arn:aws:states:{ACCOUNT}:execution:m:e",
        name="e",
        role_arn=ROLE,
        machine_arn=f"arn:aws:states:{ACCOUNT}:stateMachine:m",
        machine_name="m",
        input=given,
        start=1_790_000_000.0,
        uuid=lambda: "id",
        random=random.Random(1),
        token=lambda: "token",
    )
    now, effects, timers = 1_790_000_000.0, execution.start(1_790_000_000.0), {}
    while execution.status == "RUNNING":
        timers |= {effect.key: effect.when for effect in effects if isinstance(effect, SetTimer)}
        if any(isinstance(effect, Continue) for effect in effects):
            effects = execution.go_on(now)
        else:
            key = min(timers, key=lambda one: (timers[one], one))
            now = max(now, timers.pop(key))
            effects = execution.timer_fired(key, now)
    events = [(event["type"], event["previousEventId"]) for event in execution.history.events()]
    return Ran(execution.status, execution.output, execution.error, events)


@pytest.fixture(scope="module")
def moto_states() -> Iterator[Any]:
    from moto import mock_aws

    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield boto3.client(
            "stepfunctions", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )


def by_moto(states: Any, name: str, definition: dict[str, Any], given: Any) -> Ran:
    machine_name = "".join(letter if letter.isalnum() else "-" for letter in name)[:79]
    made = states.create_state_machine(name=machine_name, definition=json.dumps(definition), roleArn=ROLE)
    started = states.start_execution(
        stateMachineArn=made["stateMachineArn"], name="e", input=json.dumps(given)
    )
    while (told := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        pass
    history = states.get_execution_history(executionArn=started["executionArn"])["events"]
    return Ran(
        told["status"],
        _read(told.get("output")),
        told.get("error"),
        [(event["type"], event["previousEventId"]) for event in history],
    )


def _read(output: str | None) -> Any:
    """moto gives a text as it is, without its quotes."""
    try:
        return None if output is None else json.loads(output)
    except ValueError:
        return output


@pytest.mark.parametrize("name", MACHINES)
def test_both_do_the_same(name: str, moto_states: Any) -> None:
    definition, given = MACHINES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto's own
        other = by_moto(moto_states, name, definition, given)
    ours = by_us(definition, given)
    if name in DIFFERENT:
        assert ours != other, f"no difference any more: {DIFFERENT[name]}"
    else:
        assert ours == other
