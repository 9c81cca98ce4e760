"""What holds for every execution, whatever the machine, the data, the tasks and the moment of a stop."""

import random
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.offline_cloud.engines.states_language.definitions import machine
from tests.offline_cloud.engines.states_language.playing import JSON, Failed, Open, Play
from tests.offline_cloud.engines.states_language.random_machines import Writer

DATA: list[Any] = [
    {"a": [{"b": 1, "y": 1}], "b": 2, "i": [1, 2, 3], "m": 1, "t": 5, "e": "E", "q w": {"z": 1}},
    {"a": 3, "i": [], "m": 2, "t": 3, "e": "E"},
    [1, 2],
    None,
]
ENDS = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


def played(seed: int, stop_after: int | None = None) -> Play:
    chance = random.Random(seed)

    def tasks(_: Any) -> Any:
        kind = chance.random()
        if kind < 0.3:
            return Failed("X", "y")
        return Open() if kind < 0.4 else {"a": [{"b": 1}], "b": 3}

    play = Play(Writer(seed).machine(), chance.choice(DATA), tasks, [1, 2, 3])
    jumps = 0
    while play.execution.status == "RUNNING" and play.jump():
        jumps += 1
        if jumps == stop_after:
            play.perform(play.execution.stop("E", "c", play.now))
    return play


def check_history(events: list[JSON]) -> None:
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert all(0 <= event["previousEventId"] < event["id"] for event in events)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_every_execution_ends_with_a_history_without_gaps(seed: int, stop_after: int) -> None:
    play = played(seed, stop_after)
    check_history(play.events)
    assert play.types[-1] == ENDS[play.execution.status]
    assert sum(kind in ENDS.values() for kind in play.types) == 1
    assert play.timers == {}
    assert play.open == {}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_entered_is_left_unless_something_failed(seed: int) -> None:
    play = played(seed)
    entered: Counter[str] = Counter()
    exited: Counter[str] = Counter()
    for event in play.events:
        for count, name in ((entered, "stateEnteredEventDetails"), (exited, "stateExitedEventDetails")):
            if name in event:
                count[event[name]["name"]] += 1
    assert all(exited[name] <= entered[name] for name in exited)
    if play.execution.status == "SUCCEEDED" and not any("Failed" in kind for kind in play.types):
        assert exited == entered


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_a_redrive_goes_on_with_the_same_history(seed: int) -> None:
    play = played(seed)
    if play.execution.status == "SUCCEEDED":
        return
    before = play.events
    play.perform(play.execution.redrive(play.now))
    play.settle()
    assert play.events[: len(before)] == before
    check_history(play.events)
    assert play.types[-1] == ENDS[play.execution.status]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_equal_seeds_give_equal_histories(seed: int) -> None:
    assert played(seed).events == played(seed).events


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=60), st.integers(0, 45))
def test_a_map_keeps_the_order_of_its_items(seconds: list[int], at_once: int) -> None:
    wait = {"W": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}
    mapped = {"Type": "Map", "ItemProcessor": machine(wait), "MaxConcurrency": at_once, "End": True}
    items = [{"s": each, "place": place} for place, each in enumerate(seconds)]
    play = Play(machine({"M": mapped}), items).settle()
    assert play.output == items
    assert play.now >= max(seconds, default=0)
    check_history(play.events)
