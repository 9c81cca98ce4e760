"""Who may run, and who is refused: limits, floors, caps, the scaling rate, and the time that is billed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.engines.concurrency import (
    AccountConcurrency,
    ConcurrencyRefused,
    Reason,
    billed_seconds,
    shares,
    unreserved_minimum,
)


def run(account: AccountConcurrency, function: str, count: int) -> None:
    for _ in range(count):
        assert account.refusal(function, 0.0, cold=False) is None
        account.began(function, 0.0)


def test_the_account_has_a_limit_and_what_ends_gives_back() -> None:
    account = AccountConcurrency(20)
    run(account, "reports", 15)
    run(account, "checkout", 5)
    assert account.refusal("checkout", 0.0, cold=False) == Reason.ACCOUNT
    account.ended("reports")
    assert account.refusal("checkout", 0.0, cold=False) is None
    assert (account.running("reports"), account.running_in_all) == (14, 19)


def test_reserved_concurrency_is_a_floor() -> None:
    account = AccountConcurrency(20)
    account.reserve("checkout", 5)
    run(account, "reports", 15)
    assert account.refusal("reports", 0.0, cold=False) == Reason.ACCOUNT
    run(account, "checkout", 5)


def test_and_a_cap() -> None:
    account = AccountConcurrency(20)
    account.reserve("reports", 3)
    run(account, "reports", 3)
    assert account.refusal("reports", 0.0, cold=False) == Reason.RESERVED
    run(account, "checkout", 17)
    assert account.refusal("checkout", 0.0, cold=False) == Reason.ACCOUNT


def test_nought_switches_off() -> None:
    account = AccountConcurrency()
    account.reserve("f", 0)
    assert account.refusal("f", 0.0, cold=True) == Reason.RESERVED
    account.reserve("f", None)
    assert account.refusal("f", 0.0, cold=True) is None


@pytest.mark.parametrize(("limit", "minimum"), [(1000, 100), (5000, 100), (250, 25), (20, 2), (5, 0)])
def test_a_part_stays_unreserved(limit: int, minimum: int) -> None:
    assert unreserved_minimum(limit) == minimum
    account = AccountConcurrency(limit)
    account.reserve("f", limit - minimum)
    assert account.unreserved == minimum
    account.reserve("f", 0)  # what it had doesn't count against it
    account.reserve("f", limit - minimum)
    with pytest.raises(ConcurrencyRefused, match=rf"minimum value of \[{minimum}\]\."):
        account.reserve("g", 1)
    assert account.reserved == {"f": limit - minimum}


def test_a_reservation_that_comes_or_goes_moves_what_runs() -> None:
    account = AccountConcurrency(20)
    run(account, "f", 4)
    assert account.running_unreserved == 4
    account.reserve("f", 6)
    assert account.running_unreserved == 0
    account.reserve("f", 5)
    account.ended("f")
    account.reserve("f", None)
    assert account.running_unreserved == 3
    account.forget("f")
    assert account.running_unreserved == 3
    for _ in range(3):
        account.ended("f")
    assert (account.running_unreserved, account.running_in_all) == (0, 0)


def test_provisioned_concurrency_comes_out_of_the_account() -> None:
    account = AccountConcurrency(20)
    with pytest.raises(ConcurrencyRefused, match="Specified ConcurrentExecutions for function"):
        account.provision("f", 19)
    account.provision("f", 18)
    assert account.unreserved == 2
    run(account, "g", 5)  # nothing stands ready yet
    account.stands_ready("f", 18)
    assert account.refusal("g", 0.0, cold=False) == Reason.ACCOUNT
    account.provision("f", 3)  # less is always possible
    account.stands_ready("f", 3)
    assert account.refusal("g", 0.0, cold=False) is None
    assert account.claimed_now == 8


def test_or_out_of_what_the_function_has_reserved() -> None:
    account = AccountConcurrency(20)
    account.reserve("f", 5)
    with pytest.raises(ConcurrencyRefused, match="should not be greater than the reservedConcurrent"):
        account.provision("f", 6)
    account.provision("f", 3)
    account.stands_ready("f", 3)
    assert account.unreserved == 15
    with pytest.raises(ConcurrencyRefused, match="lower than its total"):
        account.reserve("f", 2)
    for _ in range(3):
        account.began("f", 0.0, provisioned=True)
    run(account, "f", 2)  # two spill over
    assert account.refusal("f", 0.0, cold=False) == Reason.RESERVED
    assert account.running("f") == 5


def test_a_function_grows_by_a_thousand_in_ten_seconds() -> None:
    account = AccountConcurrency(5_000)
    for _ in range(1_000):
        assert account.refusal("f", 100.0, cold=True) is None
        account.began("f", 100.0, cold=True)
    assert account.refusal("f", 100.0, cold=True) == Reason.SCALING
    assert account.refusal("f", 100.0, cold=False) is None  # a warm one is no growth
    assert account.refusal("g", 100.0, cold=True) is None  # nor is it anybody else's
    assert account.refusal("f", 100.02, cold=True) is None
    for _ in range(500):
        assert account.refusal("f", 105.0, cold=True) is None
        account.began("f", 105.0, cold=True)
    assert account.refusal("f", 105.0, cold=True) == Reason.SCALING


@pytest.mark.parametrize(
    ("count", "weights", "expected"),
    [
        (10, {}, {"1": 10}),
        (10, {"2": 0.1}, {"1": 9, "2": 1}),
        (10, {"2": 0.04}, {"1": 9, "2": 1}),
        (10, {"2": 1.0}, {"1": 1, "2": 9}),
        (1, {"2": 0.5}, {"1": 1}),
        (3, {"2": 0.0}, {"1": 3}),
    ],
)
def test_an_alias_divides_by_weight(count: int, weights: dict[str, float], expected: dict[str, int]) -> None:
    assert shares(count, weights, "1") == expected


@pytest.mark.parametrize(
    ("until", "seconds"), [(0.0, 300.0), (1.0, 300.0), (300.0, 300.0), (300.1, 600.0), (3600.0, 3600.0)]
)
def test_provisioned_time_is_billed_by_five_minutes(until: float, seconds: float) -> None:
    assert billed_seconds(0.0, until) == seconds


FUNCTIONS = ("a", "b", "c")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["call", "end", "reserve", "free", "provision", "forget"]),
        st.sampled_from(FUNCTIONS),
        st.integers(0, 12),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_nobody_gets_more_than_there_is(steps: list[tuple[str, str, int]]) -> None:
    """Counts are those of a list of what runs, floors hold, and the account's limit is never passed."""
    account = AccountConcurrency(20)
    running: list[tuple[str, bool]] = []
    provisioned = dict.fromkeys(FUNCTIONS, 0)
    for what, function, number in steps:
        mine = [kind for name, kind in running if name == function]
        try:
            if what == "call" and mine.count(True) < provisioned[function]:
                account.began(function, 0.0, provisioned=True)
                running.append((function, True))
            elif what == "call" and account.refusal(function, 0.0, cold=True) is None:
                account.began(function, 0.0, cold=True)
                running.append((function, False))
            elif what == "end" and mine:
                account.ended(function, provisioned=mine[0])
                running.remove((function, mine[0]))
            elif what in ("reserve", "free"):
                account.reserve(function, number if what == "reserve" else None)
            elif what == "provision" and number >= mine.count(True):
                account.provision(function, number)
                account.stands_ready(function, number)
                provisioned[function] = number
            elif what == "forget" and not mine:
                account.forget(function)
                provisioned[function] = 0
        except ConcurrencyRefused:
            continue
        assert account.running_in_all == len(running)
        assert account.running_unreserved == sum(
            not kind and name not in account.reserved for name, kind in running
        )
        assert all(account.running(name) == sum(one == name for one, _ in running) for name in FUNCTIONS)
        assert account.unreserved >= unreserved_minimum(20)
