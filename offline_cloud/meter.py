"""Usage in, bill out: what was used, on a dated price sheet.

Rule 1: everything is exact. Quantities and sums are decimals; a line's quantity is rounded first (to what the
bill shows), its sum never.
Rule 2: free amounts and cheaper tiers count per month, and a month is 30 days of cloud time from the start of
the bill (AWS: calendar months, by the hour).
Rule 3: what is not metered is said in `not_metered`: a bill that is silent about a gap is a wrong bill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "MONTH_SECONDS",
    "FunctionUsage",
    "MachineUsage",
    "Price",
    "PriceSheet",
    "Use",
    "bill",
    "price_sheet",
    "uses_of_calls",
    "uses_of_functions",
    "uses_of_machines",
]

SHEET = Path(__file__).with_name("prices.yml")
MONTH_SECONDS = 30 * 86_400
NOT_METERED = (
    "data transfer",
    "taxes, support, savings plans, credits and offers of an account's first year",
    "services and features that the price sheet does not name",
    "S3: retrieval, lifecycle transitions, the least time and size of the cheaper storage classes, and their "
    "dearer requests",
    "DynamoDB: a PartiQL statement that writes, and a batch of statements, counts as one write unit",
    "Lambda: polls that find nothing (here a mapping never polls in vain)",
)
_ARM = {"lambda-compute", "lambda-provisioned", "lambda-provisioned-compute"}
_DIGITS = {"bytes": Decimal("1e-8"), "count": Decimal("1e-4")}
_FINE = Decimal("1e-9")
_NOT_SERVED = 501


@dataclass(frozen=True)
class Use:
    """So many units of one line of the price sheet, in one month of the bill; `function` is who used them."""

    name: str
    quantity: Decimal
    month: int = 0
    function: str | None = None


@dataclass(frozen=True)
class FunctionUsage:
    """What one Lambda function used, in one month of the bill and on one architecture.

    `requests` counts every invocation. GB-seconds: `gb_seconds` memory × billed time outside of provisioned
    concurrency, INIT included; `provisioned_duration_gb_seconds` the same inside of it;
    `provisioned_gb_seconds` memory × time of what was kept ready; `storage_gb_seconds` what of /tmp is above
    512 MB × billed time; `snapshot_cache_gb_seconds` memory × time of SnapStart snapshots;
    `snapshot_restored_gb` memory of those that were restored.
    """

    function: str
    requests: int
    gb_seconds: float | Decimal
    architecture: str = "x86_64"
    month: int = 0
    storage_gb_seconds: float | Decimal = 0
    provisioned_gb_seconds: float | Decimal = 0
    provisioned_duration_gb_seconds: float | Decimal = 0
    snapshot_cache_gb_seconds: float | Decimal = 0
    snapshot_restored_gb: float | Decimal = 0


@dataclass(frozen=True)
class MachineUsage:
    """What state machines used: transitions of Standard executions, requests and GB-seconds of Express."""

    transitions: int
    express_requests: int
    express_gb_seconds: float
    month: int = 0


@dataclass(frozen=True)
class Price:
    """One line of the price sheet: `price` dollars for every `per` units, after `free` units a month.

    `tiers` are (units, price): above so many units of one month each costs that instead. `free_with` names
    the line whose free amount is used up together with this one. `held` is `bytes` or `count`, over `month`
    or `hour`, where a level is metered and not an event; `fraction` is how much of it counts. `in_bytes`:
    what is priced by the GB is metered by the byte.
    """

    service: str
    usage: str
    unit: str
    price: Decimal
    per: int
    free: int
    source: str
    tiers: tuple[tuple[int, Decimal], ...] = ()
    free_with: str = ""
    held: tuple[str, str] | None = None
    fraction: Decimal = Decimal(1)
    in_bytes: bool = False

    def cost(self, quantity: Decimal, free: Decimal = Decimal(0)) -> Decimal:
        """Dollars for this many units of one month, of which the first `free` cost nothing.

        Free units are the first ones, so they use up the dearest tier.
        """
        steps = ((0, self.price), *self.tiers)
        total = Decimal(0)
        for number, (above, price) in enumerate(steps):
            end = Decimal(steps[number + 1][0]) if number + 1 < len(steps) else quantity
            units = min(quantity, end) - max(Decimal(above), free)
            total += max(Decimal(0), units) * price / self.per
        return total

    def rounded(self, quantity: Decimal) -> Decimal:
        """The quantity as a bill counts it."""
        return quantity.quantize(_DIGITS[self.held[0]] if self.held else _FINE)


@dataclass(frozen=True)
class PriceSheet:
    """All prices by their name, and which API call counts towards which; `"*"` is every call of a service."""

    currency: str
    region: str
    as_of: str
    prices: Mapping[str, Price]
    counted: Mapping[tuple[str, str], str]

    def line_of(self, service: str, operation: str) -> str | None:
        """The line that a call counts on, if it costs anything."""
        return self.counted.get((service, operation)) or self.counted.get((service, "*"))


@cache
def price_sheet(file: Path = SHEET) -> PriceSheet:
    """Read the price sheet that ships with the kit."""
    import yaml  # here: every cloud imports this module, and few are asked for their bill

    sheet = yaml.safe_load(file.read_text(encoding="utf-8"))
    prices: dict[str, Price] = {}
    counted: dict[tuple[str, str], str] = {}
    for name, line in sheet["prices"].items():
        kind, _, period = line.get("held", "").partition(" by the ")
        prices[name] = Price(
            service=line["service"],
            usage=line["usage"],
            unit=line["unit"],
            price=_exact(line["price"]),
            per=line["per"],
            free=line.get("free", 0),
            source=line["source"],
            tiers=tuple((tier["above"], _exact(tier["price"])) for tier in line.get("tiers", [])),
            free_with=line.get("free_with", ""),
            held=(kind, period) if kind else None,
            fraction=_exact(line.get("fraction", 1)),
            in_bytes=line.get("metered", "") == "bytes",
        )
        for service, operations in line.get("operations", {}).items():
            counted |= {(service, operation): name for operation in operations}
    return PriceSheet(sheet["currency"], sheet["region"], str(sheet["as_of"]), prices, counted)


def uses_of_calls(
    calls: Iterable[Mapping[str, Any]],
    sheet: PriceSheet,
    month: Callable[[Mapping[str, Any]], int] = lambda _: 0,
) -> Iterator[Use]:
    """What API calls used.

    `service` and `operation` of a call are read, and if they are there `source` (`function:NAME` is billed
    to that function), `status` and `used`: what was measured while the call was served, by line. A call that
    AWS refuses with a 4xx counts, as it does there; what this cloud does not do counts nothing.
    """
    for call in calls:
        if call.get("status") == _NOT_SERVED:
            continue
        used: Mapping[str, Decimal] | None = call.get("used")
        if used is None:
            name = sheet.line_of(call["service"], call["operation"])
            used = {name: Decimal(1)} if name else {}
        if used:
            _, _, function = str(call.get("source", "")).partition("function:")
            for name, quantity in used.items():
                yield Use(name, quantity, month(call), function or None)


def uses_of_functions(functions: Iterable[FunctionUsage]) -> Iterator[Use]:
    """What Lambda functions used, each on the line of its architecture."""
    for one in functions:
        for name, quantity in (
            ("lambda-requests", one.requests),
            ("lambda-compute", one.gb_seconds),
            ("lambda-provisioned", one.provisioned_gb_seconds),
            ("lambda-provisioned-compute", one.provisioned_duration_gb_seconds),
            ("lambda-snapshot-cache", one.snapshot_cache_gb_seconds),
            ("lambda-snapshot-restore", one.snapshot_restored_gb),
            ("lambda-storage", one.storage_gb_seconds),
        ):
            if quantity:
                line = f"{name}-arm" if one.architecture == "arm64" and name in _ARM else name
                yield Use(line, _exact(quantity), one.month, one.function)


def uses_of_machines(machines: Iterable[MachineUsage]) -> Iterator[Use]:
    """What state machines used."""
    for machine in machines:
        for name, quantity in (
            ("states-transitions", machine.transitions),
            ("states-express-requests", machine.express_requests),
            ("states-express-duration", machine.express_gb_seconds),
        ):
            if quantity:
                yield Use(name, _exact(quantity), machine.month)


def bill(
    calls: Iterable[Mapping[str, Any]],
    functions: Iterable[FunctionUsage] = (),
    machines: Iterable[MachineUsage] = (),
    *,
    uses: Iterable[Use] = (),
    sheet: PriceSheet | None = None,
    free_tier: bool = False,
) -> dict[str, Any]:
    """Price what was used; `calls` as for `uses_of_calls`, all of the first month.

    Answers `{"currency", "region", "as_of", "free_tier", "lines", "functions", "total", "not_metered"}`. A
    line is `{"id", "service", "usage", "quantity", "unit", "price", "per", "free", "cost", "source"}`, in the
    price sheet's order, and only what was used has one; `free` is how many units cost nothing. A function is
    `{"function", "cost", "lines"}`, its lines `{"id", "usage", "quantity", "unit", "cost"}`, without free
    amounts and at the first tier, because those belong to the account.
    """
    sheet = sheet or price_sheet()
    months: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    each: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for use in (
        *uses_of_calls(calls, sheet),
        *uses_of_functions(functions),
        *uses_of_machines(machines),
        *uses,
    ):
        months[use.name][use.month] += use.quantity
        if use.function is not None:
            each[use.function][use.name] += use.quantity
    left: dict[tuple[str, int], Decimal] = {}
    lines = []
    total = Decimal(0)
    for name, price in sheet.prices.items():
        used = {month: price.rounded(quantity) for month, quantity in sorted(months.get(name, {}).items())}
        if not any(used.values()):
            continue
        free = {month: _free(sheet, name, month, used[month], left) for month in used if free_tier}
        cost = sum(
            (price.cost(quantity, free.get(month, Decimal(0))) for month, quantity in used.items()),
            Decimal(0),
        )
        total += cost
        lines.append(
            {
                "id": name,
                "service": price.service,
                "usage": price.usage,
                "quantity": float(sum(used.values())),
                "unit": price.unit,
                "price": float(price.price),
                "per": price.per,
                "free": float(sum(free.values())),
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
        "functions": [_of_function(sheet, name, used) for name, used in sorted(each.items())],
        "total": float(total),
        "not_metered": list(NOT_METERED),
    }


def _free(
    sheet: PriceSheet, name: str, month: int, quantity: Decimal, left: dict[tuple[str, int], Decimal]
) -> Decimal:
    """Take what is free off the amount that is left of it in this month."""
    pool = sheet.prices[name].free_with or name
    rest = left.setdefault((pool, month), Decimal(sheet.prices[pool].free))
    taken = min(quantity, rest)
    left[pool, month] = rest - taken
    return taken


def _of_function(sheet: PriceSheet, function: str, used: Mapping[str, Decimal]) -> dict[str, Any]:
    lines = []
    total = Decimal(0)
    for name, price in sheet.prices.items():
        quantity = price.rounded(used.get(name, Decimal(0)))
        if not quantity:
            continue
        cost = quantity * price.price / price.per
        total += cost
        lines.append(
            {
                "id": name,
                "usage": price.usage,
                "quantity": float(quantity),
                "unit": price.unit,
                "cost": float(cost),
            }
        )
    return {"function": function, "cost": float(total), "lines": lines}


def _exact(value: float | Decimal) -> Decimal:
    """The decimal that somebody wrote down: 0.1 is a tenth, whatever the processor thinks."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))
