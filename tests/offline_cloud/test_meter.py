"""The bill: the right operations on the right line, at the price on the sheet."""

from decimal import Decimal

import pytest

from offline_cloud.meter import FunctionUsage, bill, price_sheet


def calls(service: str, operation: str, count: int) -> list[dict[str, str]]:
    return [{"service": service, "operation": operation}] * count


def test_a_thousand_puts_cost_half_a_cent() -> None:
    told = bill(calls("s3", "PutObject", 1000))

    assert told["total"] == 0.005
    assert [(line["usage"], line["quantity"]) for line in told["lines"]] == [
        ("PUT, COPY, POST and LIST requests", 1000)
    ]


def test_reads_and_writes_stand_on_different_lines() -> None:
    told = bill(calls("s3", "PutObject", 1_000_000) + calls("s3", "GetObject", 1_000_000))

    assert [line["cost"] for line in told["lines"]] == [5.0, 0.4]


def test_a_call_that_costs_nothing_has_no_line() -> None:
    assert bill(calls("sts", "GetCallerIdentity", 5) + calls("s3", "DeleteObject", 5))["lines"] == []


def test_functions_pay_for_requests_and_gb_seconds() -> None:
    usage = [FunctionUsage("price-checker", 600_000, 1000.0), FunctionUsage("report", 400_000, 500.0)]

    requests, compute = bill([], usage)["lines"]

    assert (requests["quantity"], requests["cost"]) == (1_000_000, 0.2)
    assert compute["quantity"] == 1500.0
    assert compute["cost"] == pytest.approx(1500 * 0.0000166667)


def test_the_free_tier_is_taken_off_only_when_asked_for() -> None:
    usage = [FunctionUsage("report", 1_000_001, 400_001.0)]

    requests, compute = bill([], usage, free_tier=True)["lines"]

    assert requests["cost"] == pytest.approx(0.2 / 1_000_000)
    assert compute["cost"] == pytest.approx(0.0000166667)
    assert bill([], usage)["total"] > 6


def test_the_sheet_is_dated_and_every_price_has_its_source() -> None:
    sheet = price_sheet()

    assert sheet.as_of >= "2026-11-23"
    assert all(price.source.startswith("https://aws.amazon.com/") for price in sheet.prices.values())
    assert bill([])["not_metered"]


def test_cheaper_tiers_begin_where_the_sheet_says() -> None:
    (compute,) = (line for line in bill([], [FunctionUsage("f", 0, 6_000_000_002.0)])["lines"])

    assert compute["cost"] == pytest.approx(6e9 * 0.0000166667 + 2 * 0.000015, abs=1e-9)


def test_a_free_amount_comes_back_every_month() -> None:
    usage = [FunctionUsage("f", 1_500_000, 0.0, month=month) for month in (0, 1, 2)]

    (requests,) = bill([], usage, free_tier=True)["lines"]

    assert (requests["quantity"], requests["free"], requests["cost"]) == (4_500_000, 3_000_000, 0.3)


def test_both_architectures_share_one_free_amount_and_have_their_own_price() -> None:
    usage = [FunctionUsage("f", 0, 300_000.0), FunctionUsage("f", 0, 300_000.0, architecture="arm64")]

    intel, arm = bill([], usage, free_tier=True)["lines"]

    assert (intel["free"], arm["free"]) == (300_000, 100_000)
    assert (intel["cost"], arm["cost"]) == (0.0, pytest.approx(200_000 * 0.0000133334))


def test_provisioned_concurrency_snapshots_and_storage_have_their_lines() -> None:
    usage = FunctionUsage(
        "f",
        1,
        1.0,
        storage_gb_seconds=10,
        provisioned_gb_seconds=3600,
        provisioned_duration_gb_seconds=2,
        snapshot_cache_gb_seconds=100,
        snapshot_restored_gb=0.125,
    )

    costs = {line["id"]: line["cost"] for line in bill([], [usage])["lines"]}

    assert costs["lambda-provisioned"] == pytest.approx(3600 * 0.0000041667)
    assert costs["lambda-provisioned-compute"] == pytest.approx(2 * 0.0000097222)
    assert costs["lambda-snapshot-cache"] == pytest.approx(100 * 0.0000015046)
    assert costs["lambda-snapshot-restore"] == pytest.approx(0.125 * 0.0001397998)
    assert costs["lambda-storage"] == pytest.approx(10 * 0.0000000309)


def test_measured_units_count_instead_of_calls_and_belong_to_the_function_that_called() -> None:
    call = {
        "service": "dynamodb",
        "operation": "PutItem",
        "source": "function:writer",
        "used": {"dynamodb-writes": Decimal("2.5")},
    }

    told = bill([call, {**call, "used": {}}, {**call, "source": "client"}])

    assert [(line["id"], line["quantity"]) for line in told["lines"]] == [("dynamodb-writes", 5.0)]
    assert [(one["function"], one["cost"]) for one in told["functions"]] == [("writer", 2.5 * 0.625 / 1e6)]


def test_what_this_cloud_does_not_do_is_not_billed() -> None:
    call = {"service": "sqs", "operation": "StartMessageMoveTask", "status": 501}

    assert bill([call])["lines"] == []
    assert bill([{**call, "status": 400}])["lines"][0]["quantity"] == 1


def test_sums_are_exact() -> None:
    (line,) = bill(calls("s3", "PutObject", 3))["lines"]

    assert line["cost"] == 0.000015  # three times 0.005 / 1000 in floats is 1.5000000000000002e-05
