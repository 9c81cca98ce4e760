"""Nothing outlives whom it belongs to, nothing piles up, and functions see their own cloud only.

Each for a cloud with a process of its own, and for one from the nursery.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from offline_cloud import Cloud, CloudError
from offline_cloud.isolation import probe
from offline_cloud.nursery import Nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

HANDLER = """\
import os, socket
import boto3

def lambda_handler(event, context):
    if "buckets" in event:
        return [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    if "exit" in event:
        os._exit(event["exit"])
    try:
        socket.create_connection(("127.0.0.1", event["port"]), timeout=5).close()
    except OSError as error:
        return type(error).__name__
    return "connected"
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the clouds of these tests keep their files."""
    folder = tmp_path_factory.mktemp("clouds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module", params=["process", "nursery"])
def start(request: pytest.FixtureRequest, files: Path) -> Iterator[Callable[[], Cloud]]:
    """Start a cloud in one of the two ways."""
    if request.param == "process":
        yield lambda: Cloud.start(clock="skip", seed=1)
        return
    with Nursery.start() as nursery:
        yield lambda: nursery.cloud(seed=1)


def test_stop_ends_the_cloud_with_its_functions_and_files(start: Callable[[], Cloud], files: Path) -> None:
    others = set(files.glob("labkit-cloud-*"))  # of a cloud that was killed there may be some
    strangers = family(os.getpid())
    cloud = start()
    deploy(cloud)
    assert invoke(cloud, {"buckets": True}) == []
    before = family(os.getpid(), strangers)
    assert len(before) >= 3, "the cloud, the template of its functions, the function"
    assert set(files.glob("labkit-cloud-*")) > others
    cloud.stop()
    cloud.stop()
    await_end(before)
    assert set(files.glob("labkit-cloud-*")) == others
    with pytest.raises(CloudError, match="stopped"):
        cloud.health()


@pytest.mark.parametrize("way", ["Cloud.start()", "Nursery.start().cloud()"])
def test_the_owners_death_ends_clouds_functions_and_files(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); import test_leaks as t\n"
        f"cloud = t.{way}; t.deploy(cloud); t.invoke(cloud, {{'buckets': True}})\n"
        "print(*t.family(os.getpid())[1:], flush=True); sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    there = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(there) >= 3
    owner.kill()
    owner.communicate()
    await_end(there)
    assert not list(tmp_path.glob("labkit-cloud-*"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_clouds_own_death_ends_its_functions(start: Callable[[], Cloud], number: int) -> None:
    strangers = family(os.getpid())
    cloud = start()
    deploy(cloud)
    invoke(cloud, {"buckets": True})
    before = family(os.getpid(), strangers)
    assert cloud.pid in before
    os.kill(cloud.pid, number)
    await_end(before)
    cloud.stop()


def test_nothing_piles_up(start: Callable[[], Cloud]) -> None:
    """Environments that come and go leave no process, no thread and no descriptor behind."""
    strangers = family(os.getpid())
    with start() as cloud:
        deploy(cloud)

        def round_of_calls() -> None:
            for _ in range(4):
                assert invoke(cloud, {"exit": 3})["errorType"] == "Runtime.ExitError"
            assert invoke(cloud, {"buckets": True}) == []
            cloud.reset()
            deploy(cloud)

        round_of_calls()
        before = held(cloud.pid, strangers)
        for _ in range(3):
            round_of_calls()
        wait_until(
            lambda: all(now <= then for now, then in zip(held(cloud.pid, strangers), before, strict=True))
        )


@pytest.mark.skipif(not probe().network_ns, reason="this machine gives no network namespaces")
def test_a_function_of_a_graded_cloud_reaches_its_cloud_and_nothing_else() -> None:
    with (
        Nursery.start() as nursery,
        nursery.cloud() as cloud,
        socket.create_server(("127.0.0.1", 0)) as bystander,
    ):
        cloud.client("s3").create_bucket(Bucket="tradewind-notes")
        deploy(cloud)
        assert invoke(cloud, {"buckets": True}) == ["tradewind-notes"]
        assert invoke(cloud, {"port": bystander.getsockname()[1]}) == "ConnectionRefusedError"


def deploy(cloud: Cloud) -> str:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = cloud.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument=policy)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("code.py", HANDLER)
    made = cloud.client("lambda").create_function(
        FunctionName="function",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="code.lambda_handler",
        Timeout=30,
        Code={"ZipFile": archive.getvalue()},
    )
    return str(made["FunctionArn"])


def invoke(cloud: Cloud, event: Any) -> Any:
    reply = cloud.client("lambda").invoke(FunctionName="function", Payload=json.dumps(event))
    return json.load(reply["Payload"])


def held(pid: int | None, strangers: Sequence[int]) -> tuple[int, int, int]:
    """How many processes a cloud has, and how many threads and descriptors its own process has."""
    own, processes = Path(f"/proc/{pid}"), family(os.getpid(), strangers)
    return len(processes), len(list((own / "task").iterdir())), len(list((own / "fd").iterdir()))


def wait_until(holds: Callable[[], bool]) -> None:
    """Look until it holds; what has been asked to end takes a moment."""
    for _ in range(2000):
        if holds():
            return
        os.sched_yield()
        select.select([], [], [], 0.01)
    assert holds()


def family(pid: int, strangers: Sequence[int] = ()) -> list[int]:
    """A process and all its descendants, without those that were there before."""
    found = [pid]
    for member in found:
        for thread in Path(f"/proc/{member}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in thread.read_text().split()]
    return [member for member in found if member not in strangers]


def await_end(pids: list[int]) -> None:
    """Wait until none of these processes runs; one that nobody has reaped yet has ended."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except (ProcessLookupError, AttributeError):
            continue
        ended, _, _ = select.select([descriptor], [], [], 20)
        os.close(descriptor)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"process {pid} is still there")
