"""Checks of the lab "An event, a handler, a context".

Each check brings its own prices, payloads and rows, so an answer that knows only the lab's examples fails.
What several exercises need stands here. A learner's function that a check reconfigures gets its
configuration back.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab

PREDICTION_HINTS = (
    "Write a guess in each row. Which cell ran first: the prediction, or the first call?",
    "A prediction counts when it is stored before the first call after a deployment. It is not too late: "
    "write the guesses, run that cell, then run each cell below it again, in order.",
    "The order: the cell with `labkit.predict(…)`, the cell that writes the file, the cell with "
    "`labkit.deploy(…)` and the calls, the check.",
)


def configuration(lab: Lab, function: str) -> dict[str, Any]:
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
def configured(lab: Lab, function: str, **changes: Any) -> Iterator[None]:
    """The function with another configuration, for as long as the block runs."""
    before = configuration(lab, function)
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


def answer_of(lab: Lab, function: str, event: object, **parameters: Any) -> Any:
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


def parameter(entry: Mapping[str, Any], name: str) -> Any:
    return (entry.get("parameters") or {}).get(name)


def guesses(prediction: object) -> int:
    """How many rows of a prediction say something."""
    return (
        sum(row not in (None, "", []) for row in prediction.values()) if isinstance(prediction, dict) else 0
    )


def decoded(text: object) -> object:
    try:
        return json.loads(str(text))
    except (ValueError, RecursionError):
        return None


def is_of(entry: Mapping[str, Any], function: str, *operations: str) -> bool:
    """Whether the entry is one of these Lambda calls about this function, by name or by ARN."""
    named = str(parameter(entry, "FunctionName")).split(":function:")[-1].split(":")[0]
    return entry["service"] == "lambda" and entry["operation"] in operations and named == function


def first_call(lab: Lab, exercise: str, rows: int, function: str) -> tuple[bool, bool]:
    """Whether it was called since its last deployment or reset, and whether the prediction came before."""
    journal = lab.journal()
    name = f"/labkit/first-function/{exercise}/prediction"
    stored, called, started = None, None, True
    for position, entry in enumerate(journal):
        is_prediction = entry["operation"] == "PutParameter" and parameter(entry, "Name") == name
        if str(entry["operation"]).lower() == "reset" or is_of(
            entry, function, "CreateFunction", "UpdateFunctionCode"
        ):
            called, started = None, True
        elif is_prediction and stored is None and guesses(decoded(parameter(entry, "Value"))) >= rows:
            stored = position
        elif started and is_of(entry, function, "Invoke"):
            called, started = position, False
    return called is not None, stored is not None and called is not None and stored < called


def expect_predictions(lab: Lab, exercise: str, rows: int, function: str) -> None:
    """At least that many rows with a guess, stored before the first call after the last deployment."""
    filled = guesses(lab.prediction(exercise))
    if filled < rows:
        where = f'labkit.predict("{exercise}", …)'
        raise Failure(expected=f"{rows} guesses", seen=f"{filled} guesses", where=where)
    called, predicted = first_call(lab, exercise, rows, function)
    if not called:
        raise Failure(
            expected=f"a call of {function}, to compare your prediction with",
            seen="no call yet",
            where=f"the cell that deploys and calls {function}: has it run without an error?",
        )
    if not predicted:
        raise Failure(
            expected=f"the prediction, then the deployment and the first call of {function}",
            seen="the call came first",
            where="the order of the cells. Run the prediction, then each cell below it again",
        )
