"""The bill as a table with bars."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from labkit.pictures.canvas import Canvas, Picture, shorten

_WIDTH = 480


def bill(statement: Mapping[str, Any]) -> Picture:
    """Draw what the meter counted.

    `statement`: ``{"currency", "as_of", "lines": [{"service", "usage", "quantity", "unit", "price", "per",
    "cost"}], "total", "not_metered"}``; `price` is for `per` units (one, if it is missing), sums are in
    `currency`. Bars are in proportion to the dearest line.
    """
    currency = str(statement.get("currency", "USD"))
    lines = list(statement.get("lines") or [])
    dearest = max((_number(line["cost"]) for line in lines), default=Decimal(0))
    canvas = Canvas("Bill", _WIDTH)
    canvas.words(
        8, 20, f"Bill in {currency}, prices as of {statement.get('as_of', 'unknown')}", size=14, bold=True
    )
    y = 34
    for line in lines:
        what = f"{line['service']}: {line['usage']}"
        price = f"{_plain(line['price'])} for {_thousands(line.get('per', 1))}"
        sum_ = f"{_thousands(line['quantity'])} {line['unit']}, {currency} {price}"
        canvas.begin_fact(f"{what}: {sum_} = {currency} {_plain(line['cost'])}")
        canvas.words(8, y + 16, shorten(what, 46), size=13)
        canvas.words(_WIDTH - 8, y + 16, _plain(line["cost"]), size=13, anchor="end")
        canvas.words(8, y + 33, shorten(sum_, 64), size=12)
        share = float(_number(line["cost"]) / dearest) if dearest else 0.0
        canvas.box(8, y + 39, (_WIDTH - 16) * share, 9, "cost", radius=2)
        canvas.end_fact()
        y += 56
    canvas.line(8, y + 4, _WIDTH - 8, y + 4)
    total = _plain(statement.get("total", 0))
    canvas.begin_fact(f"Total: {currency} {total}")
    canvas.words(8, y + 24, "Total", bold=True, size=14)
    canvas.words(_WIDTH - 8, y + 24, f"{currency} {total}", bold=True, size=14, anchor="end")
    canvas.end_fact()
    what_is_missing = "" if lines else " Nothing was used yet."
    for gap in statement.get("not_metered") or []:
        canvas.note(f"Not counted: {gap}.")
    return canvas.picture(
        f"{len(lines)} lines, prices as of {statement.get('as_of', 'unknown')}.{what_is_missing}"
    )


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _thousands(value: object) -> str:
    return f"{_number(value):,}" if _number(value) == int(_number(value)) else _plain(value)


def _plain(value: object) -> str:
    """A number without exponent and without trailing zeros: 5e-06 is 0.000005."""
    text = format(_number(value).quantize(Decimal("1e-10")).normalize(), "f")
    return "0" if text in {"-0", ""} else text
