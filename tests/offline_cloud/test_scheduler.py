"""Time, and who may move it: order, quiet, the three kinds of timers."""

import threading
import time
from collections.abc import Iterator

import pytest

from offline_cloud.clock import Clock
from offline_cloud.scheduler import Scheduler, TimerKind

WAIT, LIMIT, GUARD = TimerKind.WAIT, TimerKind.LIMIT, TimerKind.GUARD
HOUR, DAY = 3600.0, 86400.0


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler(Clock())
    yield scheduler
    scheduler.stop()


@pytest.fixture
def skipping() -> Iterator[Scheduler]:
    scheduler = Scheduler(Clock(), skip=True)
    yield scheduler
    scheduler.stop()


def test_advance_moves_time_by_exactly_that(scheduler: Scheduler) -> None:
    before, started = scheduler.clock.now(), time.monotonic()
    scheduler.advance(HOUR)

    passed = scheduler.clock.now() - before
    assert HOUR <= passed <= HOUR + (time.monotonic() - started) + 0.001


def test_advance_fires_in_order_and_ties_in_the_order_in_which_they_were_set(scheduler: Scheduler) -> None:
    fired: list[str] = []
    at = scheduler.clock.now() + 10
    scheduler.call_at(at + 5, lambda: fired.append("later"), kind=WAIT)
    for name in "abc":
        scheduler.call_at(at, lambda name=name: fired.append(name), kind=LIMIT)  # type: ignore[misc]
    scheduler.call_at(at + 100, lambda: fired.append("beyond"), kind=WAIT)

    scheduler.advance(50)

    assert fired == ["a", "b", "c", "later"]
    assert scheduler.pending() == 1


def test_a_callback_sees_its_own_moment(scheduler: Scheduler) -> None:
    seen: list[float] = []
    start = scheduler.clock.now()
    for delay in (10, 20, 30):
        scheduler.call_at(start + delay, lambda: seen.append(scheduler.clock.now() - start), kind=WAIT)

    scheduler.advance(DAY)

    assert [round(moment) for moment in seen] == [10, 20, 30]


def test_timers_set_by_a_callback_fire_within_the_same_advance(scheduler: Scheduler) -> None:
    fired: list[int] = []

    def hop(count: int) -> None:
        fired.append(count)
        if count < 100:
            scheduler.call_later(60, lambda: hop(count + 1), kind=WAIT)

    hop(0)
    scheduler.advance(60 * 50 + 30)

    assert fired[-1] == 50


def test_a_cancelled_timer_never_fires(scheduler: Scheduler) -> None:
    fired: list[str] = []
    doomed = scheduler.call_later(20, lambda: fired.append("doomed"), kind=WAIT)
    scheduler.call_later(10, doomed.cancel, kind=WAIT)

    scheduler.settle()

    assert fired == []
    assert scheduler.pending() == 0


def test_time_never_goes_back(scheduler: Scheduler) -> None:
    before = scheduler.clock.now()
    scheduler.clock.move_to(before - DAY)

    assert scheduler.clock.now() >= before
    with pytest.raises(ValueError, match="only moves forward"):
        scheduler.advance(-1)


def test_settle_goes_from_wait_to_wait_and_leaves_limits_alone(scheduler: Scheduler) -> None:
    fired: list[str] = []
    start = scheduler.clock.now()
    scheduler.call_later(DAY, lambda: fired.append("wait"), kind=WAIT)
    scheduler.call_later(HOUR, lambda: fired.append("limit on the way"), kind=LIMIT)
    scheduler.call_later(DAY + 1, lambda: fired.append("limit beyond"), kind=LIMIT)

    scheduler.settle()

    assert fired == ["limit on the way", "wait"]
    assert DAY <= scheduler.clock.now() - start < DAY + 1


@pytest.mark.parametrize("guard_after", [HOUR, DAY])
def test_settle_stops_before_somebody_who_may_still_act(scheduler: Scheduler, guard_after: float) -> None:
    fired: list[str] = []
    scheduler.call_later(60, lambda: fired.append("first"), kind=WAIT)
    at = scheduler.clock.now()
    scheduler.call_at(at + guard_after, lambda: fired.append("guard"), kind=GUARD)
    scheduler.call_at(at + DAY, lambda: fired.append("second"), kind=WAIT)

    scheduler.settle()

    assert fired == ["first"]
    scheduler.advance(2 * DAY)
    assert fired == ["first", "guard", "second"]


