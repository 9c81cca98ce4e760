"""Asynchronous events through boto3 against a running cloud: attempts, ages, destinations, dead letters."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
ACCOUNT = "us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/r"
# Fails as often as the event says; how often it has run is kept in a table.
FLAKY = """
import boto3, time
table = boto3.resource("dynamodb").Table("runs")
def handler(event, context):
    reply = table.update_item(
        Key={"id": context.aws_request_id}, UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": 1}, ReturnValues="UPDATED_NEW")
    if reply["Attributes"]["n"] <= event["failures"]:
        raise ValueError("the feed is down")
    return {"at": int(reply["Attributes"]["n"])}
"""


class Lab:
    """A cloud with functions, queues and their messages."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions = cloud.client("lambda")
        self.queues = cloud.client("sqs")

    def function(self, name: str, source: str = FLAKY, **settings: Any) -> str:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", source)
        code = {"ZipFile": buffer.getvalue()}
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=ROLE,
            Code=code,
            Timeout=10,
            **settings,
        )
        return name

    def queue(self, name: str) -> str:
        self.queues.create_queue(QueueName=name)
        return f"arn:aws:sqs:{ACCOUNT}:{name}"

    def messages(self, name: str) -> list[dict[str, Any]]:
        url = self.queues.get_queue_url(QueueName=name)["QueueUrl"]
        found = self.queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(found.get("Messages", []))

    def send(self, name: str, failures: int, **parameters: Any) -> str:
        reply = self.functions.invoke(
            FunctionName=name,
            InvocationType="Event",
            Payload=json.dumps({"failures": failures}),
            **parameters,
        )
        assert (reply["StatusCode"], reply["Payload"].read()) == (202, b"")
        self.cloud.clock.settle()
        return str(reply["ResponseMetadata"]["RequestId"])

    def story(self, request_id: str) -> dict[str, Any]:
        told = self.cloud._call("GET", "events")
        return next(story for story in told if story["request_id"] == request_id)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Cloud.start(clock="skip", seed=3) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        cloud.client("dynamodb").create_table(
            TableName="runs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Lab(cloud)


def waits(story: dict[str, Any]) -> list[int]:
    attempts = story["attempts"]
    return [round(attempts[at + 1]["started"] - attempts[at]["ended"]) for at in range(len(attempts) - 1)]


def test_a_poison_event_is_tried_three_times_and_reported(lab: Lab) -> None:
    name = lab.function("poison")
    failed = lab.queue("failed")
    lab.functions.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": failed}}
    )
    request_id = lab.send(name, 9)
    story = lab.story(request_id)
    assert [attempt["outcome"] for attempt in story["attempts"]] == ["error"] * 3
    assert waits(story) == [60, 120]
    assert story["outcome"] == "RetriesExhausted"
    (message,) = lab.messages("failed")
    record = json.loads(message["Body"])
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"arn:aws:lambda:{ACCOUNT}:function:poison:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"failures": 9}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_a_flaky_event_succeeds_in_the_end(lab: Lab) -> None:
    name = lab.function("flaky")
    done, failed = lab.queue("flaky-done"), lab.queue("flaky-failed")
    lab.functions.put_function_event_invoke_config(
        FunctionName=name,
        DestinationConfig={"OnSuccess": {"Destination": done}, "OnFailure": {"Destination": failed}},
    )
    story = lab.story(lab.send(name, 1))
    assert [attempt["outcome"] for attempt in story["attempts"]] == ["error", "ok"]
    record = json.loads(lab.messages("flaky-done")[0]["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responsePayload"] == {"at": 2}
    assert "functionError" not in record["responseContext"]
    assert lab.messages("flaky-failed") == []


def test_a_dead_letter_is_the_event_itself(lab: Lab) -> None:
    name = lab.function("letters", DeadLetterConfig={"TargetArn": lab.queue("letters")})
    request_id = lab.send(name, 9)
    (message,) = lab.messages("letters")
    assert json.loads(message["Body"]) == {"failures": 9}
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes == {"RequestID": request_id, "ErrorCode": "200", "ErrorMessage": "the feed is down"}


def test_no_retries(lab: Lab) -> None:
    name = lab.function("once")
    lab.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    assert len(lab.story(lab.send(name, 9))["attempts"]) == 1


def test_an_event_gets_too_old(lab: Lab) -> None:
    name = lab.function("old", DeadLetterConfig={"TargetArn": lab.queue("old")})
    lab.functions.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=100)
    story = lab.story(lab.send(name, 9))
    assert (len(story["attempts"]), story["outcome"]) == (2, "EventAgeExceeded")
    assert round(story["delivered"][0]["when"] - story["received"]) == 100


def test_a_throttled_event_waits_and_is_not_an_attempt(lab: Lab) -> None:
    name = lab.function("crowded", "import time\ndef handler(event, context): time.sleep(event['failures'])")
    lab.functions.update_function_configuration(FunctionName=name, Timeout=100)
    lab.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    payload, kind = json.dumps({"failures": 10}), "Event"
    with ThreadPoolExecutor(4) as pool:
        send = partial(lab.functions.invoke, FunctionName=name, InvocationType=kind, Payload=payload)
        ids = [
            call.result()["ResponseMetadata"]["RequestId"] for call in [pool.submit(send) for _ in range(4)]
        ]
    lab.cloud.clock.settle()
    late = max((lab.story(one) for one in ids), key=lambda story: len(story["attempts"]))
    outcomes = [attempt["outcome"] for attempt in late["attempts"]]
    assert outcomes == ["throttled"] * (len(outcomes) - 1) + ["ok"]
    assert waits(late)[:4] == [1, 2, 4, 8][: len(outcomes) - 1]
    assert len(outcomes) > 1
    assert late["outcome"] == "Success"


