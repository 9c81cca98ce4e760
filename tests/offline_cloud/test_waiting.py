"""Naps: the lock is lent, time may move, and nobody wakes too early or never."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from offline_cloud.clock import Clock
from offline_cloud.scheduler import Scheduler
from offline_cloud.waiting import Nap, ServiceLocks


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    running = Scheduler(Clock())
    yield running
    running.stop()


class Sleeper:
    """A request that naps in a thread of its own."""

    def __init__(self, scheduler: Scheduler, locks: ServiceLocks, until: float) -> None:
        self.nap: Nap | None = None
        self.ready = threading.Event()
        self.done = threading.Event()
        threading.Thread(target=self._serve, args=(scheduler, locks, until), daemon=True).start()
        assert self.ready.wait(10)

    def _serve(self, scheduler: Scheduler, locks: ServiceLocks, until: float) -> None:
        with scheduler.activity("request"), locks.serving("sqs"):
            self.nap = locks.nap()
            assert self.nap is not None
            self.ready.set()
            self.nap.sleep(until)
            self.done.set()


def test_a_nap_ends_by_cloud_time_and_others_are_served_meanwhile(scheduler: Scheduler) -> None:
    locks = ServiceLocks(scheduler)
    sleeper = Sleeper(scheduler, locks, scheduler.clock.now() + 3600)
    with locks.serving("sqs"):
        assert not sleeper.done.is_set()
    scheduler.advance(3600)
    assert sleeper.done.wait(10)


def test_a_nap_that_was_woken_before_it_began_does_not_sleep(scheduler: Scheduler) -> None:
    locks = ServiceLocks(scheduler)
    with scheduler.activity("request"), locks.serving("sqs"):
        nap = locks.nap()
        assert nap is not None
        nap.wake()
        nap.wake()
        nap.sleep(scheduler.clock.now() + 3600)
    before = scheduler.clock.now()
    scheduler.settle()  # its timer is gone: nothing pulls time forward
    assert scheduler.clock.now() - before < 60


def test_many_who_wake_it_count_as_one(scheduler: Scheduler) -> None:
    locks = ServiceLocks(scheduler)
    sleeper = Sleeper(scheduler, locks, scheduler.clock.now() + 3600)
    assert sleeper.nap is not None
    wakers = [threading.Thread(target=sleeper.nap.wake) for _ in range(8)]
    for waker in wakers:
        waker.start()
    for waker in wakers:
        waker.join()
    assert sleeper.done.wait(10)
    scheduler.advance(1)  # would hang if an activity had been counted twice


def test_a_reset_lets_a_service_finish_that_waits_for_another(scheduler: Scheduler) -> None:
    locks = ServiceLocks(scheduler)
    with locks.serving("sqs"), locks.serving("s3"):
        pass  # so a reset takes the queue's lock first
    inside, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def notify() -> None:
        with locks.serving("s3"):
            inside.set()
            go_on.wait(10)
            with locks.serving("sqs"):
                done.set()

    def reset() -> None:
        with locks.everything():
            done.set()

    threads = [threading.Thread(target=work, daemon=True) for work in (notify, reset)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_a_reset_wakes_everybody_and_serves_nobody(scheduler: Scheduler) -> None:
    locks = ServiceLocks(scheduler)
    sleeper = Sleeper(scheduler, locks, scheduler.clock.now() + 3600)
    with locks.everything():
        assert not sleeper.done.wait(0.05), "it must not go on before the reset is done"
        with locks.serving("sqs"):
            assert locks.nap() is None, "what is done again in a reset can't wait"
    assert sleeper.done.wait(10)


def test_who_serves_no_request_can_not_nap(scheduler: Scheduler) -> None:
    assert ServiceLocks(scheduler).nap() is None
