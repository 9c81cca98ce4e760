"""Event source mappings from streams, through boto3 against a running cloud."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
PRELUDE = """
import base64, json
def texts(event):
    return [
        base64.b64decode(record["kinesis"]["data"]).decode() if "kinesis" in record
        else record["eventName"] + " " + record["dynamodb"]["Keys"]["id"]["S"]
        for record in event["Records"]
    ]
"""
TELLING = """
def handler(event, context):
    print("EVENT", json.dumps(event))
"""
CHOKING = """
def handler(event, context):
    print("EVENT", json.dumps(event))
    if any("poison" in text for text in texts(event)):
        raise ValueError("poison")
"""
REPORTING = """
def handler(event, context):
    print("EVENT", json.dumps(event))
    failed = [r for r, t in zip(event["Records"], texts(event)) if "poison" in t]
    return {"batchItemFailures": [{"itemIdentifier": r["kinesis"]["sequenceNumber"]} for r in failed]}
"""
COUNTING = """
def handler(event, context):
    print("EVENT", json.dumps(event))
    return {"state": {"count": event["state"].get("count", 0) + len(event["Records"])}}
"""


class Desk:
    """A cloud with functions, streams, tables and queues."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions, self.streams = cloud.client("lambda"), cloud.client("kinesis")
        self.tables, self.queues = cloud.client("dynamodb"), cloud.client("sqs")
        self.made = 0

    def function(self, source: str = TELLING, **settings: Any) -> str:
        self.made += 1
        name = f"reader-{self.made}"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", PRELUDE + source)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": buffer.getvalue()},
            Timeout=10,
            **settings,
        )
        return name

    def stream(self, name: str, shards: int = 1) -> str:
        self.streams.create_stream(StreamName=name, ShardCount=shards)
        return str(self.streams.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"])

    def table(self, name: str) -> str:
        made = self.tables.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        return str(made["TableDescription"]["LatestStreamArn"])

    def put(self, stream: str, *texts: str, key: str = "k") -> None:
        self.streams.put_records(
            StreamName=stream, Records=[{"Data": text.encode(), "PartitionKey": key} for text in texts]
        )

    def feed(self, function: str, arn: str, **settings: Any) -> dict[str, Any]:
        given = {"StartingPosition": "TRIM_HORIZON", **settings}
        return dict(
            self.functions.create_event_source_mapping(FunctionName=function, EventSourceArn=arn, **given)
        )

    def events(self, function: str) -> list[dict[str, Any]]:
        """The events that a function got, in their order."""
        self.cloud.clock.settle()
        try:
            found = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")
        except ClientError:
            return []
        said = [event["message"] for event in found["events"]]
        return [json.loads(line.removeprefix("EVENT ")) for line in said if line.startswith("EVENT ")]

    def batches(self, function: str) -> list[list[str]]:
        return [[_text(record) for record in event["Records"]] for event in self.events(function)]

    def queue(self, name: str) -> tuple[str, str]:
        url = str(self.queues.create_queue(QueueName=name)["QueueUrl"])
        return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def received(self, url: str) -> list[dict[str, Any]]:
        messages = self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]


def _text(record: dict[str, Any]) -> str:
    if "kinesis" in record:
        return base64.b64decode(record["kinesis"]["data"]).decode()
    return f"{record['eventName']} {record['dynamodb']['Keys']['id']['S']}"


def _price(record: dict[str, Any], image: str) -> str | None:
    legs = record["dynamodb"].get(image, {}).get("legs")
    return str(legs["M"]["price"]["N"]) if legs else None


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Cloud.start(clock="skip", seed=7) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield Desk(cloud)


def test_a_kinesis_record_is_what_lambda_sends(desk: Desk) -> None:
    arn, function = desk.stream("shapes"), desk.function()
    made = desk.feed(function, arn)
    assert made["State"] == "Creating"
    assert (made["BatchSize"], made["ParallelizationFactor"], made["MaximumRetryAttempts"]) == (100, 1, -1)
    assert made["DestinationConfig"] == {"OnFailure": {}}
    desk.put("shapes", "hello", key="desk-7")
    ((record,),) = [event["Records"] for event in desk.events(function)]
    number = record["kinesis"].pop("sequenceNumber")
    assert abs(record["kinesis"].pop("approximateArrivalTimestamp") - desk.cloud.clock.now().timestamp()) < 60
    assert len(number) == 56
    assert record == {
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "desk-7", "data": "aGVsbG8="},
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE,
        "awsRegion": "us-east-1",
        "eventSourceARN": arn,
    }
    (mapping,) = desk.functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    assert (mapping["State"], mapping["LastProcessingResult"]) == ("Enabled", "OK")


