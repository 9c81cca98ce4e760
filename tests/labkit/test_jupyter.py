"""`labkit start`: a real JupyterLab, asked over HTTP."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import urllib.request

import pytest

from course_builder import build, new_course
from labkit import jupyter
from labkit.errors import LabkitError


@pytest.fixture
def course(tmp_path):
    made = new_course(tmp_path / "tiny")
    build(made, execute_solutions=False)
    return made.root


def test_the_token_is_kept_and_private(tmp_path):
    token = jupyter._token(tmp_path)
    assert jupyter._token(tmp_path) == token
    assert len(token) == 48
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    (tmp_path / "token").write_text("short\n")
    assert jupyter._token(tmp_path) not in {"short", token}


@pytest.mark.parametrize("name", ["CI", "SSH_CONNECTION"])
def test_no_browser_without_a_screen(monkeypatch, name):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert jupyter.has_screen()
    monkeypatch.setenv(name, "1")
    assert not jupyter.has_screen()


def test_a_read_only_course_still_starts(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    assert jupyter._state_folder(tmp_path) != tmp_path / ".labkit"


def test_a_course_without_labs_says_what_to_do(tmp_path):
    with pytest.raises(LabkitError, match="labkit build"):
        jupyter.start(tmp_path, port=None, browser=False, check_first=False, say=print)


def test_it_prints_its_address_serves_the_labs_asks_nothing_and_ends_clean(course):
    command = [
        sys.executable,
        "-m",
        "labkit",
        "start",
        "--no-browser",
        "--no-self-check",
        "--course",
        str(course),
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watchdog = threading.Timer(90, process.kill)
    watchdog.start()
    try:
        seen, address = "", None
        for line in process.stdout:
            seen += line
            address = re.search(r"(http://localhost:\d+)/lab\?token=([0-9a-f]{48})", line)
            if address:
                break
        assert address, seen
        base, token = address.groups()

        def ask(path):
            request = urllib.request.Request(f"{base}{path}", headers={"Authorization": f"token {token}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)

        assert [entry["name"] for entry in ask("/api/contents")["content"]] == ["00-hello-cloud"]
        assert ask("/lab/api/news") == {"news": []}
        notification = ask("/lab/api/settings/@jupyterlab/apputils-extension:notification")
        assert notification["schema"]["properties"]["fetchNews"]["default"] == "false"
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(timeout=30) == 0, rest
        with pytest.raises(OSError, match=r"refused|Connection"):
            urllib.request.urlopen(f"{base}/api", timeout=5)
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
