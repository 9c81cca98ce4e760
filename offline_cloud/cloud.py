"""The cloud as a program sees it: start one, or attach to one that runs, and use it through boto3.

Rule 1: a cloud that was started here ends with this process, however that ends.
Rule 2: no session, client or environment made here takes anything from the learner's own AWS set-up: profile,
keys, Region, endpoints and proxies are all given.
"""

from __future__ import annotations

import atexit
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from offline_cloud import scratch

if TYPE_CHECKING:
    import boto3

__all__ = ["ACCESS_KEY", "SECRET_KEY", "Cloud", "CloudClock", "CloudError"]

# Made up, in the form of real ones; they open nothing anywhere.
ACCESS_KEY = "AKIALABKITOFFLINE000"
SECRET_KEY = "offline/there-is-no-account-behind-this/"
_LOCAL = "localhost,127.0.0.1,::1"
_config_directory: Path | None = None
_config_lock = threading.Lock()
_CONFIG_FILES = {"config": "[default]\n", "credentials": "[default]\n"}


class CloudError(RuntimeError):
    """The cloud did not start, or refused a control request; the message says why and what to do."""


class CloudClock:
    """The cloud's time, and the right to move it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def now(self) -> datetime:
        """Cloud time, in UTC."""
        return datetime.fromtimestamp(self._cloud._call("GET", "clock")["now"], UTC)

    def advance(
        self, *bare: object, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> datetime:
        """Move time on by exactly that, let happen what falls due on the way, and say the new time.

        A number without its unit (`bare`) is refused.
        """
        if bare:
            said = ", ".join(map(repr, bare))[:40]
            raise CloudError(f"The clock can't move by {said}: name the unit, such as advance(hours=1).")
        total = seconds + 60 * minutes + 3600 * hours + 86400 * days
        return self._moved({"advance": total})

    def settle(self) -> datetime:
        """Move time on until nothing that waits by itself is left, and say the new time."""
        return self._moved({"settle": True})

    def _moved(self, how: dict[str, Any]) -> datetime:
        return datetime.fromtimestamp(self._cloud._call("POST", "clock", how)["now"], UTC)


class Cloud:
    """One offline cloud. Use as a context manager, or call `stop()`."""

    def __init__(
        self,
        endpoint: str,
        token: str,
        learner_token: str = "",
        process: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.token = token
        self.learner_token = learner_token
        self.clock = CloudClock(self)
        self.pid = process.pid if process else None
        self._process = process
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._end = weakref.finalize(self, _end, process) if process else None

    # ------------------------------------------------------------------ start and stop

    @classmethod
    def start(
        cls,
        *,
        clock: str = "live",
        seed: int | None = None,
        grants: Iterable[str] = (),
        port: int = 0,
        concurrency: int | None = None,
    ) -> Self:
        """Start a cloud in a process of its own and wait until it is ready.

        `clock` is `live` or `skip`; `seed` makes its ids reproducible; `grants` (`clock`, `reset`) is what
        the learner's token may do beside looking; `concurrency` is Lambda's limit of an account, 1,000 unless
        given. Raises `CloudError` with what the process said.
        """
        command = [sys.executable, "-m", "offline_cloud", "--lifeline", "--clock", clock, "--port", str(port)]
        if seed is not None:
            command += ["--seed", str(seed)]
        if concurrency is not None:
            command += ["--concurrency", str(concurrency)]
        for grant in grants:
            command += ["--grant", grant]
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,  # a Ctrl-C in a terminal or a notebook is not meant for the cloud
            )
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                _end(process)
                said.seek(0)
                last_words = said.read().decode(errors="replace").strip()[-2000:] or "nothing"
                raise CloudError(
                    f"The offline cloud did not start (exit code {process.returncode}). "
                    f"It said:\n{last_words}\n"
                    "Next: `labkit doctor` says what is missing on this machine."
                )
        ready = json.loads(line)
        return cls(ready["endpoint"], ready["tokens"]["owner"], ready["tokens"]["learner"], process)

    @classmethod
    def attach(cls, endpoint: str, token: str) -> Self:
        """Use a cloud that runs already; `stop()` then only lets go of it."""
        return cls(endpoint, token)

    def stop(self) -> None:
        """End the cloud, and with it everything in it; a second call changes nothing."""
        if self._end is not None:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------------ AWS

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Environment variables with which any AWS client of a child process talks to this cloud only."""
        files = _config_files()
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": str(files / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(files / "credentials"),
            "AWS_PROFILE": "default",
            "AWS_DEFAULT_PROFILE": "default",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "SAM_CLI_TELEMETRY": "0",
            "NO_PROXY": _LOCAL,
            "no_proxy": _LOCAL,
        }

    def session(self, region: str = "us-east-1") -> boto3.Session:
        """A boto3 session of which every client and resource talks to this cloud."""
        import boto3
        import botocore.session

        # `None` instead of environment variables and paths: nothing of the learner's own set-up is read.
        names = ("profile", "config_file", "credentials_file", "ca_bundle", "region")
        nothing: dict[str, Any] = dict.fromkeys(names, (None, None, None, None))
        inner = botocore.session.Session(session_vars=nothing)
        endpoint, config = self.endpoint, _client_config()

        class OfflineSession(boto3.Session):
            def client(self, *arguments: Any, **settings: Any) -> Any:
                make: Any = super().client
                return make(*arguments, **_offline(settings, endpoint, config))

            def resource(self, *arguments: Any, **settings: Any) -> Any:
                make: Any = super().resource
                return make(*arguments, **_offline(settings, endpoint, config))

        return OfflineSession(
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=region,
            botocore_session=inner,
        )

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of this cloud; the same one for the same service and Region."""
        with self._lock:  # boto3 makes clients from one thread at a time
            if (service, region) not in self._clients:
                session: Any = self.session(region)
                self._clients[service, region] = session.client(service)
            return self._clients[service, region]

    # ------------------------------------------------------------------ control

    def reset(self) -> None:
        """Forget everything, and bring back the start state if one was marked."""
        self._call("POST", "reset", {})

    def mark_start_state(self) -> None:
        """Let everything that was done so far be what `reset` brings back."""
        self._call("POST", "start-state", {})

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """Every API call after number `since`: who, what, when, and how it ended."""
        entries: list[dict[str, Any]] = self._call("GET", f"journal?since={since}")
        return entries

    def environments(self) -> list[dict[str, Any]]:
        """The life lines of all Lambda execution environments."""
        lines: list[dict[str, Any]] = self._call("GET", "environments")
        return lines

    def throttles(self) -> list[dict[str, Any]]:
        """The last Lambda invocations that were refused: when, of which function, and why."""
        refused: list[dict[str, Any]] = self._call("GET", "throttles")
        return refused

    def event_stories(self) -> list[dict[str, Any]]:
        """What became of the last asynchronous events of functions: attempts, outcome, deliveries."""
        stories: list[dict[str, Any]] = self._call("GET", "events")
        return stories

    def bill(self, *, free_tier: bool = False) -> dict[str, Any]:
        """What all this would have cost on AWS; with `free_tier`, less what AWS gives everybody each month.

        `lines` by usage, `functions` by function, `total`; `since` and `until` in epoch seconds.
        """
        bill: dict[str, Any] = self._call("GET", f"bill?free_tier={int(free_tier)}")
        return bill

    def health(self) -> dict[str, Any]:
        """Status, time, mode of the clock and version of the cloud."""
        health: dict[str, Any] = self._call("GET", "health")
        return health

    # ------------------------------------------------------------------ inside

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        at = urlsplit(self.endpoint)
        # No timeout: `advance` lasts as long as what it sets off. A cloud that ends hangs up.
        connection = http.client.HTTPConnection(at.hostname or "localhost", at.port)
        try:
            connection.request(
                method,
                f"/_cloud/{path}",
                None if body is None else json.dumps(body),
                {"X-Cloud-Token": self.token, "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise CloudError(
                f"No cloud answers at {self.endpoint} ({error}). It has probably been stopped: start "
                "another, in a notebook with labkit.open(), in a terminal with `labkit cloud`."
            ) from error
        finally:
            connection.close()
        if answer.status != 200:
            raise CloudError(_refusal(answer.status, said))
        return json.loads(said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the cloud to go by closing its lifeline, and see that it does."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    for insist in (None, process.terminate, process.kill):
        if insist is not None:
            insist()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
            return


def _client_config() -> Any:
    from botocore import config

    make: Any = config.Config
    return make(inject_host_prefix=False, proxies={})


def _offline(settings: dict[str, Any], endpoint: str, config: Any) -> dict[str, Any]:
    given = settings.get("config")
    merged = config.merge(given) if given is not None else config
    return {"endpoint_url": endpoint, **settings, "config": merged}


def _refusal(status: int, said: bytes) -> str:
    try:
        told = json.loads(said)
        return f"{told['error']} {told.get('hint', '')}".strip()
    except (ValueError, KeyError, TypeError):
        return f"The cloud's control API answered {status}: {said[:500].decode(errors='replace')}"


def _config_files() -> Path:
    """A folder with an empty `config` and `credentials`, for the life of this process."""
    global _config_directory
    with _config_lock:
        # A fork of this process may see another /tmp.
        if _config_directory is None or not _config_directory.exists():
            _config_directory = scratch.folder("labkit-aws-")
            for name, text in _CONFIG_FILES.items():
                (_config_directory / name).write_text(text)
            atexit.register(_remove, _config_directory, os.getpid())
        return _config_directory


def _remove(directory: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        scratch.remove(directory)
