"""Checks of E5, a batch with a bad message."""

import json

from grader import Lab, check, mistake

from . import log_of, messages, require, word

HINTS = (
    "Count the rows. Which orders were counted more than once, and where is the bad one?",
    "Catch the error of each record. Return the ids of those that failed, and tell the mapping that it "
    "gets such "
    "answers.",
    '`return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}, …]}`, and '
    '`FunctionResponseTypes=["ReportBatchItemFailures"]`.',
)
FUNCTION = "order-consumer"


def _batch(lab: Lab, bad: str | None) -> tuple[list[str], list[str]]:
    """Nine orders, and perhaps a bad one; which of them are in `orders-dead` when all has come to rest.

    What a learner has read there before may come back meanwhile: it is not asked about.
    """
    require(lab, FUNCTION)
    names = [f"O-{word(lab)}" for _ in range(9)]
    bodies = [json.dumps({"order": name, "shares": lab.random.randrange(1, 99)}) for name in names]
    if bad is not None:
        bodies.insert(lab.random.randrange(1, 8), bad)
    client = lab.client("sqs")
    url = client.get_queue_url(QueueName="orders")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    client.send_message_batch(QueueUrl=url, Entries=entries)
    lab.clock.settle()
    return names, [body for body in messages(lab, "orders-dead") if body in bodies]


def _counts(lab: Lab, names: list[str]) -> list[int]:
    table = lab.client("dynamodb")
    rows = [table.get_item(TableName="orders", Key={"order": {"S": name}}).get("Item", {}) for name in names]
    return [int(row.get("times", {"N": "0"})["N"]) for row in rows]


@check("E5", points=1, hints=HINTS)
def counts_good_orders(lab: Lab) -> None:
    """Nine good orders are counted once each."""
    names, dead = _batch(lab, None)
    lab.expect(_counts(lab, names), [1] * 9, where="how often each order was counted")
    lab.expect(dead, [], where="the queue orders-dead")


@check("E5", points=2, hints=HINTS, needs=("counts_good_orders",))
def gives_back_the_bad_one_alone(lab: Lab) -> None:
    """With a bad one among them the nine are still counted once; the bad one is in orders-dead."""
    for bad in (f"no order {word(lab)}", json.dumps({"order": f"O-{word(lab)}"})):
        names, dead = _batch(lab, bad)
        lab.expect(_counts(lab, names), [1] * 9, where="how often each good order was counted")
        lab.expect(dead, [bad], where="the queue orders-dead")


@check("E5", points=1, hints=HINTS, hidden=True, needs=("gives_back_the_bad_one_alone",))
def tries_the_bad_one_three_times(lab: Lab) -> None:
    """The bad one was tried as often as the queue allows, in calls that no good order is in."""
    before = _runs(lab)
    _batch(lab, f"no order {word(lab)}")
    runs = _runs(lab) - before
    if not 3 <= runs <= 4:
        lab.fail(
            f"{runs} runs", "one for the batch, and two more for the bad order", "the log of order-consumer"
        )


def _runs(lab: Lab) -> int:
    return sum(line.startswith("START RequestId") for line in log_of(lab, FUNCTION))


def _raised(lab: Lab) -> bool:
    return any(line.startswith("[ERROR]") for line in log_of(lab, FUNCTION))


def _after_a_bad_one(lab: Lab) -> tuple[list[int], list[str], str]:
    bad = f"no order {word(lab)}"
    names, dead = _batch(lab, bad)
    return _counts(lab, names), dead, bad


@mistake(
    "E5-raises",
    exercise="E5",
    hints=(
        "Which nine were paid for twice?",
        "A handler that raises gives the whole batch back, and the queue shows all ten again. Catch the "
        "error of each "
        "record and go on with the next.",
        'A `try` around `book(orders, record["body"])`, and the id of a failed one into a list.',
    ),
)
def raises(lab: Lab) -> bool | str:
    counts, dead, _ = _after_a_bad_one(lab)
    again = max(counts) > 1 and len(dead) > 1 and _raised(lab)
    return again and f"good orders were counted {max(counts)} times"


@mistake(
    "E5-swallows-the-bad-one",
    exercise="E5",
    hints=(
        "Where is the bad order now?",
        "Lambda thinks that everything was done, and deletes all ten messages. It has to hear which one "
        "failed: in the "
        "answer, and with `ReportBatchItemFailures` in the mapping.",
        '`return {"batchItemFailures": failed}` and `FunctionResponseTypes=["ReportBatchItemFailures"]`',
    ),
)
def swallows_the_bad_one(lab: Lab) -> bool | str:
    counts, dead, _ = _after_a_bad_one(lab)
    return set(counts) == {1} and not dead and "the bad order is nowhere"


@mistake(
    "E5-names-them-wrongly",
    exercise="E5",
    hints=(
        "Look at the keys of your answer, letter by letter. What does Lambda do with an id that it doesn't "
        "know?",
        "An answer that Lambda can't read counts as a failure of the whole batch. Each item is "
        '`{"itemIdentifier": …}` with the `messageId` of a record.',
        '`{"itemIdentifier": record["messageId"]}`',
    ),
)
def names_them_wrongly(lab: Lab) -> bool | str:
    counts, dead, bad = _after_a_bad_one(lab)
    again = max(counts) > 1 and bad in dead and not _raised(lab)
    return again and "the handler did not raise, and all ten came back"


@mistake(
    "E5-one-at-a-time",
    exercise="E5",
    hints=(
        "How many calls do you pay for ten orders?",
        "With a batch size of one no good order suffers for a bad one, but each order is a call of its "
        "own. The brief wants one call for all of them, which says what failed.",
        "`BatchSize=10` and an answer with `batchItemFailures`",
    ),
)
def one_at_a_time(lab: Lab) -> bool | str:
    before = _runs(lab)
    _batch(lab, None)
    runs = _runs(lab) - before
    return runs >= 9 and f"nine orders were {runs} calls"
