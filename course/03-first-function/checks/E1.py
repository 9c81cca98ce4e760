"""Checks of E1, prices by symbol."""

import json
from collections.abc import Mapping
from typing import Any

from grader import Lab, check, mistake

from . import answer_of, configured

HINTS = (
    "Look at the payload that came back. Is it an object with the two keys of the brief?",
    "`event` is a dict with the key `symbol`, `PRICES` is a dict from symbol to price. Return a dict; "
    "Lambda turns it into JSON. Do not catch the `KeyError`.",
    '`symbol = event["symbol"]`, then `return {"symbol": symbol, "stock_price": …}`.',
)
UNKNOWN_HINTS = (
    "Call your function with a symbol that is not in the list. Which `errorType` comes back, and who "
    "raised it?",
    "The brief asks for `KeyError`. A dict raises it by itself when a key is missing; another exception has "
    "another name for the caller.",
    "`PRICES[symbol]`, without a `try` and without an `if` around it.",
)


def _price_list(lab: Lab) -> dict[str, float]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    symbols = {
        "".join(lab.random.choice(letters) for _ in range(lab.random.choice((3, 4, 5)))) for _ in range(6)
    }
    return {symbol: lab.random.randint(101, 90_000) / 100 for symbol in sorted(symbols)}


def _environment(prices: Mapping[str, float]) -> dict[str, Any]:
    return {"Variables": {"PRICES": json.dumps(prices)}}


@check("E1", points=1, hints=HINTS)
def answers_with_symbol_and_price(lab: Lab) -> None:
    """Your function answers with the symbol and its price from PRICES."""
    prices = _price_list(lab)
    symbol = lab.random.choice(list(prices))
    with configured(lab, "price-checker", Environment=_environment(prices)):
        answer = answer_of(lab, "price-checker", {"symbol": symbol})
    lab.expect(answer, {"symbol": symbol, "stock_price": prices[symbol]}, where="the payload of Invoke")


@check("E1", points=2, hints=HINTS, hidden=True, needs=("answers_with_symbol_and_price",))
def knows_the_price_of_tomorrow(lab: Lab) -> None:
    """It answers right for every symbol of any price list, also after the list has changed."""
    prices = _price_list(lab)
    for _ in range(2):
        with configured(lab, "price-checker", Environment=_environment(prices)):
            for symbol in lab.random.sample(list(prices), 2):
                answer = answer_of(lab, "price-checker", {"symbol": symbol})
                lab.expect(
                    answer, {"symbol": symbol, "stock_price": prices[symbol]}, where="the payload of Invoke"
                )
        prices = {symbol: float(lab.random.randint(1, 500)) for symbol in prices}


@check("E1", points=1, hints=UNKNOWN_HINTS)
def fails_for_an_unknown_symbol(lab: Lab) -> None:
    """For a symbol that is not in PRICES it fails with KeyError, and the caller sees FunctionError."""
    with configured(lab, "price-checker", Environment=_environment(_price_list(lab))):
        seen = lab.invoke("price-checker", {"symbol": "NOT-LISTED"})
    lab.expect(seen.function_error, "Unhandled", where="FunctionError in the answer of Invoke")
    lab.expect(seen.error_type, "KeyError", where="errorType in the payload")


def _seen_prices(lab: Lab) -> tuple[Any, Any, str, float]:
    """The whole answer for a listed symbol and for one that is not listed; the symbol and its price."""
    prices = _price_list(lab)
    symbol = next(iter(prices))
    with configured(lab, "price-checker", Environment=_environment(prices)):
        listed = lab.invoke("price-checker", {"symbol": symbol})
        unlisted = lab.invoke("price-checker", {"symbol": "NOT-LISTED"})
    return listed, unlisted, symbol, prices[symbol]


