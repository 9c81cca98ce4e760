"""How a runtime process is started: forked from a warm template, confined, with what an environment needs.

Rule 1: the template is a single-threaded process of its own that has loaded nothing of the cloud but the
environment's code. It ends with the cloud, and every environment with it, whatever ends the cloud.
Rule 2: where the kernel allows it, an environment sees its package at /var/task, its layers at /opt, a
private /tmp of its function's size, the Python installation, and nothing else of this machine. Elsewhere it
runs on the real paths, TMPDIR leads to its own directory, and paths are renamed in what it says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import shutil
import socket
import sys
import sysconfig
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offline_cloud import isolation
from offline_cloud.forkserver import ForkServer, ForkServerError
from offline_cloud.function_host import runtime_packages
from offline_cloud.function_host.environment_variables import environment_variables
from offline_cloud.function_host.session import Launch, RuntimeProcess
from offline_cloud.function_host.unavailable import CUSTOM, NODE, node

if TYPE_CHECKING:
    from offline_cloud.function_host.environment import Environment
    from offline_cloud.function_host.function_version import FunctionVersion
    from offline_cloud.function_host.packages import Package, PackageStore
    from offline_cloud.server import CloudContext

_ENTRY = "offline_cloud.function_host.environment_process"
# What a template has imported: the one for functions that don't use boto3, the one for those that do.
TEMPLATES = ((_ENTRY,), (_ENTRY, "offline_cloud.service_models"))
# AWS's own quotas for an execution environment.
PROCESSES, FILES = 1024, 1024
HALF_OF_MEMORY_MB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2 // 2**20
"""An environment's /tmp is in memory, page by page as written: no larger than is the kernel's default."""
MORE_THREADS_MB = 1536
"""What a process may map beyond its memory: a thread's stack is 8 MB, and hardly any of it is ever used."""
TASK, OPT = "/var/task", "/opt"
NODE_SHOWN = "/var/runtime/index.mjs"
_NODE_RUNTIME = Path(__file__).with_name("node_runtime.mjs")
SITE = f"/var/lang/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


@dataclass(frozen=True)
class FunctionCredentials:
    """Made-up keys of one environment: they open this cloud's function URLs, and nothing elsewhere."""

    function: FunctionVersion
    access_key: str
    secret_key: str
    session_token: str


# In traces: the kit's own part of an environment, the packages of this Python, its standard library.
PYTHON_NAMES = {
    str(Path(__file__).parents[1]): "/var/runtime",
    sysconfig.get_path("purelib"): SITE,
    sysconfig.get_path("stdlib"): str(Path(SITE).parent),
}


