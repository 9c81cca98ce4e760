"""One command line: which operation it means, its parameters, the call, the print.

Rule 1: nothing but an offline cloud is ever called.
Rule 2: exit codes are the AWS CLI's: 252 a line that is no command, 254 an error of the service, 255
anything else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from labkit.aws_cli import output, values
from labkit.aws_cli.errors import CommandError, UsageError

__all__ = ["Globals", "main"]

# The CLI's name of a service, where it isn't botocore's.
_SERVICES = {"s3api": "s3", "deploy": "codedeploy", "configservice": "config"}
# Options that would mean something else as a global one.
_RENAMED = {("stepfunctions", "send-task-success", "output"): "task-output"}
_VALUED = {
    "--output",
    "--query",
    "--region",
    "--endpoint-url",
    "--profile",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
}
_FLAGS = {
    "--debug",
    "--no-verify-ssl",
    "--no-paginate",
    "--no-sign-request",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
}
_PAGING = {"--max-items": "MaxItems", "--page-size": "PageSize", "--starting-token": "StartingToken"}


@dataclass
class Globals:
    """Options that every command takes; `words` are all others, in their order."""

    words: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> str:
        """The output format."""
        return self.given.get("--output") or os.environ.get("AWS_DEFAULT_OUTPUT") or "json"

    @property
    def query(self) -> str | None:
        """The JMESPath of `--query`."""
        return self.given.get("--query")

    @property
    def raw(self) -> bool:
        """Whether binary values are given as they are."""
        return self.given.get("--cli-binary-format") == values.RAW

    def client(self, service: str) -> Any:
        """A client of the offline cloud. Raises `CommandError` where there is none."""
        import botocore.session
        from botocore.config import Config

        from offline_cloud import guard

        endpoint = self.given.get("--endpoint-url") or os.environ.get("AWS_ENDPOINT_URL") or ""
        if not endpoint or not guard.is_local(urlsplit(endpoint).hostname):
            raise CommandError(
                "labkit's aws talks to an offline cloud only, and AWS_ENDPOINT_URL names none. In a notebook "
                'run labkit.open("…") first; in a terminal start `labkit cloud` and paste its lines.',
                253,
            )
        guard.install()
        region = self.given.get("--region") or os.environ.get("AWS_REGION") or "us-east-1"
        timeout = int(self.given.get("--cli-read-timeout") or 0) or None
        config: Any = Config(
            inject_host_prefix=False,
            proxies={},
            read_timeout=timeout or 1000,
            retries={"total_max_attempts": 1},
            signature_version="s3v4" if service == "s3" else None,
        )
        make: Any = botocore.session.get_session().create_client
        return make(service, region_name=region, endpoint_url=endpoint, config=config)

    def show(self, answer: Any, title: str) -> None:
        """Print an answer as asked for; nothing if there is nothing."""
        shown = output.plain(output.queried(self.query, output.plain(answer)))
        if answer or self.query is not None:
            text = output.printed(shown, self.form, title)
            if text or self.form == "json":
                print(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without `aws`); the exit code."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except CommandError as error:
        said, code = f"aws: error: {error}" if isinstance(error, UsageError) else str(error), error.code
    except ClientError as error:
        said, code = str(error), 254
    except BotoCoreError as error:
        said, code = str(error), 252 if type(error).__name__ == "ParamValidationError" else 255
    except KeyboardInterrupt:
        return 130
    print(f"\n{said}", file=sys.stderr)
    return code


def _run(arguments: list[str]) -> int:
    given = _globals(arguments)
    if "--version" in given.words[:1]:
        from labkit import __version__

        print(f"aws-cli/2 (labkit/{__version__}: the command lines of version 2, for an offline cloud)")
        return 0
    if given.words[:1] == ["help"]:
        import botocore.session

        print("\n".join(botocore.session.get_session().get_available_services()))
        return 0
    if len(given.words) < 2:
        raise UsageError(
            "the following arguments are required: command, subcommand. Such as: aws lambda list-functions"
        )
    if given.form not in output.FORMATS:
        raise UsageError(
            f"argument --output: Invalid choice, valid choices are: {' | '.join(output.FORMATS)}"
        )
    service, name, *rest = given.words
    given.words = rest
    if service == "s3":
        from labkit.aws_cli import s3_commands

        return s3_commands.run(name, given)
    if (service, name) == ("logs", "tail"):
        from labkit.aws_cli import logs_tail

        return logs_tail.run(given)
    if service == "configure":
        raise CommandError(
            "labkit's aws has no configuration: the lab's cloud is the only one it knows.", 253
        )
    return _operation(service, name, given)


def _globals(arguments: list[str]) -> Globals:
    """Take the options that every command has out of a line."""
    found = Globals()
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in _VALUED:
            if not equals:
                value = next(words, "")
                if not value:
                    raise UsageError(f"argument {name}: expected one argument")
            found.given[name] = value
        elif word in _FLAGS:
            found.given[word] = ""
        else:
            found.words.append(word)
    return found


def _operation(service: str, name: str, given: Globals) -> int:
    import botocore.session
    from botocore import xform_name
    from botocore.exceptions import UnknownServiceError

    session = botocore.session.get_session()
    try:
        model = session.get_service_model(_SERVICES.get(service, service))
    except UnknownServiceError:
        raise UsageError(f"argument command: Found invalid choice '{service}'") from None
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    if name == "help":
        print("\n".join(sorted(operations)))
        return 0
    if name == "wait":
        return _wait(model.service_name, operations, model, given)
    if name not in operations:
        import difflib

        near = difflib.get_close_matches(name, operations, 3)
        hint = f", maybe you meant: {', '.join(near)}" if near else ""
        raise UsageError(f"argument operation: Found invalid choice '{name}'{hint}")
    operation = model.operation_model(operations[name])
    if given.words == ["help"]:
        print(_Reader(service, name, operation, raw=given.raw).help())
        return 0
    streams = operation.has_streaming_output
    parameters, paging, rest = _parameters(service, name, operation, given)
    if streams and not rest:
        raise UsageError("the following arguments are required: outfile")
    if len(rest) > int(streams):
        raise UsageError(f"Unknown options: {', '.join(rest[int(streams) :])}")
    client = given.client(model.service_name)
    call = xform_name(operation.name)
    if client.can_paginate(call) and "--no-paginate" not in given.given:
        pages = client.get_paginator(call).paginate(**parameters, PaginationConfig=paging)
        answer = pages.build_full_result()
    else:
        answer = getattr(client, call)(**parameters)
    answer.pop("ResponseMetadata", None)
    if streams:
        with open(rest[0], "wb") as file:  # noqa: PTH123 - as the shell sees it: /dev/stdout, too
            file.write(answer.pop(_payload(operation)).read())
    given.show(answer, operation.name)
    return 0


def _parameters(
    service: str, name: str, operation: Any, given: Globals
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """An operation's parameters, how to page, and the words that belong to no option. Raises `UsageError`."""
    reader = _Reader(service, name, operation, raw=given.raw)
    words = list(given.words)
    while words:
        reader.take(words)
    reader.check()
    return reader.parameters, reader.paging, reader.rest


