"""The process of a cloud: its command line, its one line, and how it ends."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offline_cloud import Cloud

COMMAND = [sys.executable, "-m", "offline_cloud"]


class Running:
    """A cloud started by its command line, with its temporary files in a folder of ours."""

    def __init__(self, folder: Path, *options: str, **settings: Any) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *options],
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(folder)},
            **settings,
        )
        assert self.process.stdout is not None
        self.line: dict[str, Any] = json.loads(self.process.stdout.readline())

    def end(self) -> int:
        return self.process.wait(timeout=30)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Running]]:
    everyone: list[Running] = []
    yield everyone
    for running in everyone:
        running.process.kill()
        running.process.wait()
        for pipe in (running.process.stdin, running.process.stdout):
            if pipe is not None:
                pipe.close()


def test_it_says_one_line_when_it_is_ready(started: list[Running], tmp_path: Path) -> None:
    started.append(Running(tmp_path, "--clock", "skip", "--seed", "3"))
    line = started[0].line
    assert set(line) == {"endpoint", "pid", "tokens"}
    assert line["pid"] == started[0].process.pid
    health = Cloud.attach(line["endpoint"], line["tokens"]["owner"]).health()
    assert (health["status"], health["clock"]) == ("ok", "skip")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_its_files(
    started: list[Running], tmp_path: Path, number: signal.Signals
) -> None:
    started.append(Running(tmp_path))
    assert list(tmp_path.iterdir())
    started[0].process.send_signal(number)
    assert started[0].end() == 0
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_its_lifeline_ends_it(started: list[Running], tmp_path: Path) -> None:
    started.append(Running(tmp_path, "--lifeline", stdin=subprocess.PIPE))
    stdin = started[0].process.stdin
    assert stdin is not None
    stdin.write(b"what is said there means nothing\n")
    stdin.flush()
    Cloud.attach(started[0].line["endpoint"], "").health()
    stdin.close()
    assert started[0].end() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux's pidfd")
def test_it_ends_with_its_parent_though_a_fork_of_that_holds_the_lifeline(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from offline_cloud import Cloud
cloud = Cloud.start()
holder = os.fork()
if holder == 0:
    signal.pause()
print(cloud.pid, holder, flush=True)
signal.pause()
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    cloud, holder = map(int, parent.stdout.readline().split())
    watched = os.pidfd_open(cloud)
    try:
        parent.kill()
        parent.wait()
        ended, _, _ = select.select([watched], [], [], 30)
        assert ended, "the cloud has outlived its parent"
    finally:
        os.close(watched)
        os.kill(holder, signal.SIGKILL)
        parent.stdout.close()


def test_without_a_lifeline_standard_input_means_nothing(started: list[Running], tmp_path: Path) -> None:
    started.append(Running(tmp_path, stdin=subprocess.DEVNULL))
    Cloud.attach(started[0].line["endpoint"], "").health()
    assert started[0].process.poll() is None


@pytest.mark.parametrize("options", [["--port", "70000"], ["--clock", "fast"], ["--grant", "everything"]])
def test_options_that_make_no_sense_are_refused(options: list[str]) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert options[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_it_listens_on_loopback_only(started: list[Running], tmp_path: Path) -> None:
    started.append(Running(tmp_path))
    port = int(started[0].line["endpoint"].rpartition(":")[2])
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("needs /proc")
    lines = table.read_text().splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]
