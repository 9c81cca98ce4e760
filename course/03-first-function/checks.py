"""Checks of the lab "An event, a handler, a context".

Each check brings its own prices, payloads and rows, so an answer that knows only the lab's examples fails.
A learner's function that a check reconfigures gets its configuration back.
"""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab, check, mistake

E1_HINTS = (
    "Look at the payload that came back. Is it an object with the two keys of the brief?",
    "`event` is a dict with the key `symbol`, `PRICES` is a dict from symbol to price. Return a dict; "
    "Lambda turns it into JSON. Do not catch the `KeyError`.",
    '`symbol = event["symbol"]`, then `return {"symbol": symbol, "stock_price": …}`.',
)
E2_HINTS = (
    "Invoke with `[1,2]`. What is `event` then, and what has your function done with it?",
    "`type(x).__name__` is the name of the type of any object. The event itself goes back as it came.",
    '`return {"type": type(event).…, "event": event}`',
)
PREDICTION_HINTS = (
    "Write a guess in each row. Which cell ran first: the prediction, or the first call?",
    "A prediction counts when it is stored before the first call after a deployment. It is not too late: "
    "write the guesses, run that cell, then run each cell below it again, in order.",
    "The order: the cell with `labkit.predict(…)`, the cell that writes the file, the cell with "
    "`labkit.deploy(…)` and the calls, the check.",
)
E3_HINTS = (
    "Compare the two readings of the time. What happened between them?",
    "`context.get_remaining_time_in_millis()` is a method: call it before and after `time.sleep(1)`. The "
    "other values are attributes of `context`.",
    "`before = context.get_remaining_time_in_millis()`, `time.sleep(1)`, `after = …`, then `return {…}`.",
)
E4_HINTS = (
    "Who else runs your code at the same time, and who else writes to the table?",
    "Let DynamoDB add and give back the new number, in one `update_item` with `ADD`. Nothing is kept in "
    "Python. The number comes back as a `Decimal`: make it an `int`.",
    '`table.update_item(Key={"symbol": event["symbol"]}, UpdateExpression="ADD trades :one", …, '
    'ReturnValues="UPDATED_NEW")`',
)
E5_HINTS = (
    "Take the first wrong row. Who makes the first move there: your program, another service, or Lambda?",
    "Your program calls Invoke: direct. A service tells Lambda that something happened: trigger. Things "
    "wait in a queue or a stream until Lambda fetches them: mapping.",
    "Sort the ten rows by their first mover: your own program; a service that pushes; a queue or stream "
    "that waits.",
)
E6_HINTS = (
    "Take the first wrong service. Does it run code, keep data, or connect parts?",
    "Compute runs your code. Data keeps it for later reads. Integration moves events and requests between "
    "parts, also when they wait on the way.",
    "Two of the nine run code, three keep data, four connect parts.",
)


def _configuration(lab: Lab, function: str) -> dict[str, Any]:
    """The function's configuration; a function that is not there is the learner's to mend."""
    try:
        return dict(lab.client("lambda").get_function_configuration(FunctionName=function))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    raise Failure(
        expected=f"a function with the name {function}",
        seen="there is none",
        where=f'labkit.deploy("{function}", …)',
    )


@contextmanager
def _configured(lab: Lab, function: str, **changes: Any) -> Iterator[None]:
    """The function with another configuration, for as long as the block runs."""
    before = _configuration(lab, function)
    client = lab.client("lambda")
    kept = {key: before.get(key) for key in changes}
    if "Environment" in kept:
        kept["Environment"] = {"Variables": (before.get("Environment") or {}).get("Variables", {})}
    client.update_function_configuration(FunctionName=function, **changes)
    try:
        client.get_waiter("function_updated_v2").wait(FunctionName=function)
        yield
    finally:
        client.update_function_configuration(FunctionName=function, **kept)
        client.get_waiter("function_updated_v2").wait(FunctionName=function)


def _answer_of(lab: Lab, function: str, event: object, **parameters: Any) -> Any:
    """What the function answers; a failed function is a failed check."""
    seen = lab.invoke(function, event, **parameters)
    if seen.function_error:
        told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
        raise Failure(
            expected="an answer",
            seen=f"the function failed: {seen.error_type or seen.function_error}: {told}"[:300],
            where=f"the function {function}",
        )
    return seen.payload


def _parameter(entry: Mapping[str, Any], name: str) -> Any:
    return (entry.get("parameters") or {}).get(name)


