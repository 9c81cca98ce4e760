"""What S3, SNS and CloudWatch Logs send to a function, through boto3 against a running cloud."""

from __future__ import annotations

import base64
import gzip
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
TELLING = """
import json
def handler(event, context):
    print("EVENT", json.dumps(event))
    if FAILS:
        raise ValueError("on purpose")
"""


class Desk:
    """A cloud with functions that tell what they get."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions, self.buckets = cloud.client("lambda"), cloud.client("s3")
        self.topics, self.queues = cloud.client("sns"), cloud.client("sqs")
        self.made = 0

    def function(self, *, fails: bool = False, bucket: str | None = None, **settings: Any) -> tuple[str, str]:
        self.made += 1
        name = f"told-{self.made}"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", f"FAILS = {fails}\n{TELLING}")
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": buffer.getvalue()},
            **settings,
        )
        if bucket:
            self.let_in(name, bucket)
        return name, made["FunctionArn"]

    def let_in(self, name: str, bucket: str, **more: Any) -> None:
        self.functions.add_permission(
            FunctionName=name,
            StatementId=f"s3-{bucket}",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn=f"arn:aws:s3:::{bucket}",
            SourceAccount=ACCOUNT,
            **more,
        )

    def notify(self, bucket: str, *rules: dict[str, Any], **more: Any) -> None:
        configuration = {"LambdaFunctionConfigurations": list(rules), **more}
        self.buckets.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=configuration
        )

    def events(self, function: str) -> list[dict[str, Any]]:
        self.cloud.clock.settle()
        try:
            found = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")
        except ClientError:
            return []
        said = [event["message"] for event in found["events"]]
        return [json.loads(line.removeprefix("EVENT ")) for line in said if line.startswith("EVENT ")]

    def queue(self, name: str) -> tuple[str, str]:
        url = str(self.queues.create_queue(QueueName=name)["QueueUrl"])
        return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def received(self, url: str) -> list[dict[str, Any]]:
        messages = self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]


def rule(arn: str, *events: str, prefix: str = "", suffix: str = "", name: str = "rule") -> dict[str, Any]:
    filters = [{"Name": "prefix", "Value": prefix}, {"Name": "suffix", "Value": suffix}]
    made = {"Id": name, "LambdaFunctionArn": arn, "Events": list(events or ["s3:ObjectCreated:*"])}
    wanted = [each for each in filters if each["Value"]]
    return {**made, "Filter": {"Key": {"FilterRules": wanted}}} if wanted else made


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Cloud.start(clock="skip", seed=11) as cloud:
        cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield Desk(cloud)


# ------------------------------------------------------------------ S3


def test_s3_tells_of_an_object(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="inbox")
    name, arn = desk.function(bucket="inbox")
    desk.notify("inbox", rule(arn, prefix="in/", suffix=".csv", name="new-trades"))
    put = desk.buckets.put_object(Bucket="inbox", Key="in/my trades+é.csv", Body=b"12345")
    desk.buckets.put_object(Bucket="inbox", Key="in/other.txt", Body=b"")
    desk.buckets.put_object(Bucket="inbox", Key="out/x.csv", Body=b"")
    ((record,),) = [event["Records"] for event in desk.events(name)]  # and no s3:TestEvent
    assert record["eventVersion"].startswith("2.")
    assert (record["eventSource"], record["awsRegion"]) == ("aws:s3", "us-east-1")
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["eventTime"][:10] == f"{desk.cloud.clock.now():%Y-%m-%d}"
    about = record["s3"]
    assert (about["s3SchemaVersion"], about["configurationId"]) == ("1.0", "new-trades")
    assert (about["bucket"]["name"], about["bucket"]["arn"]) == ("inbox", "arn:aws:s3:::inbox")
    assert about["object"].pop("sequencer")
    assert about["object"] == {
        "key": "in/my+trades%2B%C3%A9.csv",
        "size": 5,
        "eTag": put["ETag"].strip('"'),
    }
    assert {"userIdentity", "requestParameters", "responseElements"} < record.keys()
    assert len(record["responseElements"]["x-amz-request-id"]) == 16


def test_what_happens_to_an_object_comes_with_growing_sequencers(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="history")
    desk.buckets.put_bucket_versioning(Bucket="history", VersioningConfiguration={"Status": "Enabled"})
    name, arn = desk.function(bucket="history")
    desk.notify("history", rule(arn, "s3:ObjectCreated:*", "s3:ObjectRemoved:*"))
    put = desk.buckets.put_object(Bucket="history", Key="a", Body=b"x")
    desk.buckets.copy_object(Bucket="history", Key="b", CopySource={"Bucket": "history", "Key": "a"})
    gone = desk.buckets.delete_object(Bucket="history", Key="a")
    records = [event["Records"][0] for event in desk.events(name)]
    records.sort(key=lambda record: record["s3"]["object"]["sequencer"])
    assert [record["eventName"] for record in records] == [
        "ObjectCreated:Put",
        "ObjectCreated:Copy",
        "ObjectRemoved:DeleteMarkerCreated",
    ]
    assert len({record["s3"]["object"]["sequencer"] for record in records}) == 3
    assert records[0]["s3"]["object"]["versionId"] == put["VersionId"]
    removed = records[2]["s3"]["object"]
    assert removed["versionId"] == gone["VersionId"]
    assert not {"size", "eTag"} & removed.keys()


def test_a_handler_that_fails_is_tried_again_and_leaves_a_dead_letter(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="bad-day")
    url, dead = desk.queue("bad-day-dead")
    name, arn = desk.function(fails=True, bucket="bad-day", DeadLetterConfig={"TargetArn": dead})
    desk.notify("bad-day", rule(arn))
    desk.buckets.put_object(Bucket="bad-day", Key="k", Body=b"")
    assert len(desk.events(name)) == 3
    (letter,) = desk.received(url)
    assert letter["Records"][0]["s3"]["object"]["key"] == "k"


def test_an_alias_may_be_told(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="by-alias")
    name, arn = desk.function()
    version = desk.functions.publish_version(FunctionName=name)["Version"]
    desk.functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    with pytest.raises(ClientError, match="Unable to validate"):
        desk.notify("by-alias", rule(f"{arn}:live"))
    desk.let_in(name, "by-alias", Qualifier="live")
    desk.notify("by-alias", rule(f"{arn}:live"))
    desk.buckets.put_object(Bucket="by-alias", Key="k", Body=b"")
    assert len(desk.events(name)) == 1
    streams = desk.cloud.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")
    assert f"[{version}]" in streams["logStreams"][0]["logStreamName"]


def test_s3_takes_no_destination_that_it_cannot_reach(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="careful")
    name, arn = desk.function()
    unable = "Unable to validate the following destination configurations"
    for refused in (arn, f"{arn}-nobody"):
        with pytest.raises(ClientError, match=unable) as caught:
            desk.notify("careful", rule(refused))
        assert caught.value.response["Error"]["Code"] == "InvalidArgument"
    desk.let_in(name, "another-bucket")
    with pytest.raises(ClientError, match=unable):
        desk.notify("careful", rule(arn))
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:nobody", "Events": ["s3:ObjectCreated:*"]}
    with pytest.raises(ClientError, match=unable):
        desk.notify("careful", QueueConfigurations=[queue])
    desk.let_in(name, "careful")
    with pytest.raises(ClientError, match="ambiguously defined"):
        desk.notify("careful", rule(arn, name="1"), rule(arn, "s3:ObjectCreated:Put", prefix="in/", name="2"))
    desk.notify("careful", rule(arn, suffix=".a", name="1"), rule(arn, suffix=".b", name="2"))
    told = desk.buckets.get_bucket_notification_configuration(Bucket="careful")
    assert [each["Id"] for each in told["LambdaFunctionConfigurations"]] == ["1", "2"]


def test_filters_are_read_as_s3_reads_them(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="lenient")
    name, arn = desk.function(bucket="lenient")
    rules = [{"Name": "Prefix", "Value": "in/"}, {"Name": "suffix", "Value": ""}]
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    desk.notify("lenient", {**wanted, "Filter": {"Key": {"FilterRules": rules}}})
    desk.buckets.put_object(Bucket="lenient", Key="in/a", Body=b"")
    desk.buckets.put_object(Bucket="lenient", Key="out/b", Body=b"")
    assert len(desk.events(name)) == 1
    desk.notify("lenient", {**wanted, "Filter": {"Key": {"FilterRules": []}}})
    desk.buckets.put_object(Bucket="lenient", Key="out/b", Body=b"")
    assert len(desk.events(name)) == 2
    bad = {"Key": {"FilterRules": [{"Name": "infix", "Value": "x"}]}}
    with pytest.raises(ClientError, match="must be either prefix or suffix"):
        desk.notify("lenient", {**wanted, "Filter": bad})
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:nobody", "Events": ["s3:ObjectCreated:*"]}
    desk.buckets.put_bucket_notification_configuration(
        Bucket="lenient",
        NotificationConfiguration={"QueueConfigurations": [queue]},
        SkipDestinationValidation=True,
    )
    desk.notify("lenient")
    assert "QueueConfigurations" not in desk.buckets.get_bucket_notification_configuration(Bucket="lenient")


def test_a_queue_gets_a_test_event_and_then_the_same_record(desk: Desk) -> None:
    desk.buckets.create_bucket(Bucket="queued")
    url, arn = desk.queue("from-s3")
    desk.notify("queued", QueueConfigurations=[{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}])
    desk.buckets.put_object(Bucket="queued", Key="k", Body=b"x")
    first, second = desk.received(url)
    assert (first["Event"], first["Bucket"]) == ("s3:TestEvent", "queued")
    assert second["Records"][0]["s3"]["object"]["size"] == 1


# ------------------------------------------------------------------ SNS


def test_sns_hands_a_message_over(desk: Desk) -> None:
    topic = desk.topics.create_topic(Name="prices")["TopicArn"]
    name, arn = desk.function()
    subscription = desk.topics.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=arn, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    desk.cloud.clock.advance(days=400)
    sent = desk.topics.publish(
        TopicArn=topic,
        Message="42",
        Subject="TRDW",
        MessageAttributes={
            "desk": {"DataType": "String", "StringValue": "bonds"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )
    ((record,),) = [event["Records"] for event in desk.events(name)]
    told = record.pop("Sns")
    assert record == {"EventVersion": "1.0", "EventSubscriptionArn": subscription, "EventSource": "aws:sns"}
    assert told["MessageId"] == sent["MessageId"]
    assert (told["TopicArn"], told["Type"]) == (topic, "Notification")
    assert (told["Message"], told["Subject"]) == ("42", "TRDW")
    assert told["Timestamp"][:10] == f"{desk.cloud.clock.now():%Y-%m-%d}"
    assert told["MessageAttributes"] == {
        "desk": {"Type": "String", "Value": "bonds"},
        "raw": {"Type": "Binary", "Value": "AAE="},
    }
    assert subscription in told["UnsubscribeUrl"]


def test_filter_policies_choose_and_structures_are_for_lambda(desk: Desk) -> None:
    topic = desk.topics.create_topic(Name="choosy")["TopicArn"]
    name, arn = desk.function()
    desk.topics.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=arn,
        Attributes={"FilterPolicy": json.dumps({"desk": ["bonds"]})},
    )
    for chosen in ("bonds", "equities"):
        desk.topics.publish(
            TopicArn=topic,
            Message=json.dumps({"default": "for all", "lambda": f"for {chosen}"}),
            MessageStructure="json",
            MessageAttributes={"desk": {"DataType": "String", "StringValue": chosen}},
        )
    ((record,),) = [event["Records"] for event in desk.events(name)]
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("for bonds", None)


def test_a_function_that_went_leaves_messages_to_the_dead_letter_queue(desk: Desk) -> None:
    topic = desk.topics.create_topic(Name="lost")["TopicArn"]
    name, arn = desk.function()
    url, dead = desk.queue("lost-dead")
    desk.topics.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=arn,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})},
    )
    desk.functions.delete_function(FunctionName=name)
    desk.topics.publish(TopicArn=topic, Message="hello?")
    (letter,) = desk.received(url)
    assert letter["Message"] == "hello?"


def test_a_lambda_subscription_names_a_function(desk: Desk) -> None:
    topic = desk.topics.create_topic(Name="strict")["TopicArn"]
    with pytest.raises(ClientError, match="Lambda endpoint ARN") as caught:
        desk.topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint="my-function")
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"


# ------------------------------------------------------------------ CloudWatch Logs


def test_a_subscription_filter_hands_log_events_over(desk: Desk) -> None:
    logs = desk.cloud.client("logs")
    name, arn = desk.function()
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="one")
    desk.functions.add_permission(
        FunctionName=name, StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com"
    )
    logs.put_subscription_filter(
        logGroupName="/app", filterName="errors", filterPattern="ERROR", destinationArn=arn
    )
    now = int(desk.cloud.clock.now().timestamp() * 1000)
    logs.put_log_events(
        logGroupName="/app",
        logStreamName="one",
        logEvents=[
            {"timestamp": now, "message": "ERROR no price"},
            {"timestamp": now, "message": "INFO fine"},
        ],
    )
    (event,) = desk.events(name)
    told = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    assert (told["messageType"], told["owner"], told["subscriptionFilters"]) == (
        "DATA_MESSAGE",
        ACCOUNT,
        ["errors"],
    )
    assert (told["logGroup"], told["logStream"]) == ("/app", "one")
    ((entry,),) = [told["logEvents"]]
    assert (entry["timestamp"], entry["message"]) == (now, "ERROR no price")
    assert entry["id"].isdigit()
