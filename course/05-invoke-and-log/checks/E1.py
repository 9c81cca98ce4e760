"""Checks of E1, what a reply says."""

import base64
import json
from typing import Any

from grader import Lab, check, mistake

from . import answer_of, word

HINTS = (
    "Which members has the reply of an asynchronous call? Print it. What is `Payload` then?",
    "Three cases in this order: status 202 (nothing to read), a `FunctionError` (the payload describes the "
    "error), "
    "an answer. `LogResult` is base64 of text; the number stands behind `Billed Duration:`.",
    '`if StatusCode == 202: return {"kind": "queued"}`; then `value = json.loads(Payload)`; then `if '
    "FunctionError:`; "
    "`base64.b64decode(LogResult).decode()`.",
)


def _log(lab: Lab, billed: int) -> str:
    text = (
        "START RequestId: 1 Version: $LATEST\nBilled Duration: what I print myself\nEND RequestId: 1\n"
        f"REPORT RequestId: 1\tDuration: {billed - 0.4:.2f} ms\tBilled Duration: {billed} ms\t"
        f"Memory Size: {lab.random.choice((128, 256))} MB\tMax Memory Used: 40 MB\t\n"
    )
    return base64.b64encode(text.encode()).decode()


def _ask(lab: Lab, **reply: Any) -> Any:
    return answer_of(lab, lab.submitted("E1"), reply)


@check("E1", points=1, hints=HINTS)
def knows_what_is_only_queued(lab: Lab) -> None:
    """An asynchronous reply is queued: there is no payload to read."""
    seen = _ask(lab, StatusCode=202, Payload="")
    lab.expect(seen, {"kind": "queued"}, where="summary of status 202 with an empty payload")


@check("E1", points=1, hints=HINTS, needs=("knows_what_is_only_queued",))
def reads_an_answer(lab: Lab) -> None:
    """A synchronous reply is answered, with the payload as an object."""
    for value in ({"price": lab.random.randrange(1, 999)}, [word(lab)], None, lab.random.randrange(9)):
        seen = _ask(lab, StatusCode=200, Payload=json.dumps(value))
        lab.expect(seen, {"kind": "answered", "value": value}, where="summary of an answer")


@check("E1", points=1, hints=HINTS)
def notices_a_failure(lab: Lab) -> None:
    """A reply with a FunctionError has failed, with the errorType; an answer that looks like one has not."""
    kind = f"{word(lab).title()}Error"
    told = {"errorType": kind, "errorMessage": "no", "stackTrace": []}
    seen = _ask(lab, StatusCode=200, Payload=json.dumps(told), FunctionError="Unhandled")
    lab.expect(seen, {"kind": "failed", "error": kind}, where="summary of a failed function")
    seen = _ask(lab, StatusCode=200, Payload=json.dumps(told))
    lab.expect(
        seen, {"kind": "answered", "value": told}, where="summary of an answer that looks like an error"
    )


@check("E1", points=1, hints=HINTS, hidden=True, needs=("reads_an_answer",))
def reads_the_bill_from_the_log(lab: Lab) -> None:
    """Where there is a LogResult, billed_ms is the whole number from it, for answers and for failures."""
    billed = lab.random.randrange(2, 900)
    seen = _ask(lab, StatusCode=200, Payload="1", LogResult=_log(lab, billed))
    lab.expect(seen, {"kind": "answered", "value": 1, "billed_ms": billed}, where="summary with a LogResult")
    told = json.dumps({"errorType": "KeyError"})
    seen = _ask(lab, StatusCode=200, Payload=told, FunctionError="Unhandled", LogResult=_log(lab, billed))
    lab.expect(
        seen, {"kind": "failed", "error": "KeyError", "billed_ms": billed}, where="a failure with a log"
    )


@mistake(
    "E1-reads-the-empty-payload",
    exercise="E1",
    hints=(
        "What did 202 promise you? Print the payload of that reply, with `repr`.",
        "The asynchronous reply has an empty payload: the answer doesn't exist yet. `json.loads` of "
        "nothing raises.",
        '`if StatusCode == 202: return {"kind": "queued"}`, before the payload is read.',
    ),
)
def reads_the_empty_payload(lab: Lab) -> bool | str:
    seen = lab.invoke(lab.submitted("E1"), {"StatusCode": 202, "Payload": ""})
    return seen.error_type == "JSONDecodeError" and "an empty payload is read as JSON"


@mistake(
    "E1-takes-the-message",
    exercise="E1",
    hints=(
        "Which member of the payload has the name of the error?",
        "`errorMessage` is a sentence for people. `errorType` is the name that a program asks for.",
        '`value["errorType"]`',
    ),
)
def takes_the_message(lab: Lab) -> bool | str:
    told = json.dumps({"errorType": "KeyError", "errorMessage": "a sentence"})
    seen = _ask(lab, StatusCode=200, Payload=told, FunctionError="Unhandled")
    return isinstance(seen, dict) and seen.get("error") == "a sentence" and "the error is its message"


@mistake(
    "E1-looks-at-the-payload",
    exercise="E1",
    hints=(
        "May an *answer* have a key `errorType`? Who decides what is in the payload?",
        "The payload belongs to the function. Whether it failed stands beside it, in `FunctionError`.",
        '`if FunctionError:` instead of `if "errorType" in value:`',
    ),
)
def looks_at_the_payload(lab: Lab) -> bool | str:
    seen = _ask(lab, StatusCode=200, Payload=json.dumps({"errorType": "none"}))
    return (
        isinstance(seen, dict)
        and seen.get("kind") == "failed"
        and "an answer with errorType counts as failed"
    )


@mistake(
    "E1-trusts-the-status",
    exercise="E1",
    hints=(
        "Call a function that fails. What is its status?",
        "The status of a synchronous call is 200 even when the function failed. `FunctionError` tells.",
        '`if FunctionError: return {"kind": "failed", …}`',
    ),
)
def trusts_the_status(lab: Lab) -> bool | str:
    told = json.dumps({"errorType": "KeyError"})
    seen = _ask(lab, StatusCode=200, Payload=told, FunctionError="Unhandled")
    return (
        isinstance(seen, dict) and seen.get("kind") == "answered" and "a failed function counts as answered"
    )


@mistake(
    "E1-reads-base64-as-text",
    exercise="E1",
    hints=(
        "Print `LogResult`. Is that the log?",
        "It is the log in base64: decode it, and then make text of the bytes.",
        "`base64.b64decode(LogResult).decode()`",
    ),
)
def reads_base64_as_text(lab: Lab) -> bool | str:
    seen = lab.invoke(lab.submitted("E1"), {"StatusCode": 200, "Payload": "1", "LogResult": _log(lab, 7)})
    lost = seen.function_error or (isinstance(seen.payload, dict) and seen.payload.get("billed_ms") != 7)
    plain = {"StatusCode": 200, "Payload": "1", "LogResult": base64.b64decode(_log(lab, 7)).decode()}
    read = lab.invoke(lab.submitted("E1"), plain).payload
    return (
        bool(lost) and isinstance(read, dict) and read.get("billed_ms") == 7 and "LogResult is read undecoded"
    )
