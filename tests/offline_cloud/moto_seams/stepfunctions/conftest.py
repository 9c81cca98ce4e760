"""State machines of a cloud whose clock skips, through boto3."""

from __future__ import annotations

import io
import itertools
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from offline_cloud import Cloud

ROLE = "arn:aws:iam::123456789012:role/states"
PASS = {"Type": "Pass", "End": True}


class Machines:
    """A cloud, and short ways to run machines in it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.sfn = cloud.client("stepfunctions")
        self._numbers = itertools.count(1)

    def name(self) -> str:
        return f"machine-{next(self._numbers)}"

    def create(self, states: Any, **settings: Any) -> str:
        """A machine that begins with its first state; its ARN."""
        definition = {"StartAt": next(iter(states)), "States": states}
        created = self.sfn.create_state_machine(
            **{"name": self.name(), "roleArn": ROLE, "definition": json.dumps(definition)} | settings
        )
        arn: str = created["stateMachineArn"]
        return arn

    def start(self, states: Any, value: Any = None, **settings: Any) -> str:
        arn = self.create(states, **settings)
        started = self.sfn.start_execution(stateMachineArn=arn, input=json.dumps(value or {}))
        execution: str = started["executionArn"]
        return execution

    def ended(self, execution: str, seconds: float = 30.0) -> dict[str, Any]:
        """What DescribeExecution says when the execution no longer runs."""
        until = time.monotonic() + seconds
        while True:
            said: dict[str, Any] = self.sfn.describe_execution(executionArn=execution)
            if said["status"] != "RUNNING":
                return said
            assert time.monotonic() < until, f"{execution} still runs"
            time.sleep(0.002)

    def run(self, states: Any, value: Any = None, **settings: Any) -> dict[str, Any]:
        return self.ended(self.start(states, value, **settings))

    def output(self, states: Any, value: Any = None) -> Any:
        said = self.run(states, value)
        assert said["status"] == "SUCCEEDED", (said.get("error"), said.get("cause"))
        return json.loads(said["output"])

    def types(self, execution: str) -> list[str]:
        events = self.sfn.get_execution_history(executionArn=execution)["events"]
        return [event["type"] for event in events]

    def waits_for(self, count: int, kind: str, execution: str) -> None:
        """Come back when the history has so many events of a type."""
        until = time.monotonic() + 30
        while self.types(execution).count(kind) < count:
            assert time.monotonic() < until, f"no {kind} in {self.types(execution)}"
            time.sleep(0.002)

    def function(self, name: str, source: str, timeout: int = 3) -> str:
        """A function with this source; its ARN."""
        iam, functions = self.cloud.client("iam"), self.cloud.client("lambda")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
        role = f"role-{name}"
        iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=json.dumps({"Statement": [{**trust, "Action": "sts:AssumeRole"}]}),
        )
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("app.py", source)
        created = functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=f"arn:aws:iam::123456789012:role/{role}",
            Handler="app.handler",
            Timeout=timeout,
            Code={"ZipFile": archive.getvalue()},
        )
        arn: str = created["FunctionArn"]
        return arn


def task(resource: str, **fields: Any) -> dict[str, Any]:
    """A machine's states: one task."""
    return {"T": {"Type": "Task", "Resource": resource, "End": True, **fields}}


@pytest.fixture(scope="session")
def skipping() -> Iterator[Cloud]:
    """A cloud that moves time on whenever it is quiet."""
    with Cloud.start(clock="skip", seed=3) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def machines(skipping: Cloud) -> Machines:
    return Machines(skipping)
