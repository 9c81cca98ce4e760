"""Tasks: their events, timeouts, heartbeats, retries and catchers."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.effects import StartTask
from tests.offline_cloud.engines.states_language.definitions import END, machine, state
from tests.offline_cloud.engines.states_language.playing import Failed, Open, Play, task_key

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"
QUEUE = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
TABLE = "arn:aws:states:::dynamodb:getItem"


def task(resource: str = FUNCTION, **fields: Any) -> dict[str, Any]:
    return state(Type="Task", Resource=resource, **fields)


def test_a_function_named_by_its_arn() -> None:
    play = Play(task(TimeoutSeconds=9), {"a": 1}, {"S": {"b": 2}})
    assert play.output == {"b": 2}
    assert play.chain[1:] == [
        "2<0 TaskStateEntered",
        "3<2 LambdaFunctionScheduled",
        "4<3 LambdaFunctionStarted",
        "5<4 LambdaFunctionSucceeded",
        "6<5 TaskStateExited",
        "7<6 ExecutionSucceeded",
    ]
    assert play.details("LambdaFunctionScheduled") == [
        {
            "resource": FUNCTION,
            "input": '{"a":1}',
            "inputDetails": {"truncated": False},
            "timeoutInSeconds": 9,
        }
    ]


def test_a_service_integration() -> None:
    fields = {"Parameters": {"TableName.$": "$.t"}, "Credentials": {"RoleArn": "r2"}}
    play = Play(task(TABLE, **fields), {"t": "T"}, {"S": {"Item": 1}})
    assert play.types[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    assert play.details("TaskScheduled") == [
        {
            "resourceType": "dynamodb",
            "resource": "getItem",
            "region": "us-east-1",
            "parameters": '{"TableName":"T"}',
            "taskCredentials": {"roleArn": "r2"},
        }
    ]
    assert play.details("TaskStarted") == [{"resourceType": "dynamodb", "resource": "getItem"}]


def test_an_integration_gets_only_what_is_written_for_it() -> None:
    play = Play(task("arn:aws:states:::aws-sdk:s3:listBuckets"), {"a": 1}, {"S": 1})
    (asked,) = [each for each in play.asked if isinstance(each, StartTask)]
    assert asked.parameters == {}
    assert play.details("TaskScheduled")[0]["resourceType"] == "aws-sdk:s3"


def test_a_task_token_is_in_the_context_and_the_job_is_submitted() -> None:
    play = Play(task(QUEUE, Parameters={"MessageBody.$": "$$.Task.Token"}), {}, {"S": Open()})
    (asked,) = [each for each in play.asked if isinstance(each, StartTask)]
    assert asked.token == "token-0"
    assert asked.parameters == {"MessageBody": "token-0"}
    key = task_key(play)
    play.perform(play.execution.task_submitted(key, {"MessageId": "m"}, 1.0))
    play.perform(play.execution.task_succeeded(key, "yes", 2.0))
    assert play.output == "yes"
    assert play.types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert play.details("TaskSubmitted") == [
        {
            "resourceType": "sqs",
            "resource": "sendMessage.waitForTaskToken",
            "output": '{"MessageId":"m"}',
            "outputDetails": {"truncated": False},
        }
    ]


def test_an_activity_starts_when_a_worker_takes_it() -> None:
    play = Play(task(ACTIVITY, TimeoutSeconds=60, HeartbeatSeconds=10), {"a": 1}, {"S": Open()})
    assert play.types[-1] == "ActivityScheduled"
    assert [each.kind for each in play.timers.values()] == ["limit", "guard"]
    key = task_key(play)
    play.perform(play.execution.task_started(key, 5.0, "me"))
    assert play.details("ActivityStarted") == [{"workerName": "me"}]
    play.perform(play.execution.task_heartbeat(key, 12.0))
    assert sorted(each.when for each in play.timers.values())[:2] == [22.0, 60.0]
    play.settle()
    assert (play.now, play.failure) == (22.0, ("States.Timeout", None))
    assert play.details("ActivityTimedOut") == [{"error": "States.Timeout"}]
    assert play.open == {}


@pytest.mark.parametrize(
    ("resource", "event", "kind"),
    [
        (FUNCTION, "LambdaFunctionTimedOut", "limit"),
        (TABLE, "TaskTimedOut", "limit"),
        (ACTIVITY, "ActivityTimedOut", "guard"),
        (QUEUE, "TaskTimedOut", "guard"),
    ],
)
def test_a_task_that_takes_too_long(resource: str, event: str, kind: str) -> None:
    play = Play(task(resource, TimeoutSeconds=7), {}, {"S": Open()})
    assert [each.kind for each in play.timers.values()] == ["limit", kind]
    play.settle()
    assert play.failure == ("States.Timeout", None)
    assert play.types[-2:] == [event, "ExecutionFailed"]
    assert play.now == 7.0


@pytest.mark.parametrize(
    ("call", "event"),
    [
        ("task_not_scheduled", "LambdaFunctionScheduleFailed"),
        ("task_not_started", "LambdaFunctionStartFailed"),
        ("task_failed", "LambdaFunctionFailed"),
    ],
)
def test_the_ways_of_a_function_to_fail(call: str, event: str) -> None:
    play = Play(task(), {}, {"S": Open()})
    play.perform(getattr(play.execution, call)(task_key(play), "E", "c", 1.0))
    assert play.failure == ("E", "c")
    assert play.details(event) == [{"error": "E", "cause": "c"}]


def test_a_job_that_is_not_accepted() -> None:
    play = Play(task(QUEUE, Parameters={}), {}, {"S": Open()})
    play.perform(play.execution.task_not_submitted(task_key(play), "SQS.X", "c", 1.0))
    assert play.types[2:] == ["TaskScheduled", "TaskStarted", "TaskSubmitFailed", "ExecutionFailed"]


def test_a_result_over_the_limit() -> None:
    play = Play(task(), {}, {"S": "x" * 262_143})
    sentence = (
        f"The state/task '{FUNCTION}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )
    assert play.failure == ("States.DataLimitExceeded", sentence)
    assert play.types[-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]
    assert Play(task(), {}, {"S": "x" * 262_142}).output


# ---- errors ----------------------------------------------------------------------------------------


def caught(error: str | None, *names: str) -> bool:
    catcher = {"ErrorEquals": list(names), "Next": "Z", "ResultPath": "$.e"}
    states = {"S": {"Type": "Task", "Resource": FUNCTION, "Catch": [catcher], "End": True}, "Z": END}
    play = Play(machine(states), {"a": 1}, {"S": Failed(error, "why")})
    if play.execution.status == "FAILED":
        return False
    assert play.output == {"a": 1, "e": {"Error": error or "", "Cause": "why"}}
    assert play.types[4:7] == ["LambdaFunctionFailed", "TaskStateExited", "PassStateEntered"]
    return True


@pytest.mark.parametrize(
    ("error", "names", "expected"),
    [
        ("E", ("E",), True),
        ("E", ("F", "E"), True),
        ("E", ("F",), False),
        ("E", ("States.ALL",), True),
        (None, ("States.ALL",), True),
        ("E", ("States.TaskFailed",), True),
        ("States.Timeout", ("States.TaskFailed",), False),
        ("States.Timeout", ("States.ALL",), True),
        ("States.Runtime", ("States.ALL",), False),
        ("States.Runtime", ("States.Runtime",), False),
        ("States.DataLimitExceeded", ("States.ALL",), False),
        ("States.DataLimitExceeded", ("States.TaskFailed",), False),
        ("States.DataLimitExceeded", ("States.DataLimitExceeded",), True),
    ],
)
def test_what_a_catcher_catches(error: str, names: tuple[str, ...], expected: bool) -> None:
    assert caught(error, *names) is expected


@pytest.mark.parametrize("name", ["States.Timeout", "States.HeartbeatTimeout"])
def test_a_missed_heartbeat_has_two_names(name: str) -> None:
    catcher = {"ErrorEquals": [name], "Next": "Z"}
    states = {
        "S": {
            "Type": "Task",
            "Resource": QUEUE,
            "Parameters": {},
            "HeartbeatSeconds": 5,
            "Catch": [catcher],
            "End": True,
        },
        "Z": END,
    }
    play = Play(machine(states), {}, {"S": Open()})
    play.perform(play.execution.task_submitted(task_key(play), {}, 0.0))
    assert play.settle().output == {"Error": "States.Timeout", "Cause": ""}


def test_retries_back_off_and_see_their_count() -> None:
    retrier = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "MaxAttempts": 3, "MaxDelaySeconds": 7}
    parameters = {"n.$": "$$.State.RetryCount"}
    play = Play(task(Retry=[retrier], Parameters=parameters), {}, {"S": Failed("E", "c")}).settle()
    asked = [each.parameters["n"] for each in play.asked if isinstance(each, StartTask)]
    assert asked == [0, 1, 2, 3]
    scheduled = [each for each in play.events if each["type"] == "LambdaFunctionScheduled"]
    assert [each["timestamp"] for each in scheduled] == [0.0, 3.0, 9.0, 16.0]
    assert [each["previousEventId"] for each in scheduled] == [2, 5, 8, 11]
    assert play.failure == ("E", "c")


def test_each_retrier_counts_for_itself() -> None:
    retriers = [
        {"ErrorEquals": ["A"], "MaxAttempts": 1, "IntervalSeconds": 1},
        {"ErrorEquals": ["B"], "MaxAttempts": 2, "IntervalSeconds": 1},
    ]
    errors = iter(["A", "B", "B", "A"])
    play = Play(task(Retry=retriers), {}, lambda effect: Failed(next(errors), "c")).settle()
    assert play.failure == ("A", "c")
    assert play.types.count("LambdaFunctionFailed") == 4


def test_full_jitter_waits_a_part_of_the_interval() -> None:
    retrier = {"ErrorEquals": ["E"], "IntervalSeconds": 100, "MaxAttempts": 5, "JitterStrategy": "FULL"}
    play = Play(task(Retry=[{**retrier, "BackoffRate": 1.0}]), {}, {"S": Failed("E")}).settle()
    assert 0 < play.now < 500
    assert len({each["timestamp"] for each in play.events}) == 6


def test_a_failed_evaluation_is_no_task_failure() -> None:
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "Z"}
    states = {
        "S": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Parameters": {"x.$": "$.no"},
            "Catch": [catcher],
            "End": True,
        },
        "Z": END,
    }
    play = Play(machine(states), {"a": 1})
    assert play.types == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert play.failure[0] == "States.Runtime"


def test_a_failed_expression_is_recorded_and_may_be_caught() -> None:
    catcher = {
        "ErrorEquals": ["States.QueryEvaluationError"],
        "Next": "Z",
        "Output": "{% $states.errorOutput.Error %}",
        "Assign": {"why": "{% $states.errorOutput.Cause %}"},
    }
    states = {
        "S": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Arguments": {"x": "{% $states.input.no %}"},
            "Catch": [catcher],
            "End": True,
        },
        "Z": {"Type": "Pass", "Output": "{% [$states.input, $why] %}", "End": True},
    }
    play = Play(machine(states, QueryLanguage="JSONata"), {"a": 1})
    cause = (
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata "
        "expression '$states.input.no' specified for the field 'Arguments/x' returned nothing (undefined)."
    )
    assert play.output == ["States.QueryEvaluationError", cause]
    assert play.details("EvaluationFailed") == [
        {"error": "States.QueryEvaluationError", "cause": cause, "location": "Arguments/x", "state": "S"}
    ]


def test_variables_of_both_languages() -> None:
    states = {
        "A": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Assign": {"n.$": "$.n", "fixed": [1]},
            "ResultPath": None,
            "Next": "B",
        },
        "B": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Assign": {"n": "{% $n + 1 %}"},
            "Output": {"before": "{% $n %}"},
            "Next": "C",
        },
        "C": {"Type": "Pass", "Parameters": {"after.$": "$n", "was.$": "$.before"}, "End": True},
    }
    assert Play(machine(states), {}, {"A": {"n": 1}}).output == {"after": 2, "was": 1}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"TimeoutSecondsPath": "$.zero"}, "States.Runtime"),
        ({"QueryLanguage": "JSONata", "TimeoutSeconds": "{% 0 %}"}, "States.QueryEvaluationError"),
    ],
)
def test_a_timeout_has_to_be_positive(fields: Any, error: str) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True, **fields}
    play = Play({"StartAt": "S", "States": {"S": task}}, {"zero": 0})
    assert play.failure is not None
    assert play.failure[0] == error
    assert play.failure[1] is not None
    assert "Expected positive integer for TimeoutSeconds, got '0' instead." in play.failure[1]
    assert "TaskScheduled" not in play.types
