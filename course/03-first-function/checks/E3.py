"""Checks of E3, what `context` knows."""

from typing import Any

from grader import Failure, Lab, check, mistake

from . import answer_of, configuration, configured

HINTS = (
    "Compare the two readings of the time. What happened between them?",
    "`context.get_remaining_time_in_millis()` is a method: call it before and after `time.sleep(1)`. The "
    "other values are attributes of `context`.",
    "`before = context.get_remaining_time_in_millis()`, `time.sleep(1)`, `after = …`, then `return {…}`.",
)
ALIAS_HINTS = (
    "Which attribute of `context` knows under which name the caller asked for the function?",
    "`function_name` is the same for every caller. `invoked_function_arn` is the ARN that was called, "
    "with the "
    "alias or the version at its end.",
    '`"function_arn": context.invoked_function_arn`, as it is.',
)
FACTS_HINTS = (
    "Which value in your answer does not come out of `context`?",
    "Each call has its own request id, and the configuration can change: a value that is written into the "
    "code "
    "is right once. All four are attributes of `context`.",
    "`context.aws_request_id`, `int(context.memory_limit_in_mb)`, `context.log_group_name`, "
    "`context.log_stream_name`",
)


REPORTER = "context-reporter"


def _report(lab: Lab, **parameters: Any) -> dict[str, Any]:
    """What context-reporter answers, as an object."""
    configuration(lab, REPORTER)
    answer = answer_of(lab, REPORTER, {}, **parameters)
    if not isinstance(answer, dict):
        raise Failure(expected="an object with the seven values", seen=answer, where="the payload of Invoke")
    return answer


def _milliseconds(answer: object) -> tuple[float, float] | None:
    """The two readings; None unless both are plain numbers."""
    if not isinstance(answer, dict):
        return None
    readings = [answer.get("remaining_before_ms"), answer.get("remaining_after_ms")]
    if any(
        isinstance(one, bool) or not isinstance(one, int | float) or not abs(one) < 1e9 for one in readings
    ):
        return None
    return float(str(readings[0])), float(str(readings[1]))


@check("E3", points=1, hints=HINTS)
def sees_the_time_go_by(lab: Lab) -> None:
    """The two readings are about 1000 ms apart: one before the sleep, one after it."""
    answer = _report(lab)
    readings = _milliseconds(answer)
    if readings is None:
        raise Failure(
            expected="two numbers, remaining_before_ms and remaining_after_ms",
            seen=answer,
            where="the payload",
        )
    if not 950 <= readings[0] - readings[1] <= 1900:
        raise Failure(
            expected="about 1000 ms less after the sleep",
            seen=f"{readings[0] - readings[1]:g} ms less",
            where="remaining_before_ms and remaining_after_ms",
        )


@check("E3", points=1, hints=ALIAS_HINTS, needs=("sees_the_time_go_by",))
def knows_which_alias_was_called(lab: Lab) -> None:
    """Called through an alias, function_arn ends with the name of the alias."""
    configuration(lab, REPORTER)
    client = lab.client("lambda")
    alias = "desk" + "".join(lab.random.choice("abcdefgh") for _ in range(6))
    version = client.publish_version(FunctionName="context-reporter")["Version"]
    client.create_alias(FunctionName="context-reporter", Name=alias, FunctionVersion=version)
    try:
        told = _report(lab, Qualifier=alias).get("function_arn")
    finally:
        client.delete_alias(FunctionName="context-reporter", Name=alias)
    if not isinstance(told, str) or not told.endswith(f":function:context-reporter:{alias}"):
        raise Failure(
            expected=f"an ARN that ends with :{alias}", seen=told, where="function_arn in the payload"
        )


