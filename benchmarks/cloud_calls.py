"""A call of `sts`, `s3` and `dynamodb` through boto3, beside moto's own server, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import boto3

from benchmarks.rows import Row
from benchmarks.servers import Server, offline_cloud, plain_moto

BODY = b"x" * 100
ROUNDS = 10  # the two servers take turns, so that a slow moment of the machine hits both


def run(*, quick: bool = False) -> list[Row]:
    """Median milliseconds of a call, boto3's own work included."""
    per_round = 10 if quick else 60
    with offline_cloud() as cloud, plain_moto() as moto:
        ours, theirs = _calls(cloud), _calls(moto)
        rows = []
        for name in ours:
            pairs = [
                (_milliseconds(ours[name], per_round), _milliseconds(theirs[name], per_round))
                for _ in range(ROUNDS)
            ]
            rows.append(
                Row(
                    name,
                    statistics.median(ms for mine, _ in pairs for ms in mine),
                    statistics.median(ms for _, other in pairs for ms in other),
                    goal_ratio=0.6,
                )
            )
        return rows


def _calls(server: Server) -> dict[str, Callable[[], Any]]:
    """The calls to measure on this server, each tried once so that nothing is cold."""

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=server.endpoint,
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
        )

    sts, s3, dynamodb = client("sts"), client("s3"), client("dynamodb")
    s3.create_bucket(Bucket="bench")
    dynamodb.create_table(
        TableName="bench",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    calls: dict[str, Callable[[], Any]] = {
        "sts GetCallerIdentity": sts.get_caller_identity,
        "s3 PutObject": lambda: s3.put_object(Bucket="bench", Key="key", Body=BODY),
        "dynamodb PutItem": lambda: dynamodb.put_item(TableName="bench", Item={"id": {"S": "1"}}),
    }
    for call in calls.values():
        _milliseconds(call, 20)
    return calls


def _milliseconds(call: Callable[[], Any], times: int) -> list[float]:
    figures = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        figures.append((time.perf_counter() - started) * 1000)
    return figures