def test_a_repeating_schedule_does_not_pull_time_forward_but_fires_on_the_way(scheduler: Scheduler) -> None:
    ticks: list[float] = []

    def tick() -> None:
        ticks.append(scheduler.clock.now())
        scheduler.call_later(HOUR, tick, kind=WAIT, repeating=True)

    scheduler.call_later(HOUR, tick, kind=WAIT, repeating=True)
    scheduler.settle()
    assert ticks == []

    scheduler.call_later(3.5 * HOUR, lambda: None, kind=WAIT)
    scheduler.settle()
    assert len(ticks) == 3


def test_time_stands_while_something_is_going_on(scheduler: Scheduler) -> None:
    """The second timer must see what the first one set off: work on another thread."""
    done: list[str] = []
    go_on = threading.Event()

    def set_off() -> None:
        activity = scheduler.activity("work")
        activity.__enter__()

        def work() -> None:
            go_on.wait(10)
            done.append("work")
            activity.__exit__(None, None, None)

        threading.Thread(target=work).start()

    scheduler.call_later(10, set_off, kind=WAIT)
    scheduler.call_later(20, lambda: done.append("second"), kind=WAIT)
    mover = threading.Thread(target=scheduler.settle)
    mover.start()
    go_on.set()
    mover.join(10)

    assert done == ["work", "second"]


def test_a_paused_activity_lets_time_move(scheduler: Scheduler) -> None:
    woken = threading.Event()
    with scheduler.activity("handler") as handler:
        assert scheduler.current() is handler

        def wake() -> None:
            handler.resume()
            woken.set()

        scheduler.call_later(HOUR, wake, kind=WAIT)
        mover = threading.Thread(target=scheduler.settle)
        handler.pause()
        mover.start()
        assert woken.wait(10)
        assert mover.is_alive(), "it is busy again, so there is nothing to settle yet"
    mover.join(10)
    assert scheduler.current() is None


def test_a_limit_comes_by_real_time_while_an_endless_loop_is_busy(scheduler: Scheduler) -> None:
    stopped = threading.Event()
    with scheduler.activity("loop"):
        scheduler.call_later(0.02, stopped.set, kind=LIMIT)
        assert stopped.wait(10)


def test_a_broken_callback_stops_nobody_else(scheduler: Scheduler, caplog: pytest.LogCaptureFixture) -> None:
    fired: list[str] = []
    scheduler.call_later(1, lambda: 1 / 0, kind=WAIT, label="broken")  # type: ignore[arg-type, return-value]
    scheduler.call_later(2, lambda: fired.append("sound"), kind=WAIT)

    scheduler.settle()

    assert fired == ["sound"]
    assert "broken" in caplog.text


def test_skip_settles_by_itself_in_no_time(skipping: Scheduler) -> None:
    year, done, started = 365 * DAY, threading.Event(), time.monotonic()
    skipping.call_later(year, done.set, kind=WAIT)

    assert done.wait(10)
    assert time.monotonic() - started < 5


def test_skip_waits_for_a_guard(skipping: Scheduler) -> None:
    fired: list[str] = []
    settled = threading.Event()
    skipping.call_later(10, settled.set, kind=WAIT)
    skipping.call_later(HOUR, lambda: fired.append("guard"), kind=GUARD)
    skipping.call_later(DAY, lambda: fired.append("wait"), kind=WAIT)

    assert settled.wait(10)
    skipping.settle()  # returns at once: nothing may be skipped
    assert fired == []


def test_ten_thousand_timers_are_no_trouble(scheduler: Scheduler) -> None:
    fired: list[int] = []
    start = scheduler.clock.now()
    for number in range(10_000):
        scheduler.call_at(start + (number * 7919) % 10_000 + 1, lambda: fired.append(1), kind=WAIT)

    scheduler.settle()

    assert len(fired) == 10_000


def test_clear_and_stop_let_nobody_wait_for_ever(scheduler: Scheduler) -> None:
    with scheduler.activity("never ends"):
        mover = threading.Thread(target=scheduler.advance, args=(HOUR,))
        mover.start()
        scheduler.clear()
        scheduler.stop()
        mover.join(10)
        assert not mover.is_alive()
