"""Checks of E6, a function that may run twice."""

from typing import Any

from grader import Lab, check, mistake
from grader.lab import Execution

from . import word

HINTS = (
    "Run it with two lost answers and count the rows. Which `id` has each of them?",
    "The id has to stay the same on a retry, and to differ between two executions. The event has "
    "such a name. Put "
    "with a condition, and go on when the row is there.",
    '`"id": event["execution"]`, `ConditionExpression="attribute_not_exists(id)"`, and an `except`.',
)


def _rows(lab: Lab, symbol: str) -> list[dict[str, Any]]:
    items = lab.client("dynamodb").scan(TableName="bookings", ConsistentRead=True)["Items"]
    return [item for item in items if item.get("symbol", {}).get("S") == symbol]


def _book(lab: Lab, symbol: str, lost: int) -> Execution:
    return lab.execute("book-once", {"symbol": symbol, "shares": lab.random.randint(1, 99), "lost": lost})


def _retry(lab: Lab, symbol: str) -> dict[str, Any]:
    """The event of a second try whose first try ended before it had booked."""
    return {"execution": f"late-{word(lab)}", "attempt": 1, "symbol": symbol, "shares": 5, "lost": 0}


@check("E6", points=1, hints=HINTS)
def a_retry_books_once(lab: Lab) -> None:
    """However many tries it takes, the execution succeeds and there is one row."""
    symbol = word(lab)
    seen = _book(lab, symbol, 2)
    lab.expect([seen.status, len(_rows(lab, symbol))], ["SUCCEEDED", 1], "the status, and how many rows")
    late = word(lab)
    lab.invoke("book-trade", _retry(lab, late))
    lab.expect(len(_rows(lab, late)), 1, "how many rows after a retry whose first try has booked nothing")


@check("E6", points=1, hints=HINTS, needs=("a_retry_books_once",))
def two_executions_book_twice(lab: Lab) -> None:
    """Two executions with the same order make two rows, and each answers with the id of its row."""
    symbol = word(lab)
    given = {"symbol": symbol, "shares": lab.random.randint(1, 99), "lost": 0}
    outputs = [lab.execute("book-once", given).output for _ in range(2)]
    ids = sorted(str(row["id"]["S"]) for row in _rows(lab, symbol))
    lab.expect(len(ids), 2, "how many rows after two executions")
    answered = sorted(str(output.get("id")) for output in outputs if isinstance(output, dict))
    lab.expect(answered, ids, "the ids in the answers")


@check("E6", points=1, hints=HINTS, hidden=True, needs=("a_retry_books_once",))
def a_row_is_never_written_over(lab: Lab) -> None:
    """A second run leaves the row as it is, also when somebody has changed it."""
    symbol = word(lab)
    name = _book(lab, symbol, 0).arn.rsplit(":", 1)[-1]
    key = {"id": _rows(lab, symbol)[0]["id"]}
    table = lab.client("dynamodb")
    mark = {":s": {"S": "settled"}}
    table.update_item(
        TableName="bookings", Key=key, UpdateExpression="SET progress = :s", ExpressionAttributeValues=mark
    )
    event = {"execution": name, "attempt": 1, "symbol": symbol, "shares": 1, "lost": 0}
    seen = lab.invoke("book-trade", event)
    lab.expect(seen.function_error, None, "FunctionError when the row is there")
    lab.expect(
        [row.get("progress") for row in _rows(lab, symbol)], [{"S": "settled"}], "what another has added"
    )


@mistake(
    "E6-uuid",
    exercise="E6",
    hints=(
        "Is the id the same on the retry?",
        "Your rows differ at each try, so a retry finds nothing. Take a name that belongs to the execution.",
        '`"id": event["execution"]`',
    ),
)
def uuid_in_the_task(lab: Lab) -> bool | str:
    symbol = word(lab)
    _book(lab, symbol, 2)
    rows = len(_rows(lab, symbol))
    return rows > 1 and f"one execution has made {rows} rows"


@mistake(
    "E6-same-order",
    exercise="E6",
    hints=(
        "A customer gives the same order twice. How many rows should there be?",
        "Your id is made of the order, so two equal orders share a row. Take a name that belongs to "
        "the execution.",
        '`"id": event["execution"]`',
    ),
)
def same_order(lab: Lab) -> bool | str:
    symbol = word(lab)
    for _ in range(2):
        lab.execute("book-once", {"symbol": symbol, "shares": 5, "lost": 0})
    return len(_rows(lab, symbol)) == 1 and "two executions with the same order share a row"


@mistake(
    "E6-condition-fails",
    exercise="E6",
    hints=(
        "The row is there already. Is that an error?",
        "The condition fails, boto3 raises, and so the retry fails. A row that is there means: done.",
        "`except table.meta.client.exceptions.ConditionalCheckFailedException: pass`",
    ),
)
def condition_fails(lab: Lab) -> bool | str:
    seen = _book(lab, word(lab), 1)
    return (
        seen.error == "ConditionalCheckFailedException" and "the retry fails with the error of the condition"
    )


@mistake(
    "E6-writes-over",
    exercise="E6",
    hints=(
        "There is one row. What happens to a row that somebody changed before the retry?",
        "A put without a condition replaces the whole row. Ask that there is none.",
        '`ConditionExpression="attribute_not_exists(id)"`',
    ),
)
def writes_over(lab: Lab) -> bool | str:
    symbol = word(lab)
    name = _book(lab, symbol, 0).arn.rsplit(":", 1)[-1]
    rows = _rows(lab, symbol)
    if len(rows) != 1:
        return False
    event = {"execution": name, "attempt": 1, "symbol": symbol, "shares": -1, "lost": 0}
    if lab.invoke("book-trade", event).function_error:
        return False
    return _rows(lab, symbol) != rows and "the second run has written over the row"


@mistake(
    "E6-only-the-first-try-books",
    exercise="E6",
    hints=(
        "The first try ended before it had booked. Who books then?",
        "A retry doesn't know how far the first try came. The number of the try says nothing about the "
        "row: ask the table.",
        "Put with the condition at each try, and go on when the row is there.",
    ),
)
def only_the_first_try_books(lab: Lab) -> bool | str:
    symbol = word(lab)
    seen = lab.invoke("book-trade", _retry(lab, symbol))
    return not seen.function_error and not _rows(lab, symbol) and "a retry never books"
