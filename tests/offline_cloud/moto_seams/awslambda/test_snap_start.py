"""SnapStart through boto3: a snapshot when a version is published, restores, hooks, the bill."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
SLOW = (
    "import os, time\nprint('INITIALISED')\ntime.sleep(8)\n"
    "def handler(event, context):\n    time.sleep(event.get('seconds', 0))\n"
    "    return [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], os.environ.get('AWS_LAMBDA_LOG_STREAM_NAME')]"
)
HOOKS = (
    "import time\nfrom snapshot_restore_py import register_before_snapshot, register_after_restore\n"
    "told = []\nregister_before_snapshot(lambda: told.append('before'))\n"
    "@register_after_restore\ndef again():\n    told.append('after')\n    time.sleep(1)\n"
    "    print('RESTORED')\n"
    "def handler(event, context): return told"
)


class Desk:
    """A cloud, and functions with SnapStart in it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions = cloud.client("lambda")
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))

    def create(self, name: str, source: str = SLOW, **settings: Any) -> str:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", source)
        given = {"Runtime": "python3.13", "SnapStart": {"ApplyOn": "PublishedVersions"}, **settings}
        self.functions.create_function(
            FunctionName=name,
            Handler="app.handler",
            Role="arn:aws:iam::123456789012:role/r",
            Timeout=60,
            Code={"ZipFile": buffer.getvalue()},
            **given,
        )
        return name

    def publish(self, name: str) -> dict[str, Any]:
        version = self.functions.publish_version(FunctionName=name)["Version"]
        return dict(self.functions.get_function_configuration(FunctionName=name, Qualifier=version))

    def invoke(self, name: str, qualifier: str = "1") -> tuple[Any, str]:
        reply = self.functions.invoke(FunctionName=name, Qualifier=qualifier, LogType="Tail")
        return json.load(reply["Payload"]), base64.b64decode(reply["LogResult"]).decode()

    def log(self, name: str) -> str:
        events = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return "".join(event["message"] for event in events)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Cloud.start(clock="skip", seed=9) as cloud:
        yield Desk(cloud)


