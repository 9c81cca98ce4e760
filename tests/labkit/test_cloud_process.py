"""`labkit cloud` in the foreground: what it prints, and that nothing outlives it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import boto3
import psutil
import pytest

from labkit.cloud_process import _assignment
from offline_cloud import Cloud

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and orphans as POSIX has them")


@pytest.fixture
def start():
    """Start `labkit cloud` with options; every process of it is ended after the test."""
    started = []

    def run(*options, wrapper=()):
        command = [*wrapper, sys.executable, "-m", "labkit", "cloud", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        started.append((process, watchdog))
        return process

    yield run
    for process, watchdog in started:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def ready(process):
    return json.loads(process.stdout.readline())


def caller(told):
    """Who a client is that has nothing but the printed environment."""
    session = boto3.Session(
        aws_access_key_id=told["environment"]["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["environment"]["AWS_SECRET_ACCESS_KEY"],
        region_name=told["environment"]["AWS_DEFAULT_REGION"],
    )
    return session.client("sts", endpoint_url=told["environment"]["AWS_ENDPOINT_URL"]).get_caller_identity()


def family(process):
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


def all_end(processes):
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not alive


def test_json_is_one_line_with_what_a_client_needs(start):
    process = start("--json", "--seed", "3")
    told = ready(process)
    assert set(told) == {"endpoint", "environment"}
    assert told["endpoint"] == told["environment"]["AWS_ENDPOINT_URL"]
    assert told["endpoint"].startswith("http://localhost:")
    assert caller(told)["Account"] == "123456789012"


def test_who_has_started_it_may_move_its_clock(start):
    told = ready(start("--json"))
    cloud = Cloud.attach(told["endpoint"], told["environment"]["LABKIT_CLOUD_TOKEN"])
    before = cloud.clock.now()
    assert cloud.clock.advance(hours=1) - before >= timedelta(hours=1)
    cloud.client("sqs").create_queue(QueueName="orders")
    cloud.reset()
    assert "QueueUrls" not in cloud.client("sqs").list_queues()


def test_people_get_lines_to_paste(start):
    process = start()
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("Then,"):
            break
    assert "Ctrl-C ends it." in lines[0]
    exports = dict(
        shlex.split(line.removeprefix("export "))[0].split("=", 1)
        for line in lines
        if line.startswith("export ")
    )
    assert exports["AWS_ENDPOINT_URL"].startswith("http://localhost:")
    assert caller({"environment": exports})["Account"] == "123456789012"


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_it(start, number):
    process = start("--json")
    ready(process)
    everyone = family(process)
    assert len(everyone) >= 2
    process.send_signal(number)
    assert all_end(everyone)
    if number != signal.SIGKILL:
        assert process.returncode in {0, None} or process.wait() == 0


@POSIX
def test_it_ends_with_its_parent(start):
    """A shell in between is killed; the cloud notices that it has lost its parent."""
    process = start("--json", wrapper=("/bin/sh", "-c", '"$0" "$@"; exit $?'))
    ready(process)
    everyone = family(process)
    assert len(everyone) >= 3
    everyone[0].kill()
    assert all_end(everyone)


def test_a_taken_port_is_a_sentence(start):
    first = start("--json")
    port = ready(first)["endpoint"].rsplit(":", 1)[1]
    command = [sys.executable, "-m", "labkit", "cloud", "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert "try another --port" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_value_with_spaces_can_be_pasted():
    assert shlex.split(_assignment("A", "b c'd")) == ["export", "A=b c'd"]