def test_changes_of_a_table_come_in_order_and_stay_readable(desk: Desk) -> None:
    arn, function = desk.table("trades"), desk.function()
    desk.feed(function, arn)
    item = {"id": {"S": "t1"}, "legs": {"M": {"price": {"N": "1"}}}}
    desk.tables.put_item(TableName="trades", Item=item)
    desk.tables.put_item(TableName="trades", Item=item)  # changes nothing
    for key, price in (("t1", "2"), ("t1", "3")):
        desk.tables.update_item(
            TableName="trades",
            Key={"id": {"S": key}},
            UpdateExpression="SET legs.price = :p",
            ExpressionAttributeValues={":p": {"N": price}},
        )
    desk.tables.update_item(
        TableName="trades",
        Key={"id": {"S": "t2"}},
        UpdateExpression="SET qty = :q",
        ExpressionAttributeValues={":q": {"N": "5"}},
    )
    desk.tables.delete_item(TableName="trades", Key={"id": {"S": "t1"}})
    records = [record for event in desk.events(function) for record in event["Records"]]
    assert [_text(record) for record in records] == [
        "INSERT t1",
        "MODIFY t1",
        "MODIFY t1",
        "INSERT t2",
        "REMOVE t1",
    ]
    prices = [
        [
            record["dynamodb"].get(image, {}).get("legs", {}).get("M", {}).get("price", {}).get("N")
            for image in images
        ]
        for record in records
        for images in [("OldImage", "NewImage")]
    ]
    assert prices == [[None, "1"], ["1", "2"], ["2", "3"], [None, None], ["3", None]]
    assert records[3]["dynamodb"]["NewImage"] == {"id": {"S": "t2"}, "qty": {"N": "5"}}
    first = records[0]
    assert (first["eventSource"], first["eventVersion"], first["awsRegion"]) == (
        "aws:dynamodb",
        "1.1",
        "us-east-1",
    )
    assert first["eventSourceARN"] == arn
    assert first["dynamodb"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    reader = desk.cloud.client("dynamodbstreams")
    (shard,) = reader.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = reader.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    seen = reader.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventID"] for record in seen] == [record["eventID"] for record in records]


def test_a_source_that_went_is_a_problem(desk: Desk) -> None:
    arn, function = desk.stream("short-lived"), desk.function()
    table = desk.table("short-lived")
    mappings = [desk.feed(function, source)["UUID"] for source in (arn, table)]
    desk.streams.delete_stream(StreamName="short-lived")
    desk.tables.update_table(TableName="short-lived", StreamSpecification={"StreamEnabled": False})
    desk.tables.put_item(TableName="short-lived", Item={"id": {"S": "a"}})
    desk.cloud.clock.settle()
    for uuid in mappings:
        said = desk.functions.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]
        assert said == "PROBLEM: The event source was not found."
    again = desk.tables.update_table(
        TableName="short-lived",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]
    desk.feed(function, again)
    desk.tables.put_item(TableName="short-lived", Item={"id": {"S": "b"}})
    assert desk.batches(function) == [["INSERT b"]]


def test_a_transaction_that_is_taken_back_is_not_seen(desk: Desk) -> None:
    arn, function = desk.table("ledger"), desk.function()
    desk.feed(function, arn)
    put = {"Put": {"TableName": "ledger", "Item": {"id": {"S": "a"}}}}
    check = {
        "ConditionCheck": {
            "TableName": "ledger",
            "Key": {"id": {"S": "b"}},
            "ConditionExpression": "attribute_exists(id)",
        }
    }
    with pytest.raises(ClientError):
        desk.tables.transact_write_items(TransactItems=[put, check])
    desk.tables.put_item(TableName="ledger", Item={"id": {"S": "b"}})
    desk.tables.transact_write_items(TransactItems=[put, check])
    assert [text for batch in desk.batches(function) for text in batch] == ["INSERT b", "INSERT a"]