def _guesses(prediction: object) -> int:
    """How many rows of a prediction say something."""
    return (
        sum(row not in (None, "", []) for row in prediction.values()) if isinstance(prediction, dict) else 0
    )


def _decoded(text: object) -> object:
    try:
        return json.loads(str(text))
    except (ValueError, RecursionError):
        return None


def _is_of(entry: Mapping[str, Any], function: str, *operations: str) -> bool:
    """Whether the entry is one of these Lambda calls about this function, by name or by ARN."""
    named = str(_parameter(entry, "FunctionName")).split(":function:")[-1].split(":")[0]
    return entry["service"] == "lambda" and entry["operation"] in operations and named == function


def _predicted_first(lab: Lab, exercise: str, rows: int, function: str) -> bool:
    """Whether a prediction was stored before the first call that follows the last deployment or reset."""
    journal = lab.journal()
    name = f"/labkit/first-function/{exercise}/prediction"
    stored, called, started = None, None, True
    for position, entry in enumerate(journal):
        is_prediction = entry["operation"] == "PutParameter" and _parameter(entry, "Name") == name
        if str(entry["operation"]).lower() == "reset" or _is_of(
            entry, function, "CreateFunction", "UpdateFunctionCode"
        ):
            called, started = None, True
        elif is_prediction and stored is None and _guesses(_decoded(_parameter(entry, "Value"))) >= rows:
            stored = position
        elif started and _is_of(entry, function, "Invoke"):
            called, started = position, False
    return stored is not None and called is not None and stored < called


def _expect_predictions(lab: Lab, exercise: str, rows: int, function: str) -> None:
    """At least that many rows with a guess, stored before the first call after the last deployment."""
    filled = _guesses(lab.prediction(exercise))
    if filled < rows:
        where = f'labkit.predict("{exercise}", …)'
        raise Failure(expected=f"{rows} guesses", seen=f"{filled} guesses", where=where)
    if not _predicted_first(lab, exercise, rows, function):
        raise Failure(
            expected=f"the prediction, then the deployment and the first call of {function}",
            seen="the call came first, or there was no call",
            where="the order of the cells. Run the prediction, then each cell below it again",
        )


# ---------------------------------------------------------------- E1


def _price_list(lab: Lab) -> dict[str, float]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    symbols = {
        "".join(lab.random.choice(letters) for _ in range(lab.random.choice((3, 4, 5)))) for _ in range(6)
    }
    return {symbol: lab.random.randint(101, 90_000) / 100 for symbol in sorted(symbols)}


def _environment(prices: Mapping[str, float]) -> dict[str, Any]:
    return {"Variables": {"PRICES": json.dumps(prices)}}


@check("E1", points=1, hints=E1_HINTS)
def answers_with_symbol_and_price(lab: Lab) -> None:
    """Your function answers with the symbol and its price from PRICES."""
    prices = _price_list(lab)
    symbol = lab.random.choice(list(prices))
    with _configured(lab, "price-checker", Environment=_environment(prices)):
        answer = _answer_of(lab, "price-checker", {"symbol": symbol})
    lab.expect(answer, {"symbol": symbol, "stock_price": prices[symbol]}, where="the payload of Invoke")


@check("E1", points=2, hints=E1_HINTS, hidden=True, needs=("answers_with_symbol_and_price",))
def knows_the_price_of_tomorrow(lab: Lab) -> None:
    """It answers right for every symbol of any price list, also after the list has changed."""
    prices = _price_list(lab)
    for _ in range(2):
        with _configured(lab, "price-checker", Environment=_environment(prices)):
            for symbol in lab.random.sample(list(prices), 2):
                answer = _answer_of(lab, "price-checker", {"symbol": symbol})
                lab.expect(
                    answer, {"symbol": symbol, "stock_price": prices[symbol]}, where="the payload of Invoke"
                )
        prices = {symbol: float(lab.random.randint(1, 500)) for symbol in prices}


@check("E1", points=1, hints=E1_HINTS)
def fails_for_an_unknown_symbol(lab: Lab) -> None:
    """For a symbol that is not in PRICES it fails with KeyError, and the caller sees FunctionError."""
    with _configured(lab, "price-checker", Environment=_environment(_price_list(lab))):
        seen = lab.invoke("price-checker", {"symbol": "NOT-LISTED"})
    lab.expect(seen.function_error, "Unhandled", where="FunctionError in the answer of Invoke")
    lab.expect(seen.error_type, "KeyError", where="errorType in the payload")


