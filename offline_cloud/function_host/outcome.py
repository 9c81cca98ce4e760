"""How an invocation or an initialisation ended, and the payloads for ends that no runtime reports itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from offline_cloud.function_host import log_lines
from offline_cloud.function_host.extensions import Extensions
from offline_cloud.function_host.function_version import Status
from offline_cloud.function_host.runtime_api import RESPONSE_LIMIT, RuntimeCall

__all__ = ["Outcome", "error_payload", "error_type_of", "extension_failed", "reported", "too_large"]

TAIL = 4096


@dataclass
class Outcome:
    """How an invocation ended: durations in milliseconds of cloud time, memory in bytes.

    `restore` is how long its environment took to come out of a snapshot; a part of that is billed.
    `in_init`: it ended before the handler could run.
    """

    status: Status
    payload: bytes
    duration: float = 0.0
    init: float | None = None
    restore: float | None = None
    billed_restore: int | None = None
    error_type: str | None = None
    in_init: bool = False
    log: list[str] = field(default_factory=list)

    @property
    def billed(self) -> int:
        """Milliseconds that it is billed."""
        return log_lines.billed_milliseconds(self.duration, (self.init or 0.0) + (self.billed_restore or 0))

    @property
    def tail(self) -> bytes:
        """The last 4 KB of its log, an event a line."""
        lines = (message if message.endswith("\n") else f"{message}\n" for message in self.log)
        return "".join(lines).encode("utf-8", "replace")[-TAIL:]


def reported(status: Status) -> str:
    """The platform's word for how it ended."""
    match status:
        case Status.OK:
            return "success"
        case Status.TIMEOUT:
            return "timeout"
        case _:
            return "error"


def error_type_of(call: RuntimeCall) -> str | None:
    """The error type of a report: from the header, else from the body."""
    if call.error_type:
        return call.error_type
    try:
        body: Any = json.loads(call.body)
    except ValueError:
        return None
    found = body.get("errorType") if isinstance(body, dict) else None
    return found if isinstance(found, str) else None


def extension_failed(extensions: Extensions[Any]) -> Outcome:
    """The outcome when an extension has ended, or has said that it failed; the payload is the reason."""
    error_type, message = extensions.failure or ("Extension.Crash", "")
    return Outcome(Status.ERROR, message.encode(), error_type=error_type)


def error_payload(error_type: str, message: str) -> bytes:
    """The platform's own errors as the caller sees them."""
    return json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":")).encode()


def too_large() -> Outcome:
    """The outcome of a response beyond the limit."""
    message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
    body = json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}).encode()
    return Outcome(Status.ERROR, body, error_type="Function.ResponseSizeTooLarge")
