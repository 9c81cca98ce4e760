"""Checks of E4, counts that survive."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader import Failure, Lab, check, mistake

from . import PREDICTION_HINTS, answer_of, configuration, expect_predictions, parameter

HINTS = (
    "Who else runs your code at the same time, and who else writes to the table?",
    "Let DynamoDB add and give back the new number, in one `update_item` with `ADD`. Nothing is kept in "
    "Python. The number comes back as a `Decimal`: make it an `int`.",
    '`table.update_item(Key={"symbol": event["symbol"]}, UpdateExpression="ADD trades :one", …, '
    'ReturnValues="UPDATED_NEW")`',
)


TABLE = "trade-counts"


def _symbol(lab: Lab) -> str:
    return "".join(lab.random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(6))


def _set_count(lab: Lab, symbol: str, count: int) -> None:
    item = {"symbol": {"S": symbol}, "trades": {"N": str(count)}}
    lab.client("dynamodb").put_item(TableName=TABLE, Item=item)


def _count_one(lab: Lab, symbol: str) -> Any:
    answer = answer_of(lab, "trade-counter", {"symbol": symbol})
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
    expect_predictions(lab, "E4", 3, "counter")


@check("E4", points=1, hints=HINTS)
def goes_on_from_the_table(lab: Lab) -> None:
    """The count goes on from the number in the table, and a symbol without a row begins at 1."""
    configuration(lab, "trade-counter")
    symbol, count = _symbol(lab), lab.random.randint(20, 900)
    _set_count(lab, symbol, count)
    lab.expect(_count_one(lab, symbol), count + 1, where="trades, when the row holds a number")
    lab.expect(_count_one(lab, symbol), count + 2, where="trades, one call later")
    lab.expect(_count_one(lab, _symbol(lab)), 1, where="trades, for a symbol without a row")


@check("E4", points=1, hints=HINTS, hidden=True, needs=("goes_on_from_the_table",))
def notices_what_others_wrote(lab: Lab) -> None:
    """When somebody else changes the row between two calls, the next answer counts from there."""
    symbol, count = _symbol(lab), lab.random.randint(20, 900)
    _count_one(lab, symbol)
    _set_count(lab, symbol, count)
    lab.expect(_count_one(lab, symbol), count + 1, where="trades, after another writer changed the row")
    row = lab.client("dynamodb").get_item(TableName=TABLE, Key={"symbol": {"S": symbol}}, ConsistentRead=True)
    stored = row.get("Item", {}).get("trades", {})
    lab.expect(stored, {"N": str(count + 1)}, where="the attribute `trades` in the table")


@check("E4", points=2, hints=HINTS, needs=("goes_on_from_the_table",))
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
    configuration(lab, "trade-counter")
    seen = []
    for number in (count, count + 50):
        _set_count(lab, symbol, number)
        answer = lab.invoke("trade-counter", {"symbol": symbol}).payload
        seen.append(answer.get("trades") if isinstance(answer, dict) else None)
    return seen[0], seen[1], count


@mistake(
    "E4-one-row-for-all",
    exercise="E4",
    hints=(
        "Count two different shares and look into the table. How many rows are there?",
        "Each share has a row of its own. Its key is the symbol, and the symbol comes with the event.",
        '`Key={"symbol": event["symbol"]}`',
    ),
)
def one_row_for_all(lab: Lab) -> bool | str:
    configuration(lab, "trade-counter")
    symbols = _symbol(lab), _symbol(lab)
    seen = [lab.invoke("trade-counter", {"symbol": symbol}).payload for symbol in symbols]
    counts = [answer.get("trades") if isinstance(answer, dict) else None for answer in seen]
    used = {
        str(parameter(entry, "Key"))
        for entry in lab.journal()
        if entry.get("source") == "function:trade-counter" and parameter(entry, "Key")
    }
    if not used or any(symbol in key for symbol in symbols for key in used):
        return False
    goes_on = all(isinstance(count, int) for count in counts) and counts[1] == counts[0] + 1
    return goes_on and "two shares are counted in the same row"


@mistake(
    "E4-number-as-text",
    exercise="E4",
    hints=(
        "Look at the quotation marks in the payload. Is `trades` a number?",
        "Other programs will calculate with the count. DynamoDB gives a number as a `Decimal`; `str(...)` "
        "makes a "
        "text of it, `int(...)` a number.",
        '`"trades": int(reply["Attributes"]["trades"])`',
    ),
)
def number_as_text(lab: Lab) -> bool | str:
    first, *_ = _two_counts(lab)
    return isinstance(first, str) and first.strip().isdigit() and "trades is a text"


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
    configuration(lab, "trade-counter")
    symbol = _symbol(lab)
    _set_count(lab, symbol, 40)
    lab.invoke("trade-counter", {"symbol": symbol})
    row = lab.client("dynamodb").get_item(TableName=TABLE, Key={"symbol": {"S": symbol}}, ConsistentRead=True)
    others = [name for name in row.get("Item", {}) if name not in {"symbol", "trades"}]
    return bool(others) and f"your function counts in the attribute `{others[0]}`"