def _seen_prices(lab: Lab) -> tuple[Any, Any, str, float]:
    """The whole answer for a listed symbol and for one that is not listed; the symbol and its price."""
    prices = _price_list(lab)
    symbol = next(iter(prices))
    with _configured(lab, "price-checker", Environment=_environment(prices)):
        listed = lab.invoke("price-checker", {"symbol": symbol})
        unlisted = lab.invoke("price-checker", {"symbol": "NOT-LISTED"})
    return listed, unlisted, symbol, prices[symbol]


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


# ---------------------------------------------------------------- E2

_TYPES = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    list: "list",
    dict: "dict",
    type(None): "NoneType",
}


def _payloads(lab: Lab) -> list[Any]:
    number = lab.random.randint(2, 99)
    drawn = [
        f"s{number}",
        [number, [number + 1]],
        None,
        number,
        number + 0.5,
        bool(number % 2),
        {"n": {"m": number}},
    ]
    lab.random.shuffle(drawn)
    return drawn


@check("E2", points=1, hints=PREDICTION_HINTS)
def types_were_predicted(lab: Lab) -> None:
    """You predicted a type for each of the four payloads, before the first call."""
    _expect_predictions(lab, "E2", 4, "event-inspector")


@check("E2", points=1, hints=E2_HINTS)
def names_the_type(lab: Lab) -> None:
    """For every kind of JSON value, `type` is the name of the Python type."""
    _configuration(lab, "event-inspector")
    for payload in _payloads(lab):
        answer = _answer_of(lab, "event-inspector", payload)
        if not isinstance(answer, dict) or "type" not in answer:
            raise Failure(
                expected="an object with `type` and `event`", seen=answer, where="the payload of Invoke"
            )
        lab.expect(answer["type"], _TYPES[type(payload)], where="`type` in the payload of Invoke")


@check("E2", points=1, hints=E2_HINTS, hidden=True, needs=("names_the_type",))
def gives_the_event_back(lab: Lab) -> None:
    """`event` is the event itself, not changed, and nothing else is in the answer."""
    for payload in _payloads(lab):
        answer = _answer_of(lab, "event-inspector", payload)
        lab.expect(answer, {"type": _TYPES[type(payload)], "event": payload}, where="the payload of Invoke")


@check("E2", points=1, hints=E2_HINTS)
def a_reason_is_given(lab: Lab) -> None:
    """You explained, in five words or more, what surprised you."""
    reason = lab.answer("E2")
    words = len(re.findall(r"\w+", reason)) if isinstance(reason, str) else 0
    if words < 5:
        raise Failure(
            expected="a sentence of five words or more", seen=reason, where='labkit.answer("E2", …)'
        )


@mistake(
    "E2-always-a-dict",
    exercise="E2",
    hints=(
        "Invoke with `[1,2]`. Is `event` a dict then?",
        "Only a JSON object becomes a dict. A list has no keys and no `.get`, a number and `None` have "
        "neither.",
        "Ask the object for its type, `type(event)`, before you use it as a dict.",
    ),
)
def always_a_dict(lab: Lab) -> bool | str:
    _configuration(lab, "event-inspector")
    as_list = lab.invoke("event-inspector", [1, 2])
    as_dict = lab.invoke("event-inspector", {"a": 1})
    if as_list.function_error and not as_dict.function_error:
        return f"an object works, a list fails with {as_list.error_type}"
    told = as_list.payload.get("type") if isinstance(as_list.payload, dict) else None
    return told == "dict" and "your function calls a list a dict"


@mistake(
    "E2-words-of-json",
    exercise="E2",
    hints=(
        "Compare your words with `type([1, 2]).__name__`. Whose names are they?",
        "JSON says object, array, string, number, true, null. Python says dict, list, str, int or float, "
        "bool, NoneType. The question asks for the Python name.",
        "`type(event).__name__` gives the Python name.",
    ),
)
def words_of_json(lab: Lab) -> bool | str:
    _configuration(lab, "event-inspector")
    answer = lab.invoke("event-inspector", [1, 2]).payload
    told = answer.get("type") if isinstance(answer, dict) else None
    return told in {"array", "object", "Array"} and f"your function says `{told}`"


