"""Tasks: functions, services by the SDK and optimised, executions in executions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import PASS, Machines, task

ACCOUNT = "us-east-1:123456789012"


@pytest.fixture(scope="module")
def table(machines: Machines) -> str:
    machines.cloud.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "orders"


# ---- functions -----------------------------------------------------------------------------------


def test_a_function_by_its_arn_returns_its_payload(machines: Machines) -> None:
    arn = machines.function("doubles", "def handler(event, context): return {'twice': 2 * event['n']}")
    said = machines.run(task(arn), {"n": 4})
    assert json.loads(said["output"]) == {"twice": 8}
    assert machines.types(said["executionArn"])[2:5] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
    ]


def test_invoke_returns_the_calls_metadata_too(machines: Machines) -> None:
    machines.function("told", "def handler(event, context): return event")
    result = machines.output(
        task("arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "told", "Payload.$": "$"}),
        {"a": 1},
    )
    assert (result["Payload"], result["StatusCode"], result["ExecutedVersion"]) == ({"a": 1}, 200, "$LATEST")
    about = result["SdkHttpMetadata"]
    assert about["HttpStatusCode"] == 200
    assert about["HttpHeaders"]["X-Amz-Executed-Version"] == "$LATEST"
    assert about["AllHttpHeaders"]["Content-Type"] == ["application/json"]
    assert result["SdkResponseMetadata"]["RequestId"] == about["HttpHeaders"]["x-amzn-RequestId"]


@pytest.mark.parametrize(
    "states",
    [
        task(f"arn:aws:lambda:{ACCOUNT}:function:raises"),
        task("arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "raises", "Payload.$": "$"}),
    ],
)
def test_what_a_function_raises_is_the_tasks_error(machines: Machines, states: Any) -> None:
    if not getattr(machines, "raises", None):
        machines.raises = machines.function(  # type: ignore[attr-defined]
            "raises", "class OutOfStock(Exception): pass\ndef handler(event, context): raise OutOfStock('no')"
        )
    said = machines.run(states)
    assert said["error"] == "OutOfStock"
    assert json.loads(said["cause"])["errorMessage"] == "no"
    catch = [{"ErrorEquals": ["OutOfStock"], "Next": "C"}]
    caught = {"T": {**states["T"], "Catch": catch}, "C": PASS}
    assert machines.output(caught)["Error"] == "OutOfStock"


def test_a_missing_function(machines: Machines) -> None:
    arn = f"arn:aws:lambda:{ACCOUNT}:function:nowhere"
    said = machines.run(task(arn))
    assert said["error"] == "Lambda.ResourceNotFoundException"
    assert said["cause"].startswith(f"Function not found: {arn} (Service: AWSLambda; Status Code: 404; ")


def test_a_throttled_function_is_retried(machines: Machines) -> None:
    arn = machines.function("busy", "def handler(event, context): return 1")
    functions = machines.cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="busy", ReservedConcurrentExecutions=0)
    said = machines.run(task(arn))
    assert said["error"] == "Lambda.TooManyRequestsException"
    assert said["cause"].startswith("Rate Exceeded. (Service: AWSLambda; Status Code: 429; ")


def test_ten_functions_sleep_side_by_side(machines: Machines) -> None:
    arn = machines.function("sleeps", "import time\ndef handler(event, context): time.sleep(20)", timeout=60)
    processor = {"StartAt": "T", "States": task(arn)}
    said = machines.run({"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}, list(range(10)))
    assert said["status"] == "SUCCEEDED"
    assert 20 <= (said["stopDate"] - said["startDate"]).total_seconds() < 39


def test_a_task_that_takes_too_long_times_out(machines: Machines) -> None:
    arn = machines.function("long", "import time\ndef handler(event, context): time.sleep(50)", timeout=60)
    said = machines.run(task(arn, TimeoutSeconds=10))
    assert said["error"] == "States.Timeout"
    assert "LambdaFunctionTimedOut" in machines.types(said["executionArn"])


# ---- services ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "error", "cause"),
    [
        (
            "arn:aws:states:::dynamodb:putItem",
            "DynamoDB.ConditionalCheckFailedException",
            "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
            "Error Code: ConditionalCheckFailedException; Request ID: ",
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:putItem",
            "DynamoDb.ConditionalCheckFailedException",
            "The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: ",
        ),
    ],
)
def test_a_failed_condition(machines: Machines, table: str, resource: str, error: str, cause: str) -> None:
    put = {
        "TableName": table,
        "Item": {"id": {"S.$": "$.id"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    machines.output(task(resource, Parameters=put), {"id": resource})
    said = machines.run(task(resource, Parameters=put), {"id": resource})
    assert said["error"] == error
    assert said["cause"].startswith(cause)


def test_an_item_comes_back_with_the_calls_metadata(machines: Machines, table: str) -> None:
    item = {"id": {"S": "x"}, "paid": {"BOOL": True}}
    machines.cloud.client("dynamodb").put_item(TableName=table, Item=item)
    get = {"TableName": table, "Key": {"id": {"S": "x"}}}
    result = machines.output(task("arn:aws:states:::dynamodb:getItem", Parameters=get))
    assert result["Item"] == item
    assert result["SdkHttpMetadata"]["HttpStatusCode"] == 200
    by_sdk = machines.output(task("arn:aws:states:::aws-sdk:dynamodb:getItem", Parameters=get))
    assert by_sdk == {"Item": {"id": {"S": "x"}, "paid": {"Bool": True}}}


def test_dates_are_iso_texts(machines: Machines, table: str) -> None:
    result = machines.output(
        task("arn:aws:states:::aws-sdk:dynamodb:describeTable", Parameters={"TableName": table})
    )
    assert result["Table"]["CreationDateTime"].endswith("Z")


def test_a_message_may_be_an_object(machines: Machines) -> None:
    sqs = machines.cloud.client("sqs")
    queue = sqs.create_queue(QueueName="messages")["QueueUrl"]
    send = {"QueueUrl": queue, "MessageBody": {"id.$": "$.id"}}
    result = machines.output(task("arn:aws:states:::sqs:sendMessage", Parameters=send), {"id": 7})
    assert set(result) == {"MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"}
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == '{"id":7}'
    result = machines.output(
        task("arn:aws:states:::aws-sdk:sqs:sendMessage", Parameters={"QueueUrl": queue, "MessageBody": "b"})
    )
    assert set(result) == {"Md5OfMessageBody", "MessageId"}
    nowhere = {"QueueUrl": f"{queue}-not", "MessageBody": "b"}
    said = machines.run(task("arn:aws:states:::aws-sdk:sqs:sendMessage", Parameters=nowhere))
    assert said["error"] == "Sqs.QueueDoesNotExistException"


def test_published_and_put(machines: Machines) -> None:
    topic = machines.cloud.client("sns").create_topic(Name="news")["TopicArn"]
    publish = {"TopicArn": topic, "Message": {"a": 1}}
    assert "MessageId" in machines.output(task("arn:aws:states:::sns:publish", Parameters=publish))
    entry = {"Source": "shop", "DetailType": "order", "Detail": {"id": 1}}
    result = machines.output(task("arn:aws:states:::events:putEvents", Parameters={"Entries": [entry]}))
    assert result["FailedEntryCount"] == 0


def test_an_object_of_s3_is_its_text(machines: Machines) -> None:
    s3 = machines.cloud.client("s3")
    s3.create_bucket(Bucket="texts")
    put = {"Bucket": "texts", "Key": "a.json", "Body": {"a": 1}}
    machines.output(task("arn:aws:states:::aws-sdk:s3:putObject", Parameters=put))
    get = {"Bucket": "texts", "Key": "a.json"}
    result = machines.output(task("arn:aws:states:::aws-sdk:s3:getObject", Parameters=get))
    assert (result["Body"], result["ContentLength"]) == ('{"a":1}', 7)
    said = machines.run(
        task("arn:aws:states:::aws-sdk:s3:getObject", Parameters={"Bucket": "texts", "Key": "b"})
    )
    assert said["error"] == "S3.NoSuchKeyException"


def test_calls_of_tasks_stand_in_the_journal(machines: Machines) -> None:
    machines.output(task("arn:aws:states:::aws-sdk:sts:getCallerIdentity", Parameters={}))
    last = [entry for entry in machines.cloud.journal() if entry["service"] == "sts"][-1]
    assert (last["operation"], last["source"]) == ("GetCallerIdentity", "states")


def test_what_this_cloud_does_not_have_is_named(machines: Machines) -> None:
    said = machines.run(
        task("arn:aws:states:::aws-sdk:codebuild:startBuildBatch", Parameters={"ProjectName": "x"})
    )
    assert said["error"] == "CodeBuild.NotImplementedException"
    assert "The offline cloud does not do codebuild StartBuildBatch." in said["cause"]


# ---- executions in executions --------------------------------------------------------------------


@pytest.fixture(scope="module")
def inner(machines: Machines) -> str:
    wait = {"Type": "Wait", "Seconds": 3600, "Next": "P"}
    return machines.create({"W": wait, "P": {"Type": "Pass", "Result": {"ok": 1}, "End": True}})


@pytest.mark.parametrize(("suffix", "output"), [(".sync", '{"ok":1}'), (".sync:2", {"ok": 1})])
def test_a_job_waits_for_the_inner_execution(
    machines: Machines, inner: str, suffix: str, output: Any
) -> None:
    start = {"StateMachineArn": inner, "Input": {"a": 1}}
    said = machines.run(task(f"arn:aws:states:::states:startExecution{suffix}", Parameters=start))
    result = json.loads(said["output"])
    assert (result["Status"], result["Output"], result["StateMachineArn"]) == ("SUCCEEDED", output, inner)
    assert 3600 <= (said["stopDate"] - said["startDate"]).total_seconds() < 3700
    assert "TaskSubmitted" in machines.types(said["executionArn"])


def test_request_and_response_goes_on_at_once(machines: Machines, inner: str) -> None:
    start = {"StateMachineArn": inner, "Name": "at-once"}
    said = machines.run(task("arn:aws:states:::states:startExecution", Parameters=start))
    assert json.loads(said["output"])["ExecutionArn"].endswith(":at-once")
    again = machines.run(
        task("arn:aws:states:::states:startExecution", Parameters={**start, "Input": {"b": 1}})
    )
    assert again["error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_a_failed_inner_execution_fails_the_task(machines: Machines) -> None:
    inner = machines.create({"F": {"Type": "Fail", "Error": "E", "Cause": "C"}})
    said = machines.run(
        task("arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": inner})
    )
    assert said["error"] == "States.TaskFailed"
    cause = json.loads(said["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "E", "C")


def test_stopping_the_outer_stops_the_inner(machines: Machines) -> None:
    activity = machines.sfn.create_activity(name="inner-work")["activityArn"]
    inner = machines.create(task(activity))
    outer = machines.start(
        task("arn:aws:states:::states:startExecution.sync", Parameters={"StateMachineArn": inner})
    )
    machines.waits_for(1, "TaskSubmitted", outer)
    machines.sfn.stop_execution(executionArn=outer)
    listed = machines.sfn.list_executions(stateMachineArn=inner)["executions"]
    assert machines.ended(listed[0]["executionArn"])["status"] == "ABORTED"


# ---- parameters that no service will see ------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "parameters", "fault"),
    [
        ("dynamodb:putItem", {"TableName": "t", "Item": {"id": {"S.$": "$.n"}}}, "The value for the field "),
        (
            "aws-sdk:sqs:sendMessage",
            {"QueueUrl": "q", "MessageBody": "m", "MessageAttributes": {"k": {"dataType": "String"}}},
            'The field "dataType" is not supported by Step Functions',
        ),
    ],
)
def test_wrong_parameters_end_the_execution_before_the_task_is_scheduled(
    machines: Machines, action: str, parameters: Any, fault: str
) -> None:
    said = machines.run(task(f"arn:aws:states:::{action}", Parameters=parameters), {"n": 5})
    assert (said["status"], said["error"]) == ("FAILED", "States.Runtime")
    assert said["cause"].startswith(
        "An error occurred while executing the state 'T' (entered at the event id #2). The Parameters '{"
    )
    assert f"could not be used to start the Task: [{fault}" in said["cause"]
    assert machines.types(said["executionArn"]) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


def test_what_the_service_refuses_has_the_services_name(machines: Machines) -> None:
    said = machines.run(task("arn:aws:states:::aws-sdk:eventbridge:putEvents", Parameters={"Entries": []}))
    assert said["error"] == "EventBridge.EventBridgeException"
    machines.cloud.client("s3").create_bucket(Bucket="heads")
    said = machines.run(
        task("arn:aws:states:::aws-sdk:s3:headObject", Parameters={"Bucket": "heads", "Key": "none"})
    )
    assert said["error"] == "S3.NoSuchKeyException"


def test_a_job_that_nothing_here_finishes_can_be_created_and_fails(
    machines: Machines,
) -> None:
    states = task("arn:aws:states:::ecs:runTask.sync", Parameters={"TaskDefinition": "d"})
    definition = json.dumps({"StartAt": "T", "States": states})
    found = machines.sfn.validate_state_machine_definition(definition=definition, severity="WARNING")
    assert found["result"] == "OK"
    assert "ecs:runTask.sync" in found["diagnostics"][0]["message"]
    said = machines.run(states)
    assert (said["status"], said["error"]) == ("FAILED", "States.Runtime")
    assert "ecs:runTask.sync" in said["cause"]
