"""The ledger: areas under steps are exact, whatever month they lie in and whenever they are reported."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.ledger import Ledger
from offline_cloud.meter import MONTH_SECONDS, price_sheet

GB, DAY = 2**30, 86_400.0
STORED = "s3-storage-standard"


def months(ledger: Ledger, now: float) -> dict[int, Decimal]:
    return {use.month: use.quantity for use in ledger.uses(now, price_sheet())}


def test_a_gigabyte_for_thirty_days_is_a_gigabyte_month() -> None:
    ledger = Ledger(1000.0)
    ledger.step(STORED, "bucket", GB, 1000.0)

    assert months(ledger, 1000.0) == {}
    assert months(ledger, 1000.0 + 15 * DAY) == {0: Decimal("0.5")}
    assert months(ledger, 1000.0 + 30 * DAY) == {0: Decimal(1)}
    assert months(ledger, 1000.0 + 75 * DAY) == {0: Decimal(1), 1: Decimal(1), 2: Decimal("0.5")}


def test_what_is_deleted_costs_until_then() -> None:
    ledger = Ledger(0.0)
    ledger.step(STORED, "bucket", 2 * GB, 3 * DAY)
    ledger.step(STORED, "bucket", -2 * GB, 33 * DAY)

    assert months(ledger, 400 * DAY) == {0: Decimal("1.8"), 1: Decimal("0.2")}


def test_a_change_may_be_reported_late() -> None:
    ledger = Ledger(0.0)
    ledger.step(STORED, "bucket", GB, 0.0)
    assert sum(months(ledger, 90 * DAY).values()) == 3

    ledger.step(STORED, "bucket", -GB, 15 * DAY)

    assert months(ledger, 90 * DAY) == {0: Decimal("0.5")}


def test_a_level_can_be_set() -> None:
    ledger = Ledger(0.0)
    ledger.set("secrets", "us-east-1", 2, 0.0)
    ledger.set("secrets", "us-east-1", 1, 15 * DAY)

    assert ledger.level("secrets", "us-east-1") == 1
    assert months(ledger, 30 * DAY) == {0: Decimal("1.5")}


def test_hours_and_bytes_and_fractions_become_units_of_the_sheet() -> None:
    ledger = Ledger(0.0)
    ledger.step("kinesis-shards", "prices", 2, 0.0)
    ledger.step("logs-stored", "us-east-1:/aws/lambda/f", GB, 0.0, "f")
    ledger.count("logs-ingested", GB // 2, 0.0, "f")

    uses = {(use.name, use.function): use.quantity for use in ledger.uses(30 * DAY, price_sheet())}

    assert uses == {
        ("kinesis-shards", None): Decimal(1440),
        ("logs-stored", "f"): Decimal("0.15"),
        ("logs-ingested", "f"): Decimal("0.5"),
    }


def test_a_new_bill_forgets_what_was_and_keeps_what_is() -> None:
    ledger = Ledger(0.0)
    ledger.step(STORED, "bucket", GB, 0.0)
    ledger.count("logs-ingested", GB, 0.0)

    ledger.restart(40 * DAY)

    assert months(ledger, 40 * DAY) == {}
    assert months(ledger, 55 * DAY) == {0: Decimal("0.5")}
    ledger.clear(60 * DAY)
    assert months(ledger, 90 * DAY) == {}


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(-50, 50)), max_size=20), st.integers(0, 60))
def test_areas_equal_the_sum_over_time(steps: list[tuple[int, int]], later: int) -> None:
    """A level of days, one number a day, is the oracle."""
    ledger = Ledger(0.0)
    for day, delta in steps:
        ledger.step(STORED, "bucket", delta * GB, day * DAY)
    end = 100 + later
    expected: dict[int, Decimal] = {}
    for day in range(end):
        level = sum(delta for at, delta in steps if at <= day)
        expected[day // 30] = expected.get(day // 30, Decimal(0)) + Decimal(level)

    told = months(ledger, end * DAY)

    assert {month: round(total * 30, 20) for month, total in told.items()} == {
        month: total for month, total in expected.items() if total
    }
    assert MONTH_SECONDS == 30 * DAY
