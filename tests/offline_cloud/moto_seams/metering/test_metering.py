"""What requests use and what they leave behind, through boto3 against a running cloud."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

KB = 1024


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud.start(seed=1) as running:
        yield running


@pytest.fixture
def used(cloud: Cloud) -> Callable[[], Any]:
    """`with used() as lines:` afterwards `lines` has what was used inside, by line of the price sheet."""

    def quantities() -> dict[str, float]:
        return {line["id"]: line["quantity"] for line in cloud.bill()["lines"]}

    @contextmanager
    def measure() -> Iterator[dict[str, float]]:
        lines: dict[str, float] = {}
        before = quantities()
        yield lines
        for name, quantity in quantities().items():
            more = round(quantity - before.get(name, 0.0), 9)
            if more > 1e-6:  # what others have stored goes on costing its millionth while we look
                lines[name] = more

    return measure


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> str:
    cloud.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return "orders"


def order(key: str, size: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": {"S": key}, "note": {"S": "x" * size}, **more}


# ---------------------------------------------------------------- DynamoDB


def test_writes_take_units_by_the_larger_of_before_and_after(cloud, table, used):
    dynamodb = cloud.client("dynamodb")
    with used() as lines:
        dynamodb.put_item(TableName=table, Item=order("big", 3 * KB))  # 4 units: names weigh, too
        dynamodb.put_item(TableName=table, Item=order("big"))  # 4: it was as large as that
        dynamodb.put_item(TableName=table, Item=order("big"))  # 1
        dynamodb.delete_item(TableName=table, Key={"id": {"S": "nothing"}})  # 1

    assert lines == {"dynamodb-writes": 10}


def test_a_transaction_takes_double_and_a_batch_what_its_items_take(cloud, table, used):
    dynamodb = cloud.client("dynamodb")
    with used() as lines:
        dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": order(f"b{n}", 1500)}} for n in range(3)]}
        )
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": order("t", 1500)}}])

    assert lines["dynamodb-writes"] == 3 * 2 + 2 * 2


def test_a_condition_that_fails_is_billed_and_a_bad_request_is_not(cloud, table, used):
    dynamodb = cloud.client("dynamodb")
    with used() as lines:
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(
                TableName=table, Item=order("big"), ConditionExpression="attribute_not_exists(id)"
            )
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName=table, Item={"note": {"S": "no key"}})
        with pytest.raises(ClientError):
            dynamodb.get_item(TableName="nowhere", Key={"id": {"S": "a"}})

    assert lines == {"dynamodb-writes": 1}


def test_an_index_takes_units_for_what_changes_in_it(cloud, table, used):
    dynamodb = cloud.client("dynamodb")
    day = {"day": {"S": "monday"}}
    with used() as added:
        dynamodb.put_item(TableName=table, Item=order("i", **day))
    with used() as untouched:
        dynamodb.put_item(TableName=table, Item=order("i", 20, **day))
    with used() as moved:
        dynamodb.put_item(TableName=table, Item=order("i", 20, day={"S": "friday"}))

    assert (added["dynamodb-writes"], untouched["dynamodb-writes"], moved["dynamodb-writes"]) == (2, 1, 3)


def test_reads_take_half_if_they_may_be_old(cloud, table, used):
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_item(TableName=table, Item=order("r", 5 * KB))
    key = {"id": {"S": "r"}}
    with used() as lines:
        dynamodb.get_item(TableName=table, Key=key)  # 1
        dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)  # 2
        dynamodb.get_item(TableName=table, Key=key, ProjectionExpression="id", ConsistentRead=True)  # 2
        dynamodb.get_item(TableName=table, Key={"id": {"S": "nothing"}})  # 0.5
        dynamodb.batch_get_item(RequestItems={table: {"Keys": [key, {"id": {"S": "big"}}]}})  # 1 + 0.5
        dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": key}}])  # 4

    assert lines == {"dynamodb-reads": 11}


def test_a_search_pays_for_what_it_looked_at_and_answers_as_ever(cloud, used):
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="events",
        KeySchema=[
            {"AttributeName": "who", "KeyType": "HASH"},
            {"AttributeName": "n", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "who", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(10):
        item = {"who": {"S": "a"}, "n": {"N": str(number)}, "note": {"S": "x" * 1000}}
        dynamodb.put_item(TableName="events", Item=item)
    asked = {
        "TableName": "events",
        "KeyConditionExpression": "who = :a",
        "FilterExpression": "n < :three",
        "ProjectionExpression": "n",
        "ExpressionAttributeValues": {":a": {"S": "a"}, ":three": {"N": "3"}},
    }
    with used() as filtered:
        answer = dynamodb.query(**asked)
    with used() as counted:
        assert dynamodb.scan(TableName="events", Select="COUNT", ConsistentRead=True)["Count"] == 10
    with used() as limited:
        dynamodb.scan(TableName="events", Limit=2)

    assert [item["n"]["N"] for item in answer["Items"]] == ["0", "1", "2"]
    assert set(answer["Items"][0]) == {"n"}
    assert answer["ScannedCount"] == 10
    assert filtered == {"dynamodb-reads": 1.5}  # 10 KB, eventually consistent
    assert counted == {"dynamodb-reads": 3}
    assert limited == {"dynamodb-reads": 0.5}


def test_a_statement_is_a_read_or_a_write(cloud, table, used):
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_item(TableName=table, Item=order("partiql", 5 * KB))
    with used() as lines:
        dynamodb.execute_statement(Statement=f"SELECT * FROM {table} WHERE id = 'partiql'")
        dynamodb.execute_statement(Statement=f"DELETE FROM {table} WHERE id = 'partiql'")

    assert lines == {"dynamodb-reads": 1, "dynamodb-writes": 1}


def test_provisioned_capacity_is_billed_by_the_hour_and_not_by_the_request(cloud, used):
    dynamodb = cloud.client("dynamodb")
    with used() as lines:
        dynamodb.create_table(
            TableName="fixed",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 2},
        )
        dynamodb.put_item(TableName="fixed", Item=order("a"))
        cloud.clock.advance(hours=10)
        dynamodb.delete_table(TableName="fixed")
        cloud.clock.advance(hours=10)

    assert lines["dynamodb-provisioned-reads"] == pytest.approx(50, abs=0.1)
    assert lines["dynamodb-provisioned-writes"] == pytest.approx(20, abs=0.1)
    assert "dynamodb-writes" not in lines


# ---------------------------------------------------------------- storage


def test_objects_cost_by_class_and_time_until_they_are_deleted(cloud, used):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="archive")
    million = b"x" * 2**20
    with used() as lines:
        s3.put_object(Bucket="archive", Key="a/ü.bin", Body=million * 4)
        s3.put_object(Bucket="archive", Key="cold", Body=million, StorageClass="STANDARD_IA")
        cloud.clock.advance(days=15)
        s3.put_object(Bucket="archive", Key="a/ü.bin", Body=million * 2)
        cloud.clock.advance(days=15)
        s3.delete_objects(Bucket="archive", Delete={"Objects": [{"Key": "a/ü.bin"}, {"Key": "cold"}]})
        cloud.clock.advance(days=30)

    assert lines["s3-storage-standard"] == pytest.approx(3 / KB, rel=1e-3)
    assert lines["s3-storage-standard-ia"] == pytest.approx(1 / KB, rel=1e-3)
    assert lines["s3-write-requests"] == 3


def test_versions_and_unfinished_uploads_are_stored_too(cloud, used):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    part = b"x" * (5 * 2**20)
    with used() as lines:
        for _ in range(2):
            s3.put_object(Bucket="versions", Key="a", Body=part)
        s3.delete_object(Bucket="versions", Key="a")
        upload = s3.create_multipart_upload(Bucket="versions", Key="b")["UploadId"]
        s3.upload_part(Bucket="versions", Key="b", PartNumber=1, UploadId=upload, Body=part)
        cloud.clock.advance(days=30)

    assert lines["s3-storage-standard"] == pytest.approx(15 / KB, rel=1e-3)
    s3.abort_multipart_upload(Bucket="versions", Key="b", UploadId=upload)
    with used() as later:
        cloud.clock.advance(days=30)
    assert later["s3-storage-standard"] == pytest.approx(10 / KB, rel=1e-3)


def test_items_are_stored_with_their_overhead_in_tables_and_indexes(cloud, table, used):
    with used() as before:
        cloud.clock.advance(days=30)
    day = {"day": {"S": "sunday"}}
    cloud.client("dynamodb").put_item(TableName=table, Item=order("stored", 300 * KB, **day))
    with used() as after:
        cloud.clock.advance(days=30)

    item = len("idstorednotedaysunday") + 300 * KB + 100
    entry = len("idstoreddaysunday") + 100
    grown = after["dynamodb-storage"] - before["dynamodb-storage"]
    assert grown == pytest.approx((item + entry) / 2**30, rel=1e-3)


def test_logs_cost_when_they_come_in_and_while_they_are_kept(cloud, used):
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/chatty")
    logs.create_log_stream(logGroupName="/aws/lambda/chatty", logStreamName="s")
    now = int(cloud.clock.now().timestamp() * 1000)
    events = [{"timestamp": now, "message": "x" * (100_000 - 26)} for _ in range(10)]
    with used() as lines:
        logs.put_log_events(logGroupName="/aws/lambda/chatty", logStreamName="s", logEvents=events)
        logs.put_retention_policy(logGroupName="/aws/lambda/chatty", retentionInDays=3)
        cloud.clock.advance(days=30)

    assert lines["logs-ingested"] == pytest.approx(1_000_000 / 2**30)
    # The last look at the group was long before: what is gone stopped to cost when it went.
    assert lines["logs-stored"] == pytest.approx(0.15 * 1_000_000 / 2**30 * 3 / 30, rel=1e-3)
    (chatty,) = (one for one in cloud.bill()["functions"] if one["function"] == "chatty")
    assert [line["id"] for line in chatty["lines"]] == ["logs-ingested", "logs-stored"]


def test_what_exists_costs_by_the_month(cloud, used):
    secrets, kms = cloud.client("secretsmanager"), cloud.client("kms")
    with used() as lines:
        secrets.create_secret(Name="token", SecretString="s")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        cloud.client("ssm").put_parameter(Name="/big", Value="v", Type="String", Tier="Advanced")
        cloud.clock.advance(days=15)
        secrets.delete_secret(SecretId="token")
        kms.schedule_key_deletion(KeyId=key)
        cloud.clock.advance(days=15)

    assert lines["secrets"] == pytest.approx(0.5, abs=1e-3)
    assert lines["kms-keys"] == pytest.approx(0.5, abs=1e-3)
    assert lines["ssm-advanced-parameters"] == pytest.approx(1, abs=1e-3)
    assert (lines["secrets-requests"], lines["kms-requests"]) == (2, 2)


def test_a_metric_costs_for_each_hour_with_data(cloud, used):
    cloudwatch = cloud.client("cloudwatch")
    with used() as lines:
        for _ in range(3):
            for value in (1, 2):
                cloudwatch.put_metric_data(
                    Namespace="Tradewind", MetricData=[{"MetricName": "Orders", "Value": value}]
                )
            cloud.clock.advance(hours=1)

    assert lines["cloudwatch-metrics"] == pytest.approx(3 / 720)
    assert lines["cloudwatch-requests"] == 6


# ---------------------------------------------------------------- messages


def test_messages_are_billed_in_chunks_of_64_kb(cloud, used):
    sqs = cloud.client("sqs")
    plain = sqs.create_queue(QueueName="plain")["QueueUrl"]
    fifo = sqs.create_queue(QueueName="strict.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    with used() as lines:
        sqs.send_message(QueueUrl=plain, MessageBody="x" * 65 * KB)  # 2
        sqs.send_message_batch(
            QueueUrl=plain, Entries=[{"Id": str(n), "MessageBody": "x" * 10 * KB} for n in range(10)]
        )  # 2: one payload of 100 KB
        sqs.receive_message(QueueUrl=plain)  # 2
        sqs.receive_message(QueueUrl=plain, MaxNumberOfMessages=10)  # 2
        sqs.receive_message(QueueUrl=plain)  # 1: empty
        sqs.send_message(QueueUrl=fifo, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")

    assert lines == {"sqs-requests": 9, "sqs-fifo-requests": 1}


def test_topics_pay_for_publishing_and_for_some_deliveries(cloud, used):
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    for address in ("a@example.com", "b@example.com"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    queue = cloud.client("sqs").create_queue(QueueName="alerts")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{queue[-6:]}")
    with used() as lines:
        sns.publish(TopicArn=topic, Message="x" * 100 * KB)

    assert lines == {"sns-requests": 2, "sns-email": 2}


def test_events_and_stream_records_count_by_themselves(cloud, used):
    events, kinesis = cloud.client("events"), cloud.client("kinesis")
    entry = {"Source": "tradewind", "DetailType": "Order", "Detail": '{"note": "%s"}' % ("x" * 70 * KB)}
    with used() as lines:
        events.put_events(Entries=[entry, {**entry, "Detail": "{}"}])
        kinesis.create_stream(StreamName="ticks", ShardCount=2)
        kinesis.put_record(StreamName="ticks", Data=b"x" * 30 * KB, PartitionKey="p")
        cloud.clock.advance(hours=3)

    assert lines["events-custom"] == 3
    assert lines["kinesis-puts"] == 2
    assert lines["kinesis-shards"] == pytest.approx(6, abs=0.1)


# ---------------------------------------------------------------- functions


def test_a_function_is_billed_by_its_architecture_its_storage_and_what_it_calls(cloud, used):
    code = (
        "import boto3, time\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').list_queues()\n"
        "    time.sleep(9)\n"
        "    print('x' * 1000)\n"
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("app.py", code)
    service = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }
    trust = json.dumps({"Statement": [service]})
    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="sleeper",
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
        Architectures=["arm64"],
        MemorySize=2048,
        Timeout=30,
        EphemeralStorage={"Size": 1536},
    )
    with used() as lines:
        for _ in range(2):
            functions.invoke(FunctionName="sleeper", InvocationType="Event", Payload=b"{}")
            cloud.clock.advance(seconds=30)

    compute = lines["lambda-compute-arm"]
    assert 2 * 9 * 2 <= compute < 2 * 14 * 2
    assert "lambda-compute" not in lines
    assert lines["lambda-storage"] == pytest.approx(compute / 2)
    assert lines["lambda-requests"] == 2
    assert lines["sqs-requests"] == 2
    (sleeper,) = (one for one in cloud.bill()["functions"] if one["function"] == "sleeper")
    own = {line["id"]: line["quantity"] for line in sleeper["lines"]}
    assert own["sqs-requests"] == 2
    assert own["lambda-compute-arm"] == compute
    assert own["logs-ingested"] > 2000 / 2**30
    assert sleeper["cost"] == pytest.approx(sum(line["cost"] for line in sleeper["lines"]))


def test_an_event_above_256_kb_counts_as_several_requests(cloud, used):
    payload = b'"%s"' % (b"x" * (256 * KB + 65 * KB))
    with used() as lines:
        with suppress(ClientError):
            cloud.client("lambda").invoke(FunctionName="sleeper", InvocationType="Event", Payload=payload)
        cloud.clock.advance(seconds=30)

    assert lines["lambda-requests"] == 1 + 2


# ---------------------------------------------------------------- the bill as a whole


def test_a_bill_says_since_when_and_who_used_what(cloud):
    told = cloud.bill(free_tier=True)

    assert told["free_tier"] is True
    assert told["since"] < told["until"] == pytest.approx(cloud.clock.now().timestamp(), abs=60)
    assert told["total"] <= cloud.bill()["total"]
    assert sum(line["cost"] for line in told["lines"]) == pytest.approx(told["total"])


def test_a_reset_begins_a_new_bill_with_nothing_stored(cloud):
    cloud.reset()
    cloud.clock.advance(days=30)

    assert cloud.bill()["lines"] == []


def test_what_builds_the_start_state_is_not_billed_but_what_it_stores_is(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="start")
    s3.put_object(Bucket="start", Key="data", Body=b"x" * 2**20)
    cloud.mark_start_state()
    for _ in range(2):
        cloud.clock.advance(days=30)
        told = {line["id"]: line["quantity"] for line in cloud.bill()["lines"]}
        assert told == {"s3-storage-standard": pytest.approx(1 / KB, rel=1e-3)}
        cloud.reset()


def test_free_amounts_come_back_with_the_next_month_of_cloud_time(cloud):
    """The months of the bill are those of the cloud's time, for calls and for functions."""
    cloud.reset()
    sqs = cloud.client("sqs")
    for _ in range(2):
        sqs.list_queues()
        cloud.clock.advance(days=30)
    (line,) = (line for line in cloud.bill(free_tier=True)["lines"] if line["service"] == "Amazon SQS")

    assert (line["id"], line["quantity"], line["free"], line["cost"]) == ("sqs-requests", 2, 2, 0)