class _Reader:
    """Reads the options of one operation."""

    def __init__(self, service: str, name: str, operation: Any, *, raw: bool) -> None:
        from botocore import xform_name

        self._shape, self._raw = operation.input_shape, raw
        self._members: dict[str, Any] = dict(self._shape.members) if self._shape is not None else {}
        options = {xform_name(member, "-"): member for member in self._members}
        self._options = {
            "--" + _RENAMED.get((service, name, option), option): member for option, member in options.items()
        }
        # `--zip-file` goes into the Code of a function, the Content of a layer.
        self._zipped = ""
        if service == "lambda" and "--zip-file" not in self._options:
            self._zipped = next((each for each in ("Code", "Content") if each in self._members), "")
        self.parameters: dict[str, Any] = {}
        self.paging: dict[str, Any] = {}
        self.rest: list[str] = []

    def take(self, words: list[str]) -> None:
        """Take one option and its values, or one word that belongs to none, off the front of `words`."""
        word = words.pop(0)
        if not word.startswith("--"):
            self.rest.append(word)
            return
        option, equals, value = word.partition("=")
        positive = "--" + option.removeprefix("--no-")
        member = self._options.get(option) or self._options.get(positive) or ""
        kind = self._members[member].type_name if member else ""
        if kind == "boolean":
            self.parameters[member] = option == positive
            return
        taken = [value] if equals else []
        while words and not equals and not words[0].startswith("--") and (kind == "list" or not taken):
            taken.append(words.pop(0))
        if not taken and kind != "list":
            raise UsageError(f"argument {option}: expected one argument")
        self._store(option, member, taken)

    def help(self) -> str:
        """One line for each option: what kind of value it takes, and whether it must be there."""
        required = self._shape.required_members if self._shape is not None else []
        lines = []
        for option, member in self._options.items():
            shape = self._members[member]
            kind = " | ".join(shape.enum) if getattr(shape, "enum", None) else shape.type_name
            lines.append(f"{option} <{kind}>" if member in required else f"[{option} <{kind}>]")
        return "\n".join(lines)

    def check(self) -> None:
        """Refuse a line without what the operation requires."""
        required = self._shape.required_members if self._shape is not None else []
        missing = [
            option
            for option, member in self._options.items()
            if member in required and member not in self.parameters
        ]
        if missing:
            raise UsageError(f"the following arguments are required: {', '.join(missing)}")

    def _store(self, option: str, member: str, taken: list[str]) -> None:
        if option in _PAGING and (not member or option == "--max-items"):
            self.paging[_PAGING[option]] = taken[0] if option == "--starting-token" else int(taken[0])
        elif option == "--cli-input-json":
            given = values.value_of(self._shape, taken, option, raw=self._raw)
            self.parameters = {**given, **self.parameters}
        elif option == "--zip-file" and not taken[0].startswith("fileb://"):
            raise CommandError("--zip-file must be a zip file with the fileb:// prefix.", 252)
        elif option == "--zip-file" and self._zipped:
            shape = self._members[self._zipped].members["ZipFile"]
            archive = values.value_of(shape, taken, option, raw=True)
            self.parameters.setdefault(self._zipped, {})["ZipFile"] = archive
        elif not member:
            raise UsageError(f"Unknown options: {option}")
        elif self._members[member].serialization.get("streaming"):
            self.parameters[member] = values.file_bytes(taken[0], option)
        else:
            self.parameters[member] = values.value_of(self._members[member], taken, option, raw=self._raw)


def _payload(operation: Any) -> str:
    """The member of an answer that is a stream."""
    name: str = operation.output_shape.serialization["payload"]
    return name


def _wait(service: str, operations: dict[str, str], model: Any, given: Globals) -> int:
    from botocore import xform_name
    from botocore.exceptions import WaiterError

    if not given.words:
        raise UsageError("the following arguments are required: subcommand")
    name, *given.words = given.words
    client = given.client(service)
    known = {each.replace("_", "-"): each for each in client.waiter_names}
    if name not in known:
        raise UsageError(f"argument subcommand: Found invalid choice '{name}', known are: {', '.join(known)}")
    waiter = client.get_waiter(known[name])
    operation = model.operation_model(operations[xform_name(waiter.config.operation, "-")])
    parameters, _, rest = _parameters(service, name, operation, given)
    if rest:
        raise UsageError(f"Unknown options: {', '.join(rest)}")
    try:
        waiter.wait(**parameters)
    except WaiterError as error:
        raise CommandError(str(error)) from error
    return 0
