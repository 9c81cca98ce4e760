from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from offline_cloud import isolation
from offline_cloud.forkserver import ForkServer

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
Look = Callable[..., dict[str, Any]]

needs_namespaces = pytest.mark.skipif(
    not (isolation.probe().user_ns and isolation.probe().mount_ns),
    reason="this machine gives no user and mount namespaces",
)


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer(["confined_functions"], variables={"PYTHONPATH": str(HERE)}) as server:
        yield server


@pytest.fixture
def look(server: ForkServer) -> Look:
    def look(confinement: dict[str, Any], **argument: Any) -> dict[str, Any]:
        reading, writing = os.pipe()
        child = server.fork("confined_functions:look", {"confinement": confinement, **argument}, [writing])
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            seen = told.read()
        assert child.wait_status() == 0
        child.close()
        found: dict[str, Any] = json.loads(seen)
        return found

    return look


def test_a_probe_says_what_a_confined_process_then_has(look: Look) -> None:
    held, possible = look({"memory_mb": 100, "network": "own"})["held"], isolation.probe()
    for name, holds in held.items():
        if name != "landlock":  # it stands in where there is no mount namespace
            assert holds == getattr(possible, name), name


@needs_namespaces
def test_only_python_the_system_and_what_was_named_is_there(look: Look, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the host's")
    hidden = [
        f"/proc/1/root{REPOSITORY}",
        f"/proc/1/cwd{REPOSITORY}",
        f"/..{REPOSITORY}/grader",
        str(REPOSITORY / "course"),
        str(REPOSITORY / "grader"),
        str(tmp_path),
        "/etc/shadow",
    ]
    seen = look({}, paths=[*hidden, "/usr", "/dev/null", "/tmp"])
    assert [path for path in hidden if seen["exists"][path]] == []
    assert seen["exists"]["/usr"]
    assert seen["exists"]["/dev/null"]
    assert seen["python"] == str(seen["user"])
    assert set(seen["processes"]) <= {1, 2}


@needs_namespaces
def test_a_python_below_tmp_is_there_although_tmp_is_another(tmp_path: Path) -> None:
    assert tmp_path.is_relative_to(tempfile.gettempdir())
    venv.create(tmp_path / "venv", symlinks=True)
    script = (
        "import os, sys, json\n"
        "from offline_cloud.forkserver import ForkServer\n"
        "with ForkServer(['confined_functions'], variables={'PYTHONPATH': sys.argv[1]}) as server:\n"
        "    reading, writing = os.pipe()\n"
        "    child = server.fork('confined_functions:look', {'confinement': {}}, [writing])\n"
        "    os.close(writing)\n"
        "    print(os.fdopen(reading).read())\n"
        "    child.wait_status()\n"
    )
    python = tmp_path / "venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", script, HERE],
        env={"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(done.stdout)
    assert seen["python"] == str(seen["user"])


@needs_namespaces
def test_named_folders_appear_at_their_paths(look: Look, tmp_path: Path) -> None:
    package, scratch = tmp_path / "package", tmp_path / "scratch"
    package.mkdir()
    scratch.mkdir()
    (package / "handler.py").write_text("")
    confinement = {"read_only": {"/var/task": str(package)}, "writable": {"/tmp": str(scratch)}}
    seen = look(
        confinement, paths=["/var/task/handler.py"], write=["/var/task/new", "/tmp/new", "/new", "/usr/new"]
    )
    assert seen["exists"]["/var/task/handler.py"]
    assert seen["writes"]["/tmp/new"] == "ok"
    assert (scratch / "new").read_text() == "written inside"
    for path in ("/var/task/new", "/new", "/usr/new"):
        assert "Read-only file system" in seen["writes"][path], path


@needs_namespaces
def test_nothing_of_root_and_no_capability_is_left(look: Look) -> None:
    seen = look({})
    assert seen["user"] != 0
    assert not seen["capabilities"]
    assert seen["mount"].startswith(("PermissionError", "OSError"))
    assert seen["mount_in_own_namespace"] == "refused"


@pytest.mark.skipif(not isolation.probe().seccomp, reason="no filter of system calls on this machine")
def test_calls_that_no_lab_needs_are_refused_and_threads_are_not(look: Look) -> None:
    seen = look({})
    assert seen["held"]["seccomp"]
    assert seen["namespace_by_clone"] == "Operation not permitted"
    assert seen["thread"] == "ran"
    assert set(seen["uncharged_memory"].values()) == {"Function not implemented"}


@pytest.mark.skipif(not isolation.probe().landlock, reason="no Landlock on this machine")
@needs_namespaces
def test_without_namespaces_landlock_hides_what_was_not_named(look: Look, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the host's")
    (tmp_path / "scratch").mkdir()
    tmp_path.chmod(0o755)
    seen = look(
        {"scratch": str(tmp_path / "scratch")},
        without_namespaces=True,
        lists=["/usr", str(tmp_path), str(REPOSITORY), str(tmp_path / "scratch"), f"/proc/{os.getpid()}"],
        write=[str(tmp_path / "scratch" / "new"), str(tmp_path / "new"), "/tmp/labkit-was-here"],
    )
    assert seen["held"]["landlock"]
    assert not seen["held"]["mount_ns"]
    refused = "PermissionError: [Errno 13] Permission denied"
    assert isinstance(seen["lists"]["/usr"], int)
    for path in (str(tmp_path), str(REPOSITORY), f"/proc/{os.getpid()}"):
        assert str(seen["lists"][path]).startswith(refused), path
    assert (tmp_path / "scratch" / "new").read_text() == "written inside"
    assert str(seen["writes"]["/tmp/labkit-was-here"]).startswith(refused)
    assert str(seen["writes"][str(tmp_path / "new")]).startswith(refused)
    assert seen["python"] == str(seen["user"])


@needs_namespaces
def test_a_network_of_its_own_reaches_nothing(look: Look) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert look({}, port=port)["connect"] == "ok"
        assert look({"network": "own"}, port=port)["connect"].startswith("ConnectionRefusedError")


@pytest.mark.skipif(sys.platform != "linux", reason="macOS counts all processes of the user")
@needs_namespaces
def test_processes_are_limited_each_confinement_for_itself(look: Look) -> None:
    assert look({"processes": 8}, forks=20)["forks"] < 8
    assert look({"processes": 30}, forks=20)["forks"] == 20


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not keep to a memory limit")
def test_memory_is_limited(look: Look) -> None:
    gigabyte = 1 << 30
    assert str(look({"memory_mb": 128}, allocate=gigabyte)["memory"]).startswith("MemoryError")
    assert look({"memory_mb": 128}, allocate=64 << 20)["memory"] == 64 << 20


def test_the_environment_is_what_was_given(look: Look) -> None:
    assert look({"env": {"HOME": "/tmp", "LANG": "C.UTF-8"}})["environment"] == {
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
    }
