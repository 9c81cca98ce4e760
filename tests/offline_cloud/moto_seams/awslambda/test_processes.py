"""No process of a function outlives its environment, its cloud, or a cloud that was killed."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from offline_cloud import Cloud

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")

TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
FLEEING = (
    "import os, subprocess, time\n"
    "def lambda_handler(event, context):\n"
    "    subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
    "    child = os.fork()\n"
    "    if child == 0:\n"
    "        os.setsid()\n"
    "        if os.fork() == 0:\n"
    "            time.sleep(1000)\n"
    "        os._exit(0)\n"
    # The list of a process's children has gaps while one of them is ending.
    "    os.waitpid(child, 0)\n"
    "    return 'parent'"
)


def descendants(pid: int) -> list[int]:
    found = [pid]
    for member in found:
        for told in Path(f"/proc/{member}/task").glob("*/children"):
            found += [int(child) for child in told.read_text().split()]
    return found[1:]


def watched(pids: list[int]) -> list[int]:
    """Descriptors that become readable when these processes have ended."""
    return [os.pidfd_open(pid) for pid in pids]


def all_end(descriptors: list[int], seconds: float = 20) -> bool:
    left = set(descriptors)
    while left:
        ended, _, _ = select.select(list(left), [], [], seconds)
        if not ended:
            return False
        left -= set(ended)
    for descriptor in descriptors:
        os.close(descriptor)
    return True


def create(cloud: Cloud, name: str, source: str, **settings: Any) -> Any:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("lambda_function.py", source)
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName=name,
        Role=role["Arn"],
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Code={"ZipFile": buffer.getvalue()},
        **settings,
    )
    return functions


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_nothing_is_left_of_a_cloud(end: str) -> None:
    cloud = Cloud.start(clock="skip", seed=1)
    try:
        functions = create(cloud, "fleeing", FLEEING)
        for _ in range(3):
            assert functions.invoke(FunctionName="fleeing")["Payload"].read() == b'"parent"'
        assert cloud.pid is not None
        pid = cloud.pid
        everybody = descendants(pid)
        assert len(everybody) >= 2
        ends = watched([pid, *everybody])
        if end == "kill":
            os.kill(pid, signal.SIGKILL)
    finally:
        cloud.stop()
    assert all_end(ends)


def test_a_reset_leaves_no_environment() -> None:
    with Cloud.start(clock="skip", seed=1) as cloud:
        functions = create(cloud, "fleeing", FLEEING)
        functions.invoke(FunctionName="fleeing")
        sleeping = [pid for pid in descendants(cloud.pid or 0) if is_sleep(pid)]
        assert len(sleeping) == 1
        ends = watched(sleeping)
        cloud.reset()
        assert all_end(ends)
        assert cloud.environments() == []


def is_sleep(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep\0")


def test_a_client_that_leaves_does_not_leave_the_function_running_for_ever() -> None:
    with Cloud.start(clock="live", seed=1) as cloud:
        functions = create(cloud, "endless", "def lambda_handler(e, c):\n    while True: pass", Timeout=1)
        threads = [
            threading.Thread(target=functions.invoke, kwargs={"FunctionName": "endless"}) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        lives = cloud.environments()
        assert [span["status"] for life in lives for span in life["spans"] if span["kind"] == "invoke"] == [
            "timeout",
            "timeout",
        ]


def test_two_clouds_do_not_disturb_each_other() -> None:
    source = "def lambda_handler(e, c):\n    return c.memory_limit_in_mb"
    with Cloud.start(clock="skip", seed=1) as one, Cloud.start(clock="skip", seed=1) as two:
        first = create(one, "same", source, MemorySize=128)
        second = create(two, "same", source, MemorySize=256)
        assert first.invoke(FunctionName="same")["Payload"].read() == b'"128"'
        assert second.invoke(FunctionName="same")["Payload"].read() == b'"256"'
        one.reset()
        assert second.invoke(FunctionName="same")["Payload"].read() == b'"256"'


def test_the_same_seed_and_calls_give_the_same_ids_and_log() -> None:
    def run() -> list[str]:
        with Cloud.start(clock="skip", seed=11) as cloud:
            functions = create(
                cloud, "f", "def lambda_handler(e, c):\n    return [c.aws_request_id, c.log_stream_name]"
            )
            return [functions.invoke(FunctionName="f")["Payload"].read().decode() for _ in range(3)]

    assert run() == run()