@mistake(
    "E2-event-as-text",
    exercise="E2",
    hints=(
        "Look at `event` in the answer for `[1,2]`. Are there quotation marks around it?",
        "`str(event)` and `json.dumps(event)` make a text. The event goes back as it came: Lambda turns it "
        "into JSON.",
        'Use `"event": event`.',
    ),
)
def event_as_text(lab: Lab) -> bool | str:
    _configuration(lab, "event-inspector")
    answer = lab.invoke("event-inspector", [1, 2]).payload
    back = answer.get("event") if isinstance(answer, dict) else None
    return isinstance(back, str) and "`event` comes back as a text"


# ---------------------------------------------------------------- E3

REPORTER = "context-reporter"


def _report(lab: Lab, **parameters: Any) -> dict[str, Any]:
    """What context-reporter answers, as an object."""
    _configuration(lab, REPORTER)
    answer = _answer_of(lab, REPORTER, {}, **parameters)
    if not isinstance(answer, dict):
        raise Failure(expected="an object with the seven values", seen=answer, where="the payload of Invoke")
    return answer


def _milliseconds(answer: object) -> tuple[float, float] | None:
    """The two readings; None unless both are plain numbers."""
    if not isinstance(answer, dict):
        return None
    readings = [answer.get("remaining_before_ms"), answer.get("remaining_after_ms")]
    if any(
        isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) < 1e9 for one in readings
    ):
        return None
    return float(str(readings[0])), float(str(readings[1]))


@check("E3", points=1, hints=E3_HINTS)
def sees_the_time_go_by(lab: Lab) -> None:
    """The two readings are about 1000 ms apart: one before the sleep, one after it."""
    answer = _report(lab)
    readings = _milliseconds(answer)
    if readings is None:
        raise Failure(
            expected="two numbers, remaining_before_ms and remaining_after_ms",
            seen=answer,
            where="the payload",
        )
    if not 950 <= readings[0] - readings[1] <= 1900:
        raise Failure(
            expected="about 1000 ms less after the sleep",
            seen=f"{readings[0] - readings[1]:g} ms less",
            where="remaining_before_ms and remaining_after_ms",
        )


@check("E3", points=1, hints=E3_HINTS, needs=("sees_the_time_go_by",))
def knows_which_alias_was_called(lab: Lab) -> None:
    """Called through an alias, function_arn ends with the name of the alias."""
    _configuration(lab, REPORTER)
    client = lab.client("lambda")
    alias = "desk" + "".join(lab.random.choice("abcdefgh") for _ in range(6))
    version = client.publish_version(FunctionName="context-reporter")["Version"]
    client.create_alias(FunctionName="context-reporter", Name=alias, FunctionVersion=version)
    try:
        told = _report(lab, Qualifier=alias).get("function_arn")
    finally:
        client.delete_alias(FunctionName="context-reporter", Name=alias)
    if not isinstance(told, str) or not told.endswith(f":function:context-reporter:{alias}"):
        raise Failure(
            expected=f"an ARN that ends with :{alias}", seen=told, where="function_arn in the payload"
        )


@check("E3", points=2, hints=E3_HINTS, needs=("sees_the_time_go_by",))
def knows_the_facts_of_the_call(lab: Lab) -> None:
    """request_id, memory_mb, log_group and log_stream are those of this call."""
    memory = lab.random.choice(range(192, 512, 64))
    with _configured(lab, REPORTER, MemorySize=memory):
        seen = lab.invoke(REPORTER, {})
    if seen.function_error or not isinstance(seen.payload, dict):
        raise Failure(
            expected="an answer", seen=seen.error_type or seen.payload, where=f"the function {REPORTER}"
        )
    answer, group = seen.payload, f"/aws/lambda/{REPORTER}"
    lab.expect(answer.get("request_id"), seen.request_id, where="request_id in the payload")
    if str(answer.get("memory_mb")) != str(memory):
        raise Failure(expected=memory, seen=answer.get("memory_mb"), where="memory_mb in the payload")
    lab.expect(answer.get("log_group"), group, where="log_group in the payload")
    streams = {
        event["logStreamName"]
        for event in lab.client("logs").filter_log_events(logGroupName=group)["events"]
        if seen.request_id in event["message"]
    }
    if answer.get("log_stream") not in streams:
        told = answer.get("log_stream")
        raise Failure(
            expected="the stream with this request id", seen=told, where="log_stream in the payload"
        )


