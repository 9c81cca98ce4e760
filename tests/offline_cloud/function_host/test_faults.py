"""Functions that misbehave: each ends as on AWS, in bounded time, and sees nothing of this machine."""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from offline_cloud import kernel

HANDLER = "def lambda_handler(event, context):\n    "


def error(seen: Any) -> tuple[str, str]:
    """Error type and message, without the request id."""
    said = json.loads(seen.payload)
    assert seen.function_error == "Unhandled"
    return said["errorType"], said["errorMessage"].rpartition("Error: ")[2]


@pytest.fixture
def confined(functions: Any) -> Any:
    if not functions.host._launcher.confines:
        pytest.skip("this system gives nobody a file system of his own")
    return functions


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def started() -> int:
    """How many processes this one and its descendants have started and not lost."""
    found = [os.getpid()]
    for pid in found:
        for told in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                found += [int(child) for child in told.read_text().split()]
    return len(found)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"import os\n{HANDLER}os.kill(os.getpid(), 15)", "signal: terminated"),
        (f"import os\n{HANDLER}os.killpg(0, 9)", "signal: killed"),
        (f"import os\n{HANDLER}os.abort()", "signal: aborted"),
        (f"import signal\n{HANDLER}signal.setitimer(signal.ITIMER_REAL, 0.01)\n    while True: pass",
         "signal: alarm clock"),
        (f"{HANDLER}raise KeyboardInterrupt", "exit status 1"),
        (f"{HANDLER}raise BaseException('below Exception')", "exit status 1"),
        (f"import os\n{HANDLER}os.closerange(0, 100)", "exit status 1"),
        (f"import os\nos._exit(2)\n{HANDLER}pass", "exit status 2"),
        (f"import os\nos.kill(os.getpid(), 9)\n{HANDLER}pass", "signal: killed"),
        (f"import ctypes\nctypes.string_at(0)\n{HANDLER}pass", "signal: segmentation fault"),
    ],
)  # fmt: skip
def test_ends_by_its_own_hand(functions: Any, source: str, reason: str) -> None:
    function = functions.function(source)
    for _ in range(2):  # the environment goes on, and so does the fault
        seen = functions.invoke(function)
        assert error(seen) == ("Runtime.ExitError", f"Runtime exited with error: {reason}")
        assert seen.log_tail.decode().endswith("\tStatus: error\tError Type: Runtime.ExitError\n")


@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        (f"{HANDLER}return lambda_handler(event, context)", "RecursionError"),
        (f"{HANDLER}x = []\n    for _ in range(100_000): x = [x]\n    return x", "Runtime.MarshalError"),
        (f"kept = []\n{HANDLER}while True: kept.append(open('/dev/null'))", "OSError"),
        (f"import os\n{HANDLER}os.kill(1, 9)", "PermissionError"),
        (f"{HANDLER}open('/var/task/x', 'w')", "OSError"),
        (f"import os\n{HANDLER}os.mkdir('/new')", "OSError"),
        (f"import os\n{HANDLER}os.chroot('/tmp')", "PermissionError"),
    ],
)
def test_an_error_that_it_can_see_is_its_own(confined: Any, source: str, error_type: str) -> None:
    function = confined.function(source, memory_mb=512)
    assert [error(confined.invoke(function))[0] for _ in range(2)] == [error_type] * 2


