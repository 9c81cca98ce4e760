"""What a Task may call."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.resources import (
    INTEGRATIONS,
    Kind,
    Parameters,
    Pattern,
    Resource,
    UnknownResource,
    parse_resource,
)
from tests.offline_cloud.engines.states_language.definitions import FUNCTION, errors, found, machine, task


def test_a_function_with_and_without_a_qualifier() -> None:
    assert parse_resource(FUNCTION) == Resource(FUNCTION, Kind.FUNCTION, "lambda", "price")
    for qualifier in ("$LATEST", "7", "live"):
        assert parse_resource(f"{FUNCTION}:{qualifier}").action == f"price:{qualifier}"


def test_an_activity() -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:activity:clerk"
    assert parse_resource(arn) == Resource(arn, Kind.ACTIVITY, "states", "clerk")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("lambda:invoke", (Kind.OPTIMIZED, "lambda", "invoke")),
        ("states:startExecution.sync:2", (Kind.OPTIMIZED, "states", "startExecution", Pattern.SYNC_2)),
        ("sqs:sendMessage.waitForTaskToken", (Kind.OPTIMIZED, "sqs", "sendMessage", Pattern.TOKEN)),
        ("aws-sdk:s3:listBuckets", (Kind.SDK, "s3", "listBuckets")),
        ("aws-sdk:sfn:startExecution.waitForTaskToken", (Kind.SDK, "sfn", "startExecution", Pattern.TOKEN)),
    ],
)
def test_an_integration(partition: str, rest: str, parts: tuple[Any, ...]) -> None:
    arn = f"arn:{partition}:states:::{rest}"
    resource = parse_resource(arn)
    assert resource == Resource(arn, *parts)
    assert resource.bare + (f".{resource.pattern}" if resource.pattern else "") == arn


@pytest.mark.parametrize(
    "text", ["createToken", "", "${FunctionArn}", "arn:aws:lambda:us-east-1:1:function:f"]
)
def test_no_arn(text: str) -> None:
    with pytest.raises(UnknownResource, match="Value is not a valid resource ARN"):
        parse_resource(text)


@pytest.mark.parametrize(
    ("rest", "advice"),
    [
        ("sqs:sendMessage.sync", "sqs:sendMessage has no .sync (it has .waitForTaskToken)."),
        (
            "dynamodb:getItem.waitForTaskToken",
            "dynamodb:getItem has no .waitForTaskToken (it has request-response",
        ),
        ("dynamodb:scan", "dynamodb has getItem, putItem, deleteItem, updateItem as optimised actions"),
        ("s3:getObject", "No optimised integration is called s3: try arn:aws:states:::aws-sdk:s3:getObject."),
        ("aws-sdk:s3:ListBuckets", "Actions are written in camelCase: listBuckets."),
        ("aws-sdk:glue:startJobRun.sync", "An AWS SDK integration has no .sync"),
    ],
)
def test_what_step_functions_does_not_have(rest: str, advice: str) -> None:
    arn = f"arn:aws:states:::{rest}"
    with pytest.raises(UnknownResource) as raised:
        parse_resource(arn)
    assert str(raised.value) == (
        f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )
    assert raised.value.advice.startswith(advice)


def test_patterns_are_those_of_the_guide() -> None:
    # The guide's table: which services run jobs, and which call back.
    runs = {
        name
        for name, actions in INTEGRATIONS.items()
        if any("sync" in each.patterns for each in actions.values())
    }
    calls = {
        name
        for name, actions in INTEGRATIONS.items()
        if any("waitForTaskToken" in each.patterns for each in actions.values())
    }
    assert sorted(runs) == [
        *("athena", "batch", "bedrock", "codebuild", "databrew", "ecs", "eks", "elasticmapreduce"),
        *("emr-containers", "emr-serverless", "glue", "mediaconvert", "sagemaker", "states"),
    ]
    assert sorted(calls) == [
        *("apigateway", "bedrock", "ecs", "eks", "events", "lambda", "sns", "sqs", "states"),
    ]


def test_parameters_of_an_optimised_integration() -> None:
    put = "arn:aws:states:::dynamodb:putItem"
    assert errors(task(Resource=put, Parameters={"TableName": "t", "Item.$": "$.item"})) == []
    wrong = task(Resource=put, Parameters={"tableName": "t", "Item": {}, "Retries": 3})
    assert errors(wrong) == [
        ('The field "Retries" is not supported by Step Functions', "/States/S/Parameters"),
        ('The field "tableName" is not supported by Step Functions', "/States/S/Parameters"),
        ('The field "TableName" is required but was missing', "/States/S/Parameters"),
    ]
    assert [each.advice for each in found(wrong, "ERROR")][1:] == [
        "Did you mean TableName?",
        "Write TableName, not tableName: names of parameters begin with a capital.",
    ]
    # Without Parameters the state's input is what the service gets.
    assert errors(task(Resource=put)) == []
    arguments = {"Type": "Task", "Resource": put, "End": True, "Arguments": {"TableName": "t", "Item.$": 1}}
    assert [message for message, _ in errors(machine({"S": arguments}, QueryLanguage="JSONata"))] == [
        'The field "Item.$" is not supported by Step Functions',
        'The field "Item" is required but was missing',
    ]


class SmallCloud:
    """A cloud with S3 alone."""

    def lack(self, resource: Resource) -> str | None:
        return None if resource.service == "s3" else f"This cloud has no {resource.service}."

    def unfinished(self, resource: Resource) -> str | None:
        return None

    def parameters(self, resource: Resource) -> Parameters | None:
        return Parameters(frozenset({"Bucket"}), frozenset({"Bucket", "Prefix"}))


def test_a_catalogue_says_what_the_cloud_has() -> None:
    rocket = task(Resource="arn:aws:states:::aws-sdk:groundstation:reserveContact")
    [finding] = found(rocket, "ERROR", catalogue=SmallCloud())
    assert finding.advice == "This cloud has no groundstation."
    assert "is not recognized" in finding.message
    assert errors(rocket) == []
    listing = task(Resource="arn:aws:states:::aws-sdk:s3:listObjectsV2", Parameters={"bucket": "b"})
    assert [message for message, _ in errors(listing, catalogue=SmallCloud())] == [
        'The field "bucket" is not supported by Step Functions',
        'The field "Bucket" is required but was missing',
    ]


def test_a_task_that_waits_for_a_token_gives_it_to_somebody() -> None:
    send = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    given = {"QueueUrl": "q", "MessageBody": {"orders": [{"token.$": "$$.Task.Token"}]}}
    kept = {"QueueUrl": "q", "MessageBody.$": "$"}
    assert found(task(Resource=send, Parameters=given), "WARNING") == []
    [finding] = found(task(Resource=send, Parameters=kept), "WARNING")
    assert (finding.location, "$$.Task.Token" in finding.advice) == ("/States/S/Resource", True)
    assert errors(task(Resource=send, Parameters=kept)) == []
    token = {"QueueUrl": "q", "MessageBody": "{% $states.context.Task.Token %}"}
    state = {"Type": "Task", "Resource": send, "Arguments": token, "End": True}
    assert found(machine({"S": state}, QueryLanguage="JSONata"), "WARNING") == []
