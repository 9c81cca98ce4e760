"""Lambda: cold, warm, eight clients at once, and the memory of an environment."""

from __future__ import annotations

import io
import json
import re
import statistics
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.rows import Row
from benchmarks.servers import Server, offline_cloud

HANDLER = "def lambda_handler(event, context):\n    return event\n"
WITH_BOTO3 = "import boto3\nclient = boto3.client('dynamodb')\n" + HANDLER
TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
CLIENTS = 8


def run(*, quick: bool = False) -> list[Row]:
    """Milliseconds per invocation over the API, boto3's own work included, and megabytes per environment."""
    cold_rounds, warm_rounds, alive = (8, 60, 10) if quick else (30, 500, 50)
    with offline_cloud() as cloud:
        functions, sts = client(cloud.endpoint, "lambda"), client(cloud.endpoint, "sts")
        create(cloud.endpoint, functions, "bench")
        create(cloud.endpoint, functions, "with-boto3", WITH_BOTO3)
        _invoke(functions, "bench")
        _invoke(functions, "with-boto3")
        api, cold, with_boto3, warm = [], [], [], []
        for _ in range(cold_rounds):
            # A changed configuration takes the environment away: the next invocation is a cold one.
            for name in ("bench", "with-boto3"):
                functions.update_function_configuration(FunctionName=name, Description=str(time.time()))
            api.append(_milliseconds(lambda: _dry_run(functions, "bench")))
            cold.append(_milliseconds(lambda: _invoke(functions, "bench")))
            with_boto3.append(_milliseconds(lambda: _invoke(functions, "with-boto3")))
        calls = []
        for _ in range(warm_rounds):  # in turn, so that a slow moment of the machine hits both
            calls.append(_milliseconds(sts.get_caller_identity))
            warm.append(_milliseconds(lambda: _invoke(functions, "bench")))
        together, alone = _eight_at_once(cloud, warm_rounds)
        cold_together = _eight_cold(cloud, functions, 3 if quick else 10)
        memory = _memory_per_environment(cloud, functions, alive)
    beside = statistics.median(cold) - statistics.median(api)
    return [
        Row("Lambda, cold: beside the API call", beside, goal_ours=15, note="handler without imports"),
        Row("Lambda, cold: the whole call", statistics.median(cold)),
        Row("Lambda, cold: the whole call, handler imports boto3", statistics.median(with_boto3)),
        Row(f"Lambda, cold, {CLIENTS} clients: one call", cold_together, statistics.median(cold)),
        Row("Lambda, warm, against sts", statistics.median(warm), statistics.median(calls), goal_ratio=1.5),
        Row(f"Lambda, warm, {CLIENTS} clients: one call", together, alone, note="against one client of them"),
        Row("memory of an idle environment (PSS)", memory, unit="MB", note=f"{alive} alive"),
    ]


def _eight_at_once(cloud: Server, rounds: int) -> tuple[float, float]:
    """Median milliseconds of a warm invocation with eight clients at work, and with one."""

    def work(count: int) -> list[float]:
        mine = client(cloud.endpoint, "lambda")
        _invoke(mine, "bench")
        return [_milliseconds(lambda: _invoke(mine, "bench")) for _ in range(count)]

    alone = work(rounds)
    with ThreadPoolExecutor(CLIENTS) as pool:
        seen = [ms for client in pool.map(work, [rounds] * CLIENTS) for ms in client]
    return statistics.median(seen), statistics.median(alone)


def _eight_cold(cloud: Server, functions: Any, rounds: int) -> float:
    """Median milliseconds of a call when eight clients meet a function without an environment."""
    clients = [client(cloud.endpoint, "lambda") for _ in range(CLIENTS)]
    seen: list[float] = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(rounds):
            functions.update_function_configuration(FunctionName="bench", Description=str(time.time()))
            seen += pool.map(lambda mine: _milliseconds(lambda: _invoke(mine, "bench")), clients)
    return statistics.median(seen)


def _memory_per_environment(cloud: Server, functions: Any, count: int) -> float:
    """Proportional memory of one of `count` idle environments, in MB; 0 where the system does not tell."""
    for at in range(count):
        create(cloud.endpoint, functions, f"alive-{at}")
        _invoke(functions, f"alive-{at}")
    sizes = [proportional_mb(pid) for pid in descendants(cloud.process.pid)]
    environments = sorted(size for size in sizes if size)[-count - 2 :][:count]
    return statistics.median(environments) if environments else 0.0


def descendants(pid: int) -> list[int]:
    """All processes below this one."""
    found = [pid]
    for member in found:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found[1:]


def proportional_mb(pid: int) -> float:
    """The proportional set size of a process in MB; 0 where nobody tells."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def create(endpoint: str, functions: Any, name: str, source: str = HANDLER) -> None:
    """Create the function `name`, and a role for all of them if it is not there."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("lambda_function.py", source)
    iam = client(endpoint, "iam")
    try:
        role = iam.get_role(RoleName="bench")["Role"]["Arn"]
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    functions.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Timeout=30,
        Code={"ZipFile": buffer.getvalue()},
    )


def _invoke(functions: Any, name: str) -> None:
    answer = functions.invoke(FunctionName=name, Payload=b'{"ok": true}')
    if answer["Payload"].read() != b'{"ok": true}':
        raise AssertionError(f"{name} answered something else")


def _dry_run(functions: Any, name: str) -> None:
    functions.invoke(FunctionName=name, InvocationType="DryRun", Payload=b'{"ok": true}')


def _milliseconds(call: Any) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def client(endpoint: str, service: str) -> Any:
    """A boto3 client that never repeats a request."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(max_pool_connections=CLIENTS, retries={"total_max_attempts": 1}),
    )
