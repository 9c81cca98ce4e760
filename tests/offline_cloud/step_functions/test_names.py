"""Names, ARNs, pages, and the spelling of the SDKs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from offline_cloud.engines.states_language.resources import parse_resource
from offline_cloud.step_functions.arns import page, parts
from offline_cloud.step_functions.catalogue import Catalogue
from offline_cloud.step_functions.faults import ApiError
from offline_cloud.step_functions.integrations.faults import TaskFault
from offline_cloud.step_functions.integrations.sdk_shapes import (
    from_boto,
    iso,
    java_name,
    pascal_case,
    to_boto,
)
from offline_cloud.step_functions.integrations.services import boto_name, exception_name, sdk_fault_name
from offline_cloud.step_functions.names import check_name, check_role
from offline_cloud.step_functions.request_rules import check


@pytest.fixture(scope="module")
def client() -> Any:
    """Makes clients that call nobody."""
    session: Any = botocore.session.Session(
        session_vars=dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, None, None))
    )
    return lambda service: session.create_client(
        service,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        endpoint_url="http://localhost:1",
    )


@pytest.mark.parametrize("name", ["a", "x" * 80, "a-b_c.d", "ümlaut", "a@b", "(a)", "a=b+c!"])
def test_good_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "x" * 81, "a b", "a\tb", "a\x7f", "a;b", "a$", "^", "`", "a&b", "{a}"])
def test_bad_names(name: str) -> None:
    with pytest.raises(ApiError, match="InvalidName"):
        check_name(name)


def test_roles() -> None:
    check_role("arn:aws:iam::123456789012:role/path/to/it")
    with pytest.raises(ApiError, match="Invalid Role Arn: 'nobody'"):
        check_role("nobody")


def test_arns_are_of_a_kind() -> None:
    assert parts("arn:aws:states:r:a:execution:m:n", "execution") == ("execution", ["m", "n"])
    for arn in ("", "arn:aws:s3:::b", "arn:aws:states:r:a:activity", "arn:aws:lambda:r:a:function:f"):
        with pytest.raises(ApiError, match="Invalid ARN prefix"):
            parts(arn, "activity")


def test_pages_cover_a_list() -> None:
    seen: list[int] = []
    token: str | None = None
    while True:
        chosen, token = page(range(7), {"maxResults": 3, "nextToken": token})
        seen += chosen
        if token is None:
            break
    assert seen == list(range(7))


@pytest.mark.parametrize(
    ("operation", "request_", "says"),
    [
        ("StartExecution", {}, "Value null at 'stateMachineArn' failed"),
        ("StartExecution", {"stateMachineArn": ""}, "length greater than or equal to 1"),
        ("GetExecutionHistory", {"executionArn": "a", "maxResults": 1001}, "less than or equal to 1000"),
        ("ListExecutions", {"statusFilter": "GONE"}, "enum value set: [RUNNING, SUCCEEDED, FAILED"),
        ("StartExecution", {"stateMachineArn": 7}, "SerializationException"),
        ("StartExecution", {"stateMachineArn": "", "name": ""}, "2 validation errors detected: "),
    ],
)
def test_requests_that_break_the_description(operation: str, request_: Any, says: str) -> None:
    with pytest.raises(ApiError) as error:
        check(operation, request_)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("service", "name"),
    [("dynamodb", "dynamodb"), ("sfn", "stepfunctions"), ("secretsmanager", "secretsmanager"),
     ("eventbridge", "events"), ("cloudwatchlogs", "logs"), ("cognitoidentityprovider", "cognito-idp"),
     ("nothing", None)],
)  # fmt: skip
def test_services_of_the_sdk(service: str, name: str | None) -> None:
    assert boto_name(service) == name


@pytest.mark.parametrize(
    ("service", "shape", "name"),
    [("dynamodb", "ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"),
     ("sqs", "QueueDoesNotExist", "Sqs.QueueDoesNotExistException"),
     ("stepfunctions", "StateMachineDoesNotExist", "Sfn.StateMachineDoesNotExistException"),
     ("secretsmanager", "ResourceNotFoundException", "SecretsManager.ResourceNotFoundException"),
     ("events", None, "EventBridge.EventBridgeException"), ("s3", None, "S3.S3Exception")],
)  # fmt: skip
def test_errors_of_the_sdk(client: Any, service: str, shape: str | None, name: str) -> None:
    assert sdk_fault_name(client(service), shape)[0] == name


def test_spellings() -> None:
    assert [java_name(name) for name in ("MD5OfMessageBody", "ETag", "SSEKMSKeyId", "BOOL", "NULL", "S")] == [
        "Md5OfMessageBody",
        "ETag",
        "SsekmsKeyId",
        "Bool",
        "Nul",
        "S",
    ]
    assert exception_name("InternalServerError") == "InternalServerException"


def test_data_goes_in_and_out(client: Any) -> None:
    states = client("stepfunctions").meta.service_model.operation_model("StartExecution")
    assert to_boto(states.input_shape, {"StateMachineArn": "a", "Input": {"x": 1}}) == {
        "stateMachineArn": "a",
        "input": '{"x":1}',
    }
    with pytest.raises(TaskFault, match='The field "Inptu" is not supported by Step Functions'):
        to_boto(states.input_shape, {"Inptu": 1})
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
    answer = {"executionArn": "a", "startDate": moment}
    assert from_boto(states.output_shape, answer, pascal_case) == {
        "ExecutionArn": "a",
        "StartDate": "2026-01-02T03:04:05.678Z",
    }
    assert iso(moment.replace(microsecond=0)) == "2026-01-02T03:04:05Z"


def test_the_catalogue_names_what_is_missing() -> None:
    catalogue = Catalogue()
    prefix = "arn:aws:states:::"
    assert catalogue.lack(parse_resource(f"{prefix}aws-sdk:dynamodb:putItem")) is None
    assert "no service nothing" in (catalogue.lack(parse_resource(f"{prefix}aws-sdk:nothing:do")) or "")
    assert "no action fly" in (catalogue.lack(parse_resource(f"{prefix}aws-sdk:sqs:fly")) or "")
    job = parse_resource(f"{prefix}batch:submitJob.sync")
    assert catalogue.lack(job) is None
    assert "batch:submitJob.sync" in (catalogue.unfinished(job) or "")
    assert catalogue.unfinished(parse_resource(f"{prefix}states:startExecution.sync")) is None
    parameters = catalogue.parameters(parse_resource(f"{prefix}aws-sdk:sfn:startExecution"))
    assert parameters is not None
    assert parameters.required == {"StateMachineArn"}


def test_a_document_is_any_json() -> None:
    arn = "arn:aws:states:::aws-sdk:bedrockruntime:converse"
    fields = {"ModelId": "m", "AdditionalModelRequestFields": {"top_k": 200}}
    assert Catalogue().refusal(arn, fields) is None
    assert Catalogue().refusal(arn, {"modelId": "m"}) == (
        'The field "modelId" is not supported by Step Functions, '
        'The field "ModelId" is required but was missing'
    )
