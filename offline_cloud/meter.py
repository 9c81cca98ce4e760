"""Usage in, bill out: API calls from the journal and the functions' running time, on a dated price sheet.

What is metered is what the journal and the function host can see. Storage by the month and data transfer
are not, and neither is the size of a DynamoDB item: each call counts as one request unit. The bill says so
in `not_metered`, because a bill that is silent about a gap is a wrong bill.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["FunctionUsage", "MachineUsage", "Price", "PriceSheet", "bill", "price_sheet"]

SHEET = Path(__file__).with_name("prices.yml")
NOT_METERED = (
    "storage per month",
    "data transfer",
    "item sizes: every DynamoDB call counts as one request unit",
)


@dataclass(frozen=True)
class FunctionUsage:
    """What one Lambda function used: its requests, and memory × billed time in GB-seconds."""

    function: str
    requests: int
    gb_seconds: float


@dataclass(frozen=True)
class MachineUsage:
    """What state machines used: transitions of Standard executions, requests and GB-seconds of Express."""

    transitions: int
    express_requests: int
    express_gb_seconds: float


@dataclass(frozen=True)
class Price:
    """One line of the price sheet: `price` dollars for every `per` units, after `free` units a month."""

    service: str
    usage: str
    unit: str
    price: Decimal
    per: int
    free: int
    source: str

    def cost(self, quantity: float, *, free_tier: bool) -> Decimal:
        """Dollars for this many units."""
        charged = max(0.0, quantity - self.free) if free_tier else quantity
        return Decimal(repr(charged)) * self.price / self.per


@dataclass(frozen=True)
class PriceSheet:
    """All prices by their name, and which API call counts towards which."""

    currency: str
    region: str
    as_of: str
    prices: Mapping[str, Price]
    counted: Mapping[tuple[str, str], str]


@cache
def price_sheet(file: Path = SHEET) -> PriceSheet:
    """Read the price sheet that ships with the kit."""
    import yaml  # here: every cloud imports this module, and few are asked for their bill

    sheet = yaml.safe_load(file.read_text(encoding="utf-8"))
    prices: dict[str, Price] = {}
    counted: dict[tuple[str, str], str] = {}
    for name, line in sheet["prices"].items():
        prices[name] = Price(
            service=line["service"],
            usage=line["usage"],
            unit=line["unit"],
            price=Decimal(str(line["price"])),
            per=line["per"],
            free=line.get("free", 0),
            source=line["source"],
        )
        for service, operations in line.get("operations", {}).items():
            counted |= {(service, operation): name for operation in operations}
    return PriceSheet(sheet["currency"], sheet["region"], str(sheet["as_of"]), prices, counted)


def bill(
    calls: Iterable[Mapping[str, Any]],
    functions: Iterable[FunctionUsage] = (),
    machines: Iterable[MachineUsage] = (),
    *,
    sheet: PriceSheet | None = None,
    free_tier: bool = False,
) -> dict[str, Any]:
    """Price what was used.

    `calls` are journal entries (`service` and `operation` are read; a call that AWS refuses with a 4xx still
    counts, as it does there). Answers `{"currency", "region", "as_of", "free_tier", "lines", "total",
    "not_metered"}`; a line is `{"service", "usage", "quantity", "unit", "price", "per", "cost", "source"}`,
    in the price sheet's order, and only what was used has one.
    """
    sheet = sheet or price_sheet()
    used: Counter[str] = Counter()
    for call in calls:
        if name := sheet.counted.get((call["service"], call["operation"])):
            used[name] += 1
    quantities: dict[str, float] = dict(used)
    for function in functions:
        quantities["lambda-requests"] = quantities.get("lambda-requests", 0) + function.requests
        quantities["lambda-compute"] = quantities.get("lambda-compute", 0.0) + function.gb_seconds
    for machine in machines:
        for name, used_up in (
            ("states-transitions", machine.transitions),
            ("states-express-requests", machine.express_requests),
            ("states-express-duration", machine.express_gb_seconds),
        ):
            quantities[name] = quantities.get(name, 0) + used_up

    lines = []
    total = Decimal(0)
    for name, price in sheet.prices.items():
        if not (quantity := quantities.get(name)):
            continue
        cost = price.cost(quantity, free_tier=free_tier)
        total += cost
        lines.append(
            {
                "service": price.service,
                "usage": price.usage,
                "quantity": round(quantity, 6),
                "unit": price.unit,
                "price": float(price.price),
                "per": price.per,
                "cost": float(cost),
                "source": price.source,
            }
        )
    return {
        "currency": sheet.currency,
        "region": sheet.region,
        "as_of": sheet.as_of,
        "free_tier": free_tier,
        "lines": lines,
        "total": float(total),
        "not_metered": list(NOT_METERED),
    }
