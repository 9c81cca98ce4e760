"""Executions: started, described, listed, stopped and redriven; their history; Express ones."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

from .conftest import PASS, Machines, task

DAY = 86_400
LOOP = {
    "A": {"Type": "Pass", "Next": "B"},
    "B": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.end", "IsPresent": True, "Next": "C"}],
        "Default": "A",
    },
    "C": PASS,
}


def refused(code: str, call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


@pytest.fixture
def waiting(machines: Machines) -> str:
    """A machine whose executions wait for a worker who never comes."""
    activity = machines.sfn.create_activity(name=machines.name())["activityArn"]
    return machines.create(task(activity))


def test_an_execution_is_described(machines: Machines) -> None:
    said = machines.run({"A": {"Type": "Pass", "Result": "ü", "End": True}}, {"a": 1})
    assert (said["status"], said["input"], said["output"]) == ("SUCCEEDED", '{"a": 1}', '"ü"')
    assert said["executionArn"].startswith("arn:aws:states:us-east-1:123456789012:execution:machine-")
    assert said["inputDetails"] == said["outputDetails"] == {"included": True}
    assert said["redriveStatus"] == "NOT_REDRIVABLE"
    assert said["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    meagre = machines.sfn.describe_execution(executionArn=said["executionArn"], includedData="METADATA_ONLY")
    assert "input" not in meagre


def test_the_history_tells_all_in_order(machines: Machines) -> None:
    arn = machines.run({"A": {"Type": "Pass", "Next": "B"}, "B": PASS}, {"a": 1})["executionArn"]
    events = machines.sfn.get_execution_history(executionArn=arn)["events"]
    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "PassStateEntered"),
        (5, 4, "PassStateExited"),
        (6, 5, "ExecutionSucceeded"),
    ]
    assert events[0]["executionStartedEventDetails"]["input"] == '{"a": 1}'
    assert events[-1]["executionSucceededEventDetails"]["output"] == '{"a": 1}'


def test_the_history_in_pages_backwards_and_without_data(machines: Machines) -> None:
    arn = machines.run({"A": {"Type": "Pass", "Next": "B"}, "B": PASS})["executionArn"]
    ids = []
    request: dict[str, Any] = {"executionArn": arn, "maxResults": 4, "reverseOrder": True}
    while True:
        said = machines.sfn.get_execution_history(**request)
        ids.append([event["id"] for event in said["events"]])
        if "nextToken" not in said:
            break
        request["nextToken"] = said["nextToken"]
    assert ids == [[6, 5, 4, 3], [2, 1]]
    bare = machines.sfn.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "input" not in bare[0]["executionStartedEventDetails"]
    refused("InvalidToken", machines.sfn.get_execution_history, executionArn=arn, nextToken="x")


def test_a_name_counts_once(machines: Machines, waiting: str) -> None:
    start = machines.sfn.start_execution
    first = start(stateMachineArn=waiting, name="one", input='{"a": 1}')
    assert (
        start(stateMachineArn=waiting, name="one", input='{"a": 1}')["executionArn"] == first["executionArn"]
    )
    said = refused("ExecutionAlreadyExists", start, stateMachineArn=waiting, name="one", input="{}")
    assert said == f"Execution Already Exists: '{first['executionArn']}'"
    machines.sfn.stop_execution(executionArn=first["executionArn"])
    refused("ExecutionAlreadyExists", start, stateMachineArn=waiting, name="one", input='{"a": 1}')


@pytest.mark.parametrize("text", ["", "{", "nothing", '{"a": NaN}', "[" * 50_000])
def test_input_that_is_no_json_is_refused(machines: Machines, waiting: str, text: str) -> None:
    said = refused("InvalidExecutionInput", machines.sfn.start_execution, stateMachineArn=waiting, input=text)
    assert said.startswith("Invalid State Machine Execution Input: '")


def test_input_that_is_no_json_is_said_in_jacksons_words(machines: Machines, waiting: str) -> None:
    start = machines.sfn.start_execution
    said = refused("InvalidExecutionInput", start, stateMachineArn=waiting, input="{x}")
    assert said == (
        "Invalid State Machine Execution Input: 'Unexpected character ('x' (code 120)): was expecting "
        'double-quote to start field name\n at [Source: (String)"{x}"; line: 1, column: 2]\''
    )


def test_input_over_the_limit_is_refused(machines: Machines, waiting: str) -> None:
    start = machines.sfn.start_execution
    refused("ValidationException", start, stateMachineArn=waiting, input=json.dumps("x" * 262_144))
    refused("InvalidExecutionInput", start, stateMachineArn=waiting, input=f'"{"ü" * 200_000}"')


def test_what_does_not_exist_is_said(machines: Machines, waiting: str) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:no:no"
    said = refused("ExecutionDoesNotExist", machines.sfn.describe_execution, executionArn=arn)
    assert said == f"Execution Does Not Exist: '{arn}'"
    refused("StateMachineDoesNotExist", machines.sfn.start_execution, stateMachineArn=f"{waiting}x")
    refused("InvalidName", machines.sfn.start_execution, stateMachineArn=waiting, name="a b")


def test_executions_are_listed_the_newest_first(machines: Machines, waiting: str) -> None:
    arns = [machines.sfn.start_execution(stateMachineArn=waiting)["executionArn"] for _ in range(3)]
    machines.sfn.stop_execution(executionArn=arns[0])
    pages = machines.sfn.get_paginator("list_executions").paginate(
        stateMachineArn=waiting, PaginationConfig={"PageSize": 2}
    )
    assert [each["executionArn"] for page in pages for each in page["executions"]] == arns[::-1]
    running = machines.sfn.list_executions(stateMachineArn=waiting, statusFilter="RUNNING")["executions"]
    assert [each["executionArn"] for each in running] == arns[:0:-1]


def test_a_stopped_execution_says_why(machines: Machines, waiting: str) -> None:
    arn = machines.sfn.start_execution(stateMachineArn=waiting)["executionArn"]
    machines.sfn.stop_execution(executionArn=arn, error="Enough", cause="for today")
    said = machines.sfn.describe_execution(executionArn=arn)
    assert (said["status"], said["error"], said["cause"]) == ("ABORTED", "Enough", "for today")
    assert machines.types(arn)[-1] == "ExecutionAborted"


def test_stopping_a_parallel_stops_its_branches(machines: Machines) -> None:
    def waits(name: str) -> dict[str, Any]:
        activity = machines.sfn.create_activity(name=machines.name())["activityArn"]
        return {"StartAt": name, "States": {name: {"Type": "Task", "Resource": activity, "End": True}}}

    branches = [waits(f"B{number}") for number in range(3)]
    arn = machines.start({"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    machines.sfn.stop_execution(executionArn=arn)
    assert machines.ended(arn)["status"] == "ABORTED"


def test_a_redrive_does_again_what_failed(machines: Machines) -> None:
    functions = machines.cloud.client("lambda")
    name = machines.name()
    arn = machines.start(
        {"A": {"Type": "Pass", "Next": "T"}, **task(f"arn:aws:lambda:us-east-1:123456789012:function:{name}")}
    )
    assert machines.ended(arn)["redriveStatus"] == "REDRIVABLE"
    machines.function(name, "def handler(event, context): return 'done'")
    assert functions.get_function(FunctionName=name)
    machines.sfn.redrive_execution(executionArn=arn)
    said = machines.ended(arn)
    assert (said["status"], said["output"], said["redriveCount"]) == ("SUCCEEDED", '"done"', 1)
    types = machines.types(arn)
    assert types.count("PassStateEntered") == 1
    assert "ExecutionRedriven" in types
    refused("ExecutionNotRedrivable", machines.sfn.redrive_execution, executionArn=arn)


def test_a_day_passes_at_once(machines: Machines) -> None:
    begun = time.monotonic()
    said = machines.run({"W": {"Type": "Wait", "Seconds": DAY, "End": True}})
    assert (said["stopDate"] - said["startDate"]).total_seconds() == pytest.approx(DAY, abs=5)
    assert time.monotonic() - begun < 10


def test_a_retry_waits_on_cloud_time(machines: Machines) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3600, "MaxAttempts": 2, "BackoffRate": 1}]
    states = task("arn:aws:lambda:us-east-1:123456789012:function:nowhere", Retry=retry)
    said = machines.run(states)
    assert said["error"] == "Lambda.ResourceNotFoundException"
    assert (said["stopDate"] - said["startDate"]).total_seconds() == pytest.approx(7200, abs=5)


def test_an_endless_loop_meets_the_limit_of_events(machines: Machines) -> None:
    arn = machines.start(LOOP)
    assert machines.run({"A": PASS})["status"] == "SUCCEEDED"  # others pass meanwhile
    assert machines.ended(arn)["status"] == "FAILED"


def test_an_output_over_the_limit_fails(machines: Machines) -> None:
    states = {
        "A": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": "{% $join([1..100000].$string()) %}",
            "End": True,
        }
    }
    said = machines.run(states)
    assert (said["status"], said["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_jsonata_function_that_calls_itself_ends(machines: Machines) -> None:
    endless = "{% ($f := function($x) { $f($x + 1) + 1 }; $f(1)) %}"
    said = machines.run({"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": endless, "End": True}})
    assert said["status"] == "FAILED"
    assert said["error"] == "States.QueryEvaluationError"


def test_a_function_deleted_in_mid_run_fails_its_task(machines: Machines) -> None:
    arn = machines.function("short-lived", "def handler(event, context): return 1")
    states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "T"}, **task(arn)}
    machine = machines.create(states)
    machines.cloud.client("lambda").delete_function(FunctionName="short-lived")
    execution = machines.sfn.start_execution(stateMachineArn=machine)["executionArn"]
    assert machines.ended(execution)["error"] == "Lambda.ResourceNotFoundException"


def test_fifty_executions_by_sixteen_clients(machines: Machines) -> None:
    machine = machines.create({"W": {"Type": "Wait", "Seconds": 5, "Next": "A"}, "A": PASS})
    session: Any = machines.cloud.session()
    clients = threading.local()

    def run(number: int) -> str:
        if not hasattr(clients, "sfn"):
            clients.sfn = session.client("stepfunctions")
        started = clients.sfn.start_execution(stateMachineArn=machine, input=str(number))
        output: str = machines.ended(started["executionArn"])["output"]
        return output

    session.client("stepfunctions")  # boto3 makes its first client from one thread
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(run, range(50))) == [str(number) for number in range(50)]


# ---- Express -------------------------------------------------------------------------------------


def test_a_synchronous_execution_answers_with_its_end(machines: Machines) -> None:
    arn = machines.create({"W": {"Type": "Wait", "Seconds": 3, "Next": "A"}, "A": PASS}, type="EXPRESS")
    said = machines.sfn.start_sync_execution(stateMachineArn=arn, name="mine", input='{"a": 1}')
    assert (said["status"], said["output"], said["name"]) == ("SUCCEEDED", '{"a": 1}', "mine")
    assert said["executionArn"].startswith(f"{arn.replace(':stateMachine:', ':express:')}:mine:")
    assert said["billingDetails"]["billedMemoryUsedInMB"] == 64
    assert said["billingDetails"]["billedDurationInMilliseconds"] in (3000, 3100)


def test_a_synchronous_execution_that_fails_is_no_error(machines: Machines) -> None:
    arn = machines.create({"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}, type="EXPRESS")
    said = machines.sfn.start_sync_execution(stateMachineArn=arn)
    assert (said["status"], said["error"], said["cause"]) == ("FAILED", "E", "C")


def test_express_ends_after_five_minutes(machines: Machines) -> None:
    arn = machines.create({"W": {"Type": "Wait", "Seconds": 301, "End": True}}, type="EXPRESS")
    assert machines.sfn.start_sync_execution(stateMachineArn=arn)["status"] == "TIMED_OUT"


def test_express_executions_are_not_told_of(machines: Machines) -> None:
    sfn = machines.sfn
    arn = machines.create({"A": PASS}, type="EXPRESS")
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    says = "Invalid Arn: 'Resource type not valid in this context: express'"
    for call in (sfn.describe_execution, sfn.get_execution_history, sfn.stop_execution):
        assert refused("InvalidArn", call, executionArn=execution) == says
    said = refused("StateMachineTypeNotSupported", sfn.list_executions, stateMachineArn=arn)
    assert said == "This operation is not supported by this type of state machine"
    standard = machines.create({"A": PASS})
    refused("StateMachineTypeNotSupported", sfn.start_sync_execution, stateMachineArn=standard)


def test_a_function_may_wait_for_a_synchronous_execution(machines: Machines) -> None:
    machine = machines.create({"W": {"Type": "Wait", "Seconds": 60, "Next": "A"}, "A": PASS}, type="EXPRESS")
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    said = boto3.client('stepfunctions').start_sync_execution(stateMachineArn=event)\n"
        "    return said['status']\n"
    )
    arn = machines.function("caller", source, timeout=120)
    assert machines.output(task(arn, InputPath="$.machine"), {"machine": machine}) == "SUCCEEDED"


def test_the_log_tells_of_express_executions(machines: Machines) -> None:
    logs = machines.cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/vendedlogs/states/x")
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/x:*"
    arn = machines.create(
        {"A": PASS},
        type="EXPRESS",
        loggingConfiguration={
            "level": "ALL",
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        },
    )
    machines.sfn.start_sync_execution(stateMachineArn=arn, input='{"a":1}')
    machines.cloud.clock.settle()
    events = logs.filter_log_events(logGroupName="/aws/vendedlogs/states/x")["events"]
    lines = [json.loads(event["message"]) for event in events]
    assert [line["type"] for line in lines] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert lines[0]["details"]["input"] == '{"a":1}'


# ---- reset and bill ------------------------------------------------------------------------------


def test_a_reset_in_mid_run_leaves_nothing() -> None:
    with Cloud.start(seed=5) as cloud:
        machines = Machines(cloud)
        sleepy = machines.function("sleepy", "import time\ndef handler(event, context): time.sleep(600)")
        poll = machines.sfn.create_activity(name="a")["activityArn"]
        express = machines.create({"W": {"Type": "Wait", "Seconds": 200, "End": True}}, type="EXPRESS")
        running = [
            machines.start({"W": {"Type": "Wait", "Seconds": DAY, "End": True}}),
            machines.start(task(sleepy)),
            machines.start(LOOP),
        ]
        machines.waits_for(1, "LambdaFunctionStarted", running[1])
        session: Any = cloud.session()
        clients = [session.client("stepfunctions") for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            waits = [
                pool.submit(clients[0].get_activity_task, activityArn=poll),
                pool.submit(clients[1].start_sync_execution, stateMachineArn=express),
            ]
            timers = cloud._call("GET", "clock")["timers"]
            while cloud._call("GET", "clock")["timers"] < timers:
                time.sleep(0.002)
            cloud.reset()
            for wait in waits:
                wait.exception(timeout=20)
        assert cloud._call("GET", "clock")["timers"] == 0
        assert machines.sfn.list_state_machines()["stateMachines"] == []
        cloud.clock.settle()  # nothing holds time up
        assert machines.run({"A": PASS})["status"] == "SUCCEEDED"


def test_the_same_calls_give_the_same_ids_however_often_one_looks() -> None:
    def history(looks: int) -> Any:
        with Cloud.start(clock="skip", seed=11) as cloud:
            machines = Machines(cloud)
            states = {
                "W": {"Type": "Wait", "Seconds": 5, "Next": "U"},
                "U": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "End": True},
            }
            arn = machines.create(states)
            for _ in range(looks):
                machines.sfn.describe_state_machine(stateMachineArn=arn)
            execution = machines.sfn.start_execution(stateMachineArn=arn)["executionArn"]
            said = machines.ended(execution)
            return execution, said["output"], machines.types(execution)

    assert history(0) == history(3)


def test_a_reset_brings_the_start_state_back() -> None:
    with Cloud.start(clock="skip", seed=12) as cloud:
        machines = Machines(cloud)
        functions = machines.function("starts", "def handler(event, context): return 'ran'")
        arn = machines.create(task(functions))
        execution = machines.sfn.start_execution(stateMachineArn=arn, name="first")["executionArn"]
        machines.ended(execution)
        cloud.mark_start_state()
        machines.create({"A": PASS})
        cloud.reset()
        assert machines.ended(execution)["output"] == '"ran"'
        assert len(machines.sfn.list_state_machines()["stateMachines"]) == 1


def test_the_bill_counts_transitions(machines: Machines) -> None:
    def lines() -> dict[str, float]:
        bill = machines.cloud.bill()["lines"]
        return {line["usage"]: line["quantity"] for line in bill if line["service"] == "AWS Step Functions"}

    machines.run({"A": PASS})
    before = lines()["State transitions of Standard executions"]
    machines.run({"A": {"Type": "Pass", "Next": "B"}, "B": PASS})
    assert lines()["State transitions of Standard executions"] == before + 2
    missing = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "End": True}
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]
    machines.run({"A": {**missing, "Parameters": {"QueueName": "none"}, "Retry": retry}})
    assert lines()["State transitions of Standard executions"] == before + 6  # a retry is one, too