def test_a_window_gathers_and_a_full_batch_goes_at_once(desk: Desk) -> None:
    arn, function = desk.stream("gathered"), desk.function()
    desk.feed(function, arn, BatchSize=4, MaximumBatchingWindowInSeconds=60)
    before = desk.cloud.clock.now()
    desk.put("gathered", *"abcdef")
    assert desk.batches(function) == [list("abcd"), list("ef")]
    assert 60 <= (desk.cloud.clock.now() - before).total_seconds() < 90


@pytest.mark.parametrize("position", ["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"])
def test_where_it_begins(desk: Desk, position: str) -> None:
    name = f"begin-{position.lower().replace('_', '-')}"
    arn, function = desk.stream(name), desk.function()
    desk.put(name, "old")
    desk.cloud.clock.advance(hours=1)
    settings: dict[str, Any] = {"StartingPosition": position}
    if position == "AT_TIMESTAMP":
        settings["StartingPositionTimestamp"] = desk.cloud.clock.now()
        desk.cloud.clock.advance(seconds=2)
        desk.put(name, "new")
    desk.feed(function, arn, **settings)
    if position != "AT_TIMESTAMP":
        desk.put(name, "new")
    seen = [text for batch in desk.batches(function) for text in batch]
    assert seen == (["old", "new"] if position == "TRIM_HORIZON" else ["new"])


