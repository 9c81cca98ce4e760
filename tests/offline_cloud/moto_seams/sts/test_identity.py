"""Who am I? As the learner, as an IAM user, as a role, as a function."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import boto3
import pytest

from offline_cloud import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SOURCE = """
import boto3
def handler(event, context):
    seen = boto3.client("sts").get_caller_identity()
    return {name: seen[name] for name in ("Account", "Arn", "UserId")}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud.start(clock="skip", seed=17) as running:
        yield running


def arn_with(cloud: Cloud, key: str, secret: str, token: str | None = None) -> str:
    client = boto3.client(
        "sts",
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )
    return client.get_caller_identity()["Arn"]


def test_the_learner_is_a_user(cloud: Cloud) -> None:
    seen = cloud.client("sts").get_caller_identity()
    assert seen["Arn"] == "arn:aws:iam::123456789012:user/learner"
    assert (seen["Account"], seen["UserId"][:4], len(seen["UserId"])) == ("123456789012", "AIDA", 21)
    assert arn_with(cloud, "testing", "testing") == seen["Arn"]


def test_users_and_roles_are_themselves(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    assert arn_with(cloud, key["AccessKeyId"], key["SecretAccessKey"]).endswith(":user/ann")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    lent = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="trial")["Credentials"]
    seen = arn_with(cloud, lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"])
    assert seen == "arn:aws:sts::123456789012:assumed-role/r/trial"


def test_a_function_is_the_session_of_its_role(cloud: Cloud) -> None:
    role = cloud.client("iam").create_role(RoleName="f-role", AssumeRolePolicyDocument=json.dumps(TRUST))[
        "Role"
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", SOURCE)
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role["Arn"],
        Timeout=30,
        Code={"ZipFile": buffer.getvalue()},
    )
    assert json.loads(functions.invoke(FunctionName="f")["Payload"].read()) == {
        "Account": "123456789012",
        "Arn": "arn:aws:sts::123456789012:assumed-role/f-role/f",
        "UserId": f"{role['RoleId']}:f",
    }