@pytest.mark.parametrize(
    "source",
    [
        f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{HANDLER}while True: pass",
        f"import os\n{HANDLER}os.write(33, b'x' * 16)\n    while True: pass",
        f"import threading\n{HANDLER}threading.Event().wait()",
        f"import os, signal\n{HANDLER}os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_never_returns(functions: Any, source: str) -> None:
    function = functions.function(source, timeout=1)
    began = time.perf_counter()
    assert error(functions.invoke(function)) == ("Sandbox.Timedout", "Task timed out after 1.00 seconds")
    assert time.perf_counter() - began < 20


def test_prints_what_is_no_text(functions: Any) -> None:
    seen = functions.run(
        f"import os, sys\n{HANDLER}sys.stdout.buffer.write(bytes(range(128, 256)) + b'\\n')\n"
        "    print('\\ud800', flush=True)\n"
        "    os.write(3, b'\\xa5\\x5a\\x00\\x03\\xff\\xff\\xff\\xffnoise')\n"
        "    return 'fine'"
    )
    assert seen.payload == b'"fine"'
    log = seen.log_tail.decode()
    assert "\\ud800\n" in log
    assert "noise" in log


def test_a_line_without_an_end_is_of_its_invocation(functions: Any) -> None:
    function = functions.function(f"{HANDLER}print('no end', end='')")
    assert [b"no end" in functions.invoke(function).log_tail for _ in range(2)] == [True, True]
    assert sum(message == "no end" for _, _, _, message in functions.log) == 2


def test_a_daemon_ends_with_its_environment(functions: Any) -> None:
    daemon = (
        "import os, subprocess\n"
        f"{HANDLER}if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0:\n            import signal\n"
        "            signal.signal(signal.SIGTERM, signal.SIG_IGN)\n            while True: signal.pause()\n"
        "        os._exit(0)\n    return 'parent'"
    )
    functions.run("def lambda_handler(e, c): pass")
    functions.host.reset()
    before = started()
    for _ in range(3):
        assert functions.run(daemon).payload == b'"parent"'
    assert started() > before
    functions.host.reset()
    deadline = time.monotonic() + 20
    while started() > before and time.monotonic() < deadline:
        pass
    assert started() <= before


def test_as_many_processes_as_it_gets(confined: Any) -> None:
    function = confined.function(
        f"import os, signal\n{HANDLER}made = 0\n    try:\n        while made < 3000:\n"
        "            if os.fork() == 0:\n                while True: signal.pause()\n            made += 1\n"
        "    except OSError as error:\n        return [made, error.errno]",
        memory_mb=3008,
        timeout=300,
    )
    made, number = json.loads(confined.invoke(function).payload)
    assert (900 < made < 1024, number) == (True, 11)
    assert confined.run("def lambda_handler(e, c): return 1").payload == b"1"


def test_two_hundred_threads_fit_into_the_smallest_memory(functions: Any) -> None:
    seen = functions.run(
        f"import threading, time\n{HANDLER}threads = [threading.Thread(target=time.sleep, args=(5,))"
        " for _ in range(200)]\n    [thread.start() for thread in threads]\n"
        "    [thread.join() for thread in threads]\n    return len(threads)",
        timeout=30,
    )
    assert seen.payload == b"200"


def test_a_layer_that_is_broken(functions: Any) -> None:
    files = {"python/shared.py": "import numpy_that_nobody_has\n"}
    layer = functions.function("", name="layer", files=files).package.path
    said = functions.run(f"import shared\n{HANDLER}pass", layers=(layer,))
    assert error(said) == (
        "Runtime.ImportModuleError",
        "Unable to import module 'lambda_function': No module named 'numpy_that_nobody_has'",
    )


def test_nothing_is_left_after_all_of_it(functions: Any) -> None:
    functions.run("def lambda_handler(e, c): pass")
    functions.host.reset()
    before = descriptors()
    for source in (
        f"import os\n{HANDLER}os.closerange(0, 100)",
        f"import os\n{HANDLER}os.abort()",
        f"import os\nos._exit(2)\n{HANDLER}pass",
        f"import os\n{HANDLER}os.close(33)",
    ):
        functions.run(source)
    functions.host.reset()
    assert descriptors() == before


# ------------------------------------------------------------------ what it may see


def test_the_machines_names_are_out_of_sight(confined: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = confined.run(
        f"import os, socket\n{HANDLER}read = lambda path: open(path, 'rb').read().strip(b'\\0').decode()\n"
        "    return [socket.gethostname(), read('/proc/self/environ'), read('/proc/self/cmdline'),"
        " read('/proc/1/cmdline'), sorted(name for name in os.listdir('/proc') if name.isdigit())]"
    )
    host, variables, *commands, processes = json.loads(seen.payload)
    assert (host, variables, processes) == ("sandbox", "", ["1", "2"])
    assert commands == ["labkit fork server"] * 2


def test_the_machines_files_are_out_of_sight(confined: Any) -> None:
    here = str(Path(kernel.__file__).parent)
    places = [
        here,
        str(confined.cloud.workdir),
        str(Path.home() / ".bashrc"),
        "/home",
        "/work",
        "/sys",
        "/run",
    ]
    seen = confined.run(
        f"import os\n{HANDLER}return [[path for path in event if os.path.exists(path)],"
        " [name for name in os.listdir('/proc/self/fd')"
        " if os.path.exists('/proc/self/fd/' + name) and"
        " os.readlink('/proc/self/fd/' + name).endswith('offset')]]",
        json.dumps(places).encode(),
    )
    # (A Python below one of them would have to be seen.)
    assert json.loads(seen.payload) == [[], []]


def test_another_environments_tmp_is_out_of_sight(confined: Any) -> None:
    first = confined.function(f"{HANDLER}open('/tmp/mine-alone', 'w').write('secret')", name="first")
    confined.invoke(first)
    seen = confined.run(
        f"import os\n{HANDLER}return [os.path.join(base, name) for base, _, names in os.walk('/', True)"
        " for name in names if name == 'mine-alone' and not base.startswith('/usr')]",
        timeout=60,
        memory_mb=1769,
    )
    assert json.loads(seen.payload) == []


def test_traces_name_no_path_of_this_machine(functions: Any) -> None:
    for source in (
        f"import json\n{HANDLER}json.loads('{{')",
        f"import time\n{HANDLER}time.sleep(-1)",
        f"{HANDLER}raise KeyboardInterrupt",
        "import urllib.request\n" + HANDLER + "urllib.request.urlopen('http://example.com')",
    ):
        seen = functions.run(source)
        said = seen.payload.decode() + seen.log_tail.decode()
        assert "lambda_function.py" in said
        for place in (str(Path(kernel.__file__).parent), os.path.dirname(os.path.dirname(json.__file__))):  # noqa: PTH120
            assert place not in said
    assert (
        '"/var/lang/lib/python3.'
        in functions.run(f"import json\n{HANDLER}json.loads('{{')").log_tail.decode()
    )


def test_dev_stdout_is_the_log(functions: Any) -> None:
    seen = functions.run(
        f"{HANDLER}for name in ('stdout', 'stderr'):\n"
        "        print('to', name, file=open(f'/dev/{name}', 'w'))"
    )
    assert "to stdout\nto stderr\n" in seen.log_tail.decode()
