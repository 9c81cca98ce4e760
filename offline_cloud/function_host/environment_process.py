"""The process of an execution environment: forked from a warm template, made a Lambda environment, given the
handler.

Everything here runs in the child, before the function's code is imported, except the imports above `become`:
the template has them done once for all environments.

Rule 1: nothing of the host is left when the function's code starts: not its environment variables, not its
import path, not its file descriptors, and where the kernel allows it not its files.
Rule 2: the process never returns into the template's code: it ends here, with the status AWS would report.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib
import io
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from offline_cloud import guard, isolation
from offline_cloud.function_host import bootstrap, cloud_time, runtime_transport

# awslambdaric looks for its C half by this name.
sys.modules["runtime_client"] = runtime_transport
with contextlib.suppress(ImportError):
    import awslambdaric.bootstrap
    import awslambdaric.lambda_runtime_client

# This module is loaded in the template only; what is done here is not done in every environment.
cloud_time.prepare()
sys.dont_write_bytecode = True  # a package is read-only

RUNTIME = "/var/runtime"
_LOG_DESCRIPTOR = 3


def run(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Become the environment that `argument` describes and serve it; never returns.

    `descriptors`: the log pipe's end for writing, the control socket, and that of the environment's file
    system if another process has made it.
    """
    status = 1
    try:
        become(argument, descriptors)
        if argument.get("program") is not None:
            _execute(argument["program"])
        _serve(argument)
        status = 0
    except SystemExit as leaving:
        status = _exit_status(leaving)
    except BaseException:
        traceback.print_exc()
    finally:
        _finish(status)


def become(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Streams, files, variables, import path and time of a Lambda environment."""
    # Out of the way of the descriptors that the environment has: 0, 1, 2, the telemetry's, the control
    # socket's.
    log, control, *made = (
        fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, cloud_time.CONTROL + 1) for descriptor in descriptors
    )
    for descriptor in descriptors:
        os.close(descriptor)
    control_socket = socket.socket(fileno=os.dup2(control, cloud_time.CONTROL, inheritable=False))
    os.close(control)
    offset_file = argument["offset_file"]
    _streams(log)
    cloud_time.install(offset_file, control_socket)
    if argument.get("confinement") is not None:
        if os.geteuid() == 0:
            os.fchown(1, isolation.NOBODY, isolation.NOBODY)  # so that it may open /dev/stdout, too
        joins = made[0] if made else None
        isolation.enter(isolation.Confinement(**argument["confinement"], joins=joins))
    if made:
        os.close(made[0])
    else:
        _hand_over_files(control_socket)
    os.environ.clear()
    os.environ.update(argument["variables"])
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(_LOG_DESCRIPTOR)
    _import_path(argument["paths"])
    os.chdir(argument["directory"])
    sys.argv = [f"{RUNTIME}/bootstrap.py"]
    guard.install()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGPIPE else signal.SIG_DFL)


def _hand_over_files(control: socket.socket) -> None:
    """Give the host a hold on this file system: the environment's next process goes on with its /tmp."""
    try:
        namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # no such thing on this system
        control.send(cloud_time.FILES)
        return
    socket.send_fds(control, [cloud_time.FILES], [namespace])
    os.close(namespace)


def _streams(log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        os.dup2(nothing, 0)
        os.close(nothing)
    for target in (1, 2, _LOG_DESCRIPTOR):
        os.dup2(log, target)
    os.close(log)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115
    for name in ("stdout", "stderr"):
        raw = io.FileIO(1 if name == "stdout" else 2, "w", closefd=False)
        stream = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _import_path(paths: Sequence[str]) -> None:
    """Let import find the function's package, its layers, AWS's own packages, the standard library."""
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]
    sys.path_importer_cache.clear()
    own = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    standard = [path for path in sys.path if path and _is_standard_library(path)]
    sys.path[:] = list(dict.fromkeys([*paths, *(path for path in own if path), *standard]))
    for name in [name for name in sys.modules if name.split(".")[0] == "offline_cloud"]:
        del sys.modules[name]
    if any((Path(path) / name).exists() for path in paths[:-1] for name in ("boto3", "botocore")):
        _forget_sdk()
    main = ModuleType("__main__")
    main.__file__ = f"{RUNTIME}/bootstrap.py"
    sys.modules["__main__"] = main


def _forget_sdk() -> None:
    """Let the function import its own boto3, and what belongs to it, instead of the one of the template."""
    family = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
    for name in [name for name in sys.modules if name.split(".")[0] in family]:
        del sys.modules[name]


def _is_standard_library(path: str) -> bool:
    return path.startswith((sys.prefix, sys.base_prefix)) and "-packages" not in path


def _serve(argument: Mapping[str, Any]) -> None:
    handler, address = argument["handler"], argument["variables"]["AWS_LAMBDA_RUNTIME_API"]
    if argument["runtime_client"] != "awslambdaric":
        bootstrap.run(handler)
        return
    client = awslambdaric.lambda_runtime_client
    runtime_transport.initialize_client(client._user_agent())
    # The encoder looks at AWS_EXECUTION_ENV when it is made.
    client.BaseLambdaRuntimeClient.marshaller = client.LambdaMarshaller()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") or os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        importlib.reload(awslambdaric.bootstrap)  # it looks at both when it is imported
    awslambdaric.bootstrap.run(handler, client.LambdaRuntimeClient(address))


def _execute(program: Sequence[str]) -> None:
    """Become another program: an extension, a custom runtime. If it can't be started, the host is told."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in [name for name in os.environ if name.startswith("_LAMBDA_TELEMETRY")]:
        del os.environ[name]
    problem = 0
    try:
        if program:
            os.execv(program[0], list(program))
    except OSError as error:
        problem = error.errno or 0
    with contextlib.suppress(OSError):
        os.write(cloud_time.CONTROL, cloud_time.SLEEP.pack(cloud_time.NOT_STARTED, problem))
    os._exit(1)


def _exit_status(leaving: SystemExit) -> int:
    """What the interpreter would make of a SystemExit."""
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    with contextlib.suppress(Exception):
        print(leaving.code, file=sys.stderr, flush=True)
    return 1


def _finish(status: int) -> None:
    """End as an interpreter ends: wait for threads, run atexit functions, flush, leave."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
    finally:
        os._exit(status)
