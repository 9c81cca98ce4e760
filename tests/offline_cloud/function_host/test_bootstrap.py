"""Our runtime client against AWS's: the same handlers, the same answers, the same log."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from offline_cloud.function_host.function_version import Invocation
from offline_cloud.function_host.runtime_api import Call
from offline_cloud.function_host.session import Event, Happening, Session

pytest.importorskip(
    "awslambdaric", reason="AWS's runtime client has wheels for Linux only: nothing to compare with"
)

DEADLINE = 4_000_000_000.0
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
AWS = ["-m", "awslambdaric"]
HOSTED = [
    "-c",
    "import sys; from offline_cloud.function_host import runtime_transport; "
    "sys.modules['runtime_client'] = runtime_transport; "
    "from awslambdaric.__main__ import main; main(sys.argv)",
]
"""AWS's, as the function host runs it: with our transport in the place of its C module."""
OURS = ["-c", "import sys; from offline_cloud.function_host import bootstrap; bootstrap.run(sys.argv[1])"]


@dataclass
class Spawned:
    """A runtime in a process of its own, without any template."""

    process: subprocess.Popen[bytes]
    exit_descriptor: int

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_status(self) -> int:
        code = self.process.wait()
        return -code if code < 0 else code << 8

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> None: ...

    def resume(self) -> None: ...

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.exit_descriptor)


def session(directory: Path, client: list[str], handler: str, execution: str) -> Session:
    def launch(address: str, descriptors: list[int]) -> Spawned:
        log, _ = descriptors
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{directory}:{Path(__file__).parents[3]}",
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
            "AWS_EXECUTION_ENV": execution,
            "_LAMBDA_TELEMETRY_LOG_FD": str(log),
        }
        process = subprocess.Popen(
            [sys.executable, *client, handler],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[log],
            env=environment,
            cwd=directory,
        )
        return Spawned(process, os.pidfd_open(process.pid))

    return Session(launch)


def outcome(
    directory: Path, client: list[str], source: str, payload: bytes, execution: str
) -> dict[str, object]:
    """What a runtime client makes of a handler: its call, its body, its log without times."""
    (directory / "lambda_function.py").write_text(source)
    runtime = session(directory, client, "lambda_function.lambda_handler", execution)
    try:
        event = runtime.wait(30)
        if event.call is not None and event.call.call is Call.NEXT:
            context = json.dumps({"custom": {"k": "v"}, "client": {"app_title": "t"}, "env": {}})
            runtime.invoke(Invocation("the-id", payload, ARN, context, "Root=1-0-0"), DEADLINE)
            event = runtime.wait(30)
        assert event.call is not None, event
        runtime.accept()
        if event.call.call is Call.INIT_ERROR:
            event_after = wait_for(runtime, Happening.EXIT)
            assert event_after.status == 1 << 8
        runtime.flush_log()
        log = "".join(record.message for record in runtime.take_records()[0])
        return {
            "call": event.call.call,
            "body": json.loads(event.call.body),
            "log": re.sub(r"LAMBDA_WARNING.*\r", "LAMBDA_WARNING", re.sub(r"\d{4}-[\d:T.-]+Z", "TIME", log)),
        }
    finally:
        runtime.close()


def wait_for(runtime: Session, happening: Happening) -> Event:
    while True:
        event = runtime.wait(30)
        assert event.happening is not Happening.TICK
        if event.happening is happening:
            return event


HANDLERS = {
    "a result": "def lambda_handler(event, context):\n    return {'got': event, 'n': 1.5, 'umlaut': 'ü'}",
    "nothing": "def lambda_handler(event, context):\n    pass",
    "decimals": "from decimal import Decimal\ndef lambda_handler(e, c):\n"
    "    return [Decimal('1.5'), Decimal('7')]",
    "an exception": "def helper():\n    raise ValueError('no')\n\ndef lambda_handler(e, c):\n    helper()",
    "a chained exception": "def lambda_handler(e, c):\n    try:\n        1/0\n    except Exception as x:\n"
    "        raise KeyError('k') from x",
    "what is no JSON": "def lambda_handler(e, c):\n    return {1, 2}",
    "a key that is none": "def lambda_handler(e, c):\n    return {(1, 2): 3}",
    "print and logging": "import logging\nlogging.getLogger().setLevel('INFO')\ndef lambda_handler(e, c):\n"
    "    print('printed')\n    logging.info('logged %s', 1)\n    return 1",
    "a missing module": "import no_such_module\ndef lambda_handler(e, c): pass",
    "a missing name in a module": "from json import no_such_name\ndef lambda_handler(e, c): pass",
    "a missing handler": "def other(e, c): pass",
    "a syntax error": "def lambda_handler(e, c)\n    pass",
    "an error at import": "def lambda_handler(e, c): pass\n\n1 / 0",
    "the context": "def lambda_handler(e, c):\n    return [c.aws_request_id, c.function_name,"
    " c.function_version,"
    " c.invoked_function_arn, c.memory_limit_in_mb, c.log_group_name, c.log_stream_name,"
    " c.client_context.custom, c.client_context.client.app_title, c.client_context.client.app_version_code,"
    " c.identity.cognito_identity_id, c.tenant_id, c.get_remaining_time_in_millis() > 0]",
    "the trace": "import os\ndef lambda_handler(e, c):\n    return os.environ['_X_AMZN_TRACE_ID']",
}


@pytest.mark.parametrize("name", HANDLERS)
def test_the_same_answers_and_the_same_log(tmp_path: Path, name: str) -> None:
    payload, execution = b'{"key": [1, null, "\xc3\xbc"]}', "AWS_Lambda_python3.13"
    theirs = outcome(tmp_path, AWS, HANDLERS[name], payload, execution)
    hosted = outcome(tmp_path, HOSTED, HANDLERS[name], payload, execution)
    assert hosted == theirs
    ours = outcome(tmp_path, OURS, HANDLERS[name], payload, execution)
    assert ours == theirs


def test_an_event_that_is_no_json_cannot_arrive_but_would_be_told(tmp_path: Path) -> None:
    source = HANDLERS["nothing"]
    ours = outcome(tmp_path, OURS, source, b"{", "AWS_Lambda_python3.13")
    theirs = outcome(tmp_path, AWS, source, b"{", "AWS_Lambda_python3.13")
    assert ours["body"]["errorType"] == theirs["body"]["errorType"] == "Runtime.UnmarshalError"  # type: ignore[index]


def test_older_runtimes_escape_what_is_not_ascii(tmp_path: Path) -> None:
    source = "def lambda_handler(event, context):\n    return 'ü'"
    for client in (AWS, OURS):
        (tmp_path / "lambda_function.py").write_text(source)
        runtime = session(tmp_path, client, "lambda_function.lambda_handler", "AWS_Lambda_python3.11")
        try:
            assert runtime.wait(30).call is not None
            runtime.invoke(Invocation("id", b"{}", ARN, None, "Root=1-0-0"), DEADLINE)
            event = runtime.wait(30)
            assert event.call is not None
            assert event.call.body == b'"\\u00fc"'
        finally:
            runtime.close()
