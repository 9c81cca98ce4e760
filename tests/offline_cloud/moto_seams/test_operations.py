"""What a raw request was, and how its service words an error: read back by botocore's own parsers."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser

from offline_cloud.moto_seams.operations import describe, error_answer, error_code

JSON = {"content-type": "application/x-amz-json-1.0"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("service", "operation", "target"),
    [
        ("dynamodb", "ListTables", "DynamoDB_20120810.ListTables"),
        ("sqs", "ListQueues", "AmazonSQS.ListQueues"),
        ("sts", "GetCallerIdentity", None),
        ("ec2", "DescribeInstances", None),
        ("s3", "ListBuckets", None),
        ("lambda", "ListFunctions", None),
        ("route53", "ListHostedZones", None),
        ("unknown-service", "ListBuckets", None),
    ],
)
def test_botocore_reads_code_and_message(service: str, operation: str, target: str | None) -> None:
    message = 'What it does: <docs/limits.md> & "more"'
    headers, body = error_answer(service, target, "NotImplemented", message, "id-1")
    known = service if service != "unknown-service" else "sts"
    model = botocore.session.get_session().get_service_model(known)
    parser: Any = create_parser(model.protocol)
    answer = {"status_code": 501, "headers": {k.lower(): v for k, v in headers}, "body": body}
    shape = model.operation_model(operation).output_shape if known == service else None
    parsed = parser.parse(answer, shape)
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == ("NotImplemented", message)
    assert error_code(service, 501, headers, body) == "NotImplemented"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (("sts", "POST", "/", FORM, b"Action=GetCallerIdentity&Version=1"), ("GetCallerIdentity", {})),
        (("sns", "POST", "/", FORM, b"Action=Publish&Message=a%26b"), ("Publish", {"Message": "a&b"})),
        (("sqs", "GET", "/?Action=ListQueues&Max=1", {}, b""), ("ListQueues", {"Max": "1"})),
        (
            (
                "ssm",
                "POST",
                "/",
                {**JSON, "x-amz-target": "AmazonSSM.PutParameter"},
                b'{"Name": "/a", "Value": "\xc3\xbc"}',
            ),
            ("PutParameter", {"Name": "/a", "Value": "ü"}),
        ),
        (
            ("s3", "PUT", "/bucket/a%2Fb/c%20d", {}, b"data"),
            ("PutObject", {"Bucket": "bucket", "Key": "a/b/c d"}),
        ),
        (("s3", "GET", "/bucket?list-type=2&prefix=p", {}, b""), ("ListObjectsV2", {"Bucket": "bucket"})),
        (("s3", "GET", "/", {}, b""), ("ListBuckets", {})),
        (("s3", "HEAD", "/bucket/k", {}, b""), ("HeadObject", {"Bucket": "bucket", "Key": "k"})),
        (
            ("lambda", "POST", "/2015-03-31/functions/price/invocations", {}, b'{"FunctionName": "none"}'),
            ("Invoke", {"FunctionName": "price"}),
        ),
        (
            (
                "lambda",
                "PUT",
                "/2015-03-31/functions/price/configuration",
                {"content-type": "application/json"},
                b'{"Timeout": 5}',
            ),
            ("UpdateFunctionConfiguration", {"FunctionName": "price", "Timeout": 5}),
        ),
        (
            ("dynamodb", "POST", "/", {**JSON, "x-amz-target": "DynamoDB_20120810.GetItem"}, b"{"),
            ("GetItem", None),
        ),
        (("lambda", "GET", "/no/such/path", {}, b""), ("", None)),
        (("no-service", "GET", "/", {}, b""), ("", None)),
    ],
)
def test_what_a_request_was(
    request_: tuple[str, str, str, dict[str, str], bytes],
    expected: tuple[str, dict[str, Any] | None],
) -> None:
    assert describe(*request_) == expected


def test_error_codes_of_motos_answers() -> None:
    json_body = json.dumps({"__type": "com.amazonaws#ResourceNotFoundException", "message": "m"}).encode()
    assert error_code("dynamodb", 400, [], json_body) == "ResourceNotFoundException"
    assert error_code("s3", 404, [], b"<Error><Code>NoSuchKey</Code></Error>") == "NoSuchKey"
    assert error_code("lambda", 404, [("x-amzn-ErrorType", "A:http://b")], b"{}") == "A"
    assert error_code("s3", 404, [], b"") == "404"
    assert error_code("s3", 200, [], b"<Code>fine</Code>") is None
