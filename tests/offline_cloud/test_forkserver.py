from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_cloud.forkserver import ForkServer, ForkServerError

HERE = str(Path(__file__).parent)


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer(["wave", "forked_functions"], variables={"PYTHONPATH": HERE}) as server:
        yield server


class Pipe:
    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def close_writing(self) -> None:
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close_writing()
    os.close(pipe.reading)


def read_until_closed(descriptor: int, seconds: float = 10) -> bytes:
    told = b""
    while select.select([descriptor], [], [], seconds)[0]:
        part = os.read(descriptor, 1 << 16)
        if not part:
            return told
        told += part
    raise AssertionError(f"somebody still holds the pipe; so far {told[-80:]!r}")


def test_a_child_has_its_argument_its_descriptors_and_nothing_else(
    server: ForkServer, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the owner's")
    child = server.fork("forked_functions:say", {"n": [1, "é"]}, [pipe.writing])
    assert child.wait_status() == 0
    told = json.loads(os.read(pipe.reading, 1 << 16))
    assert told["argument"] == {"n": [1, "é"]}
    assert told["preloaded"]
    assert told["leads_session"]
    assert told["open"] == told["given"]
    assert "AWS_SECRET_ACCESS_KEY" not in told["environment"]
    child.close()


@pytest.mark.parametrize(
    ("argument", "status"),
    [
        ({"exit": 7}, 7 << 8),
        ({"signal": signal.SIGKILL}, signal.SIGKILL),
        ({"signal": signal.SIGTERM}, signal.SIGTERM),
        ({}, 1 << 8),
    ],
)
def test_the_status_is_that_of_waitpid(
    server: ForkServer, argument: dict[str, int], status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    child = server.fork("forked_functions:end", argument)
    assert child.wait_status() == status
    assert child.wait_status() == status
    child.kill()  # of one that has ended: nothing happens
    child.close()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_pids_are_those_that_the_owner_sees(server: ForkServer, pipe: Pipe) -> None:
    child = server.fork("forked_functions:linger", {"stay": True}, [pipe.writing])
    assert os.read(pipe.reading, 2) == b"up"
    assert parent_of(child.pid) == server.pid
    if child.caretaker is not None:
        assert parent_of(child.caretaker) == server.pid
    child.kill()
    child.wait_status()
    child.close()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_a_daemon_ends_with_the_child(server: ForkServer, pipe: Pipe) -> None:
    child = server.fork("forked_functions:linger", {}, [pipe.writing])
    pipe.close_writing()
    child.wait_status()
    assert read_until_closed(pipe.reading) in {b"", b"up"}
    child.close()


def test_kill_ends_the_whole_tree(server: ForkServer, pipe: Pipe) -> None:
    child = server.fork("forked_functions:linger", {"stay": True}, [pipe.writing])
    pipe.close_writing()
    assert os.read(pipe.reading, 2) == b"up"
    assert not child.ended()
    child.kill()
    assert child.wait_status() == signal.SIGKILL
    read_until_closed(pipe.reading)
    child.close()


def test_a_stopped_child_rests_until_it_is_resumed(server: ForkServer, pipe: Pipe) -> None:
    os.set_blocking(pipe.reading, False)
    child = server.fork("forked_functions:count", {}, [pipe.writing])
    assert select.select([pipe.reading], [], [], 10)[0]
    child.stop()
    wait_for_state(child.pid, "T")
    while select.select([pipe.reading], [], [], 0)[0]:
        os.read(pipe.reading, 1 << 16)
    assert not select.select([pipe.reading], [], [], 0.03)[0]
    child.resume()
    assert select.select([pipe.reading], [], [], 10)[0]
    child.kill()
    child.wait_status()
    child.close()


def wait_for_state(pid: int, state: str) -> None:
    if sys.platform != "linux":
        return
    for _ in range(100_000):
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == state:
            return
    raise AssertionError(f"{pid} never came to state {state}")


def test_threads_may_fork_at_once(server: ForkServer) -> None:
    statuses: list[int] = []

    def one(number: int) -> None:
        child = server.fork("forked_functions:end", {"exit": number})
        statuses.append(child.wait_status() >> 8)
        child.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == list(range(12))


def test_close_leaves_nothing(pipe: Pipe) -> None:
    server = ForkServer(["forked_functions"], variables={"PYTHONPATH": HERE})
    children = [server.fork("forked_functions:linger", {"stay": True}, [pipe.writing]) for _ in range(2)]
    pipe.close_writing()
    server.close()
    read_until_closed(pipe.reading)
    for child in children:
        assert child.wait_status() == signal.SIGKILL
        child.close()
    with pytest.raises((ForkServerError, OSError)):
        server.fork("forked_functions:say", {})


@pytest.mark.parametrize("killed", ["owner", "server"])
def test_whoever_dies_no_child_is_left(pipe: Pipe, killed: str) -> None:
    if killed == "server" and sys.platform != "linux":
        pytest.skip("only Linux ends a child with its parent")
    program = (
        "import os, sys, signal; from offline_cloud.forkserver import ForkServer\n"
        f"server = ForkServer(['forked_functions'], variables={{'PYTHONPATH': {HERE!r}}})\n"
        f"child = server.fork('forked_functions:linger', {{'stay': True}}, [{pipe.writing}])\n"
        f"os.close({pipe.writing})\n"
        "sys.stdin.read(1)\n"
        f"os.kill({'os.getpid()' if killed == 'owner' else 'server.pid'}, signal.SIGKILL)\n"
        "print(child.wait_status())\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        pass_fds=[pipe.writing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    pipe.close_writing()
    assert os.read(pipe.reading, 2) == b"up"
    said, _ = owner.communicate(b"!")
    assert said == (b"" if killed == "owner" else b"9\n")
    read_until_closed(pipe.reading)


def test_a_preload_that_fails_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    server = ForkServer(["no_such_module"])
    with pytest.raises(ForkServerError, match="warming up"):
        server.fork("no_such_module:run", {})
    server.close()
    assert "No module named 'no_such_module'" in capfd.readouterr().err
