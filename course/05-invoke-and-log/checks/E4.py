"""Checks of E4, asynchronous events that fail."""

from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab, check, mistake

from . import decoded, log_of, messages, require, word

HINTS = (
    "Which row, which message and which log lines are there when the clock has come to rest?",
    "The handler asks once, writes the row under the id of the trade, and lets errors out. Lambda tries "
    "again. The "
    "configuration names the queue as the OnFailure destination.",
    '`put_function_event_invoke_config(FunctionName="book-trade", DestinationConfig={"OnFailure": '
    '{"Destination": '
    "FAILED}})`",
)
FUNCTION = "book-trade"


def _trade(lab: Lab) -> dict[str, Any]:
    return {"trade": f"T-{word(lab)}", "symbol": word(lab), "shares": lab.random.randrange(1, 500)}


def _feed_is_down(lab: Lab, symbol: str, times: int) -> None:
    item = {"symbol": {"S": symbol}, "down": {"N": str(times)}, "asked": {"N": "0"}}
    lab.client("dynamodb").put_item(TableName="feed", Item=item)


def _asked(lab: Lab, symbol: str) -> int:
    row = lab.client("dynamodb").get_item(TableName="feed", Key={"symbol": {"S": symbol}})
    return int(row.get("Item", {}).get("asked", {"N": "0"})["N"])


def _send(lab: Lab, trade: dict[str, Any], times: int = 1) -> list[str]:
    """Send the event, let everything come to rest; the ids of the requests."""
    require(lab, FUNCTION)
    sent = [lab.invoke(FUNCTION, trade, InvocationType="Event").request_id for _ in range(times)]
    lab.clock.settle()
    return sent


def _runs(lab: Lab, request_id: str) -> int:
    return sum(line.startswith(f"START RequestId: {request_id}") for line in log_of(lab, FUNCTION))


def _rows(lab: Lab, symbol: str) -> list[dict[str, Any]]:
    found = lab.client("dynamodb").scan(TableName="bookings")["Items"]
    return [row for row in found if row.get("symbol") == {"S": symbol}]


@check("E4", points=1, hints=("Write two numbers. Wrong is fine.", "Read the fact above E1.", '`"runs": …`'))
def runs_were_predicted(lab: Lab) -> None:
    """You predicted how often the function runs, and for how long."""
    guess = lab.prediction("E4")
    filled = [value for value in guess.values() if value is not None] if isinstance(guess, dict) else []
    if len(filled) < 2:
        raise Failure("two guesses", f"{len(filled)} guesses", 'labkit.predict("E4", …)')


@check("E4", points=1, hints=HINTS)
def books_when_the_feed_is_back(lab: Lab) -> None:
    """When the feed is down for two requests, the third run books the trade; each run asks once."""
    trade = _trade(lab)
    _feed_is_down(lab, trade["symbol"], 2)
    (request_id,) = _send(lab, trade)
    expected = {
        "id": {"S": trade["trade"]},
        "symbol": {"S": trade["symbol"]},
        "shares": {"N": str(trade["shares"])},
        "price": {"N": "100"},
    }
    lab.expect(_rows(lab, trade["symbol"]), [expected], where="the rows of bookings for this trade")
    seen = {"runs": _runs(lab, request_id), "requests": _asked(lab, trade["symbol"])}
    lab.expect(seen, {"runs": 3, "requests": 3}, where="runs of the function and requests to the feed")


@check("E4", points=1, hints=HINTS)
def reports_what_failed_for_good(lab: Lab) -> None:
    """An event that fails for good is tried three times; its record is in failed-trades."""
    trade = _trade(lab)
    _feed_is_down(lab, trade["symbol"], 99)
    (request_id,) = _send(lab, trade)
    records = [decoded(body) for body in messages(lab, "failed-trades")]
    found = [
        record for record in records if isinstance(record, dict) and record.get("requestPayload") == trade
    ]
    if len(found) != 1:
        lab.fail(f"{len(found)} records of it", "one record with the event", "the queue failed-trades")
    context = found[0]["requestContext"]
    seen = [context["requestId"], context["condition"], context["approximateInvokeCount"]]
    lab.expect(seen, [request_id, "RetriesExhausted", 3], where="requestContext of the record")
    lab.expect(_rows(lab, trade["symbol"]), [], where="the rows of bookings for this trade")


