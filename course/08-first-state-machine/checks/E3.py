"""Checks of E3, five filters."""

from collections.abc import Callable
from typing import Any

from grader import Failure, Lab, check, mistake

HINTS = (
    "Open the stage view with `labkit.steps`; which filter came last?",
    "Take one sheet of paper for each filter. InputPath and Parameters work before the task, the other "
    "three after it.",
    "`ResultPath` writes into the raw input of the state: `order` and `note` are both there, and "
    "`order` has `quote`.",
)
_QUOTED: dict[str, Any] = {"share": "ACME", "count": 3, "quote": {"price": 12.25}}
_RIGHT: dict[str, Any] = {
    "InputPath": {"share": "ACME", "count": 3},
    "Parameters": {"symbol": "ACME", "quantity": 3},
    "ResultSelector": {"price": 12.25},
    "ResultPath": {"order": _QUOTED, "note": "rush"},
    "OutputPath": _QUOTED,
}


def _stages(lab: Lab) -> dict[str, Any]:
    answer = lab.answer("E3")
    if not isinstance(answer, dict):
        raise Failure(expected="five stages", seen=answer, where='labkit.answer("E3", …)')
    return answer


def _stage(name: str) -> Callable[[Lab], None]:
    def stage(lab: Lab) -> None:
        lab.expect(_stages(lab).get(name), _RIGHT[name], where=f"the data after {name}")

    stage.__name__ = f"after_{name.lower()}"
    stage.__doc__ = f"You know the data after {name}."
    return stage


for _name in _RIGHT:
    globals()[f"after_{_name.lower()}"] = check("E3", points=1, hints=HINTS)(_stage(_name))


@mistake(
    "E3-result-into-the-cut-input",
    exercise="E3",
    hints=(
        "After ResultPath: is `note` there?",
        "InputPath cuts what the task sees. ResultPath writes into the raw input, as it came to the state.",
        "Begin with the whole input of the machine, then add `quote` inside `order`.",
    ),
)
def result_into_the_cut_input(lab: Lab) -> bool | str:
    seen = _stages(lab).get("ResultPath")
    return isinstance(seen, dict) and bool(seen) and "note" not in seen and "note is lost after ResultPath"


@mistake(
    "E3-selector-sees-the-payload",
    exercise="E3",
    hints=(
        "What does ResultSelector leave of the answer?",
        "A ResultSelector builds a new object from the result. What it does not name is gone.",
        "It names one key, `price`.",
    ),
)
def selector_sees_the_payload(lab: Lab) -> bool | str:
    seen = _stages(lab).get("ResultSelector")
    return isinstance(seen, dict) and len(seen) > 1 and "there is more than the selector names"


@mistake(
    "E3-order-mixed-up",
    exercise="E3",
    hints=(
        "Which filter came last: the one that puts the result in, or the one that cuts what goes out?",
        "The last two: ResultPath puts the result into the raw input. Then OutputPath cuts.",
        "After OutputPath there is no `note`; after ResultPath there is.",
    ),
)
def order_mixed_up(lab: Lab) -> bool | str:
    seen = _stages(lab).get("OutputPath")
    return isinstance(seen, dict) and "note" in seen and "note is there after OutputPath"


@mistake(
    "E3-path-keeps-its-name",
    exercise="E3",
    hints=(
        "A path such as `$.order` goes into the data. Does the key `order` come along?",
        "A path gives the value at that place, without the key that led there.",
        'After InputPath: `{"share": …, "count": …}`.',
    ),
)
def path_keeps_its_name(lab: Lab) -> bool | str:
    found = [name for name in ("InputPath", "OutputPath") if _has(_stages(lab).get(name), "order")]
    return bool(found) and f"the key order is there after {found[0]}"


@mistake(
    "E3-quote-is-the-price",
    exercise="E3",
    hints=(
        "What comes out of ResultSelector: a number, or an object with a number in it?",
        "ResultPath puts there all that ResultSelector built. Here that is an object with one key.",
        '`"quote": {"price": 12.25}`',
    ),
)
def quote_is_the_price(lab: Lab) -> bool | str:
    stages = _stages(lab)
    before, after = stages.get("ResultPath"), stages.get("OutputPath")
    orders = (before.get("order") if isinstance(before, dict) else None, after)
    quotes = [order["quote"] for order in orders if isinstance(order, dict) and "quote" in order]
    return any(quote == _QUOTED["quote"]["price"] for quote in quotes) and "quote is a number"


def _has(value: Any, key: str) -> bool:
    return isinstance(value, dict) and key in value
