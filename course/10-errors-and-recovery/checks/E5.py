"""Checks of E5, a saga: whatever fails, the ledger is as before."""

from typing import Any

from grader import Lab, check, mistake
from grader.lab import Execution

from . import PREDICTION_HINTS, expect_guesses, word

HINTS = (
    "What succeeded before the step that failed? Exactly that has to be undone.",
    "Each step's catcher goes to the undo step of the step *before* it. Each undo step goes on to "
    "the one before. "
    "At the end stands `Undone`.",
    '`Buy` catches to `Release`; `Book` catches to `Sell`; `Sell` has `"Next": "Release"`.',
)


def _trade(lab: Lab, fail_at: str) -> tuple[Execution, dict[str, Any]]:
    """How the execution ended, and the trade's row: its amounts and its steps, in order."""
    trade, amount = word(lab), lab.random.randint(10, 900)
    seen = lab.execute("trade-saga", {"trade": trade, "amount": amount, "fail_at": fail_at})
    got = lab.client("dynamodb").get_item(
        TableName="ledger", Key={"trade": {"S": trade}}, ConsistentRead=True
    )
    row = got.get("Item", {})
    amounts = {key: int(row[key]["N"]) if key in row else 0 for key in ("reserved", "stock")}
    cash = int(row["cash"]["N"]) if "cash" in row else 1000
    steps = [step["S"] for step in row.get("steps", {}).get("L", [])]
    return seen, {"cash": cash, **amounts, "steps": steps, "amount": amount}


def _expect_undone(lab: Lab, fail_at: str, steps: list[str]) -> None:
    seen, row = _trade(lab, fail_at)
    amounts = [row["cash"], row["reserved"], row["stock"]]
    lab.expect(amounts, [1000, 0, 0], f"cash, reserved and stock when {fail_at} fails")
    lab.expect(row["steps"], steps, f"the steps that were done when {fail_at} fails")
    lab.expect([seen.status, seen.error], ["FAILED", "TradeUndone"], f"status and error when {fail_at} fails")


@check("E5", points=1, hints=PREDICTION_HINTS)
def undo_steps_were_predicted(lab: Lab) -> None:
    """You predicted the undo steps for each step that can fail."""
    expect_guesses(lab, "E5", 3)


@check("E5", points=1, hints=HINTS)
def a_good_trade_is_booked(lab: Lab) -> None:
    """Without a failure the money is in stock, and nothing is undone."""
    seen, row = _trade(lab, "nowhere")
    lab.expect(
        [seen.status, row["steps"]], ["SUCCEEDED", ["reserve", "buy", "book"]], "the status, and the steps"
    )
    lab.expect([row["cash"], row["stock"]], [1000 - row["amount"], row["amount"]], "cash and stock")


@check("E5", points=1, hints=HINTS)
def nothing_to_undo(lab: Lab) -> None:
    """When the first step fails, nothing is undone."""
    _expect_undone(lab, "reserve", [])


@check("E5", points=1, hints=HINTS)
def one_step_is_undone(lab: Lab) -> None:
    """When the purchase fails, the money is released."""
    _expect_undone(lab, "buy", ["reserve", "release"])


@check("E5", points=1, hints=HINTS)
def two_steps_are_undone_in_reverse(lab: Lab) -> None:
    """When the booking fails, the shares are sold, then the money is released."""
    _expect_undone(lab, "book", ["reserve", "buy", "sell", "release"])


@mistake(
    "E5-undoes-the-failed-step",
    exercise="E5",
    hints=(
        "What succeeded before?",
        "You undo the step that failed. It changed nothing: there is nothing to undo. Undo the "
        "steps before it.",
        "`Buy` catches to `Release`, not to `Sell`.",
    ),
)
def undoes_the_failed_step(lab: Lab) -> bool | str:
    seen, row = _trade(lab, "buy")
    wrong = seen.error == "NothingToUndo" and row["steps"] == ["reserve"]
    return wrong and "Buy fails, and the next state is Sell: there is nothing to sell"


@mistake(
    "E5-undoes-only-the-last",
    exercise="E5",
    hints=(
        "`Book` fails. How many steps had succeeded before it, and how many did you undo?",
        "Selling brings the money to `reserved`, not to `cash`. The undo steps form a chain.",
        '`Sell` has `"Next": "Release"`.',
    ),
)
def undoes_only_the_last(lab: Lab) -> bool | str:
    _, row = _trade(lab, "book")
    return bool(row["reserved"]) and f"{row['reserved']} is still reserved after Book has failed"


@mistake(
    "E5-forgets-to-undo",
    exercise="E5",
    hints=(
        "`Buy` fails and the execution ends. Where is the money?",
        "It is still reserved: nobody gave it back. The catcher of `Buy` leads to an undo step first.",
        '`Buy`: `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Release"}]`',
    ),
)
def forgets_to_undo(lab: Lab) -> bool | str:
    _, row = _trade(lab, "buy")
    return row["steps"] == ["reserve"] and "after Buy has failed no undo step runs"


@mistake(
    "E5-undoes-in-the-order-of-doing",
    exercise="E5",
    hints=(
        "`Book` fails. Where is the money at that moment: reserved, or in stock?",
        "It is in stock. First `Sell` makes reserved money of it, then `Release` makes cash of it. The "
        "last step is undone first.",
        '`Book` catches to `Sell`, `Sell` has `"Next": "Release"`, `Release` has `"Next": "Undone"`.',
    ),
)
def undoes_in_the_order_of_doing(lab: Lab) -> bool | str:
    seen, row = _trade(lab, "book")
    wrong = seen.error == "NothingToUndo" and row["steps"] == ["reserve", "buy"]
    return wrong and "Release comes first, and nothing is reserved"


@mistake(
    "E5-first-step-has-no-plan",
    exercise="E5",
    hints=(
        "`Reserve` fails. Which error does the execution end with, and who could have caught it?",
        "Nothing was done, so nothing is undone. But the execution should say `TradeUndone`, also then: a "
        "catcher goes straight to `Undone`.",
        '`Reserve`: `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undone"}]`',
    ),
)
def first_step_has_no_plan(lab: Lab) -> bool | str:
    seen, _ = _trade(lab, "reserve")
    return seen.error != "TradeUndone" and f"when Reserve fails, the execution ends with {seen.error}"
