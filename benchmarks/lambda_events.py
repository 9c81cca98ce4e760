"""Lambda without a client that waits: asynchronous events, a queue's messages, a burst of environments."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.lambda_invoke import client, create, descendants, proportional_mb
from benchmarks.rows import Row
from benchmarks.servers import plain_moto
from offline_cloud import Cloud

CLIENTS = 8
LIMIT = 120.0
"""Seconds after which a measurement is given up, and says so."""
SLEEPER = "import time\ndef lambda_handler(event, context):\n    time.sleep(10)\n"


def run(*, quick: bool = False) -> list[Row]:
    """Milliseconds for one event, one message or one environment of many; megabytes for an environment."""
    many, crowd = (100, 40) if quick else (1000, 200)
    with Cloud.start(seed=1) as cloud:
        return [_events(cloud, many), _messages(cloud, many), *_burst(cloud, crowd)]


def _events(cloud: Cloud, count: int) -> Row:
    """From the first Invoke until the last event has run; the queue and the environments are warm."""
    functions = client(cloud.endpoint, "lambda")
    create(cloud.endpoint, functions, "events")
    _send(cloud, "events", CLIENTS)
    _until(lambda: _done(cloud, "events") >= CLIENTS)
    started = time.perf_counter()
    _send(cloud, "events", count)
    sent = time.perf_counter() - started
    _until(lambda: _done(cloud, "events") >= min(count + CLIENTS, 1000))
    taken = time.perf_counter() - started
    return Row(
        f"Lambda, one of {count} asynchronous events",
        taken / count * 1000,
        note=f"{sent / count * 1000:.2f} ms of it until it was accepted, {CLIENTS} clients",
    )


def _messages(cloud: Cloud, count: int) -> Row:
    """From the first SendMessageBatch until the queue is empty, with batches of ten."""
    functions = client(cloud.endpoint, "lambda")
    create(cloud.endpoint, functions, "messages")
    ours = _through_a_mapping(cloud.endpoint, count)
    with plain_moto(lambda_simple=True) as moto:
        create(moto.endpoint, client(moto.endpoint, "lambda"), "messages")
        theirs = _through_a_mapping(moto.endpoint, count)
    return Row(
        f"Lambda, one of {count} messages of a queue",
        ours / count * 1000,
        theirs / count * 1000,
        note="moto's own runs no code and gives each message a call",
    )


def _through_a_mapping(endpoint: str, count: int) -> float:
    sqs, functions = client(endpoint, "sqs"), client(endpoint, "lambda")
    url = sqs.create_queue(QueueName="bench")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="messages", BatchSize=10)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    started = time.perf_counter()
    for batch in range(count // 10):
        entries = [{"Id": str(n), "MessageBody": json.dumps({"n": batch * 10 + n})} for n in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def empty() -> bool:
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return all(told[name] == "0" for name in names)

    _until(empty)
    return time.perf_counter() - started


def _burst(cloud: Cloud, count: int) -> list[Row]:
    """So many calls at once that sleep ten seconds each, their environments alive, and all gone after."""
    functions = client(cloud.endpoint, "lambda")
    create(cloud.endpoint, functions, "burst", SLEEPER)
    before = cloud.clock.now()
    started = time.perf_counter()
    _send(cloud, "burst", count)
    cloud.clock.advance(seconds=30)
    sizes = sorted(size for size in map(proportional_mb, descendants(cloud.pid or 0)) if size)[-count:]
    measured = time.perf_counter()
    alive = [one for one in cloud.environments() if one["function"] == "burst" and one["state"] == "idle"]
    if len(alive) != count or _done(cloud, "burst") != count:
        raise AssertionError(f"{len(alive)} of {count} environments are alive")
    resumed = time.perf_counter()
    cloud.clock.advance(minutes=11)
    left = [one for one in cloud.environments() if one["function"] == "burst" and one["state"] != "shutdown"]
    if left:
        raise AssertionError(f"{len(left)} environments are still there")
    taken = (measured - started) + (time.perf_counter() - resumed)
    passed = (cloud.clock.now() - before).total_seconds()
    return [
        Row(
            f"a burst from 0 to {count} environments and back to 0",
            taken,
            unit="s",
            note=f"{passed / 60:.0f} minutes of cloud time; each environment slept 10 s of them",
        ),
        Row(
            f"memory of one of {count} environments alive (PSS)",
            statistics.median(sizes) if sizes else 0.0,
            unit="MB",
        ),
    ]


def _send(cloud: Cloud, name: str, count: int) -> None:
    def work(share: int) -> None:
        mine = client(cloud.endpoint, "lambda")
        for _ in range(share):
            mine.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, [len(range(first, count, CLIENTS)) for first in range(CLIENTS)]))


def _done(cloud: Cloud, function: str) -> int:
    told = cloud.event_stories()
    return sum(story["function"] == function and story["outcome"] == "Success" for story in told)


def _until(reached: Callable[[], bool]) -> None:
    give_up = time.perf_counter() + LIMIT
    while not reached():
        if time.perf_counter() > give_up:
            raise TimeoutError(f"not reached within {LIMIT:.0f} s")
        time.sleep(0.02)