@mistake(
    "E3-times-out",
    exercise="E3",
    hints=(
        "Read the error message: it says after how many seconds. What is the timeout and what does your "
        "code need?",
        "Lambda stops a call when its timeout is over. The timeout is part of the configuration. It has to "
        "be longer than the sleep and the rest together.",
        "Sleep for one second, and deploy with `timeout=3`.",
    ),
)
def times_out(lab: Lab) -> bool | str:
    _configuration(lab, "context-reporter")
    seen = lab.invoke("context-reporter", {})
    told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
    return "Task timed out" in str(told) and str(told)


@mistake(
    "E3-one-reading",
    exercise="E3",
    hints=(
        "Look at the two numbers: they are almost the same. Where does the sleep stand?",
        "A reading tells the time that is left at that moment. To see what the sleep took, one reading is "
        "before it and one is after it.",
        "Order: read, `time.sleep(1)`, read.",
    ),
)
def one_reading(lab: Lab) -> bool | str:
    _configuration(lab, REPORTER)
    readings = _milliseconds(lab.invoke(REPORTER, {}).payload)
    return (
        readings is not None
        and abs(readings[0] - readings[1]) < 500
        and "no time goes by between the two readings"
    )


@mistake(
    "E3-method-not-called",
    exercise="E3",
    hints=(
        "Read `errorMessage`: which type can't be sent? Is one thing in your answer not a value but a "
        "method?",
        "`context.get_remaining_time_in_millis` is the method. With parentheses it is called, and gives a "
        "number.",
        "`before = context.get_remaining_time_in_millis()`",
    ),
)
def method_not_called(lab: Lab) -> bool | str:
    _configuration(lab, "context-reporter")
    seen = lab.invoke("context-reporter", {})
    told = str(seen.payload.get("errorMessage", "")) if isinstance(seen.payload, dict) else ""
    return seen.error_type == "Runtime.MarshalError" and "method" in told and told


# ---------------------------------------------------------------- E4

TABLE = "trade-counts"


def _symbol(lab: Lab) -> str:
    return "".join(lab.random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(6))


def _set_count(lab: Lab, symbol: str, count: int) -> None:
    item = {"symbol": {"S": symbol}, "trades": {"N": str(count)}}
    lab.client("dynamodb").put_item(TableName=TABLE, Item=item)


def _count_one(lab: Lab, symbol: str) -> Any:
    answer = _answer_of(lab, "trade-counter", {"symbol": symbol})
    if not isinstance(answer, dict) or set(answer) != {"symbol", "trades"}:
        raise Failure(expected="an object with symbol and trades", seen=answer, where="the payload of Invoke")
    return answer["trades"]


def _careless_writes(lab: Lab) -> list[str]:
    """Writes of the learner's function that would overwrite what another call wrote in between."""
    careless = []
    for entry in lab.journal():
        if entry.get("source") != "function:trade-counter" or entry["service"] != "dynamodb":
            continue
        asked = entry.get("parameters") or {}
        if asked.get("ConditionExpression") or asked.get("Expected"):
            continue
        expression = str(asked.get("UpdateExpression") or asked.get("AttributeUpdates") or "")
        adds = "ADD" in expression.upper() or "+" in expression
        if entry["operation"] == "PutItem" or (
            entry["operation"] == "UpdateItem" and expression and not adds
        ):
            careless.append(entry["operation"])
    return careless


@check("E4", points=1, hints=PREDICTION_HINTS)
def counts_were_predicted(lab: Lab) -> None:
    """You predicted the numbers of all three runs, before the first call of counter."""
    _expect_predictions(lab, "E4", 3, "counter")


@check("E4", points=1, hints=E4_HINTS)
def goes_on_from_the_table(lab: Lab) -> None:
    """The count goes on from the number in the table, and a symbol without a row begins at 1."""
    _configuration(lab, "trade-counter")
    symbol, count = _symbol(lab), lab.random.randint(20, 900)
    _set_count(lab, symbol, count)
    lab.expect(_count_one(lab, symbol), count + 1, where="trades, when the row holds a number")
    lab.expect(_count_one(lab, symbol), count + 2, where="trades, one call later")
    lab.expect(_count_one(lab, _symbol(lab)), 1, where="trades, for a symbol without a row")


