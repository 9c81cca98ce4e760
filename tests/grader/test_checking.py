"""Judging one exercise, with a cloud that only remembers what it was asked."""

import random
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from grader import Failure, LabChecks, Status
from grader.checking import judge
from grader.checks import Check, Mistake
from grader.course import Exercise
from grader.lab import Connection, Lab
from grader.results import NOT_GIVEN

HINTS = ("question", "concept", "code")
OTHERS = ("other question", "other concept", "other code")


class FakeCloud:
    endpoint, token, clock = "http://localhost:1", "t", None

    def journal(self):
        return [{"n": 1, "user_agent": "Boto3/1"}, {"n": 2, "user_agent": f"Boto3/1 {self.signature}"}]


@pytest.fixture
def connection():
    cloud = FakeCloud()
    made = Connection(cloud)
    cloud.signature = made.signature
    return made


def lab():
    exercises = (Exercise("E1", "One", 3, 1),)
    return SimpleNamespace(slug="trades", exercise=lambda name: next(e for e in exercises if e.id == name))


def a_check(function, name="one", points=1, *, hints=HINTS, hidden=False, needs=()):
    return Check("E1", name, f"It does {name}.", points, hints, hidden, needs, function)


def judged(connection, *checks, mistakes=(), seed=1):
    return judge(lab(), LabChecks(tuple(checks), tuple(mistakes)), "E1", connection, seed)


def passes(lab):
    pass


def fails(lab):
    raise Failure(expected=1, seen=None, where="there")


def crashes(lab):
    raise RuntimeError("secret 4711")


def test_all_passed(connection):
    result = judged(connection, a_check(passes, "a", 2), a_check(passes, "b"))
    assert (result.status, result.earned, result.points, result.hints) == (Status.PASSED, 3, 3, ())


def test_a_failure_shows_expected_seen_and_where(connection):
    result = judged(connection, a_check(passes, "a"), a_check(fails, "b", 2))
    assert (result.status, result.earned, result.points, result.hints) == (Status.FAILED, 1, 3, HINTS)
    found = result.checks[1]
    assert (found.expected, found.seen, found.where) == (1, None, "there")


def test_a_failure_without_values_shows_none(connection):
    def bare(lab):
        lab.fail(where="somewhere")

    found = judged(connection, a_check(bare)).checks[0]
    assert found.expected is found.seen is NOT_GIVEN


def test_a_hidden_failure_shows_no_value(connection):
    def hidden(lab):
        lab.expect({"symbol": 1}, {"symbol": "SECRET"}, where="the payload")

    result = judged(connection, a_check(hidden, hidden=True))
    assert (result.checks[0].expected, result.checks[0].seen) == (NOT_GIVEN, NOT_GIVEN)
    assert result.checks[0].where == "the payload"
    assert "SECRET" not in repr(result)


def test_a_path_without_a_place_is_hidden_too(connection):
    def hidden(lab):
        lab.expect({"SECRET": 1}, {"SECRET": 2})

    assert "SECRET" not in repr(judged(connection, a_check(hidden, hidden=True)))


def test_a_crash_is_ours(connection):
    result = judged(connection, a_check(passes, "a"), a_check(crashes, "b"), a_check(fails, "c"))
    assert result.status is Status.COULD_NOT_RUN
    assert result.earned == 1
    assert [check.status for check in result.checks] == [Status.PASSED, Status.COULD_NOT_RUN, Status.FAILED]
    assert "RuntimeError: secret 4711" in result.error


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ResourceNotFoundException", Status.FAILED),
        ("NoSuchBucket", Status.FAILED),
        ("QueueDoesNotExist", Status.FAILED),
        ("404", Status.FAILED),
        ("ValidationException", Status.COULD_NOT_RUN),
        ("InternalFailure", Status.COULD_NOT_RUN),
    ],
)
def test_what_is_not_there_is_the_learners_to_make(connection, code, status):
    def asks(lab):
        raise ClientError({"Error": {"Code": code, "Message": "secret 4711"}}, "PutItem")

    detector = Mistake("E1", "looks", OTHERS, asks)
    result = judged(connection, a_check(asks), mistakes=[detector])
    assert result.status is status
    assert (result.error is None) == (status is Status.FAILED)
    hidden = judged(connection, a_check(asks, hidden=True))
    assert "4711" not in repr(hidden)
    if status is Status.FAILED:
        assert "PutItem" in hidden.checks[0].where