def test_a_function_that_is_switched_off_gets_no_events(lab: Lab) -> None:
    name = lab.function("off", DeadLetterConfig={"TargetArn": lab.queue("off")})
    lab.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    told = {"OnFailure": {"Destination": lab.queue("off-told")}}
    lab.functions.put_function_event_invoke_config(FunctionName=name, DestinationConfig=told)
    story = lab.story(lab.send(name, 0))
    assert (story["attempts"], story["outcome"]) == ([], "ZeroReservedConcurrency")
    assert story["delivered"][0]["when"] - story["received"] < 60
    (message,) = lab.messages("off")
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    context = json.loads(lab.messages("off-told")[0]["Body"])["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("ZeroReservedConcurrency", 0)


def test_a_qualifier_has_settings_of_its_own(lab: Lab) -> None:
    name = lab.function("qualified")
    lab.functions.publish_version(FunctionName=name)
    lab.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    lab.functions.put_function_event_invoke_config(
        FunctionName=name, Qualifier="live", MaximumRetryAttempts=1
    )
    assert len(lab.story(lab.send(name, 9, Qualifier="live"))["attempts"]) == 2
    assert len(lab.story(lab.send(name, 9))["attempts"]) == 3


@pytest.mark.parametrize("service", ["sns", "events", "lambda", "s3"])
def test_other_destinations(lab: Lab, service: str) -> None:
    name, inbox = lab.function(f"to-{service}"), lab.queue(f"inbox-{service}")
    cloud = lab.cloud
    if service == "sns":
        to = cloud.client("sns").create_topic(Name="told")["TopicArn"]
        cloud.client("sns").subscribe(TopicArn=to, Protocol="sqs", Endpoint=inbox)
    elif service == "events":
        to = cloud.client("events").create_event_bus(Name="results")["EventBusArn"]
        cloud.client("events").put_rule(
            Name="all", EventBusName="results", EventPattern=json.dumps({"source": ["lambda"]})
        )
        cloud.client("events").put_targets(
            Rule="all", EventBusName="results", Targets=[{"Id": "q", "Arn": inbox}]
        )
    elif service == "lambda":
        source = "def handler(event, context):\n    print('TOLD', event['requestContext']['condition'])\n"
        lab.function("told", source)
        to = f"arn:aws:lambda:{ACCOUNT}:function:told"
    else:
        cloud.client("s3").create_bucket(Bucket="failures")
        to = "arn:aws:s3:::failures"
    lab.functions.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": to}}
    )
    story = lab.story(lab.send(name, 9))
    assert "error" not in story["delivered"][0]
    if service == "lambda":
        cloud.clock.settle()
        events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/told")["events"]
        assert any("TOLD RetriesExhausted" in event["message"] for event in events)
    elif service == "s3":
        (found,) = cloud.client("s3").list_objects_v2(Bucket="failures")["Contents"]
        assert found["Key"].startswith("aws/lambda/async/to-s3/")
    else:
        body = json.loads(lab.messages(f"inbox-{service}")[0]["Body"])
        record = body["detail"] if service == "events" else json.loads(body["Message"])
        assert record["requestContext"]["condition"] == "RetriesExhausted"


def test_a_destination_that_is_gone(lab: Lab) -> None:
    name = lab.function("lost")
    gone = {"OnFailure": {"Destination": f"arn:aws:sqs:{ACCOUNT}:nobody"}}
    lab.functions.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=gone
    )
    assert "NonExistentQueue" in lab.story(lab.send(name, 9))["delivered"][0]["error"]


def test_a_deleted_function_ends_its_events(lab: Lab) -> None:
    source = "import boto3\ndef handler(event, context):\n    boto3.client('lambda').delete_function("
    name = lab.function("suicidal", source + "FunctionName=context.function_name)\n    raise ValueError\n")
    story = lab.story(lab.send(name, 0))
    assert (len(story["attempts"]), story["outcome"]) == (1, "FunctionDeleted")


def test_settings_are_kept_changed_listed_and_deleted(lab: Lab) -> None:
    name, functions = lab.function("kept"), lab.functions
    put = functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    assert put["FunctionArn"].endswith(":function:kept:$LATEST")
    functions.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    got = functions.get_function_event_invoke_config(FunctionName=name)
    assert (got["MaximumRetryAttempts"], got["MaximumEventAgeInSeconds"]) == (1, 60)
    assert got["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    listed = functions.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert len(listed) == 1
    functions.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(ClientError) as caught:
        functions.get_function_event_invoke_config(FunctionName=name)
    assert "doesn't have an EventInvokeConfig" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("ValidationException", {"MaximumRetryAttempts": 3}),
        ("ValidationException", {"MaximumEventAgeInSeconds": 21_601}),
        (
            "InvalidParameterValueException",
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:s3:::b"}}},
        ),
        ("ResourceNotFoundException", {"FunctionName": "nobody"}),
    ],
)
def test_settings_that_lambda_refuses(lab: Lab, code: str, settings: dict[str, Any]) -> None:
    name = lab.function(f"refusing-{next(iter(settings))}")
    with pytest.raises(ClientError) as caught:
        lab.functions.put_function_event_invoke_config(**{"FunctionName": name, **settings})
    assert caught.value.response["Error"]["Code"] == code


def test_two_hundred_events_at_once(lab: Lab) -> None:
    source = "import time\ndef handler(event, context):\n    time.sleep(1)\n"
    name = lab.function("many", source)
    for _ in range(200):
        lab.functions.invoke(FunctionName=name, InvocationType="Event", Payload="{}")
    lab.cloud.clock.settle()
    told = [story for story in lab.cloud._call("GET", "events") if story["function"] == name]
    assert len(told) == 200
    assert {story["outcome"] for story in told} == {"Success"}
