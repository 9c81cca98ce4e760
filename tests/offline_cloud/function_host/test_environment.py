"""An execution environment: what AWS answers and logs, for every way in which a function can end."""

import json
import os
import re
import time
from typing import Any

import pytest

LATEST = "$LATEST"


def test_a_result_and_its_log(functions: Any) -> None:
    seen = functions.run(
        "print('loaded')\ndef lambda_handler(event, context):\n    print('hello')\n    return {'got': event}",
        b'{"a": [1, null]}',
    )
    assert (seen.status, seen.function_error, seen.executed_version) == (200, None, LATEST)
    assert json.loads(seen.payload) == {"got": {"a": [1, None]}}
    lines = seen.log_tail.decode().splitlines(keepends=True)
    assert lines[0] == "loaded\n"  # what the initialisation says is in the tail, too
    assert re.fullmatch(r"START RequestId: [0-9a-f-]{36} Version: \$LATEST\n", lines[1])
    assert lines[2] == "hello\n"
    assert re.fullmatch(r"END RequestId: [0-9a-f-]{36}\n", lines[3])
    assert re.fullmatch(
        r"REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n",
        lines[4],
    )
    messages = [message for _, _, _, message in functions.log]
    assert messages[0].startswith("INIT_START Runtime Version: python:3.13.v")
    assert messages[1:] == lines


def test_warm_keeps_what_the_module_has_and_tmp(functions: Any) -> None:
    function = functions.function(
        "import os\ncount = 0\ndef lambda_handler(e, c):\n    global count\n    count += 1\n"
        "    path = os.environ.get('TMPDIR', '/tmp') + '/kept'\n    had = os.path.exists(path)\n"
        "    open(path, 'a').write('x')\n    return [count, had]"
    )
    assert [json.loads(functions.invoke(function).payload) for _ in range(2)] == [[1, False], [2, True]]
    assert "Init Duration" not in functions.log[-1][3]
    assert len({stream for _, stream, _, _ in functions.log}) == 1


def test_another_environment_has_a_tmp_of_its_own(functions: Any, python_in_tmp: list[str]) -> None:
    source = (
        "import os, tempfile\ndef lambda_handler(e, c):\n"
        "    open(tempfile.gettempdir() + '/mine', 'w').close()\n"
        "    return [name for name in os.listdir(tempfile.gettempdir()) if name not in e]"
    )
    event = json.dumps(python_in_tmp).encode()
    assert functions.run(source, event).payload == functions.run(source, event).payload == b'["mine"]'


def test_tmp_has_its_size_and_no_more(functions: Any) -> None:
    if not functions.host._launcher.confines:
        pytest.skip("this system gives nobody a file system of his own")
    function = functions.function(
        "import os, shutil\ndef lambda_handler(e, c):\n"
        "    total = shutil.disk_usage('/tmp').total\n"
        "    try:\n        with open('/tmp/big', 'wb') as file:\n"
        "            os.posix_fallocate(file.fileno(), 0, e['megabytes'] * 2**20)\n"
        "    except OSError as error:\n        return [total, error.errno, str(error)]\n"
        "    finally:\n        os.remove('/tmp/big')\n"
        "    return [total, 0, '']",
        tmp_mb=20,
    )
    total = 20 * 2**20
    assert json.loads(functions.invoke(function, b'{"megabytes": 19}').payload) == [total, 0, ""]
    assert json.loads(functions.invoke(function, b'{"megabytes": 21}').payload) == [
        total, 28, "[Errno 28] No space left on device",
    ]  # fmt: skip


def test_tmp_outlives_the_process(functions: Any) -> None:
    function = functions.function(
        "import os, tempfile\ndef lambda_handler(event, c):\n"
        "    path = tempfile.gettempdir() + '/kept'\n    had = os.path.exists(path)\n"
        "    open(path, 'w').close()\n    if event.get('die'):\n        os._exit(1)\n"
        "    return [had, sorted(name for name in os.listdir('/proc') if name.isdigit())[:1]]"
    )
    for _ in range(3):
        assert functions.invoke(function, b'{"die": true}').function_error == "Unhandled"
    had, processes = json.loads(functions.invoke(function).payload)
    assert had is True
    assert processes == ["1"]  # its own /proc, not that of the process that is gone


