"""Versions and aliases through boto3, against a running cloud."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def zipped(number: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("app.py")
        archive.writestr(entry, f"def handler(event, context):\n    return {number}\n")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def functions() -> Iterator[Any]:
    with Cloud.start(clock="skip", seed=3) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield cloud.client("lambda")


@pytest.fixture
def name(functions: Any) -> Iterator[str]:
    """A function with the versions 1 and 2."""
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::123456789012:role/r",
        Code={"ZipFile": zipped(1)},
    )
    functions.publish_version(FunctionName="f")
    functions.update_function_code(FunctionName="f", ZipFile=zipped(2))
    functions.publish_version(FunctionName="f", Description="second")
    yield "f"
    functions.delete_function(FunctionName="f")


def published(functions: Any, name: str) -> list[str]:
    found = functions.list_versions_by_function(FunctionName=name)["Versions"]
    return [version["Version"] for version in found]


def refused(code: str, call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_publishing_without_a_change_gives_the_same_version(functions: Any, name: str) -> None:
    assert functions.publish_version(FunctionName=name)["Version"] == "2"
    functions.update_function_code(FunctionName=name, ZipFile=zipped(2))
    functions.update_function_configuration(FunctionName=name, Timeout=3)
    assert functions.publish_version(FunctionName=name)["Version"] == "2"
    assert published(functions, name) == ["$LATEST", "1", "2"]


def test_a_changed_variable_is_a_new_version(functions: Any, name: str) -> None:
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"AA": "1"}})
    assert functions.publish_version(FunctionName=name)["Version"] == "3"
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"AA": "2"}})
    assert functions.publish_version(FunctionName=name)["Version"] == "4"
    kept = functions.get_function_configuration(FunctionName=name, Qualifier="3")
    assert kept["Environment"]["Variables"] == {"AA": "1"}


def test_a_number_is_not_given_again(functions: Any, name: str) -> None:
    functions.delete_function(FunctionName=name, Qualifier="2")
    functions.update_function_configuration(FunctionName=name, MemorySize=256)
    assert functions.publish_version(FunctionName=name)["Version"] == "3"
    assert published(functions, name) == ["$LATEST", "1", "3"]


def test_conditions_of_publishing(functions: Any, name: str) -> None:
    message = refused(
        "InvalidParameterValueException", functions.publish_version, FunctionName=name, CodeSha256="x"
    )
    assert message.startswith("CodeSHA256 (x) is different from current CodeSHA256 in $LATEST")
    refused("PreconditionFailedException", functions.publish_version, FunctionName=name, RevisionId="x")


def test_an_alias_from_its_birth_to_its_end(functions: Any, name: str) -> None:
    made = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description="all")
    assert made["AliasArn"] == f"{ARN}f:live"
    assert "RoutingConfig" not in made
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    moved = functions.update_alias(FunctionName=name, Name="live", RoutingConfig=weights)
    assert (moved["FunctionVersion"], moved["Description"]) == ("1", "all")
    assert moved["RoutingConfig"] == weights
    assert moved["RevisionId"] != made["RevisionId"]
    got = functions.get_alias(FunctionName=f"{ARN}f", Name="live")
    assert {**got, "ResponseMetadata": 0} == {**moved, "ResponseMetadata": 0}
    functions.delete_alias(FunctionName=name, Name="live")
    functions.delete_alias(FunctionName=name, Name="live")
    message = refused("ResourceNotFoundException", functions.get_alias, FunctionName=name, Name="live")
    assert message == f"Cannot find alias arn: {ARN}f:live"


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("ResourceNotFoundException", {"FunctionVersion": "7"}),
        ("ResourceNotFoundException", {"RoutingConfig": {"AdditionalVersionWeights": {"7": 0.5}}}),
        ("InvalidParameterValueException", {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.9}}}),
        (
            "InvalidParameterValueException",
            {"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
        ),
        ("ValidationException", {"RoutingConfig": {"AdditionalVersionWeights": {"2": 10.0}}}),
        ("ValidationException", {"Name": "12"}),
        ("ResourceNotFoundException", {"FunctionName": "nobody"}),
    ],
)
def test_aliases_that_lambda_refuses(
    functions: Any, name: str, code: str, parameters: dict[str, Any]
) -> None:
    wanted = {"FunctionName": name, "Name": "new", "FunctionVersion": "1", **parameters}
    refused(code, functions.create_alias, **wanted)
    assert functions.list_aliases(FunctionName=name)["Aliases"] == []


def test_an_alias_is_made_once_and_changed_knowingly(functions: Any, name: str) -> None:
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    message = refused(
        "ResourceConflictException",
        functions.create_alias,
        FunctionName=name,
        Name="live",
        FunctionVersion="2",
    )
    assert message == f"Alias already exists: {ARN}f:live"
    stale = {"FunctionName": name, "Name": "live", "FunctionVersion": "2", "RevisionId": "x"}
    refused("PreconditionFailedException", functions.update_alias, **stale)


def test_a_version_that_an_alias_uses_stays(functions: Any, name: str) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.1}}
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig=weights)
    for version in ("1", "2"):
        message = refused(
            "ResourceConflictException", functions.delete_function, FunctionName=name, Qualifier=version
        )
        assert message.endswith("the following aliases reference it: [live]")


def test_aliases_in_pages_and_of_one_version(functions: Any, name: str) -> None:
    for letter in "abc":
        functions.create_alias(FunctionName=name, Name=letter, FunctionVersion="2" if letter == "b" else "1")
    pages = functions.get_paginator("list_aliases").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 2}
    )
    assert [[alias["Name"] for alias in page["Aliases"]] for page in pages] == [["a", "b"], ["c"]]
    of_two = functions.list_aliases(FunctionName=name, FunctionVersion="2")["Aliases"]
    assert [alias["Name"] for alias in of_two] == ["b"]
