"""A lane of a shard: data in, steps out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.event_sources import (
    EXPIRED,
    Discard,
    Lane,
    Outcome,
    Run,
    StreamRecord,
    StreamSettings,
    Wait,
    discard_record,
    first_failure,
    stream_event,
)

OK, FAILED = Outcome(), Outcome(failed_from=0)


def record(number: int, when: float = 0.0, size: int = 10) -> StreamRecord:
    return StreamRecord(number, str(number), "k", when, {"n": number}, size)


def records(count: int, when: float = 0.0) -> list[StreamRecord]:
    return [record(number, when) for number in range(1, count + 1)]


def lane(count: int = 0, **settings: object) -> Lane:
    made = Lane(StreamSettings(**settings))  # type: ignore[arg-type]
    made.offer(records(count), 0.0)
    return made


def numbers(step: object) -> list[int]:
    assert isinstance(step, Run | Discard), step
    return [one.position for one in step.records]


def test_batches_are_as_large_as_they_may_be() -> None:
    one = lane(5, batch_size=2)
    for expected in ([1, 2], [3, 4], [5]):
        assert numbers(one.next(0.0)) == expected
        assert one.next(0.0) is None  # one at a time
        one.done(OK, 0.0)
    assert one.next(0.0) is None
    assert one.idle


def test_a_batch_fits_into_an_event() -> None:
    one = Lane(StreamSettings())
    one.offer([record(number, size=3_000_000) for number in (1, 2, 3)], 0.0)
    assert numbers(one.next(0.0)) == [1, 2]


def test_a_window_waits_for_more() -> None:
    one = lane(2, batch_size=3, window=30.0)
    assert one.next(0.0) == Wait(30.0, patient=True)
    one.offer([record(3)], 10.0)
    assert numbers(one.next(10.0)) == [1, 2, 3]
    one.done(OK, 10.0)
    one.offer([record(4)], 20.0)
    assert one.next(20.0) == Wait(50.0, patient=True)
    assert numbers(one.next(50.0)) == [4]


def test_what_failed_comes_again_before_all_others() -> None:
    one = lane(3, batch_size=2)
    pauses, now = [], 0.0
    for _ in range(9):
        assert numbers(one.next(now)) == [1, 2]
        assert one.done(FAILED, now) is None
        wait = one.next(now)
        assert isinstance(wait, Wait)
        pauses.append(wait.until - now)
        now = wait.until
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    one.next(now)
    one.done(OK, now)
    assert numbers(one.next(now)) == [3]


def test_endless_tries_stop_pulling_time() -> None:
    one, now, patient = lane(1), 0.0, []
    for _ in range(14):
        one.next(now)
        one.done(FAILED, now)
        wait = one.next(now)
        assert isinstance(wait, Wait)
        patient.append(wait.patient)
        now = wait.until
    assert patient == [True] * 11 + [False] * 3
    assert lane(1, retries=50)._settings.patience > 50


def test_retries_are_used_up() -> None:
    one = lane(2, retries=2)
    for moment in (0.0, 10.0):
        one.next(moment)
        assert one.done(FAILED, moment) is None
    one.next(20.0)
    assert one.done(FAILED, 20.0) == Discard(tuple(records(2)), "RetryAttemptsExhausted", 3)
    assert one.idle


def test_a_throttled_call_is_no_retry() -> None:
    one = lane(1, retries=0)
    for moment in (0.0, 100.0, 200.0):
        one.next(moment)
        assert one.done(Outcome(throttled=True), moment) is None
    one.next(300.0)
    given_up = one.done(FAILED, 300.0)
    assert given_up is not None
    assert given_up.invokes == 1


def test_halves_isolate_the_poison_without_using_retries_up() -> None:
    one = lane(8, bisect=True, retries=1)
    calls, lost, now = [], [], 0.0
    while not one.idle:
        step = one.next(now)
        if isinstance(step, Wait):
            now = step.until
            continue
        batch = numbers(step)
        calls.append(batch)
        given_up = one.done(FAILED if 6 in batch else OK, now)
        if given_up:
            lost += numbers(given_up)
    assert calls == [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [5], [6], [6], [7, 8]]
    assert lost == [6]


def test_a_partial_response_splits_where_it_says() -> None:
    one = lane(4, bisect=True, retries=0)
    one.next(0.0)
    assert one.done(Outcome(failed_from=2, partial=True), 0.0) is None
    assert numbers(one.next(0.0)) == [3, 4]


def test_a_partial_response_without_halves_uses_a_retry() -> None:
    one = lane(4, retries=0)
    one.next(0.0)
    given_up = one.done(Outcome(failed_from=2, partial=True), 0.0)
    assert given_up is not None
    assert numbers(given_up) == [3, 4]


def test_old_records_are_given_up_while_they_wait() -> None:
    one = lane(2, age=100.0)
    one.offer([record(3, when=90.0)], 90.0)
    step = one.next(110.0)
    assert step == Discard(tuple(records(2)), "RecordAgeExceeded", 0)
    assert numbers(one.next(110.0)) == [3]


def test_a_retry_ends_at_the_age_and_not_later() -> None:
    one = lane(1, age=5.0)
    now = 0.0
    while not isinstance(step := one.next(now), Discard):
        if isinstance(step, Run):
            one.done(FAILED, now)
        elif isinstance(step, Wait):
            now = step.until
    assert (now, step.condition, step.invokes) == (5.0, "RecordAgeExceeded", 3)


def test_what_the_stream_keeps_no_longer_is_just_gone() -> None:
    one = lane(1, retention=1_000.0, age=5_000.0)
    step = one.next(2_000.0)
    assert isinstance(step, Discard)
    assert step.condition == EXPIRED


def test_the_first_record_that_is_not_done() -> None:
    one = lane(4, batch_size=2)
    assert one.first_open() == 1
    one.next(0.0)
    assert one.first_open() == 1
    one.done(OK, 0.0)
    assert one.first_open() == 3
    one.next(0.0)
    one.done(OK, 0.0)
    assert one.first_open() is None


# ------------------------------------------------------------------ tumbling windows


def test_a_window_ends_with_a_last_call() -> None:
    one = Lane(StreamSettings(batch_size=2, tumbling=60.0))
    one.offer([record(1, 70.0), record(2, 80.0), record(3, 90.0)], 95.0)
    first = one.next(95.0)
    assert isinstance(first, Run)
    assert (numbers(first), first.window, dict(first.state)) == ([1, 2], (60.0, 120.0), {})
    one.done(Outcome(state={"sum": 3}), 95.0)
    second = one.next(95.0)
    assert isinstance(second, Run)
    assert (numbers(second), dict(second.state)) == ([3], {"sum": 3})
    one.done(Outcome(state={"sum": 6}), 95.0)
    assert one.next(96.0) == Wait(120.0, patient=True)
    one.offer([record(4, 130.0)], 131.0)
    last = one.next(131.0)
    assert isinstance(last, Run)
    assert (numbers(last), last.final, last.early, dict(last.state)) == ([], True, False, {"sum": 6})
    one.done(Outcome(), 131.0)
    following = one.next(131.0)
    assert isinstance(following, Run)
    assert (numbers(following), following.window, dict(following.state)) == ([4], (120.0, 180.0), {})


def test_too_much_state_ends_a_window_early() -> None:
    one = Lane(StreamSettings(tumbling=60.0))
    one.offer([record(1, 0.0)], 0.0)
    one.next(0.0)
    one.done(Outcome(state={"x": "y" * 1024 * 1024}), 1.0)
    last = one.next(1.0)
    assert isinstance(last, Run)
    assert (last.final, last.early) == (True, True)
    one.done(Outcome(), 1.0)
    assert one.idle


def test_a_last_call_that_fails_is_tried_again_and_given_up() -> None:
    one = Lane(StreamSettings(tumbling=60.0, retries=1))
    one.offer([record(1, 0.0)], 0.0)
    one.next(0.0)
    one.done(Outcome(state={"a": 1}), 0.0)
    for moment in (60.0, 70.0):
        last = one.next(moment)
        assert isinstance(last, Run)
        assert (last.final, dict(last.state)) == (True, {"a": 1})
        assert one.done(FAILED, moment) is None
    assert one.idle


# ------------------------------------------------------------------ any course of things


@given(
    st.integers(1, 30),
    st.integers(1, 7),
    st.booleans(),
    st.lists(st.integers(0, 3), max_size=60),
)
def test_every_record_ends_once_and_in_order(count: int, size: int, bisect: bool, fates: list[int]) -> None:
    one = lane(count, batch_size=size, bisect=bisect, retries=2)
    ended: list[int] = []
    now, outcomes = 0.0, iter(fates)
    while not one.idle:
        step = one.next(now)
        if isinstance(step, Wait):
            now = step.until
            continue
        assert isinstance(step, Run)
        batch = numbers(step)
        fate = next(outcomes, 0)
        if fate == 1:
            outcome, done = FAILED, []
        elif fate == 2:
            at = len(batch) // 2
            outcome, done = Outcome(failed_from=at, partial=True), batch[:at]
        elif fate == 3:
            outcome, done = Outcome(throttled=True), []
        else:
            outcome, done = OK, batch
        ended += done
        given_up = one.done(outcome, now)
        ended += numbers(given_up) if given_up else []
    assert ended == list(range(1, count + 1))


# ------------------------------------------------------------------ the JSON around it


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        (b"null", None),
        (b"", None),
        (b'""', None),
        (b"{}", None),
        (b'{"batchItemFailures": []}', None),
        (b'{"batchItemFailures": null}', None),
        (b'{"batchItemFailures": [{"itemIdentifier": "2"}]}', 1),
        (b'{"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}', 1),
        (b'{"batchItemFailures": [{"itemIdentifier": "9"}]}', 0),
        (b'{"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "9"}]}', 0),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', 0),
        (b'{"batchItemFailures": [{"item": "2"}]}', 0),
        (b'{"batchItemFailures": "2"}', 0),
        (b'"text"', 0),
        (b"no json", 0),
    ],
)
def test_where_a_partial_response_begins_again(payload: bytes, place: int | None) -> None:
    assert first_failure(payload, records(3)) == place


def test_the_event_of_a_window() -> None:
    event = stream_event(
        records(1), shard="s-1", arn="arn", window=(60.0, 120.0), state={"a": 1}, final=False, early=False
    )
    assert event == {
        "Records": [{"n": 1}],
        "window": {"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"},
        "state": {"a": 1},
        "shardId": "s-1",
        "eventSourceARN": "arn",
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }
    assert stream_event(records(1), shard="s-1", arn="arn") == {"Records": [{"n": 1}]}


def test_the_record_of_a_discarded_batch() -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"
    told = discard_record(
        [record(1, 1.25), record(2, 2.0)],
        condition="RecordAgeExceeded",
        invokes=0,
        request_id="r-1",
        function_arn="f",
        shard="s-1",
        arn=arn,
        now=60.0,
        response=None,
    )
    assert json.loads(json.dumps(told)) == {
        "requestContext": {
            "requestId": "r-1",
            "functionArn": "f",
            "condition": "RecordAgeExceeded",
            "approximateInvokeCount": 0,
        },
        "version": "1.0",
        "timestamp": "1970-01-01T00:01:00.000Z",
        "DDBStreamBatchInfo": {
            "shardId": "s-1",
            "startSequenceNumber": "1",
            "endSequenceNumber": "2",
            "approximateArrivalOfFirstRecord": "1970-01-01T00:00:01.250Z",
            "approximateArrivalOfLastRecord": "1970-01-01T00:00:02.000Z",
            "batchSize": 2,
            "streamArn": arn,
        },
    }