def test_the_context(functions: Any) -> None:
    function = functions.function(
        "def lambda_handler(e, c):\n    return [c.aws_request_id, c.function_name, c.function_version,"
        " c.invoked_function_arn, c.memory_limit_in_mb, c.log_group_name, c.log_stream_name,"
        " c.client_context.custom, 1000 < c.get_remaining_time_in_millis() <= 3000]",
        name="price-checker",
        memory_mb=256,
    )
    request_id = functions.cloud.ids.uuid()
    seen = functions.host.invoke(
        function,
        b"{}",
        request_id=request_id,
        arn=f"{function.arn}:live",
        client_context='{"custom": {"k": 1}}',
    )
    (stream,) = {stream for _, stream, _, _ in functions.log}
    assert json.loads(seen.payload) == [
        request_id, "price-checker", LATEST, f"{function.arn}:live", "256", "/aws/lambda/price-checker",
        stream, {"k": 1}, True,
    ]  # fmt: skip
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)


def test_an_exception(functions: Any) -> None:
    seen = functions.run("def lambda_handler(event, context):\n    raise ValueError('no such symbol')")
    assert seen.function_error == "Unhandled"
    error = json.loads(seen.payload)
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorMessage"], error["errorType"]) == ("no such symbol", "ValueError")
    assert error["stackTrace"] == [
        '  File "/var/task/lambda_function.py", line 2, in lambda_handler\n'
        "    raise ValueError('no such symbol')\n"
    ]
    log = seen.log_tail.decode()
    assert "[ERROR] ValueError: no such symbol\nTraceback (most recent call last):\n" in log
    assert '\u00a0\u00a0File "/var/task/lambda_function.py", line 2, in lambda_handler' in log
    assert "Status:" not in log  # the function failed, not the runtime


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("import requests", "Runtime.ImportModuleError",
         "Unable to import module 'lambda_function': No module named 'requests'"),
        ("def other(): pass", "Runtime.HandlerNotFound",
         "Handler 'lambda_handler' missing on module 'lambda_function'"),
        ("def lambda_handler(e, c)\n    pass", "Runtime.UserCodeSyntaxError",
         "Syntax error in module 'lambda_function': expected ':' (lambda_function.py, line 1)"),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded(functions: Any, source: str, error_type: str, message: str) -> None:
    seen = functions.run(source)
    assert seen.function_error == "Unhandled"
    error = json.loads(seen.payload)
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == (error_type, message, "")
    messages = [message for _, _, _, message in functions.log]
    reports = [line for line in messages if line.startswith("INIT_REPORT")]
    assert [re.sub(r"[\d.]+ ms", "N ms", line) for line in reports] == [
        f"INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: {error_type}\n",
        f"INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: error\tError Type: {error_type}\n",
    ]
    assert messages[-1].endswith(f"Status: error\tError Type: {error_type}\n")
    assert "Init Duration" not in messages[-1]
    assert messages[-3].startswith("START ")


def test_a_malformed_handler_name(functions: Any) -> None:
    error = json.loads(functions.run("def f(e, c): pass", handler="lambda_function").payload)
    assert error["errorType"] == "Runtime.MalformedHandlerName"
    assert error["errorMessage"].startswith("Bad handler 'lambda_function': not enough values")


def test_an_error_at_import_has_its_trace(functions: Any) -> None:
    error = json.loads(functions.run("1 / 0").payload)
    assert error["errorType"] == "ZeroDivisionError"
    assert (
        error["stackTrace"][-1] == '  File "/var/task/lambda_function.py", line 1, in <module>\n    1 / 0\n'
    )


def test_what_is_no_json(functions: Any) -> None:
    error = json.loads(functions.run("def lambda_handler(e, c):\n    return {'price', 'symbol'}").payload)
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"] == "Unable to marshal response: Object of type set is not JSON serializable"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import sys; sys.exit(3)", "exit status 3"),
        ("import sys; sys.exit('a reason')", "exit status 1"),
        ("import os; os._exit(7)", "exit status 7"),
        ("import os; os.kill(os.getpid(), 9)", "signal: killed"),
        ("import ctypes; ctypes.string_at(0)", "signal: segmentation fault"),
    ],
)
def test_a_process_that_ends(functions: Any, line: str, reason: str) -> None:
    function = functions.function(f"def lambda_handler(e, c):\n    {line}")
    seen = functions.invoke(function)
    error = json.loads(seen.payload)
    assert list(error) == ["errorType", "errorMessage"]
    assert error["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(
        rf"RequestId: [0-9a-f-]{{36}} Error: Runtime exited with error: {reason}", error["errorMessage"]
    )
    assert f"{error['errorMessage']}\nRuntime.ExitError\n" in seen.log_tail.decode()
    assert seen.log_tail.decode().endswith("\tStatus: error\tError Type: Runtime.ExitError\n")


