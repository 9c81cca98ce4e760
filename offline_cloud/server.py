"""The process of one cloud: builds its parts, serves, and takes everything down again.

This is the composition root: whoever wants to know what depends on what reads `Server.__init__`.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import secrets  # noqa: TID251 - tokens and an unset seed are the two things that must not be predictable
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from offline_cloud import scratch
from offline_cloud.billing import Billing
from offline_cloud.clock import Clock
from offline_cloud.control import Control
from offline_cloud.engines.concurrency import ACCOUNT_LIMIT
from offline_cloud.front import Front
from offline_cloud.function_host import FunctionHost
from offline_cloud.http_server import HttpServer
from offline_cloud.ids import Ids
from offline_cloud.journal import Journal
from offline_cloud.ledger import Ledger
from offline_cloud.meter import MachineUsage
from offline_cloud.moto_seams import Seams, dispatch, operations
from offline_cloud.scheduler import Scheduler
from offline_cloud.waiting import ServiceLocks

__all__ = ["CloudContext", "Options", "Server", "StartStateTooLarge", "Tokens", "main"]

ACCOUNT = "123456789012"
REGION = "us-east-1"
START_STATE_LIMIT = 64 * 1024 * 1024
_ENVIRON_SIZE = 4096  # what a request weighs in memory besides its body, roughly


@dataclass(frozen=True)
class Options:
    """How a cloud is started.

    `port` 0 means any free one; `mode` is `live` or `skip`; without a `seed` one is drawn. `grants` is what
    the learner's token may do (`clock`, `reset`). `lifeline`: end when stdin does. `listeners` are sockets
    that somebody else has bound, served besides the cloud's own; `function_templates` are channels to warm
    templates (`function_host.launcher.TEMPLATES`, in that order). `concurrency`: Lambda's limit of an
    account and Region.
    """

    port: int = 0
    mode: str = "live"
    seed: int | None = None
    grants: frozenset[str] = frozenset()
    lifeline: bool = False
    listeners: tuple[socket.socket, ...] = ()
    function_templates: tuple[socket.socket, ...] = ()
    concurrency: int = ACCOUNT_LIMIT


@dataclass(frozen=True)
class Tokens:
    """What the control API asks for: the owner's token opens everything, the learner's what was granted."""

    owner: str
    learner: str


@dataclass
class CloudContext:
    """What seams and engines are given of their cloud."""

    clock: Clock
    scheduler: Scheduler
    journal: Journal
    ids: Ids
    endpoint: str
    workdir: Path
    locks: ServiceLocks
    account: str = ACCOUNT
    region: str = REGION
    function_host: FunctionHost = field(init=False)
    front: Front = field(init=False)
    on_reset: list[Callable[[], None]] = field(default_factory=list)
    """What else forgets everything: the engines of services that were used."""
    event_stories: Callable[[], list[dict[str, Any]]] = list
    """What became of asynchronous events of functions."""
    machine_usages: list[Callable[[], MachineUsage]] = field(default_factory=list)
    """What state machines used, for the bill."""
    ledger: Ledger = field(default_factory=Ledger)
    """What else is billed: stored bytes, things that exist, bytes that were read."""
    before_bill: list[Callable[[], None]] = field(default_factory=list)
    """What must look again before a bill is written: levels that change by themselves."""


class StartStateTooLarge(Exception):
    """More was done before the start state was marked than the cloud remembers."""


class Server:
    """One cloud in this process."""

    def __init__(self, options: Options) -> None:
        self.mode = options.mode
        self.grants = options.grants
        self.tokens = Tokens(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        seed = secrets.randbits(32) if options.seed is None else options.seed
        self._listeners = _listeners(options.port)
        port = self._listeners[0].getsockname()[1]
        # moto believes a URL to be its own only if it says "localhost".
        self.endpoint = f"http://localhost:{port}"
        self.workdir = scratch.folder("labkit-cloud-")

        self.clock = Clock(self.workdir / "clock-offset")
        self.clock.install()
        self.scheduler = Scheduler(self.clock, skip=options.mode == "skip")
        self.journal = Journal(operations.describe)
        self.ids = Ids(seed)
        self.locks = ServiceLocks(self.scheduler)
        self.context = CloudContext(
            self.clock, self.scheduler, self.journal, self.ids, self.endpoint, self.workdir, self.locks
        )
        self.context.ledger = Ledger(self.clock.now())
        self.billing = Billing(self.context)
        self.function_host = FunctionHost(self.context, options.function_templates, options.concurrency)
        self.context.function_host = self.function_host
        self.front = Front(self.context, Seams(self.context), Control(self))
        self.context.front = self.front
        self._start_state = _StartState()
        self.front.on_request = self._start_state.record
        self._http = HttpServer(self.front, [*self._listeners, *options.listeners])
        self._stopping = threading.Lock()
        dispatch.seed(seed)

    def start(self) -> None:
        """Begin to answer."""
        self._http.start()

    def ready(self) -> dict[str, Any]:
        """What a starter needs to know."""
        return {
            "endpoint": self.endpoint,
            "pid": os.getpid(),
            "tokens": {"owner": self.tokens.owner, "learner": self.tokens.learner},
        }

    def mark_start_state(self) -> None:
        """Let a reset come back to what has been done until now; `StartStateTooLarge` if that is too much."""
        self._start_state.mark()
        self.billing.begin()

    def reset(self) -> None:
        """Forget everything but time and journal, then do again what made the start state.

        The same calls with the same seed give the same ids, so what a learner noted of the start state (an
        API's id, a queue's URL) still holds.
        """
        with self.scheduler.activity("reset"), self.locks.everything():
            for forget in self.context.on_reset:
                forget()
            self.function_host.reset()
            self.context.ledger.clear(self.clock.now())
            self.scheduler.clear()
            dispatch.reset()
            self.ids.reset()
            dispatch.seed(self.ids.seed)
            self.journal.mark("Reset", self.clock.now())
            for environ in self._start_state.rewind():
                self.front.answer(environ, record=False)
            self.billing.begin()

    def stop(self) -> None:
        """Take everything down; a second call waits for the first and changes nothing."""
        with self._stopping:
            self._http.close()
            self.function_host.stop()
            self.scheduler.stop()
            scratch.remove(self.workdir)


class _StartState:
    """The requests that built the state in which a lab begins, as they came in."""

    def __init__(self) -> None:
        self._requests: list[tuple[dict[str, Any], bytes]] = []
        self._marked = 0
        self._size = 0

    def record(self, environ: dict[str, Any]) -> None:
        # Requests that only look are done again too: they take ids, and those after them would differ.
        if self._size > START_STATE_LIMIT:
            return
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        self._size += len(body) + _ENVIRON_SIZE
        kept = {key: value for key, value in environ.items() if key != "wsgi.input"}
        self._requests.append((kept, body))
        if self._size > START_STATE_LIMIT:
            del self._requests[self._marked :]

    def mark(self) -> None:
        if self._size > START_STATE_LIMIT:
            raise StartStateTooLarge(
                f"More than {START_STATE_LIMIT // 2**20} MB were sent before the start state was marked."
            )
        self._marked = len(self._requests)

    def rewind(self) -> Iterable[dict[str, Any]]:
        """The requests to do again; what came after the mark is forgotten."""
        del self._requests[self._marked :]
        self._size = sum(len(body) + _ENVIRON_SIZE for _, body in self._requests)
        return [{**environ, "wsgi.input": io.BytesIO(body)} for environ, body in self._requests]


def main(options: Options) -> int:
    """Serve one cloud until a signal or the end of the lifeline; the exit code.

    When it answers, one JSON line with endpoint, pid and tokens goes to stdout.
    """
    # Python looks for cycles after 700 new objects; a history alone has more. Half of StartExecution's time.
    gc.set_threshold(50_000, 20, 50)
    server = Server(options)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.lifeline:
        threading.Thread(target=_watch_lifeline, args=(ended,), name="lifeline", daemon=True).start()
    server.start()
    # A starter that is gone already is noticed by the lifeline; there is nobody to tell.
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(server.ready()), flush=True)
    ended.wait()
    server.stop()
    return 0


def _watch_lifeline(ended: threading.Event) -> None:
    """Wait for the end of stdin, or of the parent, should a fork of it still hold the other end of stdin."""
    watched = select.poll()
    watched.register(lifeline := sys.stdin.fileno(), select.POLLIN)
    parent = -1
    with contextlib.suppress(AttributeError, OSError):  # Linux has it
        watched.register(parent := os.pidfd_open(os.getppid()), select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in watched.poll()}
        if parent in ready or not os.read(lifeline, 4096):
            break
    ended.set()


def _listeners(port: int) -> list[socket.socket]:
    """Sockets on loopback, on the same port of 127.0.0.1 and of ::1 if there is one: localhost means both."""
    first = socket.create_server(("127.0.0.1", port))
    listeners = [first]
    with contextlib.suppress(OSError):
        listeners.append(socket.create_server(("::1", first.getsockname()[1]), family=socket.AF_INET6))
    return listeners