@check("E4", points=2, hints=HINTS, hidden=True, needs=("books_when_the_feed_is_back",))
def stands_the_same_event_twice(lab: Lab) -> None:
    """An event that is delivered twice gives one row."""
    trade = _trade(lab)
    _send(lab, trade, times=2)
    rows = _rows(lab, trade["symbol"])
    lab.expect([row.get("id") for row in rows], [{"S": trade["trade"]}], where="the ids in bookings")


@mistake(
    "E4-loops-in-the-handler",
    exercise="E4",
    hints=(
        "How often did one run ask the feed? Who already tries again?",
        "Lambda runs a failed event again, after one minute and after two more. A loop in the handler "
        "multiplies that, "
        "and you pay for its waiting.",
        "Ask once, and let the exception out.",
    ),
)
def loops_in_the_handler(lab: Lab) -> bool | str:
    trade = _trade(lab)
    _feed_is_down(lab, trade["symbol"], 99)
    (request_id,) = _send(lab, trade)
    runs, asked = _runs(lab, request_id), _asked(lab, trade["symbol"])
    return asked > runs > 0 and f"{runs} runs asked the feed {asked} times"


@mistake(
    "E4-no-retries",
    exercise="E4",
    hints=(
        "How often did the function run? Which setting says so?",
        "`MaximumRetryAttempts` is two unless you say less. The feed is down for a moment only: you want "
        "the retries.",
        "Leave `MaximumRetryAttempts` out.",
    ),
)
def no_retries(lab: Lab) -> bool | str:
    try:
        given = lab.client("lambda").get_function_event_invoke_config(FunctionName=FUNCTION)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False
    attempts = given.get("MaximumRetryAttempts", 2)
    return attempts < 2 and f"MaximumRetryAttempts is {attempts}"


@mistake(
    "E4-swallows-the-error",
    exercise="E4",
    hints=(
        "The feed was down. Did Lambda notice?",
        "A handler that catches the error and returns has succeeded: nobody tries again, and nobody is told.",
        "Leave out the `try`, or `raise` at the end of the `except`.",
    ),
)
def swallows_the_error(lab: Lab) -> bool | str:
    trade = _trade(lab)
    _feed_is_down(lab, trade["symbol"], 99)
    (request_id,) = _send(lab, trade)
    return (
        _runs(lab, request_id) == 1 and _asked(lab, trade["symbol"]) == 1 and "the failed event ran only once"
    )


@mistake(
    "E4-row-by-request",
    exercise="E4",
    hints=(
        "Two deliveries of one event: which id has each row?",
        "A second delivery is another request with another id. What stays the same is in the event: the "
        "trade.",
        '`{"id": event["trade"], …}`',
    ),
)
def row_by_request(lab: Lab) -> bool | str:
    trade = _trade(lab)
    _send(lab, trade, times=2)
    return len(_rows(lab, trade["symbol"])) == 2 and "one trade, delivered twice, has two rows"


@mistake(
    "E4-dead-letters",
    exercise="E4",
    hints=(
        "Read the message in `failed-trades`. Does it say what went wrong, and how often?",
        "A dead-letter queue gets the event alone. A destination gets a record: the event, the answer, the "
        "attempts.",
        "`put_function_event_invoke_config(…, DestinationConfig=…)` instead of `DeadLetterConfig`.",
    ),
)
def dead_letters(lab: Lab) -> bool | str:
    trade = _trade(lab)
    _feed_is_down(lab, trade["symbol"], 99)
    _send(lab, trade)
    told = [decoded(body) for body in messages(lab, "failed-trades")]
    return trade in told and "it holds the event alone"


@mistake(
    "E4-nobody-is-told",
    exercise="E4",
    hints=(
        "Where is an event after its third failure?",
        "Without a destination Lambda throws it away. The configuration of asynchronous invocation names "
        "one.",
        '`put_function_event_invoke_config(FunctionName="book-trade", DestinationConfig={"OnFailure": …})`',
    ),
)
def nobody_is_told(lab: Lab) -> bool | str:
    trade = _trade(lab)
    _feed_is_down(lab, trade["symbol"], 99)
    (request_id,) = _send(lab, trade)
    told = any(request_id in body or trade["trade"] in body for body in messages(lab, "failed-trades"))
    return _runs(lab, request_id) == 3 and not told and "failed-trades is empty"