def test_a_poison_record_blocks_its_shard_until_its_retries_are_used_up(desk: Desk) -> None:
    arn, function = desk.stream("blocked"), desk.function(CHOKING)
    url, dead = desk.queue("blocked-dead")
    desk.put("blocked", "a", "poison", "b")
    desk.feed(
        function,
        arn,
        BatchSize=2,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": dead}},
    )
    assert desk.batches(function) == [["a", "poison"]] * 3 + [["b"]]
    (record,) = desk.received(url)
    context = record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetryAttemptsExhausted", 3)
    assert context["functionArn"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    batch = record["KinesisBatchInfo"]
    assert (batch["shardId"], batch["batchSize"], batch["streamArn"]) == ("shardId-000000000000", 2, arn)
    assert batch["startSequenceNumber"] < batch["endSequenceNumber"]
    assert record["version"] == "1.0"
    assert batch["approximateArrivalOfFirstRecord"] <= record["timestamp"]


def test_bisecting_finds_the_poison(desk: Desk) -> None:
    arn, function = desk.stream("split-up"), desk.function(CHOKING)
    url, dead = desk.queue("split-up-dead")
    desk.put("split-up", "a", "b", "poison", "c", "d")
    desk.feed(
        function,
        arn,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": dead}},
    )
    done = [batch for batch in desk.batches(function) if "poison" not in batch]
    assert [text for batch in done for text in batch] == ["a", "b", "c", "d"]
    (record,) = desk.received(url)
    assert record["KinesisBatchInfo"]["batchSize"] == 1


def test_a_partial_response_moves_the_checkpoint(desk: Desk) -> None:
    arn, function = desk.stream("partly"), desk.function(REPORTING)
    desk.put("partly", "a", "b", "poison", "c")
    desk.feed(function, arn, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    assert desk.batches(function) == [["a", "b", "poison", "c"], ["poison", "c"]]


def test_an_endless_poison_lets_time_stand_and_goes_on_with_it(desk: Desk) -> None:
    arn, function = desk.stream("endless"), desk.function(CHOKING)
    uuid = desk.feed(function, arn)["UUID"]
    desk.put("endless", "poison")
    tries = len(desk.events(function))
    assert 10 <= tries <= 14
    desk.cloud.clock.advance(minutes=10)
    assert len(desk.events(function)) >= tries + 9
    mapping = desk.functions.get_event_source_mapping(UUID=uuid)
    assert mapping["LastProcessingResult"] == "PROBLEM: Function call failed"
    desk.functions.delete_event_source_mapping(UUID=uuid)
    seen = len(desk.events(function))
    desk.cloud.clock.advance(minutes=10)
    assert len(desk.events(function)) == seen


def test_records_that_are_too_old_go_to_a_bucket_with_their_data(desk: Desk) -> None:
    arn, function = desk.stream("ageing"), desk.function(CHOKING)
    store = desk.cloud.client("s3")
    store.create_bucket(Bucket="given-up")
    uuid = desk.feed(
        function,
        arn,
        MaximumRecordAgeInSeconds=120,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::given-up"}},
    )["UUID"]
    desk.put("ageing", "poison")
    desk.events(function)
    (item,) = store.list_objects_v2(Bucket="given-up")["Contents"]
    assert item["Key"].startswith(f"aws/lambda/{uuid}/shardId-000000000000/20")
    record = json.loads(store.get_object(Bucket="given-up", Key=item["Key"])["Body"].read())
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert _text(json.loads(record["payload"])["Records"][0]) == "poison"


def test_filters_see_decoded_data_and_skip_the_rest(desk: Desk) -> None:
    arn, function = desk.stream("filtered"), desk.function()
    pattern = json.dumps({"partitionKey": ["k"], "data": {"price": [{"numeric": [">", 100]}]}})
    desk.feed(function, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    desk.put("filtered", '{"price": 50}', '{"price": 150}', "no json")
    desk.put("filtered", '{"price": 200}', key="other")
    assert desk.batches(function) == [['{"price": 150}']]


def test_each_key_keeps_its_order_where_a_shard_is_worked_on_in_parallel(desk: Desk) -> None:
    arn, function = desk.stream("broad", shards=2), desk.function()
    for number in range(20):
        for key in "abcde":
            desk.put("broad", f"{key}{number}", key=key)
    desk.feed(function, arn, ParallelizationFactor=5, BatchSize=7)
    texts = [text for batch in desk.batches(function) for text in batch]
    assert len(texts) == 100
    for key in "abcde":
        assert [text for text in texts if text[0] == key] == [f"{key}{number}" for number in range(20)]


def test_children_of_a_split_shard_come_after_it(desk: Desk) -> None:
    arn, function = desk.stream("growing"), desk.function()
    desk.put("growing", "1", "2")
    desk.streams.split_shard(
        StreamName="growing", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
    )
    desk.put("growing", "3", "4")
    desk.feed(function, arn, BatchSize=1)
    assert desk.batches(function) == [["1"], ["2"], ["3"], ["4"]]
    iterator = desk.streams.get_shard_iterator(
        StreamName="growing", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    seen = desk.streams.get_records(ShardIterator=iterator)
    assert [record["Data"] for record in seen["Records"]] == [b"1", b"2"]
    assert "NextShardIterator" not in seen  # the shard is closed


def test_a_stream_tells_cloudwatch_of_its_records(desk: Desk) -> None:
    desk.stream("measured")
    desk.put("measured", "1", "2", "3")
    metrics = desk.cloud.client("cloudwatch")
    now = desk.cloud.clock.now()
    (point,) = metrics.get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName="IncomingRecords",
        Dimensions=[{"Name": "StreamName", "Value": "measured"}],
        StartTime=now.timestamp() - 300,
        EndTime=now.timestamp() + 300,
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 3


def test_a_consumer_is_a_source_if_it_is_registered(desk: Desk) -> None:
    arn, function = desk.stream("fanned-out"), desk.function()
    with pytest.raises(ClientError, match="Stream not found"):
        desk.feed(function, f"{arn}/consumer/nobody")
    consumer = desk.streams.register_stream_consumer(StreamARN=arn, ConsumerName="fast")["Consumer"]
    desk.feed(function, consumer["ConsumerARN"])
    desk.put("fanned-out", "1")
    ((record,),) = [event["Records"] for event in desk.events(function)]
    assert record["eventSourceARN"] == consumer["ConsumerARN"]


def test_a_mapping_goes_on_where_it_stood(desk: Desk) -> None:
    arn, function = desk.stream("paused"), desk.function()
    uuid = desk.feed(function, arn)["UUID"]
    desk.put("paused", "1")
    assert desk.batches(function) == [["1"]]
    assert desk.functions.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Updating"
    desk.put("paused", "2", "3")
    assert desk.batches(function) == [["1"]]
    assert desk.functions.get_event_source_mapping(UUID=uuid)["State"] == "Disabled"
    desk.functions.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=1)
    assert desk.batches(function) == [["1"], ["2"], ["3"]]


def test_a_tumbling_window_hands_its_state_on(desk: Desk) -> None:
    arn, function = desk.stream("tumbling"), desk.function(COUNTING)
    desk.feed(function, arn, TumblingWindowInSeconds=60, BatchSize=2)
    desk.put("tumbling", "a", "b", "c")
    events = desk.events(function)
    assert [len(event["Records"]) for event in events] in ([2, 1, 0], [1, 2, 0])
    last = events[-1]
    assert (last["isFinalInvokeForWindow"], last["isWindowTerminatedEarly"]) == (True, False)
    assert last["state"] == {"count": 3}
    assert (last["shardId"], last["eventSourceARN"]) == ("shardId-000000000000", arn)
    assert last["window"]["start"] < last["window"]["end"]


def test_an_alias_is_fed_and_a_function_that_went_stops_the_mapping(desk: Desk) -> None:
    arn, function = desk.stream("aliased"), desk.function()
    version = desk.functions.publish_version(FunctionName=function)["Version"]
    desk.functions.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    made = desk.feed(f"{function}:live", arn)
    assert made["FunctionArn"].endswith(f":{function}:live")
    desk.put("aliased", "1")
    assert desk.batches(function) == [["1"]]
    desk.functions.delete_function(FunctionName=function)
    desk.put("aliased", "2")
    desk.cloud.clock.settle()
    left = desk.functions.get_event_source_mapping(UUID=made["UUID"])
    assert left["LastProcessingResult"].startswith("PROBLEM")


def test_an_unknown_stream_and_a_second_mapping_are_refused(desk: Desk) -> None:
    arn, function = desk.stream("once"), desk.function()
    made = desk.feed(function, arn)
    with pytest.raises(desk.functions.exceptions.ResourceConflictException, match=made["UUID"]):
        desk.feed(function, arn)
    with pytest.raises(ClientError, match="Stream not found: arn:aws:kinesis"):
        desk.feed(function, f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/nobody")
    with pytest.raises(ClientError, match="Stream not found: arn:aws:dynamodb"):
        desk.feed(
            function, f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/nobody/stream/2026-01-01T00:00:00.000"
        )


@pytest.mark.parametrize(
    ("code", "said", "settings"),
    [
        ("ValidationException", "less than or equal to 10000", {"BatchSize": 10_001}),
        ("ValidationException", "less than or equal to 10", {"ParallelizationFactor": 11}),
        ("ValidationException", "less than or equal to 10000", {"MaximumRetryAttempts": 10_001}),
        ("InvalidParameterValueException", "at least 60", {"MaximumRecordAgeInSeconds": 30}),
        ("InvalidParameterValueException", "specify a timestamp", {"StartingPosition": "AT_TIMESTAMP"}),
        ("InvalidParameterValueException", "ScalingConfig", {"ScalingConfig": {"MaximumConcurrency": 2}}),
        (
            "InvalidParameterValueException",
            "ParallelizationFactor must be 1",
            {"TumblingWindowInSeconds": 60, "ParallelizationFactor": 2},
        ),
        (
            "InvalidParameterValueException",
            "destination ARN",
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:lambda:us-east-1:1:function:f"}}},
        ),
        ("NotImplemented", "offline cloud", {"MetricsConfig": {"Metrics": ["EventCount"]}}),
    ],
)
def test_what_lambda_refuses(desk: Desk, code: str, said: str, settings: dict[str, Any]) -> None:
    with contextlib.suppress(desk.streams.exceptions.ResourceInUseException):
        desk.stream("refusing")
    with pytest.raises(ClientError, match=said) as caught:
        desk.feed(desk.function(), f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/refusing", **settings)
    assert caught.value.response["Error"]["Code"] == code


def test_a_stream_needs_a_position_and_a_queue_takes_none(desk: Desk) -> None:
    arn = desk.stream("placeless")
    with pytest.raises(ClientError, match="Value null at 'startingPosition'"):
        desk.functions.create_event_source_mapping(FunctionName=desk.function(), EventSourceArn=arn)
    _, queue = desk.queue("placed")
    with pytest.raises(ClientError, match="StartingPosition is not valid for SQS event sources"):
        desk.feed(desk.function(), queue)
