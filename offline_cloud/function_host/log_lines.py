"""The platform's own lines in a function's log, letter for letter as Lambda writes them (text format).

Source: the Lambda developer guide, "Log and report format"; INIT_REPORT and the Status field as they appear
in accounts since 2024. Since 2025-08-01 the billed duration of a cold invocation includes its initialisation.
"""

from __future__ import annotations

import hashlib
import math
import os
from datetime import UTC, datetime


def init_start(runtime: str, region: str) -> str:
    """`INIT_START`, once per start of a runtime process; the version is that of this kit's runtime client."""
    version, arn = runtime_version(runtime, region)
    return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"


def runtime_version(runtime: str, region: str) -> tuple[str, str]:
    """The name and the ARN of a runtime's version."""
    language = "provided" if runtime.startswith("provided") else runtime.rstrip("0123456789.x") or runtime
    version = runtime[len(language) :].removeprefix(".").removesuffix(".x") or runtime
    digest = hashlib.sha256(f"labkit {runtime}".encode()).hexdigest()
    return f"{language}:{version}.v1", f"arn:aws:lambda:{region}::runtime:{digest}"


def init_report(milliseconds: float, phase: str, status: str, error_type: str | None = None) -> str:
    """`INIT_REPORT`, written only when an initialisation failed or took longer than its ten seconds."""
    error = f"\tError Type: {error_type}" if error_type else ""
    return f"INIT_REPORT Init Duration: {milliseconds:.2f} ms\tPhase: {phase}\tStatus: {status}{error}\n"


def restore_start(runtime: str, region: str) -> str:
    """`RESTORE_START`: an environment begins from a snapshot."""
    version, arn = runtime_version(runtime, region)
    return f"RESTORE_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"


def restore_report(milliseconds: float) -> str:
    """`RESTORE_REPORT`: it is there."""
    return f"RESTORE_REPORT Restore Duration: {milliseconds:.2f} ms\n"


def start(request_id: str, version: str) -> str:
    """`START`, the first line of an invocation."""
    return f"START RequestId: {request_id} Version: {version}\n"


def end(request_id: str) -> str:
    """`END`, when the invocation is over."""
    return f"END RequestId: {request_id}\n"


def billed_milliseconds(duration: float, init: float | None) -> int:
    """Whole milliseconds that an invocation is billed, its initialisation included."""
    return max(1, math.ceil(round(duration + (init or 0.0), 3)))


def report(
    request_id: str,
    duration: float,
    memory_mb: int,
    used_mb: int,
    *,
    init: float | None = None,
    restore: float | None = None,
    billed_restore: int | None = None,
    status: str | None = None,
    error_type: str | None = None,
) -> str:
    """`REPORT`: durations in milliseconds; `init` of a cold start only; `status` timeout or error only.

    `restore` and `billed_restore` of a start from a snapshot only.
    """
    line = (
        f"REPORT RequestId: {request_id}\tDuration: {duration:.2f} ms\t"
        f"Billed Duration: {billed_milliseconds(duration, (init or 0.0) + (billed_restore or 0))} ms\t"
        f"Memory Size: {memory_mb} MB\tMax Memory Used: {used_mb} MB\t"
    )
    if init is not None:
        line += f"Init Duration: {init:.2f} ms\t"
    if restore is not None:
        line += f"Restore Duration: {restore:.2f} ms\tBilled Restore Duration: {billed_restore} ms\t"
    if status:
        line += f"Status: {status}" + (f"\tError Type: {error_type}" if error_type else "")
    return line + "\n"


def timed_out(request_id: str, when: float, seconds: float) -> str:
    """The line in the log of an invocation that reached the function's timeout."""
    return f"{timestamp(when)} {request_id} Task timed out after {seconds:.2f} seconds\n\n"


def timed_out_message(request_id: str, seconds: float) -> str:
    """The `errorMessage` that the caller of such an invocation sees."""
    return f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"


def exited(reason: str, request_id: str, error_type: str) -> tuple[str, str]:
    """The `errorMessage` for the caller and the lines in the log of a runtime process that ended."""
    message = f"RequestId: {request_id} Error: {reason}"
    return message, f"{message}\n{error_type}\n"


def not_started(program: str | None, problem: int) -> str:
    """AWS's sentence for a program that can't be started; `problem` is an errno."""
    if program is None:
        return "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    return f"fork/exec {program}: {os.strerror(problem).lower()}"


def exit_reason(wait_status: int) -> str:
    """AWS's sentence for how a process ended, from a status as `os.waitpid` gives it."""
    signal_number = wait_status & 0x7F
    if signal_number:
        return f"Runtime exited with error: signal: {_SIGNALS.get(signal_number, str(signal_number))}"
    code = wait_status >> 8
    return (
        f"Runtime exited with error: exit status {code}"
        if code
        else "Runtime exited without providing a reason"
    )


# Go's names for signals: the service that starts the runtime process is written in it.
_SIGNALS = {
    1: "hangup",
    2: "interrupt",
    3: "quit",
    4: "illegal instruction",
    6: "aborted",
    7: "bus error",
    8: "floating point exception",
    9: "killed",
    11: "segmentation fault",
    13: "broken pipe",
    14: "alarm clock",
    15: "terminated",
}


def timestamp(when: float) -> str:
    """An ISO 8601 time with milliseconds, as in Lambda's own messages; `when` in epoch seconds."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def stream_name(when: float, version: str, environment_id: str) -> str:
    """The log stream of an environment: the day it started, the version and its 32 hex digits."""
    return f"{datetime.fromtimestamp(when, UTC):%Y/%m/%d}/[{version}]{environment_id}"
