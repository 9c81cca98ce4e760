"""What the kernel says of processes, compared with what is known to be true of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offline_cloud.function_host import process_memory

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")

TALKS = "import sys\n{}\nprint('ready', flush=True)\nsys.stdin.read()"


def started(work: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", TALKS.format(work)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> None:
    process.communicate()


def test_the_peak_stays_when_memory_is_given_back() -> None:
    process = started("x = b'x' * 100_000_000\ndel x")
    seen = process_memory.status(process.pid)
    now = process_memory.resident(process.pid)
    ended(process)
    assert seen is not None
    assert seen.peak > 100_000_000 > now
    assert seen.threads == 1


def test_what_a_forked_child_shares_counts_once_and_what_it_takes_counts() -> None:
    work = (
        "x = b'x' * 60_000_000\nimport os\n{}\nr, w = os.pipe()\nif os.fork() == 0:\n    {}\n"
        "    os.write(w, b'1')\n    os.read(0, 1)\n    os._exit(0)\nos.read(r, 1)"
    )
    sharing, taking = started(work.format("", "pass")), started(work.format("", "y = b'y' * 60_000_000"))
    sizes = [process_memory.resident(process.pid) for process in (sharing, taking)]
    assert len(process_memory.tree(sharing.pid)) == 2
    for process in (sharing, taking):
        ended(process)
    assert sizes[0] < 100_000_000
    assert sizes[1] > 120_000_000


def test_threads_that_wait_for_each_other_are_counted() -> None:
    process = started(
        "import threading\nlock = threading.Lock()\nlock.acquire()\n"
        "for _ in range(3): threading.Thread(target=lock.acquire, daemon=True).start()"
    )
    status = process_memory.status(process.pid)
    deadline = time.monotonic() + 10
    # A thread that has started has still to come to the lock; the fourth reads its stdin.
    while (waiting := process_memory.waiting_threads(process.pid, 0)[0]) < 3 and time.monotonic() < deadline:
        pass
    ended(process)
    assert status is not None
    assert status.threads == 4
    assert waiting == 3


def test_what_a_thread_started_belongs_to_the_tree() -> None:
    process = started(
        "import subprocess, threading\n"
        "def work():\n    subprocess.Popen(['sleep', '60'])\n    threading.Event().wait()\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "import os\nwhile not any(os.path.getsize(f'/proc/self/task/{t}/children') or"
        " open(f'/proc/self/task/{t}/children').read() for t in os.listdir('/proc/self/task')): pass"
    )
    members = process_memory.tree(process.pid)
    os.kill(members[-1], 9)
    ended(process)
    assert len(members) == 2


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    process = started("")
    ended(process)
    assert process_memory.status(process.pid) is None
    assert process_memory.resident(process.pid) == 0
    assert process_memory.waiting_threads(process.pid, 0) == (0, 0)
    assert process_memory.tree(os.getpid())[0] == os.getpid()
