"""The ways in which a runtime process starts: confined or not, under AWS's runtime client or ours."""

import json
import os
from typing import Any

import pytest

from offline_cloud import isolation

RAISES = (
    "import os\ndef helper():\n    raise ValueError(os.getcwd())\ndef lambda_handler(e, c):\n    helper()"
)


def test_ours_in_the_place_of_awslambdaric(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions.host._launcher, "client", "labkit")
    seen = functions.run(
        "def lambda_handler(event, c):\n    print('hi')\n    return [event, c.function_name]", b"[1]"
    )
    assert json.loads(seen.payload) == [[1], "f"]
    assert "\nhi\n" in seen.log_tail.decode()
    error = json.loads(functions.run("import nope").payload)
    assert error["errorType"] == "Runtime.ImportModuleError"
    sleeper = functions.run("import time\ndef lambda_handler(e, c):\n    time.sleep(20)", timeout=3)
    assert json.loads(sleeper.payload)["errorType"] == "Sandbox.Timedout"


def test_without_namespaces_paths_have_awss_names_all_the_same(
    functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions.host._launcher, "confines", False)
    error = json.loads(functions.run(RAISES).payload)
    assert error["errorMessage"] == "/var/task"
    assert error["stackTrace"][0].startswith(
        '  File "/var/task/lambda_function.py", line 5, in lambda_handler\n'
    )
    assert not any(str(functions.cloud.workdir) in message for _, _, _, message in functions.log)
    listed = functions.run(
        "import os, tempfile\ndef lambda_handler(e, c):\n    return os.listdir(tempfile.gettempdir())"
    )
    assert listed.payload == b"[]"


@pytest.mark.skipif(not isolation.probe().mount_ns, reason="this machine gives no mount namespaces")
def test_with_namespaces_there_is_nothing_else(functions: Any, python_in_tmp: list[str]) -> None:
    seen = functions.run(
        "import os, glob\ndef lambda_handler(e, c):\n"
        "    return [os.getcwd(), sorted(os.listdir('/')), os.listdir('/tmp'), os.listdir('/opt'),"
        " [p for p in glob.glob('/proc/[0-9]*')], os.path.exists(e['repository'])]",
        json.dumps({"repository": __file__}).encode(),
    )
    where, root, temporary, opt, processes, repository = json.loads(seen.payload)
    assert (where, temporary, opt, repository) == ("/var/task", python_in_tmp, [], False)
    assert not {"home", "srv", "mnt"} & set(root)
    assert len(processes) <= 2


@pytest.mark.skipif(not isolation.probe().mount_ns, reason="this machine gives no mount namespaces")
@pytest.mark.parametrize("path", ["/var/task/new.py", "/opt/new", "/new", "/etc/passwd", "/usr/new"])
def test_only_tmp_can_be_written(functions: Any, path: str) -> None:
    error = json.loads(functions.run(f"def lambda_handler(e, c):\n    open({path!r}, 'a')").payload)
    assert error["errorType"] in ("OSError", "PermissionError")


def test_the_servers_process_cannot_be_reached(functions: Any) -> None:
    seen = functions.run(
        "import os\ndef lambda_handler(event, c):\n    try:\n        os.kill(event, 0)\n"
        "        return 'reached'\n"
        "    except OSError as error:\n        return type(error).__name__",
        json.dumps(os.getpid()).encode(),
    )
    if isolation.probe().pid_ns:
        assert json.loads(seen.payload) in ("ProcessLookupError", "PermissionError")


def test_a_fork_bomb_stops_at_the_quota(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline_cloud.function_host.launcher.PROCESSES", 20)  # AWS's is 1,024
    seen = functions.run(
        "import os, signal\ndef lambda_handler(e, c):\n    made = 0\n    try:\n        for _ in range(100):\n"
        "            if os.fork() == 0:\n                signal.pause()\n            made += 1\n"
        "    except OSError as error:\n        return [type(error).__name__, made]\n"
        "    return 'no limit'",
        timeout=30,
    )
    if isolation.probe().user_ns:
        name, made = json.loads(seen.payload)
        assert (name, made < 20) == ("BlockingIOError", True)
