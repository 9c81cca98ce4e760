"""A runtime client of ours, for machines on which awslambdaric does not install (it has wheels for Linux
only).

Over the same transport it gives the same error shapes, error types, stack traces and log lines; a
differential test holds the two against each other. Left out: the JSON log format and SnapStart.
The file has awslambdaric's name for a reason: frames of a `bootstrap.py` are dropped from stack traces.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from offline_cloud.function_host import runtime_transport

_current_request_id = ""


class Fault(Exception):
    """An error of the runtime itself, not of the handler."""

    def __init__(self, error_type: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type, self.message, self.trace = error_type, message, trace


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers: Mapping[str, Any]) -> None:
        variables = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = variables.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = variables.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = variables.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = variables.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = variables.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.tenant_id = None
        self.client_context = _client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, never below zero."""
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log as it is."""
        sys.stdout.write(str(message))


def run(handler: str) -> None:
    """Load the handler and serve invocations until the process is ended. Exits with status 1 if it cannot
    load.
    """
    global _current_request_id
    _set_up_logging()
    try:
        function = _load(handler)
    except Fault as fault:
        error = _error(fault.message, fault.error_type, fault.trace, "")
    except Exception:
        error = _error_of(sys.exc_info(), "")
    else:
        while True:
            payload, headers = runtime_transport.next()
            _current_request_id = request_id = str(headers["Lambda-Runtime-Aws-Request-Id"])
            os.environ["_X_AMZN_TRACE_ID"] = str(headers.get("Lambda-Runtime-Trace-Id") or "")
            outcome, body = _invoke(function, headers, payload, request_id)
            if outcome == "response":
                runtime_transport.post_invocation_result(request_id, body, "application/json")
            else:
                runtime_transport.post_error(request_id, body.decode(), "")
    logging.warning(
        "LAMBDA_WARNING: Unhandled exception. The function's module could not be loaded: "
        "most likely the cause is in the function code.\r"
    )
    _log_error(error)
    runtime_transport.post_init_error(_encode(error), error["errorType"])
    sys.exit(1)


def _load(handler: str) -> Any:
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {error}") from error
    if module_name.split(".", maxsplit=1)[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, trace) from error
    try:
        return getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from error


def _invoke(function: Any, headers: Mapping[str, Any], payload: str, request_id: str) -> tuple[str, bytes]:
    try:
        context = Context(headers)
        try:
            event = json.loads(payload)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
        response = function(event, context)
        if isinstance(response, bytes):
            return "response", response
        try:
            return "response", _encode(response)
        except Exception as error:
            raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    except Fault as fault:
        error_result = _error(fault.message, fault.error_type, fault.trace, request_id)
    except Exception:
        error_result = _error_of(sys.exc_info(), request_id)
    _log_error(error_result)
    return "error", _encode(error_result)


def _client_context(header: str | None) -> Any:
    if not header:
        return None
    try:
        given = json.loads(header)
    except ValueError as error:
        message = f"Unable to parse Client Context JSON: {error}"
        raise Fault("Runtime.LambdaContextUnmarshalError", message) from error
    client = given.get("client")
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    if client is not None:
        client = SimpleNamespace(**{name: client.get(name) for name in names})
    return SimpleNamespace(custom=given.get("custom"), env=given.get("env"), client=client)


def _error(message: str, error_type: str, trace: list[str] | None, request_id: str) -> dict[str, Any]:
    return {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": trace or [],
    }


def _error_of(information: Any, request_id: str) -> dict[str, Any]:
    kind, value, trace = information
    frames = traceback.extract_tb(trace)
    first = next((at for at, frame in enumerate(frames) if "/bootstrap.py" not in frame.filename), 0)
    shown = [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames[first:]]
    return _error(str(value), kind.__name__, traceback.format_list(shown), request_id)


def _encode(value: Any) -> bytes:
    return json.dumps(value, default=_number, ensure_ascii=_ascii()).encode()


def _ascii() -> bool:
    return os.environ.get("AWS_EXECUTION_ENV", "")[-4:] in {"3.10", "3.11"}


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.is_finite() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = _current_request_id
        _write_frame(self.format(record))


def _set_up_logging() -> None:
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    handler.setFormatter(
        logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
            "%Y-%m-%dT%H:%M:%S",
        )
    )
    logging.getLogger().addHandler(handler)
    sys.stdout = _Unbuffered(sys.stdout)
    sys.stderr = _Unbuffered(sys.stderr)


class _Unbuffered:
    """A stream that is written at once: what a handler printed must be there when its answer is."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        written: int = self._stream.write(text)
        self._stream.flush()
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _log_error(error: dict[str, Any]) -> None:
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
    for element in error["stackTrace"]:
        for line in element.splitlines():
            bare = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(bare)) + bare)
    _write_frame("\n".join(lines))


def _write_frame(message: str) -> None:
    data = message.encode()
    micros = time.time_ns() // 1000
    frame = b"\xa5\x5a\x00\x03" + len(data).to_bytes(4, "big") + micros.to_bytes(8, "big") + data
    os.write(int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"]), frame)