@check("E4", points=1, hints=E4_HINTS, hidden=True, needs=("goes_on_from_the_table",))
def notices_what_others_wrote(lab: Lab) -> None:
    """When somebody else changes the row between two calls, the next answer counts from there."""
    symbol, count = _symbol(lab), lab.random.randint(20, 900)
    _count_one(lab, symbol)
    _set_count(lab, symbol, count)
    lab.expect(_count_one(lab, symbol), count + 1, where="trades, after another writer changed the row")
    row = lab.client("dynamodb").get_item(TableName=TABLE, Key={"symbol": {"S": symbol}}, ConsistentRead=True)
    stored = row.get("Item", {}).get("trades", {})
    lab.expect(stored, {"N": str(count + 1)}, where="the attribute `trades` in the table")


@check("E4", points=2, hints=E4_HINTS, needs=("goes_on_from_the_table",))
def loses_no_count_when_calls_overlap(lab: Lab) -> None:
    """Four calls at the same time give four different numbers, and no call can overwrite another's count."""
    symbol, count = _symbol(lab), lab.random.randint(20, 900)
    _set_count(lab, symbol, count)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: _count_one(lab, symbol), range(4)))
    if not all(isinstance(number, int) for number in counts):
        raise Failure(expected="whole numbers", seen=counts, where="trades of four calls at the same time")
    lab.expect(
        sorted(counts), [count + n for n in range(1, 5)], where="trades of four calls at the same time"
    )
    if careless := _careless_writes(lab):
        raise Failure(
            expected="one step that adds, or a write with a condition",
            seen=f"{careless[0]} without a condition: two calls can read the same number and both write it",
            where="the calls of trade-counter to DynamoDB",
        )


def _two_counts(lab: Lab) -> tuple[Any, Any, int]:
    """The trades of two calls with the row set to `count`, then to `count` + 50; the first count."""
    symbol, count = _symbol(lab), lab.random.randint(200, 900)
    _configuration(lab, "trade-counter")
    seen = []
    for number in (count, count + 50):
        _set_count(lab, symbol, number)
        answer = lab.invoke("trade-counter", {"symbol": symbol}).payload
        seen.append(answer.get("trades") if isinstance(answer, dict) else None)
    return seen[0], seen[1], count


@mistake(
    "E4-keeps-the-global",
    exercise="E4",
    hints=(
        "Who else runs your code at the same time? Does your variable know about their calls?",
        "A global lives in one execution environment. Another environment has its own, and a new one begins "
        "again. The number has to come from the table at each call.",
        'Drop the global. `reply["Attributes"]["trades"]` of `update_item` is the number to return.',
    ),
)
def keeps_the_global(lab: Lab) -> bool | str:
    first, second, count = _two_counts(lab)
    if not isinstance(first, int) or not isinstance(second, int):
        return False
    alone = second == first + 1 and (first, second) != (count + 1, count + 51)
    return alone and "your numbers go up by one although the row was changed in between"


@mistake(
    "E4-reads-then-writes",
    exercise="E4",
    hints=(
        "Two calls read the row at the same moment. Which number does each of them write?",
        "Between your read and your write another call can do the same: both read 7, both write 8, one "
        "trade is lost. Let DynamoDB add in one step.",
        '`UpdateExpression="ADD trades :one"` with `ReturnValues="UPDATED_NEW"`, and no `get_item`.',
    ),
)
def reads_then_writes(lab: Lab) -> bool | str:
    first, second, count = _two_counts(lab)
    if (first, second) != (count + 1, count + 51):
        return False
    careless = _careless_writes(lab)
    return bool(careless) and f"trade-counter reads the row and writes it with {careless[0]}, in two steps"


@mistake(
    "E4-other-attribute",
    exercise="E4",
    hints=(
        "Read one row of the table: which attributes has it? Which of them holds the number of trades?",
        "The example above counts in an attribute of its own. The brief names the attribute for the trades. "
        "Another name is another counter, and it begins at nothing.",
        '`UpdateExpression="ADD trades :one"`, and `reply["Attributes"]["trades"]`.',
    ),
)
def other_attribute(lab: Lab) -> bool | str:
    _configuration(lab, "trade-counter")
    symbol = _symbol(lab)
    _set_count(lab, symbol, 40)
    lab.invoke("trade-counter", {"symbol": symbol})
    row = lab.client("dynamodb").get_item(TableName=TABLE, Key={"symbol": {"S": symbol}}, ConsistentRead=True)
    others = [name for name in row.get("Item", {}) if name not in {"symbol", "trades"}]
    return bool(others) and f"your function counts in the attribute `{others[0]}`"


# ---------------------------------------------------------------- E5

