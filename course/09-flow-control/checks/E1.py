"""Checks of E1, a Choice for every input."""

from typing import Any

from grader import Lab, check, mistake

from . import ended, fits_no_rule, succeeded

MACHINE = "buy-or-sell"
HINTS = (
    "Which input went wrong? Which of your rules did it meet first?",
    "Rules are looked at from the top, and the first that fits wins. Ask for the type before you compare: a "
    "comparison of a number with something else is an error. What no rule fits goes to `Default`.",
    "First rule: `{% $not($type($states.input.price) = 'number') %}` to `Ask a person`. Then `<` and `>`. "
    "Last, `Default`.",
)


def _action(lab: Lab, given: object) -> object:
    output = succeeded(lab, MACHINE, given).output
    return output.get("action") if isinstance(output, dict) else output


@check("E1", points=2, hints=HINTS)
def buys_and_sells(lab: Lab) -> None:
    """A number below 50 buys, a number above 50 sells."""
    lab.expect(_action(lab, {"price": lab.random.randint(1, 48)}), "buy", where="a price below 50")
    lab.expect(_action(lab, {"price": 49.99}), "buy", where="a price a little below 50")
    lab.expect(_action(lab, {"price": 50.01}), "sell", where="a price a little above 50")
    lab.expect(_action(lab, {"price": lab.random.randint(52, 900)}), "sell", where="a price above 50")


@check("E1", points=1, hints=HINTS)
def holds_at_50(lab: Lab) -> None:
    """The number 50 holds."""
    lab.expect(_action(lab, {"price": 50}), "hold", where="the price 50")


@check("E1", points=1, hints=HINTS)
def asks_a_person(lab: Lab) -> None:
    """A price that is no number, or no price at all, asks a person."""
    text = str(lab.random.randint(1, 99))
    prices: tuple[Any, ...] = (text, "50", None, True, [])
    for price in prices:
        lab.expect(_action(lab, {"price": price}), "ask", where="a price that is no number")
    lab.expect(_action(lab, {}), "ask", where="no price")


@mistake(
    "E1-compares-a-text",
    exercise="E1",
    hints=(
        'What arrives: 50 or "50"? Read the error of that execution.',
        "A Choice converts nothing. In JSONata the comparison of a text with a number is an error, and the "
        "execution fails before it comes to `Default`. Ask for the type first.",
        "`$not($type($states.input.price) = 'number')` as the first rule.",
    ),
)
def compares_a_text(lab: Lab) -> bool | str:
    right = ended(lab, MACHINE, {"price": 49}).status == "SUCCEEDED"
    seen = ended(lab, MACHINE, {"price": "50"})
    return right and seen.error == "States.QueryEvaluationError" and "a rule compares a text with a number"


@mistake(
    "E1-no-default",
    exercise="E1",
    hints=(
        "Read the error of the input that fails. Where should an input go that fits no rule?",
        "When no rule fits, a Choice takes `Default`. Without one the execution fails.",
        '`"Default": "Ask a person"` stands beside `"Choices"`, not inside it.',
    ),
)
def no_default(lab: Lab) -> bool | str:
    for given in ({"price": 50}, {"price": "50"}, {}):
        seen = ended(lab, MACHINE, given)
        if fits_no_rule(seen):
            return "an input fits no rule, and there is no Default"
    return False


@mistake(
    "E1-converts-the-text",
    exercise="E1",
    hints=(
        'The text "50" led to a trade. Who made a number of it?',
        "A text as a price is a sign that something is wrong where it comes from. `$number` hides that. The "
        "brief sends such an input to a person.",
        "Compare `$states.input.price` itself, after you have asked for its type.",
    ),
)
def converts_the_text(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"price": "30"})
    return seen.output == {"action": "buy"} and 'the text "30" buys'


@mistake(
    "E1-fifty-is-on-one-side",
    exercise="E1",
    hints=(
        "Try the prices 49, 50 and 51. Which two have the same answer?",
        "`<=` and `>=` take 50 too. The brief has an answer of its own for 50.",
        "Use `<` and `>`. What is left is a number, and it is 50.",
    ),
)
def fifty_is_on_one_side(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"price": 50}).output
    return seen in ({"action": "buy"}, {"action": "sell"}) and f"the price 50 gives {seen['action']}"


@mistake(
    "E1-nothing-is-not-unequal",
    exercise="E1",
    hints=(
        "Run it with `{}`. The text is caught, nothing is not: which comparison meets nothing?",
        "In JSONata a comparison with nothing is never true. `$type` of nothing is nothing, so `!= 'number'` "
        "is false, and the next rule is looked at.",
        "`$not(… = 'number')` is true for nothing too.",
    ),
)
def nothing_is_not_unequal(lab: Lab) -> bool | str:
    text = ended(lab, MACHINE, {"price": "50"}).output
    seen = ended(lab, MACHINE, {})
    return text == {"action": "ask"} and seen.status == "FAILED" and f"without a price: {seen.error}"
