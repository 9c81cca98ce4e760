"""The bill: a chart of what cost how much, a table of its lines, and what each function cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from labkit.pictures.canvas import Canvas, Picture, escape, shorten

_WIDTH = 560
_INNER = _WIDTH - 16
_SHARES = ("invoke", "init", "cost", "stopped", "succeeded", "failed", "waiting")
_CELL = "padding:2px 10px 2px 0;border-bottom:1px solid rgba(128,128,128,.35);vertical-align:top"
_NUMBER = f"{_CELL};text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
_HEADINGS = ("Service", "Usage", "Quantity", "Price", "Free", "Cost")


@dataclass(frozen=True)
class Bill(Picture):
    """A bill: chart, table and text; `statement` is what the cloud said, for programs."""

    statement: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The sum, in the bill's currency."""
        return float(self.statement.get("total", 0))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its lines: `id`, `service`, `usage`, `quantity`, `unit`, `price`, `per`, `free`, `cost`."""
        return list(self.statement.get("lines") or [])

    @property
    def functions(self) -> list[dict[str, Any]]:
        """What each Lambda function cost, by line: `function`, `cost`, `lines`."""
        return list(self.statement.get("functions") or [])

    def _repr_html_(self) -> str:
        return (
            '<figure style="margin:0"><div style="overflow-x:auto">'
            f'{self.svg}</div><div style="overflow-x:auto">{_table(self.statement)}</div>'
            f"<details><summary>{escape(self.title)}: as text</summary>"
            f'<pre style="white-space:pre-wrap">{escape(self.text)}</pre></details></figure>'
        )


def bill(statement: Mapping[str, Any]) -> Bill:
    """Draw what the meter counted.

    `statement`: ``{"currency", "as_of", "free_tier", "lines": [{"service", "usage", "quantity", "unit",
    "price", "per", "free", "cost"}], "functions": [{"function", "cost"}], "total", "not_metered"}``; `price`
    is for `per` units (one, if it is missing), of which the first `free` cost nothing; sums are in
    `currency`. Bars are in proportion to the dearest line, or function.
    """
    currency = str(statement.get("currency", "USD"))
    lines = list(statement.get("lines") or [])
    functions = list(statement.get("functions") or [])
    total = _number(statement.get("total", 0))
    canvas = Canvas("Bill", _WIDTH)
    free = ", free amounts taken off" if statement.get("free_tier") else ""
    head = f"prices as of {statement.get('as_of', 'unknown')}{free}"
    canvas.words(8, 20, f"Bill in {currency}, {head}", size=14, bold=True)
    y = _shares(canvas, 34.0, currency, lines)
    y = _rows(canvas, y, [_row(currency, line) for line in lines])
    canvas.line(8, y + 4, _WIDTH - 8, y + 4)
    canvas.begin_fact(f"Total: {currency} {_plain(total)}")
    canvas.words(8, y + 24, "Total", bold=True, size=14)
    canvas.words(_WIDTH - 8, y + 24, f"{currency} {_plain(total)}", bold=True, size=14, anchor="end")
    canvas.end_fact()
    if functions:
        canvas.words(8, y + 52, "By function, free amounts and cheaper tiers left aside", size=13, bold=True)
        found = [_of_function(currency, one) for one in functions]
        _rows(canvas, y + 60, sorted(found, key=lambda row: -row[2]))
    for gap in statement.get("not_metered") or []:
        canvas.note(f"Not counted: {gap}.")
    missing = "" if lines else " Nothing was used yet."
    count = f"{len(lines)} {'line' if len(lines) == 1 else 'lines'}"
    drawn = canvas.picture(f"{count}, {head}.{missing}")
    return Bill(title=drawn.title, svg=drawn.svg, text=drawn.text, statement=statement)


Row = tuple[str, str, Decimal]  # the fact, what stands at the left, the sum


def _row(currency: str, line: Mapping[str, Any]) -> Row:
    what, cost = f"{line['service']}: {line['usage']}", _number(line["cost"])
    fact = f"{what}: {_units(line)}"
    if given := _number(line.get("free", 0)):
        every = given == _number(line["quantity"])
        fact += ", all of them free" if every else f", {_thousands(given)} of them free"
    fact += f", {currency} {_price(line)}{_tiers(line)}"
    return f"{fact} = {currency} {_plain(cost)}", what, cost


def _of_function(currency: str, one: Mapping[str, Any]) -> Row:
    cost = _number(one["cost"])
    return f"Function {one['function']}: {currency} {_plain(cost)}", str(one["function"]), cost


def _shares(canvas: Canvas, y: float, currency: str, lines: Sequence[Mapping[str, Any]]) -> float:
    """One bar for the whole bill, divided by service; the y below its legend."""
    costs: dict[str, Decimal] = {}
    for line in lines:
        costs[str(line["service"])] = costs.get(str(line["service"]), Decimal(0)) + _number(line["cost"])
    whole = sum(costs.values(), Decimal(0))
    if not whole:
        return y
    x, below = 8.0, y + 44
    for number, (service, cost) in enumerate(sorted(costs.items(), key=lambda item: -item[1])):
        fill, share = _SHARES[min(number, len(_SHARES) - 1)], float(cost / whole)
        canvas.begin_fact(f"{service}: {currency} {_plain(cost)}, {_percent(share)} of the total")
        canvas.box(x, y, _INNER * share, 24, fill, radius=0)
        canvas.box(8, below - 11, 14, 12, fill, radius=2)
        canvas.words(28, below, f"{shorten(service, 40)}  {_percent(share)}", size=12)
        canvas.end_fact()
        x += _INNER * share
        below += 18
    return below


def _rows(canvas: Canvas, y: float, rows: Sequence[Row]) -> float:
    dearest = max((cost for _, _, cost in rows), default=Decimal(0))
    for fact, what, cost in rows:
        canvas.begin_fact(fact)
        canvas.words(8, y + 16, shorten(what, 60), size=13)
        canvas.words(_WIDTH - 8, y + 16, _plain(cost), size=13, anchor="end")
        canvas.box(8, y + 22, _INNER * (float(cost / dearest) if dearest else 0.0), 7, "cost", radius=2)
        canvas.end_fact()
        y += 36
    return y


def _table(statement: Mapping[str, Any]) -> str:
    """The lines with all their columns, for those who want to check the sum."""
    lines = list(statement.get("lines") or [])
    if not lines:
        return ""
    currency = str(statement.get("currency", "USD"))
    head = "".join(
        f'<th scope="col" style="{_CELL if number < 2 else _NUMBER}">{word}</th>'
        for number, word in enumerate(_HEADINGS)
    )
    body = ""
    for line in lines:
        cells = (
            _units(line),
            _price(line),
            _thousands(line["free"]) if line.get("free") else "",
            _plain(line["cost"]),
        )
        body += "<tr>" + "".join(
            f'<td style="{_CELL}">{escape(line[key])}</td>' for key in ("service", "usage")
        )
        body += "".join(f'<td style="{_NUMBER}">{escape(cell)}</td>' for cell in cells) + "</tr>"
    total = escape(f"{currency} {_plain(statement.get('total', 0))}")
    foot = (
        f'<tr><th scope="row" colspan="5" style="{_CELL}">Total</th>'
        f'<td style="{_NUMBER}"><b>{total}</b></td></tr>'
    )
    return (
        '<table style="border-collapse:collapse;font-size:13px;margin:8px 0;text-align:left">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"
    )


def _units(line: Mapping[str, Any]) -> str:
    unit = str(line["unit"])
    if _number(line["quantity"]) == 1:
        unit = unit.removesuffix("s")
    return f"{_thousands(line['quantity'])} {unit}"


def _price(line: Mapping[str, Any]) -> str:
    return f"{_plain(line['price'])} for {_thousands(line.get('per', 1))}"


def _tiers(line: Mapping[str, Any]) -> str:
    """A word where the sum is not simply quantity times price."""
    units = _number(line["quantity"]) - _number(line.get("free", 0))
    simple = units * _number(line["price"]) / _number(line.get("per", 1))
    return ", less in the cheaper tiers" if simple - _number(line["cost"]) > Decimal("1e-6") else ""


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _thousands(value: object) -> str:
    return f"{int(_number(value)):,}" if _number(value) == int(_number(value)) else _plain(value)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 else "under 1%"


def _plain(value: object) -> str:
    """A number without exponent and without trailing zeros: 5e-06 is 0.000005."""
    text = format(_number(value).quantize(Decimal("1e-10")).normalize(), "f")
    return "0" if text in {"-0", ""} else text
