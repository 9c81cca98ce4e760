"""`labkit start`: JupyterLab on the labs, without a prompt, a news feed or a browser where there is none."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path

from labkit.errors import refuse

STATE = ".labkit"
FIRST_PORT = 8888
READY_SECONDS = 60.0
_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

Say = Callable[[str], None]


def start(root: Path, *, port: int | None, browser: bool | None, check_first: bool, say: Say) -> int:
    """Run JupyterLab on `root/labs` until it is ended; `say` prints a line. Returns an exit code.

    `browser` None opens one where there is a screen. The first start runs the self-check.
    """
    labs = root / "labs"
    if not labs.is_dir():
        refuse(f"there is no folder {labs}: `labkit build` makes it.")
    state = _state_folder(root)
    if check_first and not _checked(state, say):
        return 2
    port = port or _free_port()
    token = _token(state)
    process = subprocess.Popen(_command(labs, port), env=_environment(state, token), stdin=subprocess.DEVNULL)
    previous = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        url = f"http://localhost:{port}/lab?token={token}"
        if not _ready(process, port):
            return _gave_up(process)
        say(f"\nJupyterLab is ready: {url}\nCtrl-C ends it.")
        if has_screen() if browser is None else browser:
            webbrowser.open(url)
        return process.wait()
    except KeyboardInterrupt:
        say("Ending JupyterLab and every cloud of its notebooks.")
        return 0
    finally:
        for number in previous:
            signal.signal(number, signal.SIG_IGN)
        _end(process)
        for number, handler in previous.items():
            signal.signal(number, handler)


def has_screen() -> bool:
    """Whether a browser could be shown here."""
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def _checked(state: Path, say: Say) -> bool:
    """Run the self-check unless this version of the kit and of Python has passed it before."""
    from labkit import __version__
    from labkit.self_check import self_check

    record = state / "self-check.json"
    now = {"labkit": __version__, "python": sys.version, "prefix": sys.prefix}
    try:
        if json.loads(record.read_text(encoding="utf-8")) == now:
            return True
    except (OSError, ValueError):
        pass
    seen = self_check()
    say(seen.sentence)
    if seen.ok:
        record.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    return seen.ok


def _state_folder(root: Path) -> Path:
    """Where the token and the self-check's record are kept; a temporary folder if the course is read-only."""
    folder = root / STATE
    try:
        folder.mkdir(exist_ok=True)
        (folder / ".write-test").write_text("")
        (folder / ".write-test").unlink()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="labkit-"))
    return folder


def _token(state: Path) -> str:
    """The token of the last start, so that an open browser tab stays valid; made at the first."""
    file = state / "token"
    try:
        token = file.read_text(encoding="utf-8").strip()
        if len(token) >= 32 and token.isalnum():
            return token
    except OSError:
        pass
    token = secrets.token_hex(24)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(token + "\n")
    return token


def _command(labs: Path, port: int) -> list[str]:
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        f"--ServerApp.root_dir={labs}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=localhost",
        "--ServerApp.answer_yes=True",
        "--Application.log_level=WARN",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--KernelManager.transport_encryption=auto",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def _environment(state: Path, token: str) -> dict[str, str]:
    """The server's environment: its token (an argument could be read by others), and settings of ours."""
    settings = state / "jupyter" / "labconfig"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(_SETTINGS, indent=1) + "\n")
    path = [str(settings.parent), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {
        **os.environ,
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _free_port() -> int:
    addresses = _loopbacks()
    ports = range(FIRST_PORT, FIRST_PORT + 100)
    free = (port for port in ports if all(_can_bind(family, address, port) for family, address in addresses))
    port = next(free, None)
    if port is None:
        refuse(f"no port from {ports.start} to {ports.stop - 1} is free: name one with --port.")
    return port


def _loopbacks() -> list[tuple[socket.AddressFamily, str]]:
    found = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((entry[0], str(entry[4][0])) for entry in found))


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno not in {98, 48, 13, 10048, 10013}
    return True


def _ready(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server answers, it ends, or patience does."""
    limit = time.monotonic() + READY_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while process.poll() is None and time.monotonic() < limit:
        try:
            with opener.open(f"http://localhost:{port}/api", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _gave_up(process: subprocess.Popen[bytes]) -> int:
    code = process.poll()
    if code is None:
        refuse(
            f"JupyterLab did not answer within {READY_SECONDS:.0f} s: try another --port, or `labkit doctor`."
        )
    refuse(f"JupyterLab ended at once (exit code {code}, see above): try another --port, or `labkit doctor`.")


def _end(process: subprocess.Popen[bytes]) -> None:
    for ask in (process.terminate, process.kill):
        if process.poll() is None:
            ask()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
