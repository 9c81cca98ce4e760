"""The extensions of one execution environment: who has registered for what, and who waits for an event.

Version 2020-01-01 of the Extensions API (Lambda developer guide, "Lambda Extensions API"):

    POST /extension/register          200, with an identifier for the calls that follow
    GET  /extension/event/next        answered with the next INVOKE or SHUTDOWN that it registered for
    POST /extension/init/error        202; the environment fails
    POST /extension/exit/error        202; the environment fails

An external one is a program of a layer and registers under the name of its file. Any other name is that of an
internal one, in the runtime's process: it hears of invocations and not of the end.

Rule 1: sans-IO: calls in, answers out. Connections are named by whatever the owner names them with.
Rule 2: an extension that waits for its next event is done with the last one. An environment is ready, and an
invocation over, only when every extension waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from offline_cloud.function_host import log_lines, runtime_api
from offline_cloud.function_host.function_version import FunctionVersion, Invocation
from offline_cloud.function_host.platform_log import ExtensionState
from offline_cloud.function_host.runtime_api import Call, RuntimeCall
from offline_cloud.function_host.telemetry_api import TelemetryApi

INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
MOST = 10
"""Extensions that a function may have."""
SHUTDOWN_SECONDS = 2.0
"""What AWS gives runtime and extensions together to end, when there are external extensions."""
_NAMES = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")

Connection = TypeVar("Connection")


@dataclass
class _Extension(Generic[Connection]):
    name: str
    identifier: str
    external: bool = True
    events: tuple[str, ...] | None = None
    waiting: Connection | None = None

    @property
    def state(self) -> str:
        """AWS's word for how far it has come."""
        if self.events is None:
            return "Started"
        return "Registered" if self.waiting is None else "Ready"


