"""The servers that are measured, each a process of its own on a free port of this machine."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sts/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process, and the seconds from spawn to its first answer."""

    endpoint: str
    process: subprocess.Popen[bytes]
    seconds_to_answer: float


@contextlib.contextmanager
def offline_cloud(*arguments: str) -> Iterator[Server]:
    """The kit's cloud, started as `labkit cloud` starts it."""
    port = _free_port()
    with _running([sys.executable, "-m", "offline_cloud", "--port", str(port), *arguments], port) as server:
        yield server


@contextlib.contextmanager
def plain_moto(*, executes_state_machines: bool = False, lambda_simple: bool = False) -> Iterator[Server]:
    """moto's own server, as its documentation starts it; its interpreter of state machines is off there.

    `lambda_simple`: functions answer without Docker, by an echo.
    """
    port = _free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    # The interpreter calls the services on the port of this variable.
    with _running(command, port, {"MOTO_PORT": str(port)}) as server:
        settings: dict[str, dict[str, bool]] = {}
        if executes_state_machines:
            settings["stepfunctions"] = {"execute_state_machine": True}
        if lambda_simple:
            settings["lambda"] = {"use_docker": False}
        if settings:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            body = json.dumps(settings)
            connection.request("POST", "/moto-api/config", body, {"Content-Type": "application/json"})
            connection.getresponse().read()
            connection.close()
        yield server


@contextlib.contextmanager
def _running(command: list[str], port: int, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(variables or {})},
    )
    try:
        _wait_for_an_answer(process, port, limit=60)
        yield Server(f"http://localhost:{port}", process, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_an_answer(process: subprocess.Popen[bytes], port: int, limit: float) -> None:
    """Ask `sts` until it answers 200; a refused connection means that the server is still starting."""
    give_up = time.perf_counter() + limit
    while time.perf_counter() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode} before it answered")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
        try:
            connection.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", FORM)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise TimeoutError(f"{process.args} did not answer within {limit} s")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def process_tree(pid: int) -> list[int]:
    """A process and all its descendants, by Linux's /proc."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (folder / "stat").read_text()
                children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def memory_mb(pids: list[int]) -> float:
    """Proportional set size of these processes together, in MB: pages shared after a fork count once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024