_WORDS = ("direct", "trigger", "mapping")
_ROWS = dict(zip(range(1, 11), "tdmtmtdmtd", strict=True))
_LETTER = {"d": "direct", "t": "trigger", "m": "mapping"}


def _rows_of(lab: Lab) -> dict[int, str]:
    """The learner's ten rows: number to word, in lower case."""
    answer = lab.answer("E5")
    if not isinstance(answer, dict):
        raise Failure(expected="ten rows", seen=answer, where='labkit.answer("E5", …)')
    rows = {
        int(key): str(value).strip().lower() for key, value in answer.items() if str(key).strip().isdigit()
    }
    missing = [number for number in _ROWS if rows.get(number) not in _WORDS]
    if missing:
        where = f"row {missing[0]}"
        raise Failure(
            expected=f"one of {', '.join(_WORDS)}", seen=rows.get(missing[0], "nothing"), where=where
        )
    return rows


def _check_rows(lab: Lab, numbers: range) -> None:
    rows = _rows_of(lab)
    wrong = [number for number in numbers if rows[number] != _LETTER[_ROWS[number]]]
    if wrong:
        others = f" (also row {', '.join(map(str, wrong[1:]))})" if wrong[1:] else ""
        raise Failure(
            expected="another word",
            seen=rows[wrong[0]],
            where=f"row {wrong[0]}: who makes the first move, who polls?{others}",
        )


@check("E5", points=1, hints=E5_HINTS)
def rows_1_to_4(lab: Lab) -> None:
    """Rows 1 to 4 name the way in which the function is called."""
    _check_rows(lab, range(1, 5))


@check("E5", points=1, hints=E5_HINTS)
def rows_5_to_7(lab: Lab) -> None:
    """Rows 5 to 7 name the way in which the function is called."""
    _check_rows(lab, range(5, 8))


@check("E5", points=1, hints=E5_HINTS)
def rows_8_to_10(lab: Lab) -> None:
    """Rows 8 to 10 name the way in which the function is called."""
    _check_rows(lab, range(8, 11))


@mistake(
    "E5-the-queue-pushes",
    exercise="E5",
    hints=(
        "Look at row 3 again. Who polls?",
        "A queue does not call anybody. Messages wait in it until a reader comes. For Lambda the reader is "
        "a part of Lambda itself.",
        "Which of the three words stands for a reader that is a resource of Lambda?",
    ),
)
def the_queue_pushes(lab: Lab) -> bool | str:
    return _rows_of(lab)[3] == "trigger" and "row 3 says that the queue calls the function"


@mistake(
    "E5-a-stream-pushes",
    exercise="E5",
    hints=(
        "Look at rows 5 and 8 again. Does a stream call somebody, or does it keep records to be read?",
        "A stream keeps records in order for some time. Somebody has to come and read them, again and again.",
        "Streams and queues have the same answer.",
    ),
)
def a_stream_pushes(lab: Lab) -> bool | str:
    rows = _rows_of(lab)
    pushed = [number for number in (5, 8) if rows[number] == "trigger"]
    return (
        bool(pushed) and rows[3] == "mapping" and f"row {pushed[0]} says that the stream calls the function"
    )


@mistake(
    "E5-direct-is-only-python",
    exercise="E5",
    hints=(
        "Look at rows 7 and 10 again. Which API operation do they call?",
        "The language does not matter. A program that calls `Invoke` by itself is a direct call: from a "
        "notebook, from a laptop, from a shell script.",
        "Rows 2, 7 and 10 have the same answer.",
    ),
)
def direct_is_only_python(lab: Lab) -> bool | str:
    rows = _rows_of(lab)
    other = [number for number in (7, 10) if rows[number] != "direct"]
    return rows[2] == "direct" and bool(other) and f"row {other[0]}: your own program calls Invoke there"


# ---------------------------------------------------------------- E6

_GROUPS = {
    "compute": ("Lambda", "Fargate"),
    "data": ("S3", "DynamoDB", "Aurora Serverless"),
    "integration": ("EventBridge", "Step Functions", "SQS", "API Gateway"),
}
_GROUP_OF = {service: group for group, services in _GROUPS.items() for service in services}


