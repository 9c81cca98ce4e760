"""One check per function, with inputs drawn anew: the same five exercises that the other graders get."""

from grader import Lab, check


@check("E1", points=1)
def returns_a_record(lab: Lab) -> None:
    """It answers with the symbol and the price."""
    symbol = f"S{lab.random.randrange(1000)}"
    lab.expect(lab.invoke(lab.submitted("E1"), symbol).payload, {"symbol": symbol, "stock_price": 50})


@check("E2", points=1)
def names_the_type(lab: Lab) -> None:
    """It names the type of its event."""
    lab.expect(lab.invoke(lab.submitted("E2"), [1]).payload, "list")


@check("E3", points=1)
def adds(lab: Lab) -> None:
    """It adds the numbers up."""
    numbers = [lab.random.randrange(100) for _ in range(5)]
    lab.expect(lab.invoke(lab.submitted("E3"), numbers).payload, sum(numbers))


@check("E4", points=1)
def decides(lab: Lab) -> None:
    """It buys up to 50 and sells above."""
    for price, decision in ((50, "BUY"), (51, "SELL")):
        lab.expect(lab.invoke(lab.submitted("E4"), price).payload, decision)


@check("E5", points=1)
def turns_round(lab: Lab) -> None:
    """It turns the list round."""
    numbers = [lab.random.randrange(100) for _ in range(5)]
    lab.expect(lab.invoke(lab.submitted("E5"), numbers).payload, numbers[::-1])
