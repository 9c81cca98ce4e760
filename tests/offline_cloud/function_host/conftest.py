"""A function host on a real clock, a real scheduler and real processes, without the API in front of it."""

from __future__ import annotations

import io
import random
import sys
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from offline_cloud.clock import Clock
from offline_cloud.function_host.function_version import FunctionVersion, InvokeResult
from offline_cloud.function_host.host import FunctionHost
from offline_cloud.ledger import Ledger
from offline_cloud.scheduler import Scheduler

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@pytest.fixture(scope="session")
def python_in_tmp() -> list[str]:
    """What every environment has in its /tmp: the way to this Python, if it is installed below /tmp."""
    places = [Path(sys.prefix), Path(sys.base_prefix)]
    return sorted({place.parts[2] for place in places if place.is_relative_to("/tmp")})


class SeededIds:
    """Ids of a cloud, from a seed."""

    def __init__(self) -> None:
        self.random = random.Random(7)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"


@dataclass
class Cloud:
    """The part of a cloud that a function host needs."""

    workdir: Path
    clock: Clock
    scheduler: Scheduler
    ids: SeededIds = field(default_factory=SeededIds)
    endpoint: str = "http://localhost:9"
    account: str = "123456789012"
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.clock.now())


@dataclass
class Functions:
    """Functions made from sources, invoked on the host; `log` is everything that was written."""

    host: FunctionHost
    cloud: Cloud
    log: list[tuple[str, str, int, str]] = field(default_factory=list)
    _revision: int = 0

    def function(self, source: str, name: str = "f", **settings: Any) -> FunctionVersion:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("lambda_function.py", source)
            for path, text in settings.pop("files", {}).items():
                archive.writestr(path, text)
        self._revision += 1
        given = {"version": "$LATEST", "handler": "lambda_function.lambda_handler", **settings}
        return FunctionVersion(
            name=name,
            arn=ARN + name,
            revision=str(self._revision),
            runtime=given.pop("runtime", "python3.13"),
            package=self.host.packages.package(buffer.getvalue()),
            **given,
        )

    def invoke(self, function: FunctionVersion, payload: bytes = b"{}", **how: Any) -> InvokeResult:
        return self.host.invoke(
            function, payload, request_id=self.cloud.ids.uuid(), **{"log_type": "Tail", **how}
        )

    def run(self, source: str, payload: bytes = b"{}", **settings: Any) -> InvokeResult:
        return self.invoke(self.function(source, **settings), payload)

    def at_once(self, *calls: Callable[[], InvokeResult]) -> list[InvokeResult]:
        """Run several at the same time; the results in the order of the calls."""
        results: dict[int, InvokeResult] = {}

        def one(at: int, call: Callable[[], InvokeResult]) -> None:
            results[at] = call()

        def begun() -> int:
            everyone = list(self.host.fleet.environments.values())
            return sum(environment._sleeps._activity is not None for environment in everyone)

        # Quiet would move time before the last has started: hold the cloud until each holds it, too.
        with self.cloud.scheduler.activity("all start"):
            threads = [threading.Thread(target=one, args=(at, call)) for at, call in enumerate(calls)]
            for thread in threads:
                thread.start()
            deadline = time.monotonic() + 10
            while begun() < len(calls) and not results and time.monotonic() < deadline:
                pass
        for thread in threads:
            thread.join(60)
        return [results[at] for at in range(len(calls))]


@pytest.fixture(scope="session")
def one_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """One host for all tests, because its template takes a moment to warm up."""
    directory = tmp_path_factory.mktemp("cloud")
    clock = Clock(directory / "offset")
    scheduler = Scheduler(clock, skip=True)
    cloud = Cloud(directory, clock, scheduler)
    host = FunctionHost(cloud)  # type: ignore[arg-type]
    made = Functions(host, cloud)
    host.log_sink = lambda function, stream, events: made.log.extend(
        (function.group, stream, when, message) for when, message in events
    )
    yield made
    host.stop()
    scheduler.stop()


@pytest.fixture
def functions(one_host: Functions) -> Iterator[Functions]:
    """An empty host."""
    yield one_host
    one_host.host.reset()
    one_host.cloud.scheduler.clear()
    one_host.log.clear()