class Extensions(Generic[Connection]):
    """The extensions that were started, by the names of their files."""

    def __init__(
        self,
        names: Iterable[str],
        function: FunctionVersion,
        environment: str,
        telemetry: TelemetryApi | None = None,
    ) -> None:
        self._function = function
        self._environment = environment
        self._telemetry = telemetry
        self._open = True
        self._by_name: dict[str, _Extension[Connection]] = {name: self._new(name, True) for name in names}
        self.failure: tuple[str, str] | None = None
        """Error type and message, when an extension has said that it failed, or has ended."""

    def __bool__(self) -> bool:
        return bool(self._by_name)

    @property
    def all_wait(self) -> bool:
        """Whether every extension has asked for its next event."""
        return all(extension.waiting is not None for extension in self._by_name.values())

    @property
    def waiting_inside(self) -> int:
        """How many internal extensions, so threads of the runtime's process, wait for their next event."""
        return sum(not item.external and item.waiting is not None for item in self._by_name.values())

    def close(self) -> None:
        """The environment is initialised: nobody registers or subscribes any more."""
        self._open = False
        if self._telemetry is not None:
            self._telemetry.close()

    def take(self, connection: Connection, call: RuntimeCall) -> bytes | None:
        """The answer to an extension's call; None when it comes later, with the next event."""
        if call.call is Call.EXTENSION_REGISTER:
            return self._register(call)
        extension = self._of(call.identifier)
        if extension is None:
            return _unknown(call.identifier)
        if call.call in (Call.TELEMETRY, Call.LOGS):
            return self._subscribe(extension, call)
        if call.call is Call.EXTENSION_NEXT:
            extension.waiting = connection
            return None
        phase = "init" if call.call is Call.EXTENSION_INIT_ERROR else "exit"
        self.failure = (call.error_type or f"Extension.{phase.title()}Error", f"extension {extension.name}")
        return runtime_api.ACCEPTED

    def dropped(self, connection: Connection) -> None:
        """A connection was closed: nobody waits on it any more."""
        for extension in self._by_name.values():
            if extension.waiting is connection:
                extension.waiting = None

    def ended(self, name: str, status: int, not_started: int | None = None) -> None:
        """An extension's process has ended, with a status as `os.waitpid` gives it.

        `not_started`: the errno, if its program could not even be started.
        """
        if self.failure is None and not_started is not None:
            self.failure = (
                "Extension.LaunchError",
                log_lines.not_started(f"/opt/extensions/{name}", not_started),
            )
        elif self.failure is None:
            code = status >> 8 if not status & 0x7F else status & 0x7F
            self.failure = ("Extension.Crash", f"exit code {code}")
        self._by_name[name].waiting = None

    def invoke(self, invocation: Invocation, deadline: float) -> Iterator[tuple[Connection, bytes]]:
        """Tell those that registered for INVOKE."""
        event = {
            "eventType": INVOKE,
            "deadlineMs": int(deadline * 1000),
            "requestId": invocation.request_id,
            "invokedFunctionArn": invocation.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
        }
        return self._tell(event)

    def shut_down(self, reason: str, deadline: float) -> Iterator[tuple[Connection, bytes]]:
        """Tell those that registered for SHUTDOWN; `reason` is `spindown`, `timeout` or `failure`."""
        event = {"eventType": SHUTDOWN, "shutdownReason": reason, "deadlineMs": int(deadline * 1000)}
        return self._tell(event)

    def told_of_shutdown(self) -> list[str]:
        """The names of those that registered for SHUTDOWN."""
        return [item.name for item in self._by_name.values() if SHUTDOWN in (item.events or ())]

    def states(self) -> list[ExtensionState]:
        """What the platform says of each extension when the initialisation is over."""
        return [
            ExtensionState(item.name, item.state, tuple(item.events or ())) for item in self._by_name.values()
        ]

    def _tell(self, event: dict[str, Any]) -> Iterator[tuple[Connection, bytes]]:
        body = json.dumps(event).encode()
        for extension in self._by_name.values():
            if extension.waiting is not None and event["eventType"] in (extension.events or ()):
                connection, extension.waiting = extension.waiting, None
                yield connection, _answer(body, **{"Lambda-Extension-Event-Identifier": extension.identifier})

    def _register(self, call: RuntimeCall) -> bytes:
        name = call.extension
        extension = self._by_name.get(name) or self._new(name, False)
        try:
            events = json.loads(call.body or b"{}").get("events") or []
        except (ValueError, AttributeError) as error:
            return runtime_api.refusal(403, "InvalidRequestFormat", str(error))
        allowed = (INVOKE, SHUTDOWN) if extension.external else (INVOKE,)
        problem: tuple[str, str] | None = None
        if not name:
            problem = ("InvalidExtensionName", "Empty extension name")
        elif not self._open:
            problem = ("RegistrationClosed", "Extension registration closed already")
        elif name not in self._by_name and len(self._by_name) >= MOST:
            problem = ("TooManyExtensions", f"There are {MOST} extensions already")
        elif extension.events is not None:
            problem = ("InvalidExtensionState", f"{name} is registered already")
        elif not isinstance(events, list) or set(map(str, events)) - set(allowed):
            problem = ("InvalidEventType", f"{name} can register for {' and '.join(allowed)}")
        if problem is not None:
            return runtime_api.refusal(403, f"Extension.{problem[0]}", problem[1])
        extension.events = tuple(events)
        self._by_name[name] = extension
        body = {
            "functionName": self._function.name,
            "functionVersion": self._function.version,
            "handler": self._function.handler,
        }
        if "accountId" in call.features:
            body["accountId"] = self._function.account
        return _answer(json.dumps(body).encode(), **{"Lambda-Extension-Identifier": extension.identifier})

    def _subscribe(self, extension: _Extension[Connection], call: RuntimeCall) -> bytes:
        if call.call is Call.TELEMETRY and self._telemetry is not None:
            return self._telemetry.subscribe(extension.name, call.body)
        api = "Telemetry" if call.call is Call.TELEMETRY else "Logs"
        # What AWS's own emulator says; its libraries go on after that.
        return runtime_api.refusal(202, f"{api}.NotSupported", f"{api} API is not supported")

    def _new(self, name: str, external: bool) -> _Extension[Connection]:
        return _Extension(name, str(uuid5(_NAMES, f"{self._environment} {name}")), external)

    def _of(self, identifier: str) -> _Extension[Connection] | None:
        return next((item for item in self._by_name.values() if item.identifier == identifier), None)


def _unknown(identifier: str) -> bytes:
    if not identifier:
        return runtime_api.refusal(
            403, "Extension.MissingHeader", "Missing Lambda-Extension-Identifier header"
        )
    return runtime_api.refusal(403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")


def _answer(body: bytes, **headers: str) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