def test_the_crash_of_a_hidden_check_names_its_type_only(connection):
    result = judged(connection, a_check(crashes, hidden=True))
    assert "RuntimeError" in result.error
    assert "4711" not in repr(result)


def test_what_is_needed_comes_first(connection):
    result = judged(connection, a_check(fails, "a"), a_check(crashes, "b", needs=("a",)))
    assert result.status is Status.FAILED
    assert result.checks[1].status is Status.COULD_NOT_RUN
    assert result.checks[1].where == "first: It does a."


def test_the_mistake_brings_its_own_hints(connection):
    mistakes = [
        Mistake("E1", "no", OTHERS, lambda lab: False),
        Mistake("E1", "fails", OTHERS, fails),
        Mistake("E1", "yes", OTHERS, lambda lab: "it is upside down"),
        Mistake("E1", "later", HINTS, lambda lab: True),
    ]
    result = judged(connection, a_check(fails), mistakes=mistakes)
    assert (result.mistake, result.hints) == ("yes", OTHERS)
    assert result.message == "Recognised: it is upside down"
    assert judged(connection, a_check(passes), mistakes=mistakes).mistake is None


def test_a_detector_that_crashes_is_told_and_costs_nothing(connection):
    mistakes = [Mistake("E1", "bad", OTHERS, crashes), Mistake("E1", "good", OTHERS, lambda lab: True)]
    result = judged(connection, a_check(fails), mistakes=mistakes)
    assert (result.status, result.mistake) == (Status.FAILED, "good")
    assert "bad" in result.error
    assert "4711" not in result.error


def test_inputs_depend_on_seed_exercise_and_check_only(connection):
    drawn = []

    def draws(lab):
        drawn.append(lab.random.random())

    for seed in (1, 1, 2):
        judged(connection, a_check(draws, "a"), a_check(draws, "b"), seed=seed)
    judged(connection, a_check(draws, "b"), seed=1)
    assert drawn[0:2] == drawn[2:4]
    assert drawn[0] != drawn[1]
    assert drawn[4] != drawn[0]
    assert drawn[6] == drawn[1]


def test_an_exercise_without_checks_could_not_run(connection):
    assert judged(connection).status is Status.COULD_NOT_RUN


def test_long_values_are_cut(connection):
    def long(lab):
        lab.fail(seen="x" * 100_000, expected=["y" * 100_000])

    found = judged(connection, a_check(long)).checks[0]
    assert len(found.seen) < 700
    assert len(found.expected) < 700


def test_the_checks_own_calls_are_not_in_the_journal(connection):
    seen = Lab(connection, "trades", random.Random(1)).journal()
    assert [entry["n"] for entry in seen] == [1]


def test_the_time_of_an_exercise_is_limited(connection):
    def asks(lab):
        lab.client("s3")

    result = judge(lab(), LabChecks((a_check(asks),), ()), "E1", connection, 1, seconds=-1)
    assert result.status is Status.COULD_NOT_RUN
    connection.seconds_in_functions = 0

    def waits_for_a_function(lab):
        lab._connection.seconds_in_functions = 9
        lab.client("s3")

    result = judge(lab(), LabChecks((a_check(waits_for_a_function),), ()), "E1", connection, 1, seconds=-1)
    assert result.status is Status.FAILED
    with pytest.raises(Failure, match="the function f"):
        Lab(connection, "x", random.Random(1), deadline=0).invoke("f", 1)