def test_an_exit_without_an_error_is_one_too(functions: Any) -> None:
    error = json.loads(functions.run("import sys\ndef lambda_handler(e, c):\n    sys.exit()").payload)
    assert error["errorMessage"].endswith("Error: Runtime exited without providing a reason")


def test_the_environment_goes_on_after_its_process_ended(functions: Any) -> None:
    function = functions.function(
        "import os\ndef lambda_handler(event, c):\n    if event.get('die'):\n        os._exit(1)\n"
        "    return 'alive'"
    )
    assert functions.invoke(function, b'{"die": true}').function_error == "Unhandled"
    seen = functions.invoke(function)
    assert seen.payload == b'"alive"'
    assert len({stream for _, stream, _, _ in functions.log}) == 1
    assert "Init Duration" not in seen.log_tail.decode()  # it was part of the invocation


def test_a_sleep_takes_cloud_time_only(functions: Any) -> None:
    before, started = functions.cloud.clock.now(), time.perf_counter()
    seen = functions.run(
        "import time, datetime\ndef lambda_handler(e, c):\n    a = [time.time(), time.monotonic(),"
        " time.perf_counter(), datetime.datetime.now().timestamp(),"
        " c.get_remaining_time_in_millis() / -1000]\n"
        "    time.sleep(600)\n    b = [time.time(), time.monotonic(), time.perf_counter(),"
        " datetime.datetime.now().timestamp(), c.get_remaining_time_in_millis() / -1000]\n"
        "    return [y - x for x, y in zip(a, b)]",
        timeout=900,
    )
    assert json.loads(seen.payload) == pytest.approx([600] * 5, abs=1)
    assert 600 <= functions.cloud.clock.now() - before < 605
    assert time.perf_counter() - started < 30


def test_a_sleep_past_the_timeout_ends_at_the_exact_moment(functions: Any) -> None:
    function = functions.function("import time\ndef lambda_handler(e, c):\n    time.sleep(20)", timeout=3)
    seen = functions.invoke(function)
    error = json.loads(seen.payload)
    assert list(error) == ["errorType", "errorMessage"]
    assert error["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(
        r"RequestId: [0-9a-f-]{36} Error: Task timed out after 3\.00 seconds", error["errorMessage"]
    )
    log = seen.log_tail.decode()
    assert re.search(
        r"\n\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z [0-9a-f-]{36} Task timed out after 3\.00 seconds\n\nEND ", log
    )
    assert "\tDuration: 3000.00 ms\t" in log
    assert log.endswith("Status: timeout\n")
    (life,) = functions.host.environments()
    (span,) = [span for span in life["spans"] if span["kind"] == "invoke"]
    assert span["end"] - span["start"] == pytest.approx(3, abs=1e-6)
    assert span["status"] == "timeout"


def test_an_endless_loop_meets_its_limit(functions: Any) -> None:
    seen = functions.run("def lambda_handler(e, c):\n    while True: pass", timeout=1)
    assert json.loads(seen.payload)["errorType"] == "Sandbox.Timedout"
    assert "\tDuration: 1000.00 ms\t" in seen.log_tail.decode()


def test_endless_printing_does_too(functions: Any) -> None:
    seen = functions.run("def lambda_handler(e, c):\n    while True: print('x' * 1000)", timeout=1)
    assert json.loads(seen.payload)["errorType"] == "Sandbox.Timedout"
    assert "\tDuration: 1000.00 ms\t" in seen.log_tail.decode()


def test_ten_sleepers_at_once_take_the_time_of_one(functions: Any) -> None:
    sleepers = [
        functions.function("import time\ndef lambda_handler(e, c):\n    time.sleep(20)", timeout=30)
        for _ in range(10)
    ]
    before = functions.cloud.clock.now()
    results = functions.at_once(*[lambda it=it: functions.invoke(it) for it in sleepers])  # type: ignore[misc]
    assert all(result.function_error is None for result in results)
    assert functions.cloud.clock.now() - before < 30
    spans = [
        span for life in functions.host.environments() for span in life["spans"] if span["kind"] == "invoke"
    ]
    assert len(spans) == 10
    assert max(span["start"] for span in spans) < min(span["end"] for span in spans)


