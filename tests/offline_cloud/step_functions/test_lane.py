"""The lane and the pool: one step at a time, activities held as long as there is work."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from offline_cloud.clock import Clock
from offline_cloud.scheduler import Scheduler, TimerKind
from offline_cloud.step_functions.lane import Lane
from offline_cloud.work_pool import WorkPool


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler(Clock())
    yield scheduler
    scheduler.stop()


def broken() -> None:
    raise RuntimeError("this step is broken")


def test_a_call_returns_its_result_after_what_it_queued(scheduler: Scheduler) -> None:
    lane, done = Lane(scheduler), []

    def step() -> str:
        lane.queue(lambda: done.append("first"))
        lane.queue(lambda: lane.queue(lambda: done.append("third")))
        lane.queue(lambda: done.append("second"))
        return "result"

    assert lane.call(step) == "result"
    assert done == ["first", "second", "third"]


def test_what_a_call_raises_comes_out(scheduler: Scheduler) -> None:
    lane = Lane(scheduler)
    with pytest.raises(ZeroDivisionError):
        lane.call(lambda: 1 // 0)
    assert lane.call(lambda: 1) == 1


def test_a_broken_queued_step_stops_no_other(scheduler: Scheduler) -> None:
    lane, done = Lane(scheduler), []

    def step() -> None:
        lane.queue(broken)
        lane.queue(lambda: done.append("other"))

    lane.call(step)
    assert done == ["other"]


def test_steps_of_many_threads_never_overlap(scheduler: Scheduler) -> None:
    lane = Lane(scheduler)
    count, overlaps, inside = 0, 0, False

    def step() -> None:
        nonlocal count, overlaps, inside
        overlaps += inside
        inside = True
        count += 1
        inside = False

    def run() -> None:
        for _ in range(200):
            lane.call(step)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count, overlaps) == (1600, 0)


def test_time_stands_still_until_long_steps_are_done(scheduler: Scheduler) -> None:
    lane, done = Lane(scheduler), []

    def again(left: int) -> None:
        done.append(left)
        if left:
            lane.later(lambda: again(left - 1))

    scheduler.call_later(60, lambda: done.append(-1), kind=TimerKind.WAIT)
    lane.call(lambda: lane.later(lambda: again(50)))
    scheduler.settle()
    assert done == [*range(50, -1, -1), -1]


def test_a_queue_that_never_ends_lets_others_pass(scheduler: Scheduler) -> None:
    lane, going = Lane(scheduler), True

    def for_ever() -> None:
        if going:
            lane.queue(for_ever)

    lane.call(for_ever)
    assert lane.call(lambda: "passed") == "passed"
    going = False
    scheduler.settle()


def test_work_is_done_elsewhere_and_time_waits_for_it(scheduler: Scheduler) -> None:
    pool, done, go = WorkPool(scheduler), [], threading.Event()

    def work() -> None:
        go.wait(10)
        done.append(threading.current_thread() is threading.main_thread())

    for _ in range(5):
        pool.submit("work", work)
    scheduler.call_later(60, lambda: done.append("timer"), kind=TimerKind.WAIT)
    go.set()
    scheduler.settle()
    assert done == [False] * 5 + ["timer"]


def test_work_that_fails_ends_its_activity(scheduler: Scheduler) -> None:
    pool = WorkPool(scheduler)
    pool.submit("fails", broken)
    scheduler.settle()
    scheduler.advance(1)
