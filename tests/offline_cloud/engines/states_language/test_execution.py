"""Executions: what the history says, limits, stop, redrive, and that equal calls give equal executions."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.definition import compile_machine
from offline_cloud.engines.states_language.effects import Continue, Ended, SetTimer
from tests.offline_cloud.engines.states_language.definitions import END, machine, state
from tests.offline_cloud.engines.states_language.playing import Failed, Open, Play, new_execution, task_key

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
YEAR = 365 * 86_400


def test_a_first_event_follows_nothing_and_so_does_the_first_state() -> None:
    play = Play(
        machine({"A": {"Type": "Pass", "Result": 1, "Next": "B"}, "B": {"Type": "Succeed"}}), {"x": 1}
    )
    assert play.output == 1
    assert play.chain == [
        "1<0 ExecutionStarted",
        "2<0 PassStateEntered",
        "3<2 PassStateExited",
        "4<3 SucceedStateEntered",
        "5<4 SucceedStateExited",
        "6<5 ExecutionSucceeded",
    ]
    assert play.asked[-1] == Ended("SUCCEEDED", 1, None, None)


def test_events_have_the_details_of_the_service() -> None:
    play = Play(state(Type="Pass", Assign={"v": [1]}), {"a": "ü"})
    assert play.events[0] == {
        "timestamp": 0.0,
        "type": "ExecutionStarted",
        "id": 1,
        "previousEventId": 0,
        "executionStartedEventDetails": {
            "input": '{"a":"ü"}',
            "inputDetails": {"truncated": False},
            "roleArn": "arn:aws:iam::123456789012:role/r",
        },
    }
    assert play.details("PassStateExited") == [
        {
            "name": "S",
            "output": '{"a":"ü"}',
            "outputDetails": {"truncated": False},
            "assignedVariables": {"v": "[1]"},
            "assignedVariablesDetails": {"truncated": False},
        }
    ]
    assert play.execution.history.events(1, 2, include_execution_data=False) == [
        {
            "timestamp": 0.0,
            "type": "PassStateEntered",
            "id": 2,
            "previousEventId": 0,
            "stateEnteredEventDetails": {"name": "S"},
        }
    ]


def test_the_input_keeps_its_spaces_as_long_as_nothing_is_done_to_it() -> None:
    definition = machine(
        {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Pass", "Parameters": {"x.$": "$.nope"}, "End": True},
        }
    )
    execution = new_execution(compile_machine(definition), {"a": 1})
    execution.start(0.0, input_text='{ "a": 1 }')
    texts = [
        details.get("input", details.get("output"))
        for event in execution.history.events()[:4]
        for name, details in event.items()
        if name.endswith("EventDetails")
    ]
    assert texts == ['{ "a": 1 }'] * 4
    assert execution.cause == (
        "An error occurred while executing the state 'B' (entered at the event id #4). The JSONPath '$.nope' "
        "specified for the field 'x.$' could not be found in the input '{ \"a\": 1 }'"
    )


@pytest.mark.parametrize(
    ("fields", "error", "cause"),
    [
        ({"Error": "E", "Cause": "c"}, "E", "c"),
        ({}, None, None),
        ({"ErrorPath": "$.e", "CausePath": "States.Format('no {}', $.e)"}, "Out", "no Out"),
    ],
)
def test_a_fail_state_is_entered_and_never_left(fields: Any, error: str | None, cause: str | None) -> None:
    play = Play(state(Type="Fail", **fields), {"e": "Out"})
    assert play.failure == (error, cause)
    assert play.chain[1:] == ["2<0 FailStateEntered", "3<2 ExecutionFailed"]
    shown = {name: value for name, value in (("error", error), ("cause", cause)) if value is not None}
    assert play.details("ExecutionFailed") == [shown]


def test_a_choice_without_a_way_out_is_a_runtime_error() -> None:
    rule = {"Variable": "$.a", "NumericEquals": 1, "Next": "B"}
    play = Play(machine({"C": {"Type": "Choice", "Choices": [rule]}, "B": END}), {"a": 2})
    assert play.failure == (
        "States.Runtime",
        "An error occurred while executing the state 'C' (entered at the event id #2). "
        "Failed to transition out of the state. The state does not point to a next state.",
    )
    assert play.types == ["ExecutionStarted", "ChoiceStateEntered", "ExecutionFailed"]


# ---- waiting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "data", "when"),
    [
        ({"Seconds": 5}, {}, 5.0),
        ({"SecondsPath": "$.s"}, {"s": 7}, 7.0),
        ({"Timestamp": "1970-01-02T00:00:00.5Z"}, {}, 86_400.5),
        ({"TimestampPath": "$.t"}, {"t": "1970-01-01T01:00:00+00:30"}, 1800.0),
        ({"Seconds": "{% $states.input.s * 2 %}", "QueryLanguage": "JSONata"}, {"s": 4}, 8.0),
        ({"Timestamp": "{% $states.input %}", "QueryLanguage": "JSONata"}, "1970-01-01T00:00:09Z", 9.0),
    ],
)
def test_a_wait_sets_one_timer(wait: Any, data: Any, when: float) -> None:
    play = Play(state(Type="Wait", **wait), data)
    assert [(each.when, each.kind) for each in play.timers.values()] == [(YEAR, "limit"), (when, "wait")]
    assert play.settle().output == data
    assert play.now == when


@pytest.mark.parametrize(
    ("wait", "data", "sentence"),
    [
        ("SecondsPath", "x", "The SecondsPath parameter cannot be parsed as a long value: $.v == x"),
        ("SecondsPath", -1, "The SecondsPath parameter references a negative value: $.v == -1"),
        (
            "TimestampPath",
            "2020",
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
            "format string: $.v == 2020",
        ),
    ],
)
def test_a_wait_says_what_is_wrong_with_its_time(wait: str, data: Any, sentence: str) -> None:
    error, cause = Play(state(Type="Wait", **{wait: "$.v"}), {"v": data}).failure
    assert error == "States.Runtime"
    assert (
        cause == f"An error occurred while executing the state 'S' (entered at the event id #2). {sentence}"
    )


def test_a_machine_times_out_without_an_error_of_its_own() -> None:
    play = Play({**state(Type="Wait", Seconds=25), "TimeoutSeconds": 3}).settle()
    execution = play.execution
    assert (execution.status, execution.error, execution.cause, execution.stop_date) == (
        "TIMED_OUT",
        None,
        None,
        3.0,
    )
    assert play.chain[-1] == "3<0 ExecutionTimedOut"
    assert play.details("ExecutionTimedOut") == [{"error": "States.Timeout"}]
    assert play.timers == {}


@pytest.mark.parametrize(("express", "limit"), [(False, YEAR), (True, 300)])
def test_no_execution_lasts_for_ever(express: bool, limit: int) -> None:
    play = Play(state(Type="Wait", Seconds=99_999_999), express=express).settle()
    assert (play.execution.status, play.now) == ("TIMED_OUT", limit)


# ---- limits ----------------------------------------------------------------------------------------

LOOP = machine({"A": {"Type": "Pass", "Next": "A"}})


def test_an_endless_loop_lets_others_have_their_turn_and_ends_at_25_000_events() -> None:
    execution = new_execution(compile_machine(LOOP), {})
    effects = execution.start(0.0)
    turns = 0
    while any(isinstance(each, Continue) for each in effects):
        turns += 1
        effects = execution.go_on(0.0)
    assert turns == 6
    assert len(execution.history) == 25_000
    assert execution.error == "States.Runtime"
    assert execution.cause == "The execution reached the maximum number of history events (25000)."
    assert execution.history.events(-1)[0]["previousEventId"] == 24_999


def test_an_express_execution_has_no_limit_of_events() -> None:
    execution = new_execution(compile_machine(LOOP), {}, express=True)
    execution.start(0.0)
    for _ in range(8):
        effects = execution.go_on(0.0)
    assert effects == [Continue()]
    assert len(execution.history) > 30_000


def test_an_output_over_the_limit_fails_the_state() -> None:
    play = Play(state(Type="Pass", Result="x" * 200_000, ResultPath="$.b"), {"a": "y" * 100_000})
    assert play.failure == (
        "States.DataLimitExceeded",
        "The state/task 'S' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    )
    assert play.types[-2:] == ["PassStateEntered", "ExecutionFailed"]


def test_variables_of_one_state_over_the_limit_fail_it() -> None:
    play = Play(state(Type="Pass", Assign={"aa": "x" * 140_000, "bb": "y" * 140_000}))
    assert play.failure is not None
    assert play.failure[0] == "States.DataLimitExceeded"


# ---- stop and redrive ------------------------------------------------------------------------------


def test_stop_ends_everything_at_once() -> None:
    waits = [state(Type="Wait", Seconds=5), state(Type="Wait", Seconds=6)]
    play = Play(state(Type="Parallel", Branches=waits))
    play.perform(play.execution.stop("Enough", "said the boss", 1.0))
    assert play.timers == {}
    assert play.execution.status == "ABORTED"
    assert play.chain[-1] == "6<0 ExecutionAborted"
    assert play.details("ExecutionAborted") == [{"error": "Enough", "cause": "said the boss"}]
    assert play.execution.stop(None, None, 2.0) == []


def test_an_answer_that_nobody_waits_for_is_ignored() -> None:
    play = Play(state(Type="Task", Resource=FUNCTION), tasks={"S": Open()})
    key = task_key(play)
    play.perform(play.execution.stop(None, None, 1.0))
    before = len(play.execution.history)
    assert play.execution.task_succeeded(key, 1, 2.0) == []
    assert play.execution.timer_fired(99, 2.0) == []
    assert len(play.execution.history) == before


def test_a_redrive_runs_again_what_failed() -> None:
    outcomes = iter([Failed("E", "c"), {"ok": True}])
    play = Play(
        machine(
            {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Task", "Resource": FUNCTION, "End": True}}
        ),
        tasks=lambda effect: next(outcomes),
    )
    assert play.failure == ("E", "c")
    play.perform(play.execution.redrive(9.0))
    assert play.output == {"ok": True}
    assert play.chain[7:] == [
        "8<7 ExecutionFailed",
        "9<8 ExecutionRedriven",
        "10<9 TaskStateEntered",
        "11<10 LambdaFunctionScheduled",
        "12<11 LambdaFunctionStarted",
        "13<12 LambdaFunctionSucceeded",
        "14<13 TaskStateExited",
        "15<14 ExecutionSucceeded",
    ]
    assert play.details("ExecutionRedriven") == [{"redriveCount": 1}]


def test_a_redrive_leaves_branches_that_succeeded_alone() -> None:
    outcomes = iter([Failed("E"), "now"])
    branches = [state(Type="Pass", Result="done"), state(Type="Task", Resource=FUNCTION)]
    play = Play(state(Type="Parallel", Branches=branches), tasks=lambda effect: next(outcomes))
    play.perform(play.execution.redrive(1.0))
    assert play.output == ["done", "now"]
    assert play.types.count("PassStateEntered") == 1


def test_equal_calls_give_equal_histories() -> None:
    definition = state(Type="Pass", Parameters={"id.$": "States.UUID()", "n.$": "States.MathRandom(0, 99)"})
    assert Play(definition).events == Play(definition).events


def test_the_context_object() -> None:
    play = Play(state(Type="Pass", Parameters={"c.$": "$$"}), {"a": 1})
    assert play.output["c"] == {
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:execution:m:e",
            "Input": {"a": 1},
            "StartTime": "1970-01-01T00:00:00.000Z",
            "Name": "e",
            "RoleArn": "arn:aws:iam::123456789012:role/r",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:m", "Name": "m"},
        "State": {"Name": "S", "EnteredTime": "1970-01-01T00:00:00.000Z"},
    }


def test_timers_are_set_for_the_right_reason() -> None:
    play = Play(state(Type="Wait", Seconds=1))
    assert [each.kind for each in play.asked if isinstance(each, SetTimer)] == ["limit", "wait"]