def test_threads_that_sleep_overlap_too(functions: Any) -> None:
    seen = functions.run(
        "import time\nfrom concurrent.futures import ThreadPoolExecutor\ndef lambda_handler(e, c):\n"
        "    started = time.time()\n    with ThreadPoolExecutor(5) as pool:\n"
        "        list(pool.map(time.sleep, [20, 10, 5, 20, 1]))\n    return time.time() - started",
        timeout=60,
    )
    assert json.loads(seen.payload) == pytest.approx(20, abs=1)


def test_a_slow_initialisation_is_tried_again_with_the_functions_timeout(functions: Any) -> None:
    seen = functions.run(
        "import time\ntime.sleep(20)\ndef lambda_handler(e, c):\n    return 'at last'", timeout=60
    )
    assert seen.payload == b'"at last"'
    (report,) = [line for _, _, _, line in functions.log if line.startswith("INIT_REPORT")]
    assert report == "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n"
    duration = re.search(r"\tDuration: ([\d.]+) ms", seen.log_tail.decode())
    assert duration is not None
    assert float(duration[1]) == pytest.approx(20_000, abs=1000)


def test_too_much_memory(functions: Any) -> None:
    function = functions.function("def lambda_handler(e, c):\n    return len('x' * e)", memory_mb=128)
    seen = functions.invoke(function, b"200000000")
    error = json.loads(seen.payload)
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert seen.log_tail.decode().endswith("\tStatus: error\tError Type: Runtime.OutOfMemory\n")
    assert "Max Memory Used: 128 MB" in seen.log_tail.decode()
    again = functions.invoke(function, b"1")  # a new process, which has not used so much
    assert re.search(r"Max Memory Used: \d\d MB", again.log_tail.decode())


def test_memory_that_is_there_may_be_used(functions: Any) -> None:
    source = "def lambda_handler(e, c):\n    x = 'x' * 200_000_000\n    return len(x)"
    assert functions.run(source, memory_mb=512).payload == b"200000000"