class Launcher:
    """Starts the runtime processes of one cloud. `channels`: to templates that somebody has warm already."""

    def __init__(self, context: CloudContext, channels: Sequence[socket.socket] = ()) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._servers: dict[bool, ForkServer] = {}
        self._given = dict(zip((False, True), map(ForkServer.attached, channels), strict=False))
        self._runtime_directory = context.workdir / "runtime"
        self.client = "awslambdaric" if runtime_packages.awslambdaric_is_here() else "labkit"
        protections = isolation.probe()
        self.confines = protections.user_ns and protections.mount_ns

    def start(self, package: Package | None) -> ForkServer:
        """The template for this package, started if it is not running; it warms up while the caller goes on.

        There are two: a function that uses boto3 is forked from one that has it imported, with the service
        descriptions read (0.27 s of CPU a cold start otherwise); every other is forked from one without, so
        that its memory and its start are its own.
        """
        with_sdk = package is not None and package.names_sdk
        with self._lock:
            if with_sdk not in self._servers:
                _raise_descriptor_limit()
                runtime_packages.link(self._runtime_directory)
                self._servers[with_sdk] = self._given_template(with_sdk) or ForkServer(TEMPLATES[with_sdk])
            return self._servers[with_sdk]

    def _given_template(self, with_sdk: bool) -> ForkServer | None:
        given = self._given.pop(with_sdk, None)
        try:
            if given is not None:
                given.wait_ready()
        except ForkServerError:
            return None
        return given

    def wait_ready(self, package: Package | None) -> None:
        """Wait until the template is warm: that is the kit's start, not an environment's."""
        self.start(package).wait_ready()

    def stop(self) -> None:
        """End the templates and everything that was forked from them."""
        with self._lock:
            servers = [*self._servers.values(), *self._given.values()]
            self._servers, self._given = {}, {}
        for server in servers:
            server.close()

    def access_key(self, environment: Environment) -> str:
        """The access key id of the credentials that its function's role gives to an environment."""
        return "ASIA" + _letters(environment.id, 16)

    def credentials(self, environment: Environment) -> FunctionCredentials:
        """The credentials that its function's role gives to an environment."""
        return FunctionCredentials(
            environment.function,
            self.access_key(environment),
            _letters(f"secret {environment.id}", 40),
            _letters(f"session {environment.id}", 64),
        )

    def launch_for(self, environment: Environment, packages: PackageStore) -> Launch:
        """A function that starts a runtime process for this environment."""

        def launch(address: str, descriptors: list[int]) -> RuntimeProcess:
            argument = self._argument(environment, packages, address)
            function = environment.function
            if function.runtime in CUSTOM:
                argument["program"] = self._bootstrap(function, packages)
            elif function.runtime in NODE:
                argument["program"] = [node(), str(_NODE_RUNTIME)]
                if self.confines:
                    argument["confinement"]["read_only"][NODE_SHOWN] = str(_NODE_RUNTIME)
                    argument["program"] = [node(), NODE_SHOWN]
            return self.start(function.package).fork(f"{_ENTRY}:run", argument, descriptors)

        return launch

    def _bootstrap(self, function: FunctionVersion, packages: PackageStore) -> list[str]:
        """The custom runtime's program as its process sees it; empty if there is none."""
        found = function.bootstrap
        if found is None:
            return []
        _, shown = found
        if self.confines:
            return [shown]
        opt = packages.layered(function.layers)
        folder = function.package.path if function.package and shown.startswith(TASK) else opt
        return [f"{folder}/bootstrap"]

    def extensions_for(self, environment: Environment, packages: PackageStore) -> dict[str, Launch]:
        """How to start each external extension: the files in `extensions/` of its layers."""
        opt = packages.layered(environment.function.layers)
        folder = opt / "extensions" if opt is not None else None
        if folder is None or not folder.is_dir():
            return {}
        names = sorted(file.name for file in folder.iterdir() if file.is_file())
        return {name: self._program(environment, packages, f"extensions/{name}") for name in names}

    def _program(self, environment: Environment, packages: PackageStore, path: str) -> Launch:
        """A function that starts a program of the environment's layers."""

        def launch(address: str, descriptors: list[int]) -> RuntimeProcess:
            argument = self._argument(environment, packages, address)
            opt = OPT if self.confines else packages.layered(environment.function.layers)
            argument["program"] = [f"{opt}/{path}"]
            # From the template that the function is from: they share a file system, and only what comes from
            # one template may enter it.
            return self.start(environment.function.package).fork(f"{_ENTRY}:run", argument, descriptors)

        return launch

    def forget(self, environment: Environment) -> None:
        """The environment is gone: so is its /tmp."""
        shutil.rmtree(self._temporary(environment), ignore_errors=True)

    def renamed(self, function: FunctionVersion, packages: PackageStore) -> dict[str, str]:
        """Real paths that an environment may speak of, and what AWS calls them."""
        if self.confines or function.package is None:
            return PYTHON_NAMES
        opt = packages.layered(function.layers)
        names = {str(function.package.path): TASK, str(self._runtime_directory): SITE}
        return {**PYTHON_NAMES, **names, **({str(opt): OPT} if opt is not None else {})}

    def _argument(self, environment: Environment, packages: PackageStore, address: str) -> dict[str, Any]:
        function = environment.function
        assert function.package is not None, "only zip packages run here"
        held = self.credentials(environment)
        variables = environment_variables(
            function,
            access_key=held.access_key,
            secret_key=held.secret_key,
            session_token=held.session_token,
            log_stream=environment.stream,
            runtime_api=address,
            endpoint=self._context.endpoint,
            initialization=environment.initialization,
        )
        opt = packages.layered(function.layers) or packages.empty()
        task, opt_seen, site = TASK, OPT, SITE
        confinement: dict[str, Any] | None = None
        if self.confines:
            confinement = {
                "read_only": {
                    TASK: str(function.package.path),
                    OPT: str(opt),
                    SITE: str(self._runtime_directory),
                },
                "tmp_mb": min(function.tmp_mb, HALF_OF_MEMORY_MB),
                "shared_memory": False,
                "memory_mb": function.memory_mb + MORE_THREADS_MB,
                "processes": PROCESSES,
                "files": FILES,
            }
        else:
            task, opt_seen, site = str(function.package.path), str(opt), str(self._runtime_directory)
            temporary = self._temporary(environment)
            temporary.mkdir(parents=True, exist_ok=True)
            variables["TMPDIR"] = str(temporary)
            variables["LAMBDA_TASK_ROOT"] = task
            if "NODE_PATH" in variables and "NODE_PATH" not in function.environment:
                seen = variables["NODE_PATH"].replace(f"{OPT}/", f"{opt_seen}/")
                variables["NODE_PATH"] = seen.replace(TASK, task)
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return {
            "confinement": confinement,
            "directory": task,
            "handler": function.handler,
            "offset_file": str(self._context.clock.offset_file),
            "paths": [
                task,
                f"{opt_seen}/python/lib/python{python}/site-packages",
                f"{opt_seen}/python",
                site,
            ],
            "runtime_client": self.client,
            "variables": variables,
        }

    def _temporary(self, environment: Environment) -> Path:
        return self._context.workdir / "environments" / environment.id / "tmp"


def _raise_descriptor_limit() -> None:
    """An environment holds seven descriptors here, and a shell's usual limit is 1,024."""
    _, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS has a lower limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))


def _letters(seed: str, count: int) -> str:
    """Capital letters and digits that depend on `seed` only, as access keys have them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    digits = hashlib.shake_256(seed.encode()).digest(count)
    return "".join(alphabet[digit % 32] for digit in digits)
