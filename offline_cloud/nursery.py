"""Clouds in milliseconds: forked from a process that has everything imported.

    with Nursery.start() as nursery:
        cloud = nursery.cloud(clock="skip", seed=7)

The grader uses it: a cloud for each submission. What comes out is a `Cloud` like any other.

Rule 1: the nursery ends with its owner, and with it every cloud and everything in them.
Rule 2: a cloud of the nursery, and so every function that it runs, has a network of its own where the machine
allows it: nothing there but the cloud. The owner gets in through a socket that it has bound itself, on the
same port inside and outside; so does whoever else hands in a socket.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from offline_cloud.cloud import ACCESS_KEY, Cloud, CloudError
from offline_cloud.forkserver import Child, ForkServer, ForkServerError, channel
from offline_cloud.function_host.launcher import TEMPLATES as FUNCTION_TEMPLATES
from offline_cloud.isolation import enter_own_network, limit_memory, probe

__all__ = ["Nursery"]

_ENTRY = "offline_cloud.nursery"
_STOP_SECONDS = 5.0
_MEMORY_MB = 2048  # of one cloud: whoever fills it must not fill the machine
# The owner of what clouds are forked from waits for theirs to end first.
_ROOT_SECONDS = _STOP_SECONDS + 1.0


class Nursery:
    """A warm process that clouds are forked from. Use as a context manager, or call `close()`."""

    def __init__(self) -> None:
        # All of them are in one user namespace: who joins a cloud's network must be an administrator there.
        self._root = ForkServer([], process_spaces=False, own_users=True, grace_seconds=_ROOT_SECONDS)
        self._clouds = self._root.branch(
            [f"{_ENTRY}:warm"], process_spaces=False, grace_seconds=_STOP_SECONDS
        )
        self._templates = [
            self._root.branch(modules, process_spaces=False, grace_seconds=_STOP_SECONDS)
            for modules in FUNCTION_TEMPLATES
        ]
        self.own_network = probe().network_ns

    @classmethod
    def start(cls) -> Self:
        """Start one; it warms up while the caller goes on, and the first cloud waits for that."""
        return cls()

    def cloud(
        self,
        *,
        clock: str = "skip",
        seed: int | None = None,
        grants: Iterable[str] = (),
        listeners: Sequence[socket.socket] = (),
        concurrency: int | None = None,
        memory_mb: int = _MEMORY_MB,
    ) -> Cloud:
        """A new cloud, ready to answer; the arguments are those of `Cloud.start`.

        `listeners`: sockets that somebody has bound (in another network namespace, say), which the cloud
        serves besides its own; the caller may close them. `memory_mb`: what it may take; a request that needs
        more fails. Raises `CloudError`.
        """
        with contextlib.ExitStack() as held:
            doors = _doors() if self.own_network else []
            port = doors[0].getsockname()[1] if doors else 0
            ready, told = os.pipe()
            lifeline, remote_lifeline = socket.socketpair()
            held.callback(remote_lifeline.close)
            for door in doors:
                held.callback(door.close)
            channels = [channel() for _ in self._templates]
            for end in itertools.chain.from_iterable(channels):
                held.callback(end.close)
            sockets = (*(mine for mine, _ in channels), *doors, *listeners)
            given = [remote_lifeline.fileno(), told, *(one.fileno() for one in sockets)]
            argument = {
                "clock": clock,
                "seed": seed,
                "grants": sorted(grants),
                "port": port,
                "own_network": self.own_network,
                "concurrency": concurrency,
                "memory_mb": memory_mb,
            }
            try:
                child = self._clouds.fork(f"{_ENTRY}:serve", argument, given)
            except (ForkServerError, OSError) as error:
                os.close(ready)
                lifeline.close()
                raise CloudError(f"No cloud could be made: {error}") from error
            os.close(told)
            with os.fdopen(ready, "rb") as answer:
                line = answer.readline()
            if not line:
                _end(child, lifeline)
                raise CloudError(
                    "The offline cloud did not start; its message stands above. "
                    "Next: `labkit doctor` says what is missing on this machine."
                )
            self._give_templates(child, [remote for _, remote in channels])
        return _NurseryCloud(json.loads(line), self, child, lifeline)

    def _give_templates(self, cloud: Child, remotes: Sequence[socket.socket]) -> None:
        """Fork what the cloud's functions will be forked from, in the cloud's network.

        What can't be forked the cloud starts for itself, when it finds the other end of its channel closed.
        """
        with contextlib.ExitStack() as held, contextlib.suppress(ForkServerError, OSError):
            network = None
            if self.own_network:
                network = os.open(f"/proc/{cloud.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
                held.callback(os.close, network)
            for template, remote in zip(self._templates, remotes, strict=True):
                template.branch_on(remote, network=network).close()

    def close(self) -> None:
        """End it and every cloud that came from it."""
        for server in (self._clouds, *self._templates, self._root):
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _NurseryCloud(Cloud):
    """A cloud whose process is the nursery's child, not ours."""

    def __init__(
        self, told: Mapping[str, Any], nursery: Nursery, child: Child, lifeline: socket.socket
    ) -> None:
        super().__init__(told["endpoint"], told["tokens"]["owner"], told["tokens"]["learner"])
        self.pid = child.pid
        self._nursery = nursery  # which would end, if nobody kept it
        end = weakref.finalize(self, _end, child, lifeline)
        self._end = end  # type: ignore[assignment]  # called like the one of a process of our own


