"""What clients of any kind see of the cloud: boto3, bare HTTP, the AWS CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from offline_cloud import Cloud

Name = Callable[[str], str]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


# ---------------------------------------------------------------------- what is not there


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("codebuild", "list_report_groups", {}),
        ("cloudcontrol", "list_resources", {"TypeName": "AWS::S3::Bucket"}),
        ("codecommit", "list_repositories", {}),
        ("iam", "simulate_principal_policy", {"PolicySourceArn": "a" * 30, "ActionNames": ["s3:GetObject"]}),
        ("bedrock-runtime", "converse", {"modelId": "a-model"}),
        ("route53", "list_cidr_collections", {}),
        ("xray", "get_insight", {"InsightId": "x"}),
    ],
)
def test_what_is_not_there_is_said_once_in_the_services_own_error_shape(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    client = cloud.session().client(service, config=Config(parameter_validation=False))
    before = len(cloud.journal())
    with pytest.raises(ClientError, match=r"The offline cloud .*docs/reference/limits\.md") as error:
        getattr(client, operation)(**parameters)
    assert code_of(error) == "NotImplemented"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    entries = cloud.journal(since=before)
    assert [entry["error"] for entry in entries] == ["NotImplemented"], "a client must not repeat it"


def test_errors_of_aws_stay_as_they_are(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("dynamodb").get_item(TableName="no-such-table", Key={"id": {"S": "1"}})
    assert code_of(error) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as error:
        cloud.client("s3").get_object(Bucket="no-such-bucket-here", Key="k")
    assert code_of(error) == "NoSuchBucket"


def test_the_journal_has_the_request_id_that_the_client_saw(cloud: Cloud) -> None:
    before = len(cloud.journal())
    seen = [
        getattr(cloud.client(service), operation)()["ResponseMetadata"]["RequestId"]
        for service, operation in (
            ("sts", "get_caller_identity"),
            ("s3", "list_buckets"),
            ("kms", "list_keys"),
        )
    ]
    assert [entry["request_id"] for entry in cloud.journal(since=before)] == seen


def test_a_crash_inside_is_said_and_not_repeated(cloud: Cloud) -> None:
    """moto 5.2 stumbles over this statement; should it learn it, take another that it stumbles over."""
    before = len(cloud.journal())
    with pytest.raises(ClientError, match="The offline cloud stumbled over this request") as error:
        cloud.client("dynamodb").execute_statement(Statement="nonsense")
    assert code_of(error) == "InternalFailure"
    assert [entry["operation"] for entry in cloud.journal(since=before)] == ["ExecuteStatement"]


def test_what_moto_says_with_a_500_is_not_repeated_either(cloud: Cloud) -> None:
    before = len(cloud.journal())
    with pytest.raises(ClientError) as error:
        cloud.client("xray").get_trace_summaries(StartTime=0, EndTime=1, FilterExpression="service(")
    assert code_of(error) == "NotImplemented"
    assert len(cloud.journal(since=before)) == 1


# ---------------------------------------------------------------------- S3 over boto3 and bare HTTP


@pytest.fixture
def bucket(cloud: Cloud, fresh_name: Name) -> str:
    name = fresh_name("bucket")
    cloud.client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(
    "key", ["plain", "ü/日本 語.txt", "a//b", "a%2Fb", "a+b c?d#e&f=g", "trailing/", "../up"]
)
def test_keys_of_any_spelling(cloud: Cloud, bucket: str, key: str) -> None:
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


def test_metadata_keeps_its_underscores(cloud: Cloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Metadata={"with_underscore": "1", "with-dash": "2"})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"with_underscore": "1", "with-dash": "2"}


def test_thirty_megabytes_and_ranges(cloud: Cloud, bucket: str) -> None:
    s3, body = cloud.client("s3"), bytes(range(256)) * 120_000
    s3.put_object(Bucket=bucket, Key="large", Body=body)  # boto3 says Expect: 100-continue and waits for it
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == len(body)
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == body
    part = s3.get_object(Bucket=bucket, Key="large", Range="bytes=256-259")
    assert (part["Body"].read(), part["ResponseMetadata"]["HTTPStatusCode"]) == (b"\x00\x01\x02\x03", 206)


def test_multipart_and_streams_of_unknown_length(cloud: Cloud, bucket: str, tmp_path: Path) -> None:
    s3, source = cloud.client("s3"), tmp_path / "source"
    source.write_bytes(os.urandom(9 * 1024 * 1024))  # above boto3's threshold: several parts, in parallel
    s3.upload_file(str(source), bucket, "parts")
    s3.download_file(bucket, "parts", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()


def test_a_presigned_url_works_without_a_client(cloud: Cloud, bucket: str, http_call: Any) -> None:
    s3 = cloud.client("s3")
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "signed here"})
    request = urllib.request.Request(put, data=b"by curl", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "signed here"})
    assert urllib.request.urlopen(get).read() == b"by curl"


def test_an_unsigned_request_is_for_s3(cloud: Cloud, bucket: str, http_call: Any) -> None:
    cloud.client("s3").put_object(
        Bucket=bucket, Key="page.html", Body=b"<p>hi", ContentType="text/html", ACL="public-read"
    )
    reply = http_call("GET", f"/{bucket}/page.html")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"<p>hi", "text/html")
    assert http_call("HEAD", f"/{bucket}/page.html").headers["content-length"] == "5"
    assert b"<Code>NoSuchKey</Code>" in http_call("GET", f"/{bucket}/nothing").body
    cloud.client("s3").put_object(Bucket=bucket, Key="mine", Body=b"secret")
    refused = http_call("GET", f"/{bucket}/mine")
    assert refused.status == 403
    assert b"<Code>AccessDenied</Code>" in refused.body


def test_the_bucket_may_stand_in_the_host_name(cloud: Cloud, bucket: str, http_call: Any) -> None:
    cloud.client("s3").put_object(Bucket=bucket, Key="k", Body=b"v", ACL="public-read")
    assert http_call("GET", "/k", headers={"Host": f"{bucket}.localhost"}).body == b"v"


def test_a_chunked_upload(cloud: Cloud, bucket: str, http_call: Any) -> None:
    reply = http_call("PUT", f"/{bucket}/chunks", iter([b"one,", b"two"]), {"Transfer-Encoding": "chunked"})
    assert reply.status == 200
    assert cloud.client("s3").get_object(Bucket=bucket, Key="chunks")["Body"].read() == b"one,two"


# ---------------------------------------------------------------------- many at once


@pytest.fixture
def table(cloud: Cloud, fresh_name: Name) -> str:
    name = fresh_name("table")
    cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def test_sixteen_clients_count_and_nothing_is_lost(cloud: Cloud, table: str) -> None:
    def count(_: int) -> None:
        client: Any = clients.pop()
        for _ in range(20):
            client.update_item(
                TableName=table,
                Key={"id": {"S": "counter"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    session: Any = cloud.session()
    clients = [session.client("dynamodb") for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(count, range(16)))
    item = cloud.client("dynamodb").get_item(TableName=table, Key={"id": {"S": "counter"}})["Item"]
    assert item["n"] == {"N": "320"}


def test_many_services_wake_up_at_once(cloud: Cloud) -> None:
    calls = {
        "sqs": "list_queues",
        "sns": "list_topics",
        "kms": "list_keys",
        "ssm": "describe_parameters",
        "iam": "list_roles",
        "events": "list_rules",
        "logs": "describe_log_groups",
        "secretsmanager": "list_secrets",
    }
    clients = {service: cloud.client(service) for service in calls}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda service: getattr(clients[service], calls[service])(), calls))
    assert all(answer["ResponseMetadata"]["HTTPStatusCode"] == 200 for answer in answers)


# ---------------------------------------------------------------------- other clients


def test_the_aws_cli_drives_it(cloud: Cloud, bucket: str, tmp_path: Path) -> None:
    aws = Path(sys.executable).with_name("aws")
    if not aws.exists():
        pytest.skip("the AWS CLI is not installed here: pip install 'labkit[bench]' brings it")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **cloud.environment()}

    def cli(*arguments: str) -> str:
        done = subprocess.run(
            [str(aws), *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert json.loads(cli("sts", "get-caller-identity"))["Account"] == "123456789012"
    source = tmp_path / "grüße.txt"
    source.write_text("hello")
    cli("s3", "cp", str(source), f"s3://{bucket}/")
    assert cli("s3", "cp", f"s3://{bucket}/grüße.txt", "-") == "hello"


def test_motos_own_api_is_not_reachable(cloud: Cloud, http_call: Any) -> None:
    name = cloud.client("ssm").put_parameter(Name="/kept", Value="1", Type="String", Overwrite=True)
    assert name
    assert http_call("POST", "/moto-api/reset").status in (403, 404, 405, 501)
    assert http_call("POST", "/moto-api/seed?a=1").status in (403, 404, 405, 501)
    assert cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "1"


def test_accounts_and_regions_are_kept_apart(cloud: Cloud, fresh_name: Name) -> None:
    queue = fresh_name("queue")
    cloud.client("sqs", "eu-west-1").create_queue(QueueName=queue)
    assert any(queue in url for url in cloud.client("sqs", "eu-west-1").list_queues()["QueueUrls"])
    assert not any(queue in url for url in cloud.client("sqs").list_queues().get("QueueUrls", []))
