"""A function's share of a processor: what it adds, and that everybody's clock agrees on it."""

import itertools
import json
import os
import re
import sys
from typing import Any

import pytest

from offline_cloud.function_host.processor import FREE, WHOLE_MB, Processor, added

BURN = (
    "import time\n"
    "def burn(seconds):\n"
    "    end = time.thread_time() + seconds\n"
    "    while time.thread_time() < end: pass\n"
)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's CPU time")


@pytest.mark.parametrize("memory", [WHOLE_MB, 3008, 10240])
def test_a_whole_processor_adds_nothing(memory: int) -> None:
    assert added(5.0, memory) == 0


@pytest.mark.parametrize("memory", [128, 512, 1024])
def test_large_work_takes_as_long_as_the_share_is_small(memory: int) -> None:
    for cpu in (2 * FREE, 0.5, 60.0):
        assert cpu + added(cpu, memory) == pytest.approx(cpu * WHOLE_MB / memory)


def test_small_work_is_not_slowed_down() -> None:
    assert added(0.0002, 128) == added(FREE, 128) == 0


def test_what_is_added_grows_steadily() -> None:
    steps = [added(milliseconds / 1000, 128) for milliseconds in range(60)]
    assert steps == sorted(steps)
    assert max(after - before for before, after in itertools.pairwise(steps)) < 0.05


@linux_only
def test_what_was_paid_is_not_owed_again() -> None:
    share = Processor(os.getpid(), 128)
    share.begin()
    assert share.owed(0.0) == 0
    sum(range(4_000_000))
    owed = share.owed(1.0)
    assert owed > 0
    share.pay(owed + 1000)
    assert share.owed(1.0) == 0
    share.begin()
    assert share.owed(FREE / 2) == 0


def duration(seen: Any) -> float:
    found = re.search(r"\tDuration: ([\d.]+) ms", seen.log_tail.decode())
    assert found is not None
    return float(found[1]) / 1000


@linux_only
def test_less_memory_takes_longer_and_every_clock_says_so(functions: Any) -> None:
    function = functions.function(
        BURN
        + "def lambda_handler(e, c):\n    before = [time.time(), c.get_remaining_time_in_millis() / -1000]\n"
        "    burn(0.1)\n"
        "    after = [time.time(), c.get_remaining_time_in_millis() / -1000]\n"
        "    return [y - x for x, y in zip(before, after)]",
        memory_mb=256,
        timeout=60,
    )
    seen = functions.invoke(function)
    whole = 0.1 * WHOLE_MB / 256
    assert duration(seen) == pytest.approx(whole, rel=0.15)
    # What its last moments owe passes after its last look at the clock.
    assert all(whole / 2 < inside < duration(seen) for inside in json.loads(seen.payload))
    (life,) = functions.host.environments()
    (span,) = [span for span in life["spans"] if span["kind"] == "invoke"]
    assert span["end"] - span["start"] == pytest.approx(duration(seen), abs=0.001)


@linux_only
def test_it_may_reach_the_timeout(functions: Any) -> None:
    function = functions.function(
        BURN + "def lambda_handler(e, c):\n    burn(0.6 if e else 0)\n    return 1", timeout=3
    )
    slow = functions.invoke(function, b'{"work": true}')  # 8.3 s on 128 MB
    assert json.loads(slow.payload)["errorType"] == "Sandbox.Timedout"
    assert "\tDuration: 3000.00 ms\t" in slow.log_tail.decode()
    assert functions.invoke(function).payload == b"1"


@linux_only
def test_waiting_costs_no_share(functions: Any) -> None:
    function = functions.function(
        BURN + "def lambda_handler(e, c):\n    time.sleep(10)\n    burn(0.05)\n    time.sleep(10)",
        timeout=60,
    )
    assert duration(functions.invoke(function)) == pytest.approx(20 + 0.05 * WHOLE_MB / 128, rel=0.02)


@linux_only
def test_the_work_of_processes_that_it_starts_counts(functions: Any) -> None:
    function = functions.function(
        BURN + "import os\ndef lambda_handler(e, c):\n"
        "    child = os.fork()\n    if child == 0:\n        burn(0.15)\n        os._exit(0)\n"
        "    os.waitpid(child, 0)",
        memory_mb=512,
        timeout=60,
    )
    assert duration(functions.invoke(function)) > 0.15 * WHOLE_MB / 512 * 0.8


@linux_only
def test_sleeping_threads_wake_in_time_beside_a_busy_one(functions: Any) -> None:
    function = functions.function(
        BURN + "import threading\ndef lambda_handler(e, c):\n"
        "    threads = [threading.Thread(target=time.sleep, args=(n / 10,)) for n in range(1, 20)]\n"
        "    [thread.start() for thread in threads]\n    burn(0.1)\n"
        "    [thread.join() for thread in threads]",
        memory_mb=256,
        timeout=60,
    )
    assert duration(functions.invoke(function)) == pytest.approx(1.9, rel=0.2)


@linux_only
def test_an_initialisation_has_a_whole_processor(functions: Any) -> None:
    seen = functions.run(BURN + "burn(0.2)\ndef lambda_handler(e, c): return 1")
    found = re.search(r"\tInit Duration: ([\d.]+) ms", seen.log_tail.decode())
    assert found is not None
    assert 200 <= float(found[1]) < 0.2 * WHOLE_MB / 128 * 1000
    assert duration(seen) < 1
