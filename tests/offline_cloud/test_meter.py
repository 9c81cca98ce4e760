"""The bill: the right operations on the right line, at the price on the sheet."""

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
    told = bill(calls("dynamodb", "PutItem", 1_000_000) + calls("dynamodb", "GetItem", 1_000_000))

    assert [line["cost"] for line in told["lines"]] == [0.625, 0.125]


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
