"""What comes after an attempt at an asynchronous event."""

from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.asynchronous_invocation import (
    Again,
    Attempt,
    Drop,
    EventSettings,
    after_failure,
    after_throttle,
    invocation_record,
)

USUAL = EventSettings()


def test_two_retries_a_minute_and_two_minutes_later():
    assert after_failure(1, 0.0, 5.0, USUAL) == Again(65.0)
    assert after_failure(2, 0.0, 70.0, USUAL) == Again(190.0)
    assert after_failure(3, 0.0, 195.0, USUAL) == Drop(195.0, "RetriesExhausted")


def test_no_retries():
    assert after_failure(1, 0.0, 5.0, EventSettings(retries=0)) == Drop(5.0, "RetriesExhausted")


def test_an_event_is_given_up_when_it_reaches_its_age():
    assert after_failure(1, 0.0, 5.0, EventSettings(age=60)) == Drop(60.0, "EventAgeExceeded")
    assert after_failure(1, 0.0, 90.0, EventSettings(age=60)) == Drop(90.0, "EventAgeExceeded")


def test_back_off_doubles_up_to_five_minutes():
    tries = [after_throttle(number, 0.0, 0.0, USUAL) for number in range(1, 12)]
    assert [again.when for again in tries] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@given(st.integers(1, 3), st.floats(0, 1e5), st.floats(60, 21_600), st.integers(0, 2))
def test_nothing_happens_before_now_or_after_the_age(attempts, later, age, retries):
    decision = after_failure(attempts, 0.0, later, EventSettings(retries=retries, age=age))
    assert decision.when >= later
    if isinstance(decision, Again):
        assert decision.when <= age


def test_a_record_of_a_function_that_never_ran():
    record = invocation_record(
        when=0.0, request_id="r", arn="a", condition="EventAgeExceeded", attempts=0, payload=b"[1]", last=None
    )
    assert record == {
        "version": "1.0",
        "timestamp": "1970-01-01T00:00:00.000Z",
        "requestContext": {
            "requestId": "r",
            "functionArn": "a",
            "condition": "EventAgeExceeded",
            "approximateInvokeCount": 0,
        },
        "requestPayload": [1],
    }


def test_a_payload_that_is_no_json_stays_text():
    last = Attempt("3", None, b"plain")
    record = invocation_record(
        when=1.5, request_id="r", arn="a", condition="Success", attempts=1, payload=b"{", last=last
    )
    assert record["requestPayload"] == "{"
    assert record["responsePayload"] == "plain"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "3"}
