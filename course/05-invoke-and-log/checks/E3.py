"""Checks of E3, every way in which a function fails."""

from typing import Any

from grader import Lab, check, mistake

from . import answer_of, function_with, word

HINTS = (
    "Call a function that fails and print the whole reply. Which member is there only then?",
    "`FunctionError` says *that* it failed, the payload *how*: its `errorType`. The status says nothing.",
    '`if reply.get("FunctionError"): return {"ok": False, "error": payload["errorType"]}`',
)


def _outcome(lab: Lab, body: str, **settings: Any) -> Any:
    with function_with(lab, body, **settings) as name:
        return answer_of(lab, lab.submitted("E3"), {"name": name, "event": {}})


@check("E3", points=1, hints=HINTS)
def notices_what_is_raised(lab: Lab) -> None:
    """A function that raises is not ok, with its errorType."""
    kind = lab.random.choice(("ValueError", "LookupError", "ZeroDivisionError", "OSError"))
    lab.expect(
        _outcome(lab, f"raise {kind}('no')"), {"ok": False, "error": kind}, where="a function that raises"
    )


@check("E3", points=1, hints=HINTS, needs=("notices_what_is_raised",))
def passes_answers_on(lab: Lab) -> None:
    """An answer is ok, with its value, also when it is null or looks like an error."""
    for value in (lab.random.randrange(99), None, {"errorType": word(lab), "errorMessage": "none"}):
        expected = {"ok": True, "value": value}
        lab.expect(
            _outcome(lab, f"return {value!r}"),
            expected,
            where=f"the outcome of a function that returns {value}",
        )


@check("E3", points=2, hints=HINTS, hidden=True, needs=("notices_what_is_raised",))
def notices_what_ends(lab: Lab) -> None:
    """So is one that takes too long, one that leaves, and one that needs too much memory."""
    ends = {
        "import time; time.sleep(20)": "Sandbox.Timedout",
        "import sys; sys.exit(1)": "Runtime.ExitError",
        "import os; os._exit(3)": "Runtime.ExitError",
        "return len(bytearray(300_000_000))": "Runtime.ExitError",
    }
    for body, kind in ends.items():
        lab.expect(
            _outcome(lab, body, Timeout=2), {"ok": False, "error": kind}, where=f"a handler with: {body}"
        )


@mistake(
    "E3-looks-at-the-status",
    exercise="E3",
    hints=(
        "Print `StatusCode` of a function that fails.",
        "Status is 200 even now: Lambda has done its work. Whether yours was done stands in `FunctionError`.",
        '`if reply.get("FunctionError"):`',
    ),
)
def looks_at_the_status(lab: Lab) -> bool | str:
    seen = _outcome(lab, "raise ValueError('no')")
    return isinstance(seen, dict) and seen.get("ok") is True and "a function that raises is said to be ok"


@mistake(
    "E3-looks-into-the-payload",
    exercise="E3",
    hints=(
        "May an honest answer have a key `errorType`?",
        "The payload is the function's own. Ask the reply, not the payload, whether it failed.",
        '`if reply.get("FunctionError"):` instead of `if "errorType" in payload:`',
    ),
)
def looks_into_the_payload(lab: Lab) -> bool | str:
    seen = _outcome(lab, "return {'errorType': 'mine'}")
    return isinstance(seen, dict) and seen.get("ok") is False and "an answer with errorType counts as failed"


@mistake(
    "E3-raises-itself",
    exercise="E3",
    hints=(
        "What does your caller get when the other function fails?",
        "The brief wants an object that says so. An exception here is one more failure, and hides the first.",
        '`return {"ok": False, "error": payload["errorType"]}`',
    ),
)
def raises_itself(lab: Lab) -> bool | str:
    with function_with(lab, "raise ValueError('no')") as name:
        seen = lab.invoke(lab.submitted("E3"), {"name": name, "event": {}})
    return bool(seen.function_error) and f"your function fails with {seen.error_type}"
