"""Reserved and provisioned concurrency through boto3, on a cloud whose account has a limit of 20."""

from __future__ import annotations

import base64
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from offline_cloud import Cloud

ROLE = "arn:aws:iam::123456789012:role/r"
TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
LIMIT = 20
SLEEPS = "import time\ndef handler(event, context):\n    time.sleep(event.get('seconds', 0))\n    return 1"
TELLS = (
    "import os, time\ntime.sleep(2)\nborn = time.time()\n"
    "def handler(event, context):\n    time.sleep(event.get('seconds', 0))\n"
    "    return [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], context.log_stream_name, born, time.time()]"
)


class Account:
    """A small account, and functions in it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._session: Any = cloud.session()
        config = Config(retries={"max_attempts": 0}, read_timeout=300, max_pool_connections=300)
        self.functions = self._session.client("lambda", config=config)
        self._made = 0

    def function(self, source: str = SLEEPS, **settings: Any) -> str:
        self._made += 1
        name = f"f{self._made}"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", source)
        given = {"Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE, "Timeout": 60, **settings}
        self.functions.create_function(FunctionName=name, Code={"ZipFile": buffer.getvalue()}, **given)
        return name

    def invoke(self, name: str, seconds: float = 0, **parameters: Any) -> Any:
        payload = json.dumps({"seconds": seconds})
        reply = self.functions.invoke(FunctionName=name, Payload=payload, **parameters)
        assert "FunctionError" not in reply
        return json.load(reply["Payload"])

    def settings(self) -> dict[str, int]:
        return dict(self.functions.get_account_settings()["AccountLimit"])

    def reserve(self, name: str, count: int) -> None:
        self.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=count)

    def provision(self, name: str, qualifier: str, count: int) -> dict[str, Any]:
        return dict(
            self.functions.put_provisioned_concurrency_config(
                FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count
            )
        )

    def ready(self, name: str, qualifier: str) -> dict[str, Any]:
        """The configuration when it is no longer in progress."""
        while True:
            self.cloud.clock.settle()
            shown = self.functions.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)
            if shown["Status"] != "IN_PROGRESS":
                return dict(shown)

    def busy(self, name: str, count: int, *more: tuple[str, int], **parameters: Any) -> list[list[str]]:
        """That many calls at once, of this and of more functions, that all last for 50 seconds.

        What each came to: ok, or the reason why it was refused.
        """

        def call(one: str) -> str:
            try:
                self.invoke(one, 50, **parameters)
            except ClientError as error:
                said = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
                return (
                    str(error.response["Reason"]) if said == ("TooManyRequestsException", 429) else str(said)
                )
            return "ok"

        wanted = [(name, count), *more]
        total = sum(number for _, number in wanted)
        with ThreadPoolExecutor(total) as pool:
            calls = [[pool.submit(call, one) for _ in range(number)] for one, number in wanted]
            everyone = [one for group in calls for one in group]
            while sum(one.done() for one in everyone) + self._running() < total:
                assert not any(one.done() and one.exception() for one in everyone)
            self.cloud.clock.advance(seconds=60)
            return [sorted(one.result() for one in group) for group in calls]

    def _running(self) -> int:
        return sum(life["state"] == "busy" for life in self.cloud.environments())

    def lives(self, name: str) -> list[dict[str, Any]]:
        return [life for life in self.cloud.environments() if life["function"] == name]


@pytest.fixture(scope="module")
def small() -> Iterator[Account]:
    with Cloud.start(clock="live", seed=5, concurrency=LIMIT) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield Account(cloud)


@pytest.fixture
def account(small: Account) -> Iterator[Account]:
    yield small
    for function in small.functions.list_functions()["Functions"]:
        small.functions.delete_function(FunctionName=function["FunctionName"])
    assert small.settings()["UnreservedConcurrentExecutions"] == LIMIT


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


# ------------------------------------------------------------------ the account, reserved concurrency


def test_the_account_says_its_limits(account: Account) -> None:
    account.function()
    said = account.functions.get_account_settings()
    assert said["AccountLimit"] == {
        "TotalCodeSize": 80_530_636_800,
        "CodeSizeUnzipped": 262_144_000,
        "CodeSizeZipped": 52_428_800,
        "ConcurrentExecutions": LIMIT,
        "UnreservedConcurrentExecutions": LIMIT,
    }
    assert said["AccountUsage"]["FunctionCount"] == 1
    assert 100 < said["AccountUsage"]["TotalCodeSize"] < 1000


def test_more_calls_than_the_account_has_are_refused(account: Account) -> None:
    (seen,) = account.busy(account.function(), 30)
    assert seen == ["ConcurrentInvocationLimitExceeded"] * 10 + ["ok"] * LIMIT
    refused_now = account.cloud.throttles()[-1]
    assert refused_now["reason"] == "ConcurrentInvocationLimitExceeded"


def test_what_is_reserved_is_a_floor_and_a_cap(account: Account) -> None:
    checkout, reports, others = account.function(), account.function(), account.function()
    account.reserve(checkout, 5)
    account.reserve(reports, 3)
    assert account.settings()["UnreservedConcurrentExecutions"] == LIMIT - 8
    busy, sold, told = account.busy(others, 15, (checkout, 5), (reports, 6))
    assert busy == ["ConcurrentInvocationLimitExceeded"] * 3 + ["ok"] * 12
    assert sold == ["ok"] * 5
    assert told == ["ReservedFunctionConcurrentInvocationLimitExceeded"] * 3 + ["ok"] * 3
    shown = account.functions.get_function(FunctionName=reports)["Concurrency"]
    assert shown == {"ReservedConcurrentExecutions": 3}


def test_nought_is_shown_and_deleting_gives_back(account: Account) -> None:
    name, lambda_ = account.function(), account.functions
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName=name)
    assert "Concurrency" not in lambda_.get_function(FunctionName=name)
    account.reserve(name, 0)
    assert lambda_.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
    assert lambda_.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert account.busy(name, 1) == [["ReservedFunctionConcurrentInvocationLimitExceeded"]]
    with pytest.raises(lambda_.exceptions.TooManyRequestsException) as caught:
        lambda_.invoke(FunctionName=name)
    assert caught.value.response["Error"]["Message"] == "Rate Exceeded."
    assert caught.value.response["message"] == "Rate Exceeded."
    lambda_.delete_function_concurrency(FunctionName=name)
    assert account.busy(name, 1) == [["ok"]]


def test_something_must_stay_unreserved(account: Account) -> None:
    name = account.function()
    said = refused(
        account.functions.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=19
    )
    assert said == (
        "InvalidParameterValueException",
        400,
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [2].",
    )
    account.reserve(name, 18)


def test_an_unknown_function_has_no_concurrency(account: Account) -> None:
    for call, more in (
        (account.functions.put_function_concurrency, {"ReservedConcurrentExecutions": 1}),
        (account.functions.get_function_concurrency, {}),
        (account.functions.delete_function_concurrency, {}),
        (account.functions.list_provisioned_concurrency_configs, {}),
    ):
        assert refused(call, FunctionName="nowhere", **more)[:2] == ("ResourceNotFoundException", 404)


def test_another_region_has_a_limit_of_its_own(account: Account) -> None:
    name = account.function()
    account.reserve(name, 10)
    elsewhere = account.cloud.client("lambda", region="eu-west-1").get_account_settings()["AccountLimit"]
    assert elsewhere["UnreservedConcurrentExecutions"] == LIMIT


# ------------------------------------------------------------------ provisioned concurrency


def test_provisioned_environments_stand_ready_before_the_first_call(account: Account) -> None:
    name = account.function(TELLS, Publish=True)
    before = account.cloud.clock.now().timestamp()
    asked = account.provision(name, "1", 3)
    assert (asked["Status"], asked["RequestedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 3)
    assert asked["ResponseMetadata"]["HTTPStatusCode"] == 202
    shown = account.ready(name, "1")
    assert shown["Status"] == "READY"
    assert shown["AllocatedProvisionedConcurrentExecutions"] == 3
    assert shown["AvailableProvisionedConcurrentExecutions"] == 3
    ready_after = account.cloud.clock.now().timestamp() - before
    assert 62 <= ready_after < 75  # a minute, and the two seconds of all three initialisations at once
    kind, _, born, now = account.invoke(name, Qualifier="1")
    assert kind == "provisioned-concurrency"
    assert now - born < 60
    assert {life["type"] for life in account.lives(name)} == {"provisioned-concurrency"}
    assert [span["kind"] for span in account.lives(name)[0]["spans"]][:2] == ["init", "idle"]


def test_the_first_report_tells_of_the_initialisation(account: Account) -> None:
    name = account.function(TELLS, Publish=True)
    account.provision(name, "1", 1)
    account.ready(name, "1")
    tails = []
    for _ in range(2):
        reply = account.functions.invoke(FunctionName=name, Qualifier="1", LogType="Tail")
        tails.append(base64.b64decode(reply["LogResult"]).decode())
    assert "Init Duration: 2" in tails[0]
    assert "Init Duration" not in tails[1]


def test_the_log_in_json_says_why_it_was_initialised(account: Account) -> None:
    name = account.function(Publish=True, LoggingConfig={"LogFormat": "JSON"})
    account.provision(name, "1", 1)
    account.ready(name, "1")
    logs = account.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    started = json.loads(logs[0]["message"])
    assert started["type"] == "platform.initStart"
    assert started["record"]["initializationType"] == "provisioned-concurrency"


def test_it_stays_when_idle_and_goes_when_deleted(account: Account) -> None:
    name = account.function(TELLS, Publish=True)
    account.provision(name, "1", 2)
    account.ready(name, "1")
    account.cloud.clock.advance(hours=2)
    assert {life["state"] for life in account.lives(name)} == {"idle"}
    account.functions.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    assert {life["state"] for life in account.lives(name)} == {"shutdown"}
    code, status, message = refused(
        account.functions.get_provisioned_concurrency_config, FunctionName=name, Qualifier="1"
    )
    assert (code, status) == ("ProvisionedConcurrencyConfigNotFoundException", 404)
    assert message == "No Provisioned Concurrency Config found for this function"
    assert account.invoke(name, Qualifier="1")[0] == "on-demand"


def test_what_it_cannot_take_spills_over(account: Account) -> None:
    name = account.function(TELLS, Publish=True)
    account.provision(name, "1", 2)
    account.ready(name, "1")
    assert account.busy(name, 4, Qualifier="1") == [["ok"] * 4]
    kinds = [life["type"] for life in account.lives(name)]
    assert sorted(kinds) == ["on-demand"] * 2 + ["provisioned-concurrency"] * 2
    assert account.invoke(name)[0] == "on-demand"  # $LATEST has none


def test_it_counts_within_what_is_reserved(account: Account) -> None:
    name = account.function(Publish=True)
    account.reserve(name, 3)
    assert refused(
        account.functions.put_provisioned_concurrency_config,
        FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=4,
    )[::2] == (
        "InvalidParameterValueException",
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
        "function",
    )  # fmt: skip
    account.provision(name, "1", 3)
    account.ready(name, "1")
    assert account.busy(name, 1) == [["ReservedFunctionConcurrentInvocationLimitExceeded"]]
    assert account.busy(name, 1, Qualifier="1") == [["ok"]]
    assert refused(
        account.functions.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=2
    )[0] == "InvalidParameterValueException"  # fmt: skip


def test_what_cannot_be_provisioned(account: Account) -> None:
    name, lambda_ = account.function(Publish=True), account.functions
    lambda_.create_alias(FunctionName=name, Name="dev", FunctionVersion="$LATEST")
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    lambda_.create_alias(FunctionName=name, Name="same", FunctionVersion="1")
    for qualifier, code, words in (
        ("$LATEST", "InvalidParameterValueException", "unpublished function versions"),
        ("dev", "InvalidParameterValueException", "unpublished function versions"),
        ("7", "ResourceNotFoundException", "Function not found"),
        ("nobody", "ResourceNotFoundException", "Function not found"),
    ):
        seen = refused(
            lambda_.put_provisioned_concurrency_config,
            FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=1,
        )  # fmt: skip
        assert (seen[0], words in seen[2]) == (code, True)
    account.provision(name, "live", 1)
    for qualifier in ("1", "same"):
        assert refused(
            lambda_.put_provisioned_concurrency_config,
            FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=1,
        )[:2] == ("ResourceConflictException", 409)  # fmt: skip
    assert refused(
        lambda_.put_provisioned_concurrency_config,
        FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=19,
    )[2].endswith("below its minimum value of [2].")  # fmt: skip
    listed = lambda_.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    assert [
        (one["FunctionArn"].split(":")[-1], one["RequestedProvisionedConcurrentExecutions"]) for one in listed
    ] == [("live", 1)]


def test_an_alias_takes_it_along_and_shares_it_by_weight(account: Account) -> None:
    name, lambda_ = account.function(TELLS, Publish=True), account.functions
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    account.provision(name, "live", 4)
    account.ready(name, "live")
    lambda_.update_function_configuration(FunctionName=name, Timeout=50)
    lambda_.publish_version(FunctionName=name)
    lambda_.update_alias(
        FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}}
    )
    assert account.ready(name, "live")["AvailableProvisionedConcurrentExecutions"] == 4
    idle = [life["version"] for life in account.lives(name) if life["state"] == "idle"]
    assert sorted(idle) == ["1", "1", "1", "2"]
    lambda_.update_alias(
        FunctionName=name, Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}}
    )
    account.ready(name, "live")
    idle = [life["version"] for life in account.lives(name) if life["state"] == "idle"]
    assert idle == ["2"] * 4
    assert account.invoke(name, Qualifier="live")[0] == "provisioned-concurrency"
    lambda_.delete_alias(FunctionName=name, Name="live")
    assert {life["state"] for life in account.lives(name)} == {"shutdown"}


def test_an_initialisation_that_fails_is_said(account: Account) -> None:
    name = account.function("raise ValueError('no')", Publish=True)
    account.provision(name, "1", 2)
    shown = account.ready(name, "1")
    assert (shown["Status"], shown["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert shown["AvailableProvisionedConcurrentExecutions"] == 0


# ------------------------------------------------------------------ many at once


def test_a_version_that_is_deleted_takes_its_environments_along(account: Account) -> None:
    name = account.function(Publish=True)
    account.provision(name, "1", 2)
    account.ready(name, "1")
    account.functions.delete_function(FunctionName=name, Qualifier="1")
    assert {life["state"] for life in account.lives(name)} == {"shutdown"}
    assert account.settings()["UnreservedConcurrentExecutions"] == LIMIT


def test_thirty_two_clients_on_one_function(account: Account) -> None:
    """Updating, invoking, provisioning and deleting at once: AWS's answers only, and nothing is left."""
    descriptors = Path(f"/proc/{account.cloud.pid}/fd")
    before = len(list(descriptors.glob("*")))
    name = account.function(Publish=True)
    lambda_, failures = account.functions, []
    allowed = {"ResourceNotFoundException", "TooManyRequestsException", "ResourceConflictException",
               "InvalidParameterValueException"}  # fmt: skip

    def client(number: int) -> None:
        for turn in range(6):
            try:
                match (number + turn) % 8:
                    case 0:
                        lambda_.update_function_configuration(
                            FunctionName=name, Description=f"{number}-{turn}"
                        )
                    case 1:
                        account.reserve(name, number % 5)
                    case 2:
                        lambda_.delete_function_concurrency(FunctionName=name)
                    case 3:
                        lambda_.publish_version(FunctionName=name)
                    case 4:
                        account.provision(name, "1", 1 + turn % 2)
                    case 5 if number == 31:
                        lambda_.delete_function(FunctionName=name)
                    case _:
                        lambda_.invoke(FunctionName=name, Payload="{}")
            except ClientError as error:
                if error.response["Error"]["Code"] not in allowed:
                    failures.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    for function in lambda_.list_functions()["Functions"]:
        lambda_.delete_function(FunctionName=function["FunctionName"])
    account.cloud.clock.settle()
    assert {life["state"] for life in account.lives(name)} <= {"shutdown"}
    # What is left over are connections of the 32 clients; one environment has seven descriptors or more.
    assert len(list(descriptors.glob("*"))) <= before + 32
    assert account.functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == LIMIT


def test_up_to_two_hundred_and_down_again() -> None:
    with Cloud.start(clock="live", seed=6) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        account = Account(cloud)
        name = account.function(Timeout=900)
        for _ in range(200):
            account.functions.invoke(
                FunctionName=name, InvocationType="Event", Payload=json.dumps({"seconds": 600})
            )
        cloud.clock.advance(minutes=11)
        lives = account.lives(name)
        assert len(lives) == 200
        spans = [span for life in lives for span in life["spans"] if span["kind"] == "invoke"]
        assert max(span["start"] for span in spans) < min(span["end"] for span in spans)
        cloud.clock.advance(minutes=11)
        assert {life["state"] for life in account.lives(name)} == {"shutdown"}
