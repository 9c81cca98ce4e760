"""Checks of E2, types of events."""

import json
import re
from typing import Any

from grader import Failure, Lab, check, mistake

from . import PREDICTION_HINTS, answer_of, configuration, expect_predictions

HINTS = (
    "Invoke with `[1,2]`. What is `event` then, and what has your function done with it?",
    "`type(x).__name__` is the name of the type of any object. The event itself goes back as it came.",
    '`return {"type": type(event).…, "event": event}`',
)
BACK_HINTS = (
    "Compare the whole answer with the brief: which keys has it, and is `event` what you sent?",
    "The answer has two keys and no more, `type` and `event`. The event goes back as it came, also when "
    "it is "
    "a list, `None` or a number.",
    '`return {"type": type(event).…, "event": event}`',
)
REASON_HINTS = (
    "Look at the four lines that were printed. For which of them had you expected another type?",
    "One sentence about that line, in your own words: why does Python give this type to this JSON value?",
    '`reason = "… is … in JSON, so the handler gets …"`',
)


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
    expect_predictions(lab, "E2", 4, "event-inspector")


@check("E2", points=1, hints=HINTS)
def names_the_type(lab: Lab) -> None:
    """For every kind of JSON value, `type` is the name of the Python type."""
    configuration(lab, "event-inspector")
    for payload in _payloads(lab):
        answer = answer_of(lab, "event-inspector", payload)
        where = f"the payload of Invoke, for the event {json.dumps(payload)}"
        if not isinstance(answer, dict) or "type" not in answer:
            raise Failure(expected="an object with `type` and `event`", seen=answer, where=where)
        lab.expect(answer["type"], _TYPES[type(payload)], where=f"`type` in {where}")


@check("E2", points=1, hints=BACK_HINTS, hidden=True, needs=("names_the_type",))
def gives_the_event_back(lab: Lab) -> None:
    """`event` is the event itself, not changed, and nothing else is in the answer."""
    for payload in _payloads(lab):
        answer = answer_of(lab, "event-inspector", payload)
        lab.expect(answer, {"type": _TYPES[type(payload)], "event": payload}, where="the payload of Invoke")


@check("E2", points=1, hints=REASON_HINTS)
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
    configuration(lab, "event-inspector")
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
    configuration(lab, "event-inspector")
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
    configuration(lab, "event-inspector")
    answer = lab.invoke("event-inspector", [1, 2]).payload
    back = answer.get("event") if isinstance(answer, dict) else None
    return isinstance(back, str) and "`event` comes back as a text"
