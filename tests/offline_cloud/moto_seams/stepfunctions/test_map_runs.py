"""Distributed Map: items from S3, children with histories of their own, results in S3, map runs."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from .conftest import PASS, Machines, task

BUCKET = "items"


@pytest.fixture(scope="module")
def s3(machines: Machines) -> Any:
    client = machines.cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def distributed(states: Any = None, **fields: Any) -> dict[str, Any]:
    inner = states or {"P": PASS}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(inner)),
        "States": inner,
    }
    return {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}


def reader(key: str, **config: Any) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": BUCKET, "Key": key},
    }


@pytest.mark.parametrize(
    ("content", "config", "items"),
    [
        (b'[1, {"a": 2}]', {"InputType": "JSON"}, [1, {"a": 2}]),
        (b'{"a": 1, "b": 2}', {"InputType": "JSON"}, [{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}]),
        (b'1\n{"a": 2}\n', {"InputType": "JSONL"}, [1, {"a": 2}]),
        (
            b'id,name\n1,"Ann, B"\n2,\n',
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"id": "1", "name": "Ann, B"}, {"id": "2", "name": ""}],
        ),
        (
            b"1|x\n2|y\n",
            {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["n", "v"],
                "CSVDelimiter": "PIPE",
            },
            [{"n": "1", "v": "x"}, {"n": "2", "v": "y"}],
        ),
        (b"[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        (gzip.compress(b"1\n2", mtime=0), {"InputType": "JSONL"}, [1, 2]),
    ],
)
def test_items_of_an_object(
    machines: Machines, s3: Any, content: bytes, config: dict[str, Any], items: Any
) -> None:
    s3.put_object(Bucket=BUCKET, Key="object", Body=content)
    assert machines.output(distributed(ItemReader=reader("object", **config))) == items


def test_items_of_a_list_of_objects(machines: Machines, s3: Any) -> None:
    for number in range(3):
        s3.put_object(Bucket=BUCKET, Key=f"listed/{number}", Body=b"x" * number)
    found = machines.output(
        distributed(
            ItemReader={
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                "Parameters": {"Bucket": BUCKET, "Prefix": "listed/"},
            }
        )
    )
    assert [(each["Key"], each["Size"]) for each in found] == [(f"listed/{n}", n) for n in range(3)]
    assert set(found[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}


def test_items_of_an_inventory(machines: Machines, s3: Any) -> None:
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "inventory/a.csv.gz"}],
    }
    s3.put_object(
        Bucket=BUCKET, Key="inventory/a.csv.gz", Body=gzip.compress(b'"b","k1","3"\n"b","k2","4"\n')
    )
    s3.put_object(Bucket=BUCKET, Key="inventory/manifest.json", Body=json.dumps(manifest).encode())
    items = machines.output(distributed(ItemReader=reader("inventory/manifest.json", InputType="MANIFEST")))
    assert items == [{"Bucket": "b", "Key": "k1", "Size": "3"}, {"Bucket": "b", "Key": "k2", "Size": "4"}]


@pytest.mark.parametrize("key", ["nowhere", "broken"])
def test_items_that_can_not_be_read(machines: Machines, s3: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="broken", Body=b"[1,")
    said = machines.run(distributed(ItemReader=reader(key, InputType="JSON")))
    assert (said["status"], said["error"]) == ("FAILED", "States.ItemReaderFailed")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"ItemReader": {**reader("k", InputType="JSON"), "Parameters": []}}, "States.ItemReaderFailed"),
        (
            {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": ["x"]}},
            "States.ResultWriterFailed",
        ),
    ],
)
def test_parameters_that_are_no_object_end_the_execution(
    machines: Machines, fields: dict[str, Any], error: str
) -> None:
    said = machines.run(distributed(**fields), [1])
    assert (said["status"], said["error"]) == ("FAILED", error)


def test_children_are_executions(machines: Machines) -> None:
    sfn = machines.sfn
    arn = machines.start(distributed(Label="each"), [1, 2, 3])
    assert json.loads(machines.ended(arn)["output"]) == [1, 2, 3]
    run = sfn.list_map_runs(executionArn=arn)["mapRuns"][0]
    assert ":mapRun:" in run["mapRunArn"]
    assert "/each:" in run["mapRunArn"]
    said = sfn.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (said["status"], said["executionArn"]) == ("SUCCEEDED", arn)
    assert said["itemCounts"]["succeeded"] == said["executionCounts"]["succeeded"] == 3
    children = sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert len(children) == 3
    child = children[-1]["executionArn"]
    assert sfn.describe_execution(executionArn=child)["mapRunArn"] == run["mapRunArn"]
    assert machines.types(child) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    revision = sfn.describe_state_machine_for_execution(executionArn=child)
    assert (revision["mapRunArn"], revision["label"]) == (run["mapRunArn"], "each")


def test_results_are_written(machines: Machines, s3: Any) -> None:
    choice = {
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}],
            "Default": "P",
        },
        "F": {"Type": "Fail", "Error": "Two", "Cause": "is bad"},
        "P": PASS,
    }
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": BUCKET, "Prefix": "out"}}
    result = machines.output(distributed(choice, ResultWriter=writer, ToleratedFailureCount=1), [1, 2, 3])
    where = result["ResultWriterDetails"]
    assert where["Key"] == f"out/{result['MapRunArn'].rpartition(':')[2]}/manifest.json"
    manifest = json.loads(s3.get_object(**where)["Body"].read())
    assert manifest["DestinationBucket"] == BUCKET
    files = manifest["ResultFiles"]
    assert [len(files[end]) for end in ("SUCCEEDED", "FAILED", "PENDING")] == [1, 1, 0]
    failed = json.loads(s3.get_object(Bucket=BUCKET, Key=files["FAILED"][0]["Key"])["Body"].read())
    assert [(each["Input"], each["Error"], each["Cause"]) for each in failed] == [("2", "Two", "is bad")]
    succeeded = s3.get_object(Bucket=BUCKET, Key=files["SUCCEEDED"][0]["Key"])["Body"].read()
    assert [each["Output"] for each in json.loads(succeeded)] == ["1", "3"]
    assert files["SUCCEEDED"][0]["Size"] == len(succeeded)


def test_a_map_run_is_updated_while_it_runs(machines: Machines) -> None:
    sfn = machines.sfn
    activity = sfn.create_activity(name="slow-children")["activityArn"]
    arn = machines.start(distributed(task(activity), MaxConcurrency=1), [1, 2])
    run = sfn.list_map_runs(executionArn=arn)["mapRuns"][0]["mapRunArn"]
    sfn.update_map_run(mapRunArn=run, toleratedFailureCount=2, maxConcurrency=1)
    for _ in range(2):
        fetched = sfn.get_activity_task(activityArn=activity)
        sfn.send_task_failure(taskToken=fetched["taskToken"], error="No")
    assert machines.ended(arn)["status"] == "SUCCEEDED"
    assert sfn.describe_map_run(mapRunArn=run)["itemCounts"]["failed"] == 2


def test_stopping_stops_the_children(machines: Machines) -> None:
    activity = machines.sfn.create_activity(name="children-work")["activityArn"]
    arn = machines.start(distributed(task(activity)), [1, 2])
    run = machines.sfn.list_map_runs(executionArn=arn)["mapRuns"][0]["mapRunArn"]
    machines.sfn.stop_execution(executionArn=arn)
    children = machines.sfn.list_executions(mapRunArn=run)["executions"]
    assert {child["status"] for child in children} == {"ABORTED"}
    assert machines.sfn.describe_map_run(mapRunArn=run)["status"] == "ABORTED"