@mistake(
    "E1-does-not-start",
    exercise="E1",
    hints=(
        "Read `errorType` and `errorMessage` in the payload. Did your handler run at all?",
        "Lambda has to load your file and to find a function `lambda_handler` with two parameters in it. "
        "An error "
        "of the syntax, another name or another number of parameters ends the call before your first line.",
        "`def lambda_handler(event, context):` with a colon at its end, and `%%writefile "
        "price_checker.py` above.",
    ),
)
def does_not_start(lab: Lab) -> bool | str:
    listed, *_ = _seen_prices(lab)
    told = str(listed.payload.get("errorMessage", "")) if isinstance(listed.payload, dict) else ""
    unloaded = str(listed.error_type).startswith("Runtime.") and listed.error_type != "Runtime.MarshalError"
    parameters = listed.error_type == "TypeError" and "lambda_handler()" in told and "argument" in told
    return (unloaded or parameters) and told


@mistake(
    "E1-returns-a-set",
    exercise="E1",
    hints=(
        "Read `errorType`: `Runtime.MarshalError`. What types has JSON?",
        "JSON has objects, lists, texts, numbers, true, false and null. A Python set is none of them, so "
        "Lambda can't send it. Braces make a dict only with a colon between key and value.",
        '`return {"symbol": …, "stock_price": …}`, with a plain number.',
    ),
)
def returns_a_set(lab: Lab) -> bool | str:
    listed, *_ = _seen_prices(lab)
    return listed.error_type == "Runtime.MarshalError" and str(listed.payload.get("errorMessage", ""))


@mistake(
    "E1-returns-text",
    exercise="E1",
    hints=(
        "Print the payload with `type(...)`. Who turns the answer into JSON?",
        "Lambda turns your answer into JSON. When you do it too, the caller gets a text that holds JSON, "
        "and has to read it twice.",
        "Return the dict itself, without `json.dumps`.",
    ),
)
def returns_text(lab: Lab) -> bool | str:
    listed, *_ = _seen_prices(lab)
    payload = listed.payload
    return (
        isinstance(payload, str)
        and payload.strip().startswith("{")
        and "the payload is a text, not an object"
    )


@mistake(
    "E1-price-as-text",
    exercise="E1",
    hints=(
        "Look at the quotation marks in the payload. Is the price a number?",
        'Other programs will calculate with the price. A text such as `"101.5"` has to be converted first.',
        "Leave out `str(...)` or the f-string around the price.",
    ),
)
def price_as_text(lab: Lab) -> bool | str:
    listed, *_ = _seen_prices(lab)
    price = listed.payload.get("stock_price") if isinstance(listed.payload, dict) else None
    return isinstance(price, str) and "stock_price is a text"


@mistake(
    "E1-hides-the-unknown",
    exercise="E1",
    hints=(
        "Ask for a symbol that does not exist. Can the caller tell this answer from a real price?",
        "`.get` and a caught `KeyError` turn a mistake of the caller into a price of `null` or 0. Let "
        "Python raise; Lambda reports it.",
        "`PRICES[symbol]` raises `KeyError` by itself.",
    ),
)
def hides_the_unknown(lab: Lab) -> bool | str:
    listed, unlisted, symbol, price = _seen_prices(lab)
    right = listed.payload == {"symbol": symbol, "stock_price": price}
    return right and not unlisted.function_error and "an unknown symbol gets an answer without an error"


@mistake(
    "E1-list-in-the-code",
    exercise="E1",
    hints=(
        "Change the environment variable and call again. Does the answer change?",
        "A price list in the code is right until tomorrow. The list comes from the configuration: the "
        "environment variable `PRICES`.",
        '`PRICES = json.loads(os.environ["PRICES"])` is there already; use it.',
    ),
)
def list_in_the_code(lab: Lab) -> bool | str:
    listed, *_ = _seen_prices(lab)
    if listed.error_type != "KeyError":
        return False
    known = lab.invoke("price-checker", {"symbol": "TRDW"})
    return not known.function_error and "your function knows TRDW, but not the list that it was given"


@mistake(
    "E1-prints-the-answer",
    exercise="E1",
    hints=(
        "Look at the payload: it is `null`. What did your handler return?",
        "`print` writes to the log. The caller gets what the handler returns, and a function without "
        "`return` returns `None`.",
        "Put `return` where `print` is now.",
    ),
)
def prints_the_answer(lab: Lab) -> bool | str:
    listed, _, symbol, _ = _seen_prices(lab)
    return (
        not listed.function_error and listed.payload is None and symbol in listed.log and "the answer is null"
    )
