"""`labkit doctor`: each thing has a state, a detail, and what mends it."""

import importlib.metadata
import json
import subprocess
import sys

import pytest

from labkit import doctor
from labkit.doctor import MISSING, OK, OPTIONAL, Item


def test_this_machine_can_run_the_labs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "doctor", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=120,
    )
    told = json.loads(done.stdout)
    states = {item["name"]: item["state"] for item in told["items"]}
    assert told["healthy"], told
    assert done.returncode == 0
    assert states["cloud"] == OK
    assert states["course"] == OPTIONAL
    assert any(name.startswith("protection ") for name in states)
    for item in told["items"]:
        assert item["state"] in {OK, MISSING, OPTIONAL}
        assert bool(item["mend"]) == (item["state"] != OK), item


def test_a_missing_package_is_named_with_the_command_that_mends_it(monkeypatch):
    asked = importlib.metadata.version

    def version(name):
        if name == "httptools":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "boto3" else asked(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    first = next(doctor._packages())
    assert first.state == MISSING
    assert "httptools is not installed" in first.detail
    assert "boto3 0.0.1 is not the version" in first.detail
    assert "pip install" in first.mend


def test_localhost_must_be_this_machine(monkeypatch):
    asked = doctor.socket.getaddrinfo

    def elsewhere(host, port, *more, **named):
        found = asked(host, port, *more, **named)
        return [*found, (2, 1, 6, "", ("192.0.2.7", 0))] if host == "localhost" and port is None else found

    monkeypatch.setattr(doctor.socket, "getaddrinfo", elsewhere)
    item = doctor._loopback()
    assert (item.state, item.detail) == (MISSING, "means 192.0.2.7")


def test_labs_that_are_not_built(tmp_path):
    (item,) = doctor._course(tmp_path)
    assert (item.state, item.mend) == (MISSING, "labkit build")


@pytest.mark.parametrize(("states", "well"), [([OK, OPTIONAL], True), ([OK, MISSING], False)])
def test_only_what_is_needed_counts(states, well):
    assert doctor.healthy([Item("x", state, "") for state in states]) is well
