"""Checks of E6, an extension that writes its last batch when the environment ends."""

from grader import Failure, Lab, check, mistake

from . import answer_of, configuration, decoded

HINTS = (
    "Who is told that the environment ends: the handler or the extension? What does it do then?",
    "The extension gets `SHUTDOWN` and leaves its loop. What is in `batch` at that moment is lost, unless "
    "it is "
    "written first.",
    "One more `flush()`, before `break`.",
)
FUNCTION = "trade-desk"


def _batches(lab: Lab, calls: int) -> tuple[list[str], list[list[str]]]:
    """Request ids of so many calls, and the batches with them in the log when the environment has ended."""
    configuration(lab, FUNCTION)
    lab.clock.advance(minutes=30)  # an environment of the learner's own calls ends first
    asked = [lab.invoke(FUNCTION, {}).request_id for _ in range(calls)]
    lab.clock.advance(minutes=30)
    pages = lab.client("logs").get_paginator("filter_log_events")
    found: list[list[str]] = []
    for page in pages.paginate(logGroupName=f"/aws/lambda/{FUNCTION}", filterPattern="BATCH"):
        for event in page["events"]:
            batch = decoded(event["message"].partition("BATCH ")[2])
            if isinstance(batch, list) and set(map(str, batch)) & set(asked):
                found.append([str(item) for item in batch])
    return asked, found


@check("E6", points=1, hints=("Write a number. Wrong is fine.", "It writes ten at a time.", "`written = …`"))
def loss_was_predicted(lab: Lab) -> None:
    """You predicted how many calls are written without the missing line."""
    guess = lab.prediction("E6")
    if isinstance(guess, bool) or not isinstance(guess, int):
        raise Failure("a number of calls", guess, 'labkit.predict("E6", …)')


@check("E6", points=2, hints=HINTS)
def writes_every_call(lab: Lab) -> None:
    """When the environment has ended, every call is in the log, once, in batches of ten and a last one."""
    answer_of(lab, FUNCTION, {})
    for calls in (lab.random.randrange(11, 19), lab.random.randrange(2, 8)):
        asked, batches = _batches(lab, calls)
        written = [item for batch in batches for item in batch]
        here = sum(item in written for item in asked)
        lab.expect(here, calls, where=f"how many of {calls} calls are in the log")
        lab.expect(sorted(written), sorted(asked), where=f"the request ids in the log after {calls} calls")
        sizes = [10, calls - 10] if calls > 10 else [calls]
        lab.expect(
            sorted(map(len, batches)), sorted(sizes), where=f"the sizes of the batches of {calls} calls"
        )


@mistake(
    "E6-loses-the-rest",
    exercise="E6",
    hints=(
        "Thirteen calls, ten in the log. What does the extension do when `SHUTDOWN` comes?",
        "It leaves its loop, and what is in `batch` goes with it. Write it first. A line after `break` is "
        "never "
        "reached, and a batch that was cleared is gone.",
        "`flush()` on a line of its own, before `break`.",
    ),
)
def loses_the_rest(lab: Lab) -> bool | str:
    asked, batches = _batches(lab, 13)
    written = [item for batch in batches for item in batch]
    return sorted(written) == sorted(asked[:10]) and "of 13 calls the last 3 are not in the log"


@mistake(
    "E6-writes-each-call",
    exercise="E6",
    hints=(
        "Read the log of thirteen calls. How many lines does the extension write?",
        "All calls are there, and each has a line of its own: the batch is gone. Writing costs time in "
        "every call. "
        "Keep the batches of ten, and write the rest at the end.",
        "Leave `if len(batch) == 10:` as it was; the new line stands before `break`.",
    ),
)
def writes_each_call(lab: Lab) -> bool | str:
    _, batches = _batches(lab, 4)
    return len(batches) == 4 and "four calls make four lines"


@mistake(
    "E6-writes-twice",
    exercise="E6",
    hints=(
        "Count the calls in the log. Are there more than you made?",
        "What was written has to leave the batch. `flush` does both, so call it once and print nothing "
        "yourself.",
        "`flush()` before `break`, and nothing else.",
    ),
)
def writes_twice(lab: Lab) -> bool | str:
    asked, batches = _batches(lab, 13)
    written = [item for batch in batches for item in batch]
    return set(written) == set(asked) and len(written) > 13 and f"13 calls, and {len(written)} in the log"


@mistake(
    "E6-crashes",
    exercise="E6",
    hints=(
        "The extension ends before the function is ready. What is its last line in the log?",
        "An extension is a program like any other: one wrong sign, and Python stops with a traceback. It "
        "stands in the log group of the function.",
        "Compare your file with the cell above, bracket by bracket. `flush()` has two.",
    ),
)
def crashes(lab: Lab) -> bool | str:
    seen = lab.invoke("trade-desk", {})
    return str(seen.error_type).startswith("Extension.") and f"the call fails with {seen.error_type}"
