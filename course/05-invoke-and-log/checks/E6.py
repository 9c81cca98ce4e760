"""Checks of E6, logs without secrets."""

from typing import Any

from grader import Lab, check, mistake

from . import decoded, log_of, require, word

HINTS = (
    "Read the log of your function as a stranger would. What can he do with it?",
    "Print one JSON object, made of the members that you name: level, request id, symbol or reason. Never "
    "a whole "
    "event, never the environment, never an exception's text that holds them.",
    '`print(json.dumps({"level": level, "request_id": context.aws_request_id, **facts}))`',
)
FUNCTION = "audit"


def _call(lab: Lab, event: dict[str, Any], level: str | None = None) -> tuple[list[str], Any, str]:
    """The log lines of one call with a key and a level of the check's own, its reply, and the planted key."""
    require(lab, FUNCTION)
    client, key = lab.client("lambda"), f"key-{word(lab)}"
    before = (
        client.get_function_configuration(FunctionName=FUNCTION).get("Environment", {}).get("Variables", {})
    )
    variables = {"API_KEY": key, **({"LOG_LEVEL": level} if level else {})}
    client.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": variables})
    try:
        client.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
        seen = lab.invoke(FUNCTION, event)
        lines = log_of(lab, FUNCTION)
    finally:
        client.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": before})
        client.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
    start = next((at for at, line in enumerate(lines) if seen.request_id in line), 0)
    return lines[start:], seen, key


def _facts(lines: list[str]) -> list[dict[str, Any]]:
    found = [decoded(line) for line in lines]
    return [line for line in found if isinstance(line, dict) and "level" in line]


@check("E6", points=1, hints=HINTS)
def writes_json_for_a_good_call(lab: Lab) -> None:
    """A good call writes one line of JSON with level, request_id and symbol."""
    symbol = word(lab)
    lines, seen, _ = _call(lab, {"symbol": symbol, "token": word(lab)})
    facts = _facts(lines)
    lab.expect(len(facts), 1, where="the number of JSON lines with a level")
    shown = {name: facts[0].get(name) for name in ("level", "request_id", "symbol")}
    lab.expect(shown, {"level": "INFO", "request_id": seen.request_id, "symbol": symbol}, where="the line")


@check("E6", points=1, hints=HINTS)
def writes_json_for_a_bad_call(lab: Lab) -> None:
    """Without a symbol it writes a line with the level ERROR and a reason, and raises ValueError."""
    lines, seen, _ = _call(lab, {"token": word(lab)})
    lab.expect(seen.error_type, "ValueError", where="errorType of a call without a symbol")
    errors = [line for line in _facts(lines) if line["level"] == "ERROR"]
    if len(errors) != 1 or not errors[0].get("reason") or errors[0].get("request_id") != seen.request_id:
        lab.fail(
            errors, "one line with level ERROR, request_id and reason", "the log of a call without a symbol"
        )


@check("E6", points=1, hints=HINTS, needs=("writes_json_for_a_good_call", "writes_json_for_a_bad_call"))
def keeps_secrets(lab: Lab) -> None:
    """Neither the key nor the token is in the log, also when the call fails."""
    token = f"token-{word(lab)}"
    for event in ({"symbol": word(lab), "token": token}, {"token": token}):
        lines, _, key = _call(lab, event)
        leaked = [secret for secret in (key, token) if any(secret in line for line in lines)]
        if leaked:
            what = "the key of the environment" if leaked[0] == key else "the token of the event"
            lab.fail(f"{what} is in the log", "no secret in the log", f"the log of {FUNCTION}")


@check("E6", points=1, hints=HINTS, hidden=True, needs=("writes_json_for_a_good_call",))
def obeys_the_level(lab: Lab) -> None:
    """With LOG_LEVEL=ERROR there are no INFO lines, and the ERROR line is still there."""
    quiet, _, _ = _call(lab, {"symbol": word(lab)}, level="ERROR")
    lab.expect([line["level"] for line in _facts(quiet)], [], where="the lines of a good call")
    loud, _, _ = _call(lab, {}, level="ERROR")
    lab.expect([line["level"] for line in _facts(loud)], ["ERROR"], where="the lines of a bad call")


@mistake(
    "E6-logs-the-environment",
    exercise="E6",
    hints=(
        "Search your log for `API_KEY` and for `AWS_SECRET_ACCESS_KEY`.",
        "The environment holds your keys and those of the role. A log is read by many. Name what you need "
        "instead.",
        "Take `os.environ` out of the log, all of it.",
    ),
)
def logs_the_environment(lab: Lab) -> bool | str:
    lines, _, key = _call(lab, {"symbol": word(lab)})
    return any(key in line for line in lines) and "the key of the environment is in the log"


@mistake(
    "E6-logs-the-event",
    exercise="E6",
    hints=(
        "Search your log for the token of your test event.",
        "An event holds what a customer sent. Log the members that you need, by their names, and never the "
        "whole of it.",
        '`log("INFO", context, symbol=symbol)`',
    ),
)
def logs_the_event(lab: Lab) -> bool | str:
    token = f"token-{word(lab)}"
    for event in ({"symbol": word(lab), "token": token}, {"token": token}):
        lines, _, _ = _call(lab, event)
        if any(token in line for line in lines):
            return "the token of the event is in the log"
    return False


@mistake(
    "E6-behind-a-prefix",
    exercise="E6",
    hints=(
        "What stands in front of your JSON?",
        "Lambda's logger puts level, time and request id before each message, so the whole line is no JSON. "
        "Print the line yourself, or give the logger a formatter.",
        '`print(json.dumps({…}))`, or a handler with `logging.Formatter("%(message)s")`',
    ),
)
def behind_a_prefix(lab: Lab) -> bool | str:
    symbol = word(lab)
    lines, _, _ = _call(lab, {"symbol": symbol})
    said = [line for line in lines if symbol in line and not line.startswith("{")]
    found = [line for line in said if isinstance(decoded(line[line.find("{") :]), dict)]
    return bool(found) and f"the line begins with {' '.join(found[0].split())[:20]}"


@mistake(
    "E6-plain-text",
    exercise="E6",
    hints=(
        "How would you search for all errors of one symbol in this log?",
        "A line of JSON has fields that a query can ask for. A Python dict with single quotes is no JSON.",
        "`print(json.dumps({…}))`",
    ),
)
def plain_text(lab: Lab) -> bool | str:
    symbol = word(lab)
    lines, _, _ = _call(lab, {"symbol": symbol})
    said = [line for line in lines if symbol in line]
    return bool(said) and not _facts(lines) and f"a line that is no JSON: {' '.join(said[0].split())[:60]}"


@mistake(
    "E6-no-level",
    exercise="E6",
    hints=(
        "Set `LOG_LEVEL` to `ERROR` and call it. What is still written?",
        "The level is read from the environment, when the line is written: with ERROR, INFO lines are left "
        "out.",
        '`if level == "INFO" and os.environ.get("LOG_LEVEL") == "ERROR": return`',
    ),
)
def no_level(lab: Lab) -> bool | str:
    lines, _, _ = _call(lab, {"symbol": word(lab)}, level="ERROR")
    return (
        any(line["level"] == "INFO" for line in _facts(lines)) and "an INFO line in spite of LOG_LEVEL=ERROR"
    )