@check("E3", points=2, hints=FACTS_HINTS, needs=("sees_the_time_go_by",))
def knows_the_facts_of_the_call(lab: Lab) -> None:
    """request_id, memory_mb, log_group and log_stream are those of this call."""
    memory = lab.random.choice(range(192, 512, 64))
    with configured(lab, REPORTER, MemorySize=memory):
        seen = lab.invoke(REPORTER, {})
    if seen.function_error or not isinstance(seen.payload, dict):
        raise Failure(
            expected="an answer", seen=seen.error_type or seen.payload, where=f"the function {REPORTER}"
        )
    answer, group = seen.payload, f"/aws/lambda/{REPORTER}"
    lab.expect(answer.get("request_id"), seen.request_id, where="request_id in the payload")
    if str(answer.get("memory_mb")) != str(memory):
        raise Failure(expected=memory, seen=answer.get("memory_mb"), where="memory_mb in the payload")
    lab.expect(answer.get("log_group"), group, where="log_group in the payload")
    streams = {
        event["logStreamName"]
        for event in lab.client("logs").filter_log_events(logGroupName=group)["events"]
        if seen.request_id in event["message"]
    }
    if answer.get("log_stream") not in streams:
        told = answer.get("log_stream")
        raise Failure(
            expected="the stream with this request id", seen=told, where="log_stream in the payload"
        )


@mistake(
    "E3-times-out",
    exercise="E3",
    hints=(
        "Read the error message: it says after how many seconds. What is the timeout and what does your "
        "code need?",
        "Lambda stops a call when its timeout is over. The timeout is part of the configuration. It has to "
        "be longer than the sleep and the rest together.",
        "Sleep for one second, and deploy with `timeout=3`.",
    ),
)
def times_out(lab: Lab) -> bool | str:
    configuration(lab, "context-reporter")
    seen = lab.invoke("context-reporter", {})
    told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
    return "Task timed out" in str(told) and str(told)


@mistake(
    "E3-one-reading",
    exercise="E3",
    hints=(
        "Look at the two numbers: they are almost the same. Where does the sleep stand?",
        "A reading tells the time that is left at that moment. To see what the sleep took, one reading is "
        "before it and one is after it.",
        "Order: read, `time.sleep(1)`, read.",
    ),
)
def one_reading(lab: Lab) -> bool | str:
    configuration(lab, REPORTER)
    readings = _milliseconds(lab.invoke(REPORTER, {}).payload)
    return (
        readings is not None
        and not _in_seconds(readings)
        and abs(readings[0] - readings[1]) < 500
        and "no time goes by between the two readings"
    )


def _in_seconds(readings: tuple[float, float]) -> bool:
    """Whether the two readings look right, but for their unit."""
    return 0.95 <= readings[0] - readings[1] <= 1.9 and readings[0] <= 900


@mistake(
    "E3-in-seconds",
    exercise="E3",
    hints=(
        "Look at the end of the two names: which unit do they promise?",
        "`get_remaining_time_in_millis()` gives milliseconds, and `_ms` in a name says the same. A number "
        "divided by 1,000 is in seconds.",
        "Return the two readings as they are, without a division.",
    ),
)
def in_seconds(lab: Lab) -> bool | str:
    configuration(lab, REPORTER)
    readings = _milliseconds(lab.invoke(REPORTER, {}).payload)
    return readings is not None and _in_seconds(readings) and "the two readings are in seconds"


@mistake(
    "E3-later-minus-earlier",
    exercise="E3",
    hints=(
        "Which of the two readings is the larger one? Which one was taken first?",
        "The time that is left goes down. So the reading before the sleep is the larger one.",
        '`"remaining_before_ms"` is the reading that stands above `time.sleep(1)`.',
    ),
)
def later_minus_earlier(lab: Lab) -> bool | str:
    configuration(lab, REPORTER)
    readings = _milliseconds(lab.invoke(REPORTER, {}).payload)
    return readings is not None and readings[1] - readings[0] > 500 and "more time is left after the sleep"


@mistake(
    "E3-method-not-called",
    exercise="E3",
    hints=(
        "Read `errorMessage`: which type can't be sent? Is one thing in your answer not a value but a "
        "method?",
        "`context.get_remaining_time_in_millis` is the method. With parentheses it is called, and gives a "
        "number.",
        "`before = context.get_remaining_time_in_millis()`",
    ),
)
def method_not_called(lab: Lab) -> bool | str:
    configuration(lab, "context-reporter")
    seen = lab.invoke("context-reporter", {})
    told = str(seen.payload.get("errorMessage", "")) if isinstance(seen.payload, dict) else ""
    return seen.error_type == "Runtime.MarshalError" and "method" in told and told
