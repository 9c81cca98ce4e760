"""Parallel and inline Map: chains of events, order, concurrency, failures, scopes."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.effects import CancelTask, CancelTimer, StartTask
from tests.offline_cloud.engines.states_language.definitions import END, machine, state
from tests.offline_cloud.engines.states_language.playing import Failed, Open, Play

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
FAIL = {"Type": "Fail", "Error": "E", "Cause": "c"}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Z", "ResultPath": "$.e"}]

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]


def work(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **fields}


def each(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


# ---- Parallel --------------------------------------------------------------------------------------


def test_each_branch_has_a_chain_of_its_own() -> None:
    play = Play(state(Type="Parallel", Branches=[machine({"X": END}), machine({"Y": END})]), {"a": 1})
    assert play.output == [{"a": 1}, {"a": 1}]
    assert play.chain[1:] == [
        "2<0 ParallelStateEntered",
        "3<2 ParallelStateStarted",
        "4<3 PassStateEntered",
        "5<4 PassStateExited",
        "6<3 PassStateEntered",
        "7<6 PassStateExited",
        "8<7 ParallelStateSucceeded",
        "9<7 ParallelStateExited",
        "10<9 ExecutionSucceeded",
    ]


def test_a_failing_branch_stops_its_siblings() -> None:
    branches = [machine({"W": work()}), machine({"F": FAIL})]
    play = Play(
        machine({"P": {"Type": "Parallel", "Branches": branches, "Catch": CATCH, "End": True}, "Z": END}),
        {"a": 1},
        {"W": Open()},
    )
    assert play.output == {"a": 1, "e": {"Error": "E", "Cause": "c"}}
    assert play.chain[3:9] == [
        "4<3 TaskStateEntered",
        "5<4 LambdaFunctionScheduled",
        "6<3 FailStateEntered",
        "7<5 TaskStateAborted",
        "8<6 ParallelStateFailed",
        "9<8 ParallelStateExited",
    ]
    assert [type(effect) for effect in play.asked if isinstance(effect, CancelTask)] == [CancelTask]


def test_a_runtime_error_in_a_branch_ends_the_execution_there() -> None:
    branch = machine({"X": {"Type": "Pass", "Parameters": {"m.$": "$.nope"}, "End": True}})
    play = Play(
        machine({"P": {"Type": "Parallel", "Branches": [branch], "Catch": CATCH, "End": True}, "Z": END}),
        {"x": "a"},
    )
    assert play.chain[3:] == ["4<3 PassStateEntered", "5<4 ExecutionFailed"]
    assert play.failure == (
        "States.Runtime",
        "An error occurred while executing the state 'X' (entered at the event id #4). The JSONPath '$.nope' "
        "specified for the field 'm.$' could not be found in the input '{\"x\":\"a\"}'",
    )


def test_a_parallel_retries_all_its_branches() -> None:
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 2, "MaxAttempts": 1}]
    outcomes = iter([Failed("E"), "ok"])
    play = Play(
        state(Type="Parallel", Branches=[machine({"X": END}), machine({"W": work()})], Retry=retry),
        {},
        lambda effect: next(outcomes),
    ).settle()
    assert play.output == [{}, "ok"]
    assert play.types.count("ParallelStateStarted") == 2
    assert "ParallelStateFailed" not in play.types


def test_branches_see_outer_variables_and_keep_their_own() -> None:
    inner = machine({"X": {"Type": "Pass", "Assign": {"y": 2}, "Parameters": {"x.$": "$x"}, "End": True}})
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [inner], "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"y.$": "$y"}, "End": True},
    }
    play = Play(machine(states))
    assert play.details("ParallelStateExited")[0]["output"] == '[{"x":1}]'
    assert play.failure[0] == "States.Runtime"


def test_five_levels_of_branches() -> None:
    inner = machine({"L0": {"Type": "Wait", "Seconds": 1, "End": True}})
    for level in range(1, 6):
        inner = machine({f"L{level}": {"Type": "Parallel", "Branches": [inner], "End": True}})
    assert Play(inner, 7).settle().output == [[[[[7]]]]]


# ---- Map -------------------------------------------------------------------------------------------


def test_an_iteration_begins_where_the_one_before_it_ended() -> None:
    play = Play(machine({"M": each(machine({"X": END}), MaxConcurrency=1)}), ["a", "b"])
    assert play.output == ["a", "b"]
    assert play.chain[1:] == [
        "2<0 MapStateEntered",
        "3<2 MapStateStarted",
        "4<3 MapIterationStarted",
        "5<4 PassStateEntered",
        "6<5 PassStateExited",
        "7<6 MapIterationSucceeded",
        "8<6 MapIterationStarted",
        "9<8 PassStateEntered",
        "10<9 PassStateExited",
        "11<10 MapIterationSucceeded",
        "12<11 MapStateSucceeded",
        "13<11 MapStateExited",
        "14<13 ExecutionSucceeded",
    ]
    assert play.details("MapIterationStarted") == [{"name": "M", "index": 0}, {"name": "M", "index": 1}]
    assert play.details("MapStateStarted") == [{"length": 2}]


@pytest.mark.parametrize(
    ("limit", "at_once"), [({}, 40), ({"MaxConcurrency": 3}, 3), ({"MaxConcurrency": 99}, 40)]
)
def test_so_many_iterations_run_at_once(limit: Any, at_once: int) -> None:
    play = Play(machine({"M": each(machine({"W": work()}), **limit)}), list(range(100)), {"W": Open()})
    assert len(play.open) == at_once
    first, *_ = play.open
    play.perform(play.execution.task_succeeded(first, "done", 1.0))
    assert len([effect for effect in play.asked if isinstance(effect, StartTask)]) == at_once + 1


def test_outputs_are_in_the_order_of_the_items_whatever_ends_first() -> None:
    play = Play(
        machine({"M": each(machine({"W": {"Type": "Wait", "SecondsPath": "$", "End": True}}))}), [3, 1, 2]
    )
    assert play.settle().output == [3, 1, 2]


def test_no_items_no_iterations() -> None:
    play = Play(machine({"M": each(machine({"X": END}))}), [])
    assert play.output == []
    assert play.chain[2:5] == ["3<2 MapStateStarted", "4<3 MapStateSucceeded", "5<3 MapStateExited"]


def test_an_item_selector_sees_the_map_and_the_item() -> None:
    selector = {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"}
    play = Play(
        machine({"M": each(machine({"X": END}), ItemsPath="$.l", ItemSelector=selector)}),
        {"l": ["a"], "k": 1},
    )
    assert play.output == [{"i": 0, "v": "a", "k": 1}]


def test_an_item_selector_in_jsonata() -> None:
    selector = {"v": "{% $states.context.Map.Item.Value * $states.input.k %}"}
    mapped = each(machine({"X": END}), Items="{% $states.input.l %}", ItemSelector=selector)
    play = Play(machine({"M": mapped}, QueryLanguage="JSONata"), {"l": [1, 2], "k": 10})
    assert play.output == [{"v": 10}, {"v": 20}]


def test_a_failing_iteration_stops_the_others() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}],
        "Default": "W",
    }
    processor = machine({"C": choice, "F": FAIL, "W": {"Type": "Wait", "Seconds": 9, "End": True}})
    play = Play(machine({"M": each(processor)}), [1, 2, 3])
    assert play.failure == ("E", "c")
    assert play.chain[7:] == [
        "8<3 MapIterationStarted",
        "9<8 ChoiceStateEntered",
        "10<9 ChoiceStateExited",
        "11<10 FailStateEntered",
        "12<11 MapIterationFailed",
        "13<7 WaitStateAborted",
        "14<7 MapIterationAborted",
        "15<11 MapStateFailed",
        "16<15 ExecutionFailed",
    ]
    assert any(isinstance(effect, CancelTimer) for effect in play.asked)
    assert play.timers == {}


def test_an_item_selector_that_fails_in_jsonpath() -> None:
    play = Play(machine({"M": each(machine({"X": END}), ItemSelector={"v.$": "$.no"})}), [1])
    assert play.failure[0] == "States.Runtime"
    assert play.chain[3:] == ["4<3 MapIterationStarted", "5<4 ExecutionFailed"]


def test_an_item_selector_that_fails_in_jsonata() -> None:
    mapped = each(machine({"X": END}), ItemSelector={"v": "{% $states.input.no %}"}, Catch=CATCH_ALL)
    play = Play(machine({"M": mapped, "Z": END}, QueryLanguage="JSONata"), [1])
    assert play.output["Error"] == "States.QueryEvaluationError"
    assert play.details("EvaluationFailed")[0]["location"] == "ItemSelector/v"
    assert play.chain[3:8] == [
        "4<3 MapIterationStarted",
        "5<4 EvaluationFailed",
        "6<5 MapIterationFailed",
        "7<5 MapStateFailed",
        "8<7 MapStateExited",
    ]


@pytest.mark.parametrize(
    ("fields", "data", "error", "sentence"),
    [
        ({"ItemsPath": "$.l"}, {"l": 1}, "States.Runtime", 'Reference path "$.l" must point to array.'),
        (
            {"ItemsPath": "$.l", "MaxConcurrencyPath": "$.m"},
            {"l": [1], "m": "x"},
            "States.Runtime",
            'The MaxConcurrencyPath field refers to value "x" which is not a valid integer: $.m',
        ),
        (
            {"QueryLanguage": "JSONata", "Items": "{% $states.input %}"},
            {"l": 1},
            "States.QueryEvaluationError",
            "The JSONata expression '$states.input' specified for the field 'Items' returned an unexpected "
            "result type. Expected 'array', but was 'object' for value: {\"l\":1}",
        ),
    ],
)
def test_what_is_wrong_with_the_items(fields: Any, data: Any, error: str, sentence: str) -> None:
    play = Play(machine({"M": each(machine({"X": END}), **fields)}), data)
    frame = "An error occurred while executing the state 'M' (entered at the event id #2). "
    assert play.failure == (error, frame + sentence)


def test_a_redrive_of_a_map_runs_only_what_did_not_succeed() -> None:
    outcomes = iter(["a", Failed("E"), "b", "c"])
    play = Play(
        machine({"M": each(machine({"W": work()}), MaxConcurrency=1)}),
        [1, 2, 3],
        lambda effect: next(outcomes),
    )
    assert play.failure == ("E", None)
    play.perform(play.execution.redrive(1.0))
    assert play.output == ["a", "b", "c"]


def test_items_that_are_an_object_fail_an_inline_map() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    fields = {"Type": "Map", "Items": {"k": "{% 1 %}"}, "ItemProcessor": inner, "End": True}
    play = Play({"QueryLanguage": "JSONata", "StartAt": "M", "States": {"M": fields}})
    assert play.failure is not None
    assert play.failure[0] == "States.QueryEvaluationError"