def test_a_response_that_is_too_large(functions: Any) -> None:
    function = functions.function(
        "def lambda_handler(event, c):\n    return 'x' * event['size']", memory_mb=512
    )
    fits = functions.invoke(function, b'{"size": 6291400}')
    assert (fits.function_error, len(fits.payload)) == (None, 6291402)
    error = json.loads(functions.invoke(function, b'{"size": 6291600}').payload)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert error["errorMessage"] == (
        "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    )
    assert functions.invoke(function, b'{"size": 1}').payload == b'"x"'


def test_nothing_of_the_host_is_there(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_HOST", "42")
    seen = functions.run(
        "import os, sys\ndef lambda_handler(e, c):\n"
        "    return [sorted(os.environ), [p for p in sys.path if 'site-packages' in p],"
        " sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('moto', 'offline_cloud', 'labkit', 'grader', 'pytest'))]"
    )
    variables, packages, modules = json.loads(seen.payload)
    assert "A_SECRET_OF_THE_HOST" not in variables
    assert {"AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER"} <= set(variables)
    assert all(
        "/var/lang" in path or "/opt" in path or str(functions.cloud.workdir) in path for path in packages
    )
    assert modules == []


def test_the_sdk_is_loaded_only_for_code_that_names_it(functions: Any) -> None:
    loaded = (
        "import sys\ndef lambda_handler(e, c):\n"
        "    return [name for name in sys.modules if name.startswith('bo' + 'to')]"
    )
    assert json.loads(functions.run(loaded).payload) == []
    assert "boto3" in json.loads(functions.run("import boto3\n" + loaded).payload)


def test_a_package_brings_its_own_sdk(functions: Any) -> None:
    source = "import boto3\ndef lambda_handler(e, c):\n    return boto3.__version__"
    seen = functions.run(source, files={"boto3/__init__.py": "__version__ = 'my own'"})
    assert json.loads(seen.payload) == "my own"


@pytest.mark.parametrize("name", ["moto", "pytest", "labkit", "grader", "offline_cloud", "jupyter_core"])
def test_what_is_installed_here_is_not_there(functions: Any, name: str) -> None:
    error = json.loads(functions.run(f"import {name}\ndef lambda_handler(e, c): pass").payload)
    assert error["errorMessage"] == f"Unable to import module 'lambda_function': No module named '{name}'"


def test_boto3_is_there(functions: Any) -> None:
    source = "import boto3, botocore\ndef lambda_handler(e, c):\n    return boto3.__name__"
    assert functions.run(source, memory_mb=512).payload == b'"boto3"'


def test_nothing_beyond_this_machine_is_reached(functions: Any) -> None:
    error = json.loads(
        functions.run(
            "import urllib.request\ndef lambda_handler(e, c):\n"
            "    urllib.request.urlopen('http://example.com')"
        ).payload
    )
    assert error["errorType"] == "OfflineError"


@pytest.mark.parametrize("closing", ["sys.stdout.close()", "os.close(1)", "os.close(1); os.close(2)"])
def test_a_closed_stdout_is_the_functions_own_error(functions: Any, closing: str) -> None:
    function = functions.function(
        f"import os, sys\ndef lambda_handler(e, c):\n    {closing}\n    print('x')", name="closing"
    )
    assert functions.invoke(function).function_error == "Unhandled"
    assert functions.run("def lambda_handler(e, c): return 1").payload == b"1"


def test_ten_megabytes_of_log(functions: Any) -> None:
    seen = functions.run(
        "def lambda_handler(e, c):\n    for _ in range(10):\n        print('x' * 99 + '\\n', end='' )\n"
        "    print(('y' * 99 + '\\n') * 100_000, end='')\n    return 1",
        timeout=60,
        memory_mb=256,
    )
    assert seen.payload == b"1"
    assert len(seen.log_tail) == 4096
    assert sum(message == "y" * 99 + "\n" for _, _, _, message in functions.log) == 100_000


def test_an_error_in_del_is_only_told(functions: Any) -> None:
    seen = functions.run(
        "class A:\n    def __del__(self): raise ValueError('in del')\ndef lambda_handler(e, c):\n"
        "    A()\n    return 1"
    )
    assert seen.payload == b"1"
    assert "ValueError: in del" in seen.log_tail.decode()


def test_threads_left_behind_are_frozen_between_invocations(functions: Any) -> None:
    function = functions.function(
        "import threading, time\nticks = 0\ndef tick():\n    global ticks\n    while True:\n"
        "        ticks += 1\n"
        "        time.sleep(1)\nthreading.Thread(target=tick, daemon=True).start()\n"
        "def lambda_handler(e, c):\n    time.sleep(2.5)\n    return ticks",
        timeout=30,
    )
    first = json.loads(functions.invoke(function).payload)
    functions.cloud.scheduler.advance(300)
    second = json.loads(functions.invoke(function).payload)
    assert first in (3, 4)
    assert second - first in (2, 3, 4)  # not 300


def test_a_process_left_behind_does_not_disturb(functions: Any) -> None:
    function = functions.function(
        "import os, time\ndef lambda_handler(e, c):\n    if os.fork() == 0:\n        time.sleep(1000)\n"
        "        os._exit(0)\n    return 'parent'"
    )
    assert [functions.invoke(function).payload for _ in range(2)] == [b'"parent"'] * 2


def test_log_times_never_go_back(functions: Any) -> None:
    functions.run(
        "import logging\nlogging.getLogger().setLevel('INFO')\ndef lambda_handler(e, c):\n"
        "    for i in range(50):\n"
        "        print('printed', i)\n        logging.info('logged %d', i)"
    )
    times = [when for _, _, when, _ in functions.log]
    assert times == sorted(times)
    spoken = [message for _, _, _, message in functions.log if "printed" in message or "logged" in message]
    assert [int(message.split()[-1]) for message in spoken] == [i for i in range(50) for _ in range(2)]


@pytest.mark.skipif(not os.path.exists("/proc"), reason="the system does not tell a process's memory")  # noqa: PTH110
def test_no_descriptor_is_left(functions: Any) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    functions.run("def lambda_handler(e, c): return 1")
    functions.host.reset()
    before = descriptors()
    for source in ("def lambda_handler(e, c): return 1", "import nope", "import os\nos._exit(1)"):
        functions.run(source)
    functions.host.reset()
    assert descriptors() == before
