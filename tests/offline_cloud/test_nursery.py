from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from offline_cloud import Cloud, CloudError
from offline_cloud.isolation import probe
from offline_cloud.nursery import Nursery, _practise

HANDLER = """\
import os, socket
import boto3

def lambda_handler(event, context):
    if "buckets" in event:
        return [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    try:
        socket.create_connection(("127.0.0.1", event["port"]), timeout=5).close()
    except OSError as error:
        return type(error).__name__
    return "connected"
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery.start() as nursery:
        yield nursery


def deploy(cloud: Cloud, source: str) -> str:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = cloud.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument=policy)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("code.py", source)
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


def test_the_same_seed_gives_the_same_ids_and_no_cloud_knows_another(nursery: Nursery) -> None:
    told = []
    for seed in (7, 7, 8):
        with nursery.cloud(seed=seed) as cloud:
            assert cloud.client("s3").list_buckets()["Buckets"] == []
            cloud.client("s3").create_bucket(Bucket="tradewind-notes")
            role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
            told.append(role["Role"]["RoleId"])
    assert told[0] == told[1] != told[2]


def test_the_clock_skips_and_the_learner_may_do_what_was_granted(nursery: Nursery) -> None:
    with nursery.cloud(clock="skip", grants=("clock",)) as cloud:
        assert cloud.health()["clock"] == "skip"
        learner = Cloud.attach(cloud.endpoint, cloud.learner_token)
        before = learner.clock.now()
        assert (learner.clock.advance(hours=1) - before).total_seconds() >= 3600
        with pytest.raises(CloudError):
            learner.reset()


@pytest.mark.skipif(not probe().network_ns, reason="this machine gives no network namespaces")
def test_a_function_reaches_its_cloud_and_nothing_else(nursery: Nursery) -> None:
    with nursery.cloud() as cloud, socket.create_server(("127.0.0.1", 0)) as bystander:
        cloud.client("s3").create_bucket(Bucket="tradewind-notes")
        deploy(cloud, HANDLER)
        assert invoke(cloud, {"buckets": True}) == ["tradewind-notes"]
        assert invoke(cloud, {"port": bystander.getsockname()[1]}) == "ConnectionRefusedError"


def test_what_warms_the_nursery_is_answered_by_each_service(nursery: Nursery) -> None:
    with nursery.cloud() as cloud:
        at = urlsplit(cloud.endpoint)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
        answers = dict(_practise(connection))
        connection.close()
    assert len(answers) >= 8
    assert set(answers.values()) == {200}, answers


def test_it_serves_a_socket_that_was_handed_in(nursery: Nursery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, nursery.cloud(listeners=[door]) as cloud:
        port = door.getsockname()[1]
        assert urlsplit(cloud.endpoint).port != port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/_cloud/health")
        assert json.loads(connection.getresponse().read())["status"]
        connection.close()


def test_stop_ends_the_cloud_with_its_functions(nursery: Nursery) -> None:
    cloud = nursery.cloud()
    deploy(cloud, "import os\n\ndef lambda_handler(event, context):\n    return os.getpid()\n")
    assert isinstance(invoke(cloud, {}), int)
    before = family(cloud.pid)
    assert len(before) > 1 or sys.platform != "linux"
    cloud.stop()
    cloud.stop()
    await_end(before)
    with pytest.raises(CloudError, match="stopped"):
        cloud.health()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_owners_death_ends_clouds_and_functions() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_nursery as t\n"
        "nursery = t.Nursery.start(); cloud = nursery.cloud(); t.deploy(cloud, t.HANDLER)\n"
        "t.invoke(cloud, {'buckets': 1})\n"
        "print(*t.family(nursery._server.pid), flush=True); sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    there = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(there) >= 4  # nursery, cloud, template of the functions, function
    owner.kill()
    owner.communicate()
    await_end(there)


def family(pid: int | None) -> list[int]:
    """A process and all its descendants."""
    found = [pid or 0]
    for member in found:
        for thread in Path(f"/proc/{member}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in thread.read_text().split()]
    return found


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
