"""Which environment serves an invocation, and when it goes."""

import json
import threading
from typing import Any

import pytest

from offline_cloud.function_host import HostStopped, Throttled, fleet

WHO = "import os\ndef lambda_handler(e, c):\n    return c.log_stream_name"
SLEEPS = (
    "import time\ndef lambda_handler(event, c):\n    time.sleep(event['seconds'])\n"
    "    return c.log_stream_name"
)


def test_one_environment_after_the_other_is_the_same(functions: Any) -> None:
    function = functions.function(WHO)
    assert len({functions.invoke(function).payload for _ in range(5)}) == 1
    assert len(functions.host.environments()) == 1


def test_invocations_at_once_have_environments_of_their_own(functions: Any) -> None:
    function = functions.function(SLEEPS, timeout=60)
    one = lambda: functions.invoke(function, b'{"seconds": 5}')  # noqa: E731
    results = functions.at_once(one, one, one)
    assert len({result.payload for result in results}) == 3
    # and afterwards the one that was used last is used again
    functions.invoke(function, b'{"seconds": 0}')
    assert len(functions.host.environments()) == 3


def test_another_revision_has_another_environment(functions: Any) -> None:
    old, new = functions.function(WHO), functions.function(WHO)
    first = functions.invoke(old).payload
    functions.host.shutdown_function(old.arn, "$LATEST")
    assert functions.invoke(new).payload != first
    states = [life["state"] for life in functions.host.environments()]
    assert states == ["shutdown", "idle"]


def test_versions_do_not_share(functions: Any) -> None:
    latest, one = functions.function(WHO), functions.function(WHO, version="1")
    streams = {json.loads(functions.invoke(it).payload) for it in (latest, one)}
    assert {stream.split("[")[1].split("]")[0] for stream in streams} == {"$LATEST", "1"}
    functions.host.shutdown_function(one.arn, "1")
    assert sorted(life["state"] for life in functions.host.environments()) == ["idle", "shutdown"]


def test_an_idle_environment_goes_after_ten_minutes_of_cloud_time(functions: Any) -> None:
    function = functions.function(WHO)
    first = functions.invoke(function).payload
    functions.cloud.scheduler.advance(500)
    assert functions.invoke(function).payload == first
    functions.cloud.scheduler.advance(599)
    assert functions.host.environments()[0]["state"] == "idle"
    functions.cloud.scheduler.advance(2)
    assert functions.host.environments()[0]["state"] == "shutdown"
    assert functions.invoke(function).payload != first


def test_waiting_for_that_moves_no_time(functions: Any) -> None:
    before = functions.cloud.clock.now()
    functions.run(WHO)
    functions.cloud.scheduler.settle()
    assert functions.cloud.clock.now() - before < 60


def test_usage_counts_requests_and_gigabyte_seconds(functions: Any) -> None:
    function = functions.function(SLEEPS, name="sleeper", timeout=60, memory_mb=512)
    for _ in range(2):
        functions.invoke(function, b'{"seconds": 10}')
    (used,) = functions.host.usage()
    assert (used.function, used.requests) == ("sleeper", 2)
    assert used.gb_seconds == pytest.approx(10, abs=1)


def test_who_is_refused_is_told_and_remembered(functions: Any) -> None:
    off = functions.function(WHO, name="off")
    functions.host.reserve(off.arn, 0)
    with pytest.raises(Throttled) as caught:
        functions.invoke(off)
    assert caught.value.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    (told,) = functions.host.throttles()
    assert (told["function"], told["version"], told["reason"]) == ("off", "$LATEST", caught.value.reason)
    functions.host.forget_function(off.arn)
    functions.invoke(off)


def test_what_is_kept_idle_is_bounded(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "KEPT", 2)
    one, two, three = (functions.function(WHO, name=name) for name in ("one", "two", "three"))
    for function in (one, two, one, three):
        functions.invoke(function)
    lives = {life["function"]: life["state"] for life in functions.host.environments()}
    assert lives == {"two": "shutdown", "one": "idle", "three": "idle"}


def test_a_runtime_that_is_not_there_is_named(functions: Any) -> None:
    seen = functions.run("", runtime="ruby3.4", name="checker")
    assert seen.function_error == "Unhandled"
    error = json.loads(seen.payload)
    assert error["errorType"] == "Offline.NotAvailable"
    assert "ruby3.4" in error["errorMessage"]
    assert "docs/reference/limits.md" in error["errorMessage"]
    assert seen.log_tail.decode().startswith("START ")


def test_a_function_that_calls_another_lets_time_move(functions: Any) -> None:
    inner = functions.function(SLEEPS, name="inner", timeout=60)
    function = functions.function(
        "import os, time\ndef lambda_handler(e, c):\n    time.sleep(1)\n"
        "    return os.environ['AWS_ACCESS_KEY_ID']",
        name="outer",
    )
    key = json.loads(functions.invoke(function).payload)
    assert functions.host.caller(key) == "function:outer"
    assert functions.host.caller("AKIAIOSFODNN7EXAMPLE") is None
    before = functions.cloud.clock.now()
    functions.invoke(inner, b'{"seconds": 30}', source=key)
    assert 30 <= functions.cloud.clock.now() - before < 60


def test_a_reset_ends_what_runs(functions: Any) -> None:
    function = functions.function("def lambda_handler(e, c):\n    while True: pass", timeout=60)
    started, seen = threading.Event(), []

    def run() -> None:
        started.set()
        try:
            functions.invoke(function)
        except HostStopped as stopped:
            seen.append(stopped)

    thread = threading.Thread(target=run)
    thread.start()
    started.wait(10)
    while not functions.host.environments() or functions.host.environments()[0]["state"] != "busy":
        thread.join(0.01)
        assert thread.is_alive()
    functions.host.reset()
    thread.join(30)
    assert len(seen) == 1
    assert functions.host.usage() == []


def test_nothing_is_left_of_an_environment(functions: Any) -> None:
    function = functions.function(
        "import tempfile\ndef lambda_handler(e, c):\n    open(tempfile.gettempdir() + '/x', 'w').close()"
    )
    functions.invoke(function)
    on_disk = len(list(functions.cloud.workdir.glob("environments/*/tmp/x")))
    assert on_disk == (0 if functions.host._launcher.confines else 1)  # it is in memory, and out of sight
    functions.host.reset()
    assert not list(functions.cloud.workdir.glob("environments/*/tmp"))
    assert functions.host.environments() == []
