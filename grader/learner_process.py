"""The process in which a learner's notebook runs: forked from a warm template, confined, given one cell at a
time.

Everything here runs in the child. The template has IPython, boto3 and labkit imported, and nothing that
knows a check.

Rule 1: confinement comes before anything of the learner's.
Rule 2: the channel carries cells in and, per cell, "it ended" out. No result is on it: whatever is written
into it by force decides nothing.
Rule 3: what cells print, show or draw goes nowhere.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from grader.channel import Channel
from offline_cloud import isolation, service_models

HOME = "/tmp/home"
_LONGEST_MESSAGE = 300
_shell: Any = None


def run(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Run the cells that come in over the first descriptor until it closes.

    `argument`: `confinement` (fields of `Confinement`, or None), `home` (where there is no confinement),
    `files` (name -> content in base64), `slug`, `endpoint` and `token` (None: made here / told later).
    """
    channel = Channel(socket.socket(fileno=descriptors[0]))
    _silence()
    held = isolation.enter(isolation.Confinement(**argument["confinement"]))
    home = Path(HOME if held.mount_ns else argument["home"])
    workspace = home / argument["slug"]
    workspace.mkdir(parents=True, exist_ok=True)
    for name, content in argument["files"].items():
        target = workspace / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    port = None
    if held.network_ns:
        # The cloud will answer on this socket: the one door out of this network.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            channel.send_descriptor(listener.fileno())
    else:
        channel.send_descriptor(None)
    channel.send({"held": asdict(held)})
    told = channel.receive()
    assert told is not None
    endpoint = f"http://localhost:{port}" if port else told["endpoint"]
    _prepare(home, workspace, endpoint, told["token"])
    while True:
        request = channel.receive()
        assert request is not None
        channel.send({"cell": request["cell"], "error": _run_cell(request["source"])})


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)


def _prepare(home: Path, workspace: Path, endpoint: str, token: str) -> None:
    """Environment variables, working folder and import path, as in a kernel of its own."""
    from offline_cloud import Cloud, guard

    binaries = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    os.environ.clear()
    os.environ.update(
        {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "MPLBACKEND": "agg",
            "PATH": os.pathsep.join(binaries),
            "TMPDIR": "/tmp" if str(home) == HOME else str(home),
            "LABKIT_CLOUD": json.dumps({"endpoint": endpoint, "token": token}),
        }
    )
    tempfile.tempdir = None
    os.environ.update(Cloud.attach(endpoint, token).environment())
    guard.install()
    os.chdir(workspace)
    # Where a kernel has it: the learner's own modules are found. All of ours are imported already.
    sys.path[:] = ["", *[path for path in sys.path if path]]


def _run_cell(source: str) -> dict[str, Any] | None:
    """What went wrong in a cell: name, message and line; None if nothing did."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    try:
        result = _shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
    except BaseException as raised:
        error = raised
    if error is None:
        return None
    try:
        message = (error.msg if isinstance(error, SyntaxError) else str(error))[:_LONGEST_MESSAGE]
    except BaseException:  # a learner's __str__ may do anything
        message = ""
    return {"name": type(error).__name__, "message": message, "line": _line(error)}


def _line(error: BaseException) -> int | None:
    """The line of the cell at which it happened."""
    if isinstance(error, SyntaxError):
        return error.lineno
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "__main__":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class _NoDisplay(DisplayPublisher):  # type: ignore[misc]
    def publish(self, *_: Any, **__: Any) -> None:
        """Draw nothing, keep nothing."""


class _Shell(InteractiveShell):  # type: ignore[misc]
    """IPython without a terminal, a history file or a kernel; nothing that is shown is rendered or kept."""

    display_pub_class = Type(_NoDisplay)

    def _tee(self, channel: str) -> contextlib.AbstractContextManager[None]:
        """IPython would keep all that a cell prints: printing without end would take all memory."""
        return contextlib.nullcontext()

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Rendering one takes 40 ms."""

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Nor this."""

    def system_piped(self, cmd: str) -> None:
        """`!command`: through a plain shell, because there is no terminal."""
        self.system_raw(cmd)

    system = system_piped

    def ask_exit(self) -> None:
        """`exit` and `quit`."""
        raise SystemExit(0)


def _warm_shell() -> Any:
    """The shell that every child goes on with, made once in the template."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"
    profile = tempfile.mkdtemp(prefix="labkit-ipython-")
    os.environ["IPYTHONDIR"] = profile
    try:
        shell = _Shell.instance(config=config, user_module=ModuleType("__main__"))
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shell.run_cell("import asyncio\nawait asyncio.sleep(0)\ndel asyncio", store_history=False)
    return shell


_shell = _warm_shell()
# labkit makes the roles of what it deploys.
service_models.share("iam")
