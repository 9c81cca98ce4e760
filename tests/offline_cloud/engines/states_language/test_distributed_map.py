"""Distributed Map: children, batches, tolerated failures, readers and writers, map runs, redrive."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.effects import (
    CloseMapRun,
    Effect,
    OpenMapRun,
    ReadItems,
    StartChild,
    StopChild,
    WriteResults,
)
from offline_cloud.engines.states_language.map_run import Batching, Child, batches, transformed
from tests.offline_cloud.engines.states_language.definitions import END, machine
from tests.offline_cloud.engines.states_language.playing import Failed, Play

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
S3 = "arn:aws:states:::s3:"


def distributed(states: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    processor = machine(
        states or {"X": END}, ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    )
    return machine({"M": {"Type": "Map", "ItemProcessor": processor, "Label": "lab", "End": True, **fields}})


def work(**fields: Any) -> dict[str, Any]:
    return {"W": {"Type": "Task", "Resource": FUNCTION, "End": True, **fields}}


def of(play: Play, kind: type[Effect]) -> list[Any]:
    return [effect for effect in play.asked if isinstance(effect, kind)]


class Slow(Play):
    """Children stay open until `end` is called."""

    def _child(self, effect: StartChild) -> list[Effect]:
        return []

    def end(self, key: int, status: Any, output: Any = None) -> None:
        self.perform(self.execution.child_ended(key, status, output, "E", "c", self.now))

    @property
    def started(self) -> list[StartChild]:
        return of(self, StartChild)


def test_only_the_map_run_is_in_the_history() -> None:
    play = Play(distributed(), ["a", "b"])
    assert play.output == ["a", "b"]
    assert play.chain[1:] == [
        "2<0 MapStateEntered",
        "3<2 MapStateStarted",
        "4<3 MapRunStarted",
        "5<4 MapRunSucceeded",
        "6<5 MapStateSucceeded",
        "7<4 MapStateExited",
        "8<7 ExecutionSucceeded",
    ]
    arn = "arn:aws:states:us-east-1:123456789012:mapRun:m/lab:uuid-0"
    assert play.details("MapRunStarted") == [{"mapRunArn": arn}]
    assert [effect.arn for effect in of(play, OpenMapRun)] == [arn]
    assert of(play, CloseMapRun)[0].status == "SUCCEEDED"
    first = of(play, StartChild)[0]
    assert (first.arn, first.name, first.execution_type) == (
        "arn:aws:states:us-east-1:123456789012:execution:m/lab:uuid-1",
        "uuid-1",
        "EXPRESS",
    )


def test_children_are_counted() -> None:
    play = Slow(distributed(MaxConcurrency=2, ToleratedFailureCount=1), [1, 2, 3])
    (run,) = play.execution.map_runs.values()
    assert {name: run.items[name] for name in ("total", "pending", "running")} == {
        "total": 3,
        "pending": 1,
        "running": 2,
    }
    play.end(play.started[0].key, "FAILED")
    play.end(play.started[1].key, "SUCCEEDED", "b")
    play.end(play.started[2].key, "SUCCEEDED", "c")
    assert play.output == ["b", "c"]
    assert {name: count for name, count in run.executions.items() if count} == {
        "total": 3,
        "succeeded": 2,
        "failed": 1,
        "resultsWritten": 2,
    }
    assert run.stop_date == 0.0


@pytest.mark.parametrize(
    ("tolerance", "failures", "succeeds"),
    [
        ({}, 1, False),
        ({"ToleratedFailureCount": 2}, 2, True),
        ({"ToleratedFailureCount": 2}, 3, False),
        ({"ToleratedFailurePercentage": 50}, 5, True),
        ({"ToleratedFailurePercentage": 50}, 6, False),
        ({"ToleratedFailureCount": 9, "ToleratedFailurePercentage": 10}, 2, False),
        ({"ToleratedFailureCountPath": "$.n", "ItemsPath": "$.l"}, 3, True),
    ],
)
def test_tolerated_failures(tolerance: Any, failures: int, succeeds: bool) -> None:
    outcomes = iter([Failed("E")] * failures + ["ok"] * 10)
    data = {"l": list(range(10)), "n": "3"} if "ItemsPath" in tolerance else list(range(10))
    play = Play(distributed(work(), **tolerance), data, lambda effect: next(outcomes))
    if succeeds:
        assert play.output == ["ok"] * (10 - failures)
        return
    sentence = "The specified tolerated failure threshold was exceeded"
    assert play.failure == ("States.ExceedToleratedFailureThreshold", sentence)
    assert play.types[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert of(play, CloseMapRun)[0].status == "FAILED"


def test_too_many_failures_stop_the_other_children() -> None:
    play = Slow(distributed(), [1, 2, 3])
    keys = [effect.key for effect in play.started]
    play.end(keys[1], "TIMED_OUT")
    assert [effect.key for effect in of(play, StopChild)] == [keys[0], keys[2]]
    (run,) = play.execution.map_runs.values()
    assert (run.items["timedOut"], run.items["aborted"], run.status) == (1, 2, "FAILED")


def test_a_catcher_takes_a_failed_map_run() -> None:
    catch = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Z"}]
    definition = distributed(work(), Catch=catch)
    definition["States"]["Z"] = END
    play = Play(definition, [1], {"W": Failed("E")})
    assert play.output["Error"] == "States.ExceedToleratedFailureThreshold"


def test_items_in_batches() -> None:
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"k.$": "$.k"}}
    selector = {"v.$": "$$.Map.Item.Value"}
    play = Play(
        distributed(ItemBatcher=batcher, ItemSelector=selector, ItemsPath="$.l"), {"l": [1, 2, 3], "k": "K"}
    )
    assert play.output == [
        {"BatchInput": {"k": "K"}, "Items": [{"v": 1}, {"v": 2}]},
        {"BatchInput": {"k": "K"}, "Items": [{"v": 3}]},
    ]
    (run,) = play.execution.map_runs.values()
    assert (run.items["total"], run.executions["total"]) == (3, 2)


def test_a_batch_is_no_longer_than_its_limit() -> None:
    grouped = list(batches(iter(["a" * 10] * 5), Batching(None, len('{"Items":["","",""]}') + 30 - 1, None)))
    assert [size for _, size in grouped] == [2, 2, 1]
    assert list(batches(iter([]), Batching(1, None, None))) == []


def test_items_of_a_reader() -> None:
    reader = {
        "Resource": f"{S3}getObject",
        "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.most"},
        "Parameters": {"Bucket.$": "$.b", "Key": "k"},
    }
    play = Play(distributed(ItemReader=reader), {"b": "B", "most": 2}, items=["x", "y"])
    (asked,) = of(play, ReadItems)
    assert asked.reader == {
        "Resource": f"{S3}getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "B", "Key": "k"},
    }
    assert asked.max_items == 2
    assert play.output == ["x", "y"]
    assert play.details("MapStateStarted") == [{"length": 0}]


def test_items_that_cannot_be_read() -> None:
    class Unreadable(Play):
        def _performed(self, effect: Effect) -> list[Effect]:
            if isinstance(effect, ReadItems):
                return self.execution.task_failed(effect.key, "States.ItemReaderFailed", "no", self.now)
            return super()._performed(effect)

    reader = {"Resource": f"{S3}getObject", "ReaderConfig": {"InputType": "JSON"}, "Parameters": {}}
    play = Unreadable(distributed(ItemReader=reader), {})
    assert play.failure == ("States.ItemReaderFailed", "no")
    assert play.types[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_results_that_are_exported() -> None:
    writer = {"Resource": f"{S3}putObject", "Parameters": {"Bucket": "b", "Prefix.$": "$$.Execution.Name"}}
    play = Play(distributed(ResultWriter=writer), [7])
    (asked,) = of(play, WriteResults)
    assert asked.writer["Parameters"] == {"Bucket": "b", "Prefix": "e"}
    assert [(each.status, each.input, each.output) for each in asked.results] == [("SUCCEEDED", 7, 7)]
    assert play.output == {
        "MapRunArn": asked.map_run_arn,
        "ResultWriterDetails": {"Bucket": "b", "Key": "k"},
    }


def test_results_are_transformed() -> None:
    children = [
        Child("a", "1", 0, 1, "SUCCEEDED", [1, 2], start=0.0, stop=1.0),
        Child("b", "2", 0, 1, "FAILED", error="E"),
        Child("c", "3", 0, 1, "SUCCEEDED", 3),
    ]
    assert transformed(children, {}, "m") == [[1, 2], 3]
    assert transformed(children, {"Transformation": "FLATTEN"}, "m") == [1, 2, 3]
    assert [each["Output"] for each in transformed(children, {"Transformation": "NONE"}, "m")] == [
        "[1,2]",
        "3",
    ]


def test_members_of_an_object_are_items() -> None:
    assert Play(distributed(), {"a": 1, "b": 2}).output == [
        {"Key": "a", "Value": 1},
        {"Key": "b", "Value": 2},
    ]


@pytest.mark.parametrize(
    ("value", "about"),
    [
        ({"a": 1}, {"Index": 0, "Key": "a", "Value": 1, "Source": "STATE_DATA"}),
        ([{"Key": "a", "Value": 1}], {"Index": 0, "Value": {"Key": "a", "Value": 1}, "Source": "STATE_DATA"}),
    ],
)
def test_the_context_tells_of_the_item(value: Any, about: Any) -> None:
    assert Play(distributed(ItemSelector={"about.$": "$$.Map.Item"}), value).output == [{"about": about}]


def test_the_context_tells_of_the_object_that_was_read() -> None:
    reader = {"Resource": f"{S3}getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    play = Play(distributed(ItemReader=reader, ItemSelector={"of.$": "$$.Map.Item.Source"}), {}, items=["x"])
    assert play.output == [{"of": "S3://b/k"}]


def test_more_room_lets_more_children_start() -> None:
    play = Slow(distributed(MaxConcurrency=1), [1, 2, 3])
    (key,) = play.execution.map_runs
    play.perform(play.execution.update_map_run(key, 0.0, max_concurrency=3))
    play.end(play.started[0].key, "SUCCEEDED")
    assert len(play.started) == 3


def test_a_stopped_execution_closes_its_map_run() -> None:
    play = Slow(distributed(), [1, 2])
    play.perform(play.execution.stop(None, None, 1.0))
    assert len(of(play, StopChild)) == 2
    assert of(play, CloseMapRun)[0].status == "ABORTED"


def test_a_redrive_starts_the_children_that_did_not_succeed() -> None:
    play = Slow(distributed(MaxConcurrency=2), ["a", "b", "c"])
    play.end(play.started[0].key, "SUCCEEDED", "A")
    play.end(play.started[1].key, "FAILED")
    assert play.execution.status == "FAILED"
    before = len(play.started)
    play.perform(play.execution.redrive(5.0))
    again = play.started[before:]
    assert [(effect.input, effect.again) for effect in again] == [("b", True), ("c", True)]
    for effect in again:
        play.end(effect.key, "SUCCEEDED", effect.input.upper())
    assert play.output == ["A", "B", "C"]
    assert play.details("MapRunRedriven")[0]["redriveCount"] == 1
    (run,) = play.execution.map_runs.values()
    assert (run.items["succeeded"], run.items["pending"], run.redrive_date) == (3, 0, 5.0)


def test_ten_thousand_children() -> None:
    play = Slow(distributed(), list(range(10_500)))
    assert len(play.started) == 10_000
    play.end(play.started[0].key, "SUCCEEDED")
    assert len(play.started) == 10_001
