"""Checks of E2, a line for the shell: taken apart as the shell and the AWS CLI, version 2, would."""

import base64
import binascii
import json
import shlex
from collections.abc import Mapping

from grader import Failure, Lab, check, mistake

from . import log_of, require

HINTS = (
    "Which bytes does the service get? Version 2 of the CLI expects something else than JSON.",
    "Two options are missing: one says that the payload is raw, the other that nobody waits. The name is "
    "another, too.",
    "`--cli-binary-format raw-in-base64-out` and `--invocation-type Event`",
)
RUN_HINTS = (
    "What did the cell with `!{line}` print? Run it after the cell of your line.",
    "The line is text until a shell runs it. `!{line}` does that, and the function writes what it got.",
    "Run the cell with `!{line}` again, then the check.",
)
_FLAGS = {"--debug", "--no-cli-pager", "--no-verify-ssl", "--no-sign-request", "--no-paginate"}


def _words(lab: Lab) -> list[str]:
    line = lab.answer("E2")
    if not isinstance(line, str):
        raise Failure("a line of text", line, 'labkit.answer("E2", …)')
    try:
        words = shlex.split(line.replace("\\\n", " "))
    except ValueError as error:
        raise Failure("a line that the shell understands", str(error), "the quotes of the line") from None
    if words[:3] != ["aws", "lambda", "invoke"]:
        raise Failure("aws lambda invoke …", " ".join(words[:3]), "the beginning of the line")
    return words[3:]


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options, and the words that belong to none."""
    options: dict[str, str] = {}
    rest: list[str] = []
    pending = iter(words)
    for item in pending:
        name, equals, value = item.partition("=")
        if not item.startswith("--"):
            rest.append(item)
        elif name not in _FLAGS:
            options[name] = value if equals else next(pending, "")
    return options, rest


def _sent(options: Mapping[str, str]) -> bytes:
    """The payload that the service gets."""
    payload = options.get("--payload", "")
    if options.get("--cli-binary-format") == "raw-in-base64-out":
        return payload.encode()
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise Failure("base64, or a word that says that it is none", payload, "--payload") from None


@check("E2", points=1, hints=HINTS)
def sends_the_event(lab: Lab) -> None:
    """Version 2 of the CLI sends the event to price-checker."""
    options, rest = _options(_words(lab))
    lab.expect(rest, ["response.json"], where="the words beside the options")
    lab.expect(options.get("--function-name"), "price-checker", where="--function-name")
    try:
        event = json.loads(_sent(options))
    except ValueError:
        raise Failure('{"symbol": "TRDW"}', options.get("--payload"), "the JSON of --payload") from None
    lab.expect(event, {"symbol": "TRDW"}, where="the event that the service gets")


@check("E2", points=1, hints=HINTS, needs=("sends_the_event",))
def does_not_wait(lab: Lab) -> None:
    """The call is asynchronous."""
    options, _ = _options(_words(lab))
    lab.expect(options.get("--invocation-type"), "Event", where="--invocation-type")


@check("E2", points=1, hints=RUN_HINTS, needs=("sends_the_event", "does_not_wait"))
def reaches_the_function(lab: Lab) -> None:
    """You ran the line, and the function got the event."""
    require(lab, "price-checker")
    lab.clock.settle()
    said = [line for line in log_of(lab, "price-checker") if line.startswith("got ")]
    if "got {'symbol': 'TRDW'}" not in said:
        lab.fail(said[-3:], "got {'symbol': 'TRDW'}", "the log of price-checker")
    queued = [
        entry["status"]
        for entry in lab.journal()
        if entry["operation"] == "Invoke" and entry["parameters"].get("FunctionName") == "price-checker"
    ]
    if 202 not in queued:
        lab.fail(queued[-3:], "a call with status 202", "the calls of price-checker")


@mistake(
    "E2-not-base64",
    exercise="E2",
    hints=(
        "What does version 2 of the CLI do with the value of `--payload`?",
        "It takes it for base64 and decodes it. Say that the text is raw, with one more option.",
        "`--cli-binary-format raw-in-base64-out`",
    ),
)
def not_base64(lab: Lab) -> bool | str:
    options, _ = _options(_words(lab))
    plain = options.get("--payload", "").lstrip().startswith("{")
    return plain and "--cli-binary-format" not in options and "version 2 stops with: Invalid base64"


@mistake(
    "E2-without-quotes",
    exercise="E2",
    hints=(
        "Count the words that the shell makes of your payload.",
        "Without quotes around it the shell cuts the JSON at the blank and takes its quotes away.",
        '`--payload \'{"symbol": "TRDW"}\'`, with single quotes outside.',
    ),
)
def without_quotes(lab: Lab) -> bool | str:
    options, rest = _options(_words(lab))
    payload = options.get("--payload", "")
    return payload.startswith("{") and (len(rest) > 1 or '"' not in payload) and f"the payload is {payload}"


@mistake(
    "E2-waits",
    exercise="E2",
    hints=(
        "Does this line wait for the answer?",
        "Without an invocation type the call is synchronous.",
        "`--invocation-type Event`",
    ),
)
def waits(lab: Lab) -> bool | str:
    options, rest = _options(_words(lab))
    right = options.get("--function-name") == "price-checker" and rest == ["response.json"]
    return (
        right
        and options.get("--invocation-type", "RequestResponse") == "RequestResponse"
        and "the call is synchronous"
    )