def test_a_version_is_initialised_when_it_is_published(desk: Desk) -> None:
    name = desk.create("slow")
    latest = desk.functions.get_function_configuration(FunctionName=name)
    assert latest["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    published = desk.publish(name)
    assert published["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    assert published["State"] == "Active"
    assert desk.functions.publish_version(FunctionName=name)["Version"] == "1"  # nothing has changed
    written = desk.log(name)
    assert "INIT_START Runtime Version: python:3.13" in written
    assert re.search(r"INIT_REPORT Init Duration: 8\d{3}\.\d\d ms\tPhase: init\tStatus: success", written)

    answer, tail = desk.invoke(name)
    assert answer == ["snap-start", None]
    restore = re.search(r"\tRestore Duration: ([\d.]+) ms\tBilled Restore Duration: (\d+) ms\t", tail)
    assert restore is not None
    assert float(restore[1]) < 4000
    assert int(restore[2]) <= float(restore[1]) + 1
    assert "Init Duration" not in tail
    written = desk.log(name)
    assert "RESTORE_START Runtime Version: python:3.13" in written
    assert "RESTORE_REPORT Restore Duration: " in written
    assert written.count("INITIALISED") == 1  # a restored environment doesn't initialise
    assert "Restore Duration" not in desk.invoke(name)[1]  # warm


def test_latest_has_no_snapshot(desk: Desk) -> None:
    answer, tail = desk.invoke(desk.create("latest"), "$LATEST")
    assert answer[0] == "on-demand"
    assert "Init Duration: 8" in tail


def test_hooks_run_around_the_snapshot(desk: Desk) -> None:
    name = desk.create("hooks", HOOKS)
    desk.publish(name)
    answer, tail = desk.invoke(name)
    assert answer == ["before", "after"]
    billed = re.search(r"Billed Restore Duration: (\d+) ms", tail)
    assert billed is not None
    assert 1000 <= int(billed[1]) < 3000
    assert desk.log(name).count("RESTORED") == 1


def test_events_in_json(desk: Desk) -> None:
    name = desk.create("json", LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG"})
    desk.publish(name)
    desk.invoke(name)
    told = {}
    for line in desk.log(name).splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        told[event.get("type", "")] = event.get("record")
    assert told["platform.initStart"]["initializationType"] == "snap-start"
    assert told["platform.restoreStart"]["functionVersion"] == "1"
    assert told["platform.restoreRuntimeDone"] == {"status": "success"}
    restored = told["platform.restoreReport"]["metrics"]["durationMs"]
    assert told["platform.report"]["metrics"]["restoreDurationMs"] == restored
    assert "initDurationMs" not in told["platform.report"]["metrics"]


def test_life_lines_and_the_bill_know_it(desk: Desk) -> None:
    name = desk.create("lines", MemorySize=1024)
    desk.publish(name)
    desk.invoke(name)
    lives = [life for life in desk.cloud.environments() if life["function"] == name]
    assert {life["type"] for life in lives} == {"snap-start"}
    kinds = [[span["kind"] for span in life["spans"]] for life in lives]
    assert kinds == [["init", "shutdown"], ["restore", "invoke", "idle"]]
    usages = [line["usage"].lower() for line in desk.cloud.bill()["lines"]]
    assert any("snapstart" in usage or "snapshot" in usage for usage in usages), usages


def test_an_initialisation_that_fails_fails_the_version(desk: Desk) -> None:
    name = desk.create("broken", "raise ValueError('no')")
    published = desk.publish(name)
    assert (published["State"], published["StateReasonCode"]) == ("Failed", "FunctionError.RuntimeInitError")
    with pytest.raises(ClientError, match="ResourceConflictException"):
        desk.functions.invoke(FunctionName=name, Qualifier="1")


def test_after_a_timeout_it_comes_back(desk: Desk) -> None:
    name = desk.create("late", SLOW)
    desk.functions.update_function_configuration(FunctionName=name, Timeout=3)
    desk.publish(name)
    payload = json.dumps({"seconds": 9})
    reply = desk.functions.invoke(FunctionName=name, Qualifier="1", Payload=payload)
    assert "timed out" in reply["Payload"].read().decode()
    assert "FunctionError" in reply


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"Runtime": "python3.11"}, "python3.11 is not supported for SnapStart enabled functions."),
        ({"Runtime": "nodejs22.x"}, "nodejs22.x is not supported for SnapStart enabled functions."),
        ({"EphemeralStorage": {"Size": 1024}}, "more than 512 MB"),
        ({"SnapStart": {"ApplyOn": "Always"}}, "snapStart.applyOn"),
    ],
)
def test_where_there_is_none(desk: Desk, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        desk.create("refused", **settings)


def test_not_together_with_provisioned_concurrency(desk: Desk) -> None:
    name = desk.create("both")
    desk.publish(name)
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        desk.functions.put_provisioned_concurrency_config(
            FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1
        )


def test_it_can_be_switched_on_and_off(desk: Desk) -> None:
    name = desk.create("switched", SnapStart={"ApplyOn": "None"})
    assert desk.publish(name)["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    desk.functions.update_function_configuration(
        FunctionName=name, SnapStart={"ApplyOn": "PublishedVersions"}
    )
    published = desk.publish(name)
    assert (published["Version"], published["SnapStart"]["OptimizationStatus"]) == ("2", "On")
    with pytest.raises(ClientError, match="more than 512 MB"):
        desk.functions.update_function_configuration(FunctionName=name, EphemeralStorage={"Size": 2048})


def test_a_runtime_that_does_not_run_here_is_published_all_the_same(desk: Desk) -> None:
    name = desk.create("java", Runtime="java21")
    assert desk.publish(name)["State"] == "Active"
