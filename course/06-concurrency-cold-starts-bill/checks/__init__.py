"""Checks of the lab "Why is the first call slow, and what does it cost?".

Each check brings schedules, loads, customers and archives of its own. Crowds are made by the state machine
`player`, which calls functions at given seconds of the cloud's time, so calls overlap on every machine alike.
"""

import json
import math
from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab

ROLE = "arn:aws:iam::123456789012:role/labkit-function"
PREDICTION_HINTS = (
    "Write a guess, then run that cell. Wrong is fine. Is the cell with `labkit.predict` still empty?",
    "A guess counts when each row has something in it. Fill each row, run the cell, then check again.",
    "`labkit.predict(…)` stores what you wrote; `None` and an empty text don't count.",
)


def answer_of(lab: Lab, function: str, event: object) -> Any:
    """What the function answers; a failed function is a failed check."""
    seen = lab.invoke(function, event)
    if seen.function_error:
        told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
        raise Failure(
            expected="an answer",
            seen=f"the function failed: {seen.error_type or seen.function_error}: {told}"[:300],
            where=f"the function {function}",
        )
    return seen.payload


def close_to(seen: Any, expected: float, tolerance: float = 1e-6) -> bool:
    """Whether it is a number, and as large as expected up to that share of it."""
    number = isinstance(seen, int | float) and not isinstance(seen, bool)
    return number and math.isclose(seen, expected, rel_tol=tolerance, abs_tol=1e-9)


def call(at: int, function: str, seconds: float = 5, **more: Any) -> dict[str, Any]:
    """One call of a schedule for `play`."""
    return {"at": at, "function": function, "seconds": seconds, **more}


def play(lab: Lab, calls: list[dict[str, Any]]) -> list[str]:
    """What became of each call: answered, throttled or failed."""
    seen = lab.execute("player", {"calls": calls})
    if seen.status != "SUCCEEDED":
        raise Failure("a schedule that is played to its end", seen.cause or seen.status, "the machine player")
    return [one["result"] for one in seen.output]


def expect_answered(lab: Lab, results: list[str], where: str) -> None:
    """Every call of a schedule was answered; a throttled one may be the fault of an earlier exercise."""
    counts = {result: results.count(result) for result in sorted(set(results))}
    if "throttled" in counts:
        left = lab.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        where = f"{where}; {left} places of the account are not reserved"
    lab.expect(counts, {"answered": len(results)}, where)


def now(lab: Lab) -> float:
    """The cloud's time in seconds since 1970."""
    return float(lab.clock.now().timestamp())


def log_lines(lab: Lab, function: str, word: str, since: float) -> list[str]:
    """Lines of the function's log that hold a word, from that moment on."""
    try:
        pages = (
            lab.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=f"/aws/lambda/{function}", filterPattern=word, startTime=math.floor(since * 1000)
            )
        )
        return [event["message"] for page in pages for event in page["events"]]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []


def cold_starts(lab: Lab, function: str, since: float) -> int:
    """How many environments of the function have started since then."""
    return len(log_lines(lab, function, "INIT_START", since))


def all_cold(lab: Lab) -> None:
    """Let every idle environment go."""
    lab.clock.advance(minutes=11)


def configuration(lab: Lab, function: str) -> dict[str, Any]:
    """The configuration of a function; that it is there is up to the learner."""
    try:
        return dict(lab.client("lambda").get_function_configuration(FunctionName=function))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    raise Failure(f"a function with the name {function}", "there is none", "the functions of this cloud")


def downloads(lab: Lab, function: str) -> int:
    """How many objects the function has got from S3 so far."""
    return sum(
        entry["operation"] == "GetObject" and entry["source"] == f"function:{function}"
        for entry in lab.journal()
    )


def shortened(value: Any) -> str:
    """A value as text that fits into a line."""
    return json.dumps(value)[:200]