def _end(child: Child, lifeline: socket.socket) -> None:
    """Ask the cloud to go by closing its lifeline, and see that it does."""
    lifeline.close()
    if not child.ended(_STOP_SECONDS):
        child.kill()
    child.wait_status()
    child.close()


def _doors() -> list[socket.socket]:
    """Sockets on this side of a cloud's network, on the same port of 127.0.0.1 and of ::1 if there is one."""
    doors = [socket.create_server(("127.0.0.1", 0))]
    with contextlib.suppress(OSError):
        doors.append(socket.create_server(("::1", doors[0].getsockname()[1]), family=socket.AF_INET6))
    return doors


# ------------------------------------------------------------------ in the nursery's process


def warm() -> None:
    """Let a cloud that nobody will see answer a request for each of the services that labs use most.

    Half a second of a first request goes into models and routes that stay (every other service pays for its
    own first request). What the practice cloud knew is forgotten.
    """
    from offline_cloud import server, service_models
    from offline_cloud.moto_seams import dispatch

    service_models.share("sqs", "sns", "events")  # what tasks of state machines call besides the usual
    practice = server.Server(server.Options(mode="skip", seed=0))
    try:
        practice.start()
        at = urlsplit(practice.endpoint)
        connection = http.client.HTTPConnection(at.hostname or "localhost", at.port)
        for _ in _practise(connection):
            pass  # what fails here fails in a cloud, and is seen there
        connection.close()
    finally:
        practice.stop()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(_STOP_SECONDS)  # a process with threads can't be forked from
    dispatch.reset()


def _practise(connection: http.client.HTTPConnection) -> Iterator[tuple[str, int]]:
    """Ask each service for something that changes nothing; the signing name and the status."""
    for service, method, path, body, headers in _requests():
        scope = f"{ACCESS_KEY}/20300101/us-east-1/{service}/aws4_request"
        signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        connection.request(method, path, body, {"Authorization": signature, **headers})
        answer = connection.getresponse()
        answer.read()
        yield service, answer.status


def _requests() -> Iterator[tuple[str, str, str, str, dict[str, str]]]:
    yield "s3", "GET", "/", "", {}
    yield "lambda", "GET", "/2015-03-31/functions/", "", {}
    for service, target, version in (
        ("dynamodb", "DynamoDB_20120810.ListTables", "1.0"),
        ("logs", "Logs_20140328.DescribeLogGroups", "1.1"),
        ("ssm", "AmazonSSM.DescribeParameters", "1.1"),
        ("sqs", "AmazonSQS.ListQueues", "1.0"),
        ("states", "AWSStepFunctions.ListStateMachines", "1.0"),
    ):
        kind = f"application/x-amz-json-{version}"
        yield service, "POST", "/", "{}", {"Content-Type": kind, "X-Amz-Target": target}
    for service, action, version in (
        ("iam", "ListRoles", "2010-05-08"),
        ("sts", "GetCallerIdentity", "2011-06-15"),
    ):
        kind = "application/x-www-form-urlencoded"
        yield service, "POST", "/", f"Action={action}&Version={version}", {"Content-Type": kind}


def serve(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Be a cloud until the lifeline ends. `descriptors`: lifeline, where to say ready, listeners."""
    from offline_cloud import server
    from offline_cloud.engines.concurrency import ACCOUNT_LIMIT

    lifeline, told, *numbers = descriptors
    sockets = [socket.socket(fileno=number) for number in numbers]
    count = len(FUNCTION_TEMPLATES)
    for number, wanted in ((lifeline, 0), (told, 1)):
        os.dup2(number, wanted)
        os.close(number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if argument["own_network"] and not enter_own_network():
        print(
            "the cloud could not have a network of its own, although this machine has them", file=sys.stderr
        )
        sys.exit(1)
    # moto would put large objects into files, which no limit counts.
    os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(2**40)
    limit_memory(argument["memory_mb"])
    server.main(
        server.Options(
            port=argument["port"],
            mode=argument["clock"],
            seed=argument["seed"],
            grants=frozenset(argument["grants"]),
            lifeline=True,
            concurrency=argument["concurrency"] or ACCOUNT_LIMIT,
            function_templates=tuple(sockets[:count]),
            listeners=tuple(sockets[count:]),
        )
    )
