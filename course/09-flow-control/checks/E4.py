"""Checks of E4, three branches at once."""

from typing import Any

from grader import Lab, check, mistake

from . import ended, expect_seconds, lasts, succeeded

MACHINE = "best-price"
BROKERS = ("north", "south", "east")
HINTS = (
    "Open `labkit.gantt(all_three)`: how many rows are there? And what does the output look like?",
    "Parallel gives an array, in the order of its branches. `$states.result.price` is the array of their "
    "prices. `Catch` belongs to Parallel, next to `Branches`.",
    '`"Output": {"prices": "{% $states.result.price %}", "best": …}` and '
    '`"Catch": [{"ErrorEquals": ["Broker.Out"], "Next": "No trade"}]`.',
)
NO_TRADE: dict[str, Any] = {"prices": [], "best": None}


def _brokers(lab: Lab) -> dict[str, Any]:
    waits = lab.random.sample([5, 15, 25, 35, 45], 3)
    prices = lab.random.sample(range(90, 120), 3)
    return {
        name: {"seconds": wait, "price": price}
        for name, wait, price in zip(BROKERS, waits, prices, strict=True)
    }


def _wanted(brokers: dict[str, Any]) -> dict[str, Any]:
    prices = [brokers[name]["price"] for name in BROKERS]
    return {"prices": prices, "best": min(prices)}


@check("E4", points=2, hints=HINTS)
def prices_in_order_and_the_best(lab: Lab) -> None:
    """The output has the three prices, in the order north, south, east, and the lowest of them."""
    for _ in range(3):
        brokers = _brokers(lab)
        lab.expect(succeeded(lab, MACHINE, brokers).output, _wanted(brokers), where="the output")


@check("E4", points=1, hints=HINTS, needs=("prices_in_order_and_the_best",))
def as_long_as_the_slowest(lab: Lab) -> None:
    """It takes as long as the slowest broker, not as all of them together."""
    brokers = _brokers(lab)
    slowest = max(broker["seconds"] for broker in brokers.values())
    expect_seconds(succeeded(lab, MACHINE, brokers), slowest, "an execution with three brokers")


@check("E4", points=2, hints=HINTS)
def a_broker_is_out(lab: Lab) -> None:
    """When a broker is out of business, No trade follows at once, and nobody waits for the rest."""
    for name in BROKERS:
        brokers = _brokers(lab)
        for broker in brokers.values():
            broker["seconds"] += 20
        brokers[name] = {"seconds": 4, "price": 0}
        seen = succeeded(lab, MACHINE, brokers)
        lab.expect(seen.output, NO_TRADE, where="the output when a broker is out")
        expect_seconds(seen, 4, "an execution with a broker that is out")


@mistake(
    "E4-expects-an-object",
    exercise="E4",
    hints=(
        "Index or name? Look at the output of Parallel.",
        "Parallel gives an array: no names, one entry for each branch, in their order. A name that is not "
        "there "
        "has no value, and JSONata says so as an error.",
        "`$states.result[0].price` is the price of north; `$states.result.price` is all three.",
    ),
)
def expects_an_object(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, _brokers(lab))
    text = str(seen.cause)
    return (
        seen.error == "States.QueryEvaluationError"
        and "esult" in text
        and any(name in text for name in BROKERS)
        and "a name is looked for in the array of results"
    )


@mistake(
    "E4-no-catch",
    exercise="E4",
    hints=(
        "Run it with a broker whose price is 0. Who catches `Broker.Out`?",
        "A branch that fails makes the whole Parallel fail. A `Catch` on Parallel takes the error and "
        "names the "
        "state that comes next.",
        '`"Catch": [{"ErrorEquals": ["Broker.Out"], "Next": "No trade"}]` beside `Branches`.',
    ),
)
def no_catch(lab: Lab) -> bool | str:
    brokers = _brokers(lab)
    right = ended(lab, MACHINE, brokers).output == _wanted(brokers)
    seen = ended(lab, MACHINE, {**brokers, "south": {"seconds": 1, "price": 0}})
    return right and seen.error == "Broker.Out" and "Broker.Out ended the execution"


@mistake(
    "E4-takes-the-first",
    exercise="E4",
    hints=(
        "Compare `best` with `prices`. Is it the lowest, or the one of a certain broker?",
        "The first entry belongs to the first branch, not to the best price. All branches are compared with "
        "`$min`.",
        "`$min($states.result.price)`",
    ),
)
def takes_the_first(lab: Lab) -> bool | str:
    brokers = {name: {"seconds": 5, "price": 200 - 10 * place} for place, name in enumerate(BROKERS)}
    other = {name: {"seconds": 5, "price": 100 + 10 * place} for place, name in enumerate(BROKERS)}
    for chosen in (brokers, other):
        output = ended(lab, MACHINE, chosen).output
        if not isinstance(output, dict) or output.get("prices") != _wanted(chosen)["prices"]:
            return False
        if output.get("best") != _wanted(chosen)["best"]:
            return f"prices are {output['prices']}, best is {output.get('best')}"
    return False


@mistake(
    "E4-another-order",
    exercise="E4",
    hints=(
        "The prices are right, but which broker is the first? In which order do the branches stand in the "
        "file?",
        "The array has the order of `Branches`. The order in which the branches end plays no part, and "
        "nobody has to sort.",
        "Put the branch of `east` behind the branch of `south`; take `$states.result.price` as it is.",
    ),
)
def another_order(lab: Lab) -> bool | str:
    brokers = _brokers(lab)
    output = ended(lab, MACHINE, brokers).output
    wanted = _wanted(brokers)["prices"]
    prices = output.get("prices") if isinstance(output, dict) else None
    same = (
        isinstance(prices, list) and prices != wanted and sorted(map(str, prices)) == sorted(map(str, wanted))
    )
    return same and f"the prices are {prices}, in the order of the brokers they are {wanted}"


@mistake(
    "E4-one-after-the-other",
    exercise="E4",
    hints=(
        "How many seconds did it take: the longest wait, or the sum?",
        "States in one branch follow each other. What should happen at the same time needs a branch of "
        "its own.",
        "`Branches` has three entries, and each has `StartAt` and `States`.",
    ),
)
def one_after_the_other(lab: Lab) -> bool | str:
    brokers = {name: {"seconds": 30, "price": 100} for name in BROKERS}
    seen = ended(lab, MACHINE, brokers)
    late = seen.status == "SUCCEEDED" and (lasts(seen, 60) or lasts(seen, 90))
    return late and f"three waits of 30 s took {seen.stopped - seen.started:.0f} s"


@mistake(
    "E4-objects-for-prices",
    exercise="E4",
    hints=(
        "What does one branch give out: a number, or an object with a number in it?",
        'Each entry of `$states.result` is `{"price": …}`. A path goes through the whole array and takes '
        "the field from each entry.",
        "`$states.result.price` is the array of the three numbers.",
    ),
)
def objects_for_prices(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, _brokers(lab))
    if isinstance(seen.output, dict) and isinstance(seen.output.get("prices"), list):
        return any(isinstance(price, dict) for price in seen.output["prices"]) and "prices holds objects"
    return 'function "min"' in str(seen.cause) and "$min gets objects"