def _map(lab: Lab) -> tuple[dict[str, list[str]], str, str]:
    """The learner's services with group and use, the name of Fargate, what RDS Proxy holds."""
    answer = lab.answer("E6")
    services = answer.get("services") if isinstance(answer, dict) else None
    if not isinstance(services, dict):
        raise Failure(expected="services, fargate and rds_proxy", seen=answer, where='labkit.answer("E6", …)')
    rows = {}
    for service in _GROUP_OF:
        row = services.get(service)
        if not isinstance(row, list) or len(row) < 2 or not all(isinstance(part, str) for part in row):
            raise Failure(expected='["group", "use"]', seen=row, where=service)
        rows[service] = [row[0].strip().lower(), row[1].strip()]
    return rows, str(answer.get("fargate", "")), str(answer.get("rds_proxy", ""))


@check("E6", points=2, hints=E6_HINTS)
def every_service_is_in_its_group(lab: Lab) -> None:
    """Each of the nine services is in its group: compute, data or integration."""
    rows, *_ = _map(lab)
    for service, (group, _) in rows.items():
        if group not in _GROUPS:
            raise Failure(expected=f"one of {', '.join(_GROUPS)}", seen=group or "nothing", where=service)
    wrong = [service for service, (group, _) in rows.items() if group != _GROUP_OF[service]]
    if wrong:
        others = f" (also: {', '.join(wrong[1:])})" if wrong[1:] else ""
        raise Failure(
            expected="another group",
            seen=rows[wrong[0]][0],
            where=f"{wrong[0]}: does it run code, keep data, or connect parts?{others}",
        )


@check("E6", points=1, hints=E6_HINTS)
def every_service_has_a_use(lab: Lab) -> None:
    """Each service has a use of its own at Tradewind, in three words or more."""
    rows, *_ = _map(lab)
    uses: list[str] = []
    for service, (_, use) in rows.items():
        if len(re.findall(r"\w+", use)) < 3:
            raise Failure(
                expected="three words or more", seen=use or "nothing", where=f"the use of {service}"
            )
        if use.lower() in uses:
            raise Failure(expected="a use of its own", seen=use, where=f"the use of {service}")
        uses.append(use.lower())


def _right_name(fargate: str) -> bool:
    return re.sub(r"\s+", " ", fargate).strip().lower() == "aws fargate"


def _right_proxy(rds_proxy: str) -> bool:
    return "connection" in rds_proxy.lower()


@check("E6", points=1, hints=E6_HINTS)
def the_slides_are_mended(lab: Lab) -> None:
    """Fargate has its right name, and RDS Proxy is not a data store any more."""
    _, fargate, rds_proxy = _map(lab)
    if not _right_name(fargate):
        raise Failure(expected="its name in the documentation", seen=fargate, where="fargate")
    if not _right_proxy(rds_proxy):
        raise Failure(
            expected="what a proxy in front of a database keeps open", seen=rds_proxy, where="rds_proxy"
        )


@mistake(
    "E6-keeps-amazon-fargate",
    exercise="E6",
    hints=(
        "Compare with the page about Fargate in the Amazon ECS guide. Which word stands before the name?",
        "Some services are called Amazon, some AWS. The container service is Amazon ECS; the serverless "
        "machine under it has the other word.",
        "Replace the first word of `Amazon Fargate`.",
    ),
)
def keeps_amazon_fargate(lab: Lab) -> bool | str:
    _, fargate, _ = _map(lab)
    return "amazon" in fargate.lower() and "it still says Amazon Fargate"


@mistake(
    "E6-proxy-keeps-data",
    exercise="E6",
    hints=(
        "A thousand functions open a database at once. What runs out first, and what could a proxy keep for "
        "them?",
        "RDS Proxy stands in front of a database. It keeps something open that is slow to open, and shares "
        "it among many callers. The rows stay in the database.",
        "It is a pool of database …",
    ),
)
def proxy_keeps_data(lab: Lab) -> bool | str:
    _, fargate, rds_proxy = _map(lab)
    return _right_name(fargate) and not _right_proxy(rds_proxy) and "rds_proxy still names stored data"


@mistake(
    "E6-a-queue-keeps-data",
    exercise="E6",
    hints=(
        "Take a message out of the queue. Can you read it a second time, a week later?",
        "A queue holds a message until one reader has dealt with it. It passes work on from one part to "
        "another; it is not a place to look something up.",
        "SQS, EventBridge, Step Functions and API Gateway are in one group.",
    ),
)
def a_queue_keeps_data(lab: Lab) -> bool | str:
    rows, *_ = _map(lab)
    return rows["SQS"][0] == "data" and "SQS is filed as data"
