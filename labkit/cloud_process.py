"""`labkit cloud`: an offline cloud in the foreground, for any client.

Invariant: when this process ends, however it ends, the cloud ends. The cloud holds a lifeline (its standard
input is a pipe of ours), and this process ends when it is interrupted, terminated, or loses its own parent.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from types import FrameType
from typing import TextIO

from labkit.errors import refuse

TOKEN = "LABKIT_CLOUD_TOKEN"  # opens the control API: the clock, the reset, the journal
PARENT_CHECK_SECONDS = 0.5
GRACE_SECONDS = 5.0
_CLOCK = f'curl -H "X-Cloud-Token: ${TOKEN}" -d \'{{"advance": 3600}}\' "$AWS_ENDPOINT_URL/_cloud/clock"'


class _Stop(Exception):
    """A signal asked this process to end."""


def run_cloud(
    *,
    port: int,
    clock: str,
    seed: int | None,
    as_json: bool,
    out: TextIO,
    concurrency: int | None = None,
) -> int:
    """Run a cloud until interrupted; `out` gets its address, as one line of JSON or as lines for a shell."""
    parent = os.getppid()
    previous = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    process: subprocess.Popen[str] | None = None
    try:
        process = subprocess.Popen(
            _command(port, clock, seed, concurrency), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        _announce(process, as_json, out)
        while process.poll() is None and os.getppid() == parent:
            try:
                process.wait(timeout=PARENT_CHECK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        return 0 if os.getppid() != parent else process.returncode or 0
    except (_Stop, BrokenPipeError):
        return 0
    finally:
        for number in previous:
            signal.signal(number, signal.SIG_IGN)
        if process is not None:
            _end(process)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _command(port: int, clock: str, seed: int | None, concurrency: int | None = None) -> list[str]:
    command = [sys.executable, "-m", "offline_cloud", "--lifeline", "--clock", clock]
    if port:
        command += ["--port", str(port)]
    if seed is not None:
        command += ["--seed", str(seed)]
    if concurrency is not None:
        command += ["--concurrency", str(concurrency)]
    return command


def _announce(process: subprocess.Popen[str], as_json: bool, out: TextIO) -> None:
    from offline_cloud import Cloud

    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        code = process.wait()
        refuse(
            f"the cloud did not start (exit code {code}, see above): try another --port, or `labkit doctor`."
        )
    ready = json.loads(line)
    token = ready["tokens"]["owner"]
    environment = {**Cloud.attach(ready["endpoint"], token).environment(), TOKEN: token}
    if as_json:
        print(json.dumps({"endpoint": ready["endpoint"], "environment": environment}), file=out, flush=True)
        return
    print(f"The cloud is ready at {ready['endpoint']}. Ctrl-C ends it.\n", file=out)
    print("To use it from another terminal, paste there:\n", file=out)
    for name, value in environment.items():
        print(_assignment(name, value), file=out)
    print("\nThen, for example: aws sts get-caller-identity", file=out)
    print(f"To move the clock by an hour: {_CLOCK}", file=out, flush=True)


def _assignment(name: str, value: str) -> str:
    if os.name == "nt":
        return f"$env:{name} = '{value}'"
    return f"export {name}={shlex.quote(value)}"


def _end(process: subprocess.Popen[str]) -> None:
    """Cut the lifeline; insist if that isn't enough."""
    if process.stdin is not None:
        process.stdin.close()
    for insist in (None, process.terminate, process.kill):
        if insist is not None:
            insist()
        try:
            process.wait(timeout=GRACE_SECONDS)
            break
        except subprocess.TimeoutExpired:
            continue
    if process.stdout is not None:
        process.stdout.close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise _Stop
