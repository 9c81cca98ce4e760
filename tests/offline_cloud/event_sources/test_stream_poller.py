"""The poller of a stream, with a fake stream, a pool that runs when told, and a function of the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud.clock import Clock
from offline_cloud.engines.event_sources import StreamRecord, StreamSettings
from offline_cloud.event_sources import Checkpoints, FunctionGone, Shard, StreamMapping, StreamPoller
from offline_cloud.function_host import HostStopped, InvokeResult, Throttled
from offline_cloud.ids import Ids
from offline_cloud.scheduler import Scheduler

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"


class Stream:
    """Shards as lists of texts."""

    def __init__(self, **shards: list[str]) -> None:
        self.records = shards
        self.parents: dict[str, tuple[str, ...]] = {}
        self.closed: set[str] = set()
        self.gone = False

    def shards(self) -> list[Shard]:
        if self.gone:
            raise LookupError(ARN)
        return [
            Shard(name, self.parents.get(name, ()), name in self.closed, len(texts))
            for name, texts in self.records.items()
        ]

    def read(self, shard: str, after: int) -> list[StreamRecord]:
        return [
            StreamRecord(number, str(number), text, 2e9, text, 10)  # type: ignore[arg-type]
            for number, text in enumerate(self.records[shard], 1)
            if number > after
        ]

    def filtered(self, record: StreamRecord) -> Mapping[str, Any]:
        return {"text": record.event}


class Pool:
    """Jobs wait until the test lets them run."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def submit(self, _: str, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def run(self, *, leave: str = "") -> None:
        """Run what there is, and what comes of it, but for batches if `leave` says so."""
        kept = []
        while self.jobs:
            job = self.jobs.pop(0)
            if leave and type(job).__name__ == leave:
                kept.append(job)
            else:
                job()
        self.jobs += kept


class Bench:
    """A stream, a function and the pollers between them."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler, self.pool, self.stream = scheduler, Pool(), Stream(s1=[])
        self.checkpoints = Checkpoints()
        self.batches: list[list[str]] = []
        self.answer: Callable[[list[str]], InvokeResult] = lambda _: done()
        self.sent: list[dict[str, Any]] = []
        self.refusing = False
        self.ages: list[tuple[str, float]] = []

    def poller(self, after: StreamPoller | None = None, **settings: Any) -> StreamPoller:
        mapping = StreamMapping(
            "u-1",
            ARN,
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            StreamSettings(**settings),
            on_failure="arn:aws:sqs:us-east-1:123456789012:dead",
        )
        context: Any = SimpleNamespace(
            clock=self.scheduler.clock,
            scheduler=self.scheduler,
            ids=Ids(1),
            endpoint="http://localhost:1",
            region="us-east-1",
            function_host=SimpleNamespace(metrics=self),
        )
        calls: Any = SimpleNamespace(client=lambda service, region: self)
        pool: Any = self.pool
        return StreamPoller(
            context,
            mapping,
            self.stream,
            self.checkpoints,
            calls=calls,
            pool=pool,
            invoke=self._invoke,
            after=after,
        )

    def told(self, _: str, name: str, value: float, when: float) -> None:
        self.ages.append((name, round(when - value / 1000, 3)))  # when the last record came

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        if self.refusing:
            raise ClientError({"Error": {"Code": "QueueDoesNotExist", "Message": "no"}}, "SendMessage")
        self.sent.append(json.loads(MessageBody))

    def _invoke(self, payload: bytes) -> InvokeResult:
        texts = json.loads(payload)["Records"]
        self.batches.append(texts)
        return self.answer(texts)


def done(payload: bytes = b"null", error: str | None = None) -> InvokeResult:
    return InvokeResult(200, payload, error, b"", "$LATEST")


@pytest.fixture
def bench() -> Iterator[Bench]:
    scheduler = Scheduler(Clock())
    yield Bench(scheduler)
    scheduler.stop()


def test_it_looks_only_when_it_is_told(bench: Bench) -> None:
    poller = bench.poller()
    assert bench.pool.jobs == []
    bench.stream.records["s1"] += ["a", "b"]
    poller.notice()
    poller.notice()
    assert len(bench.pool.jobs) == 1
    bench.pool.run()
    assert bench.batches == [["a", "b"]]
    assert bench.checkpoints.of == {"s1": 2}
    assert bench.ages == [("IteratorAge", 2e9)]
    assert bench.scheduler.pending() == 0


def test_the_next_poller_waits_for_the_batch_of_the_last(bench: Bench) -> None:
    first = bench.poller(batch_size=1)
    bench.stream.records["s1"] += ["a", "b", "c"]
    first.notice()
    bench.pool.run(leave="_Batch")
    first.stop()
    second = bench.poller(after=first, batch_size=5)
    second.notice()
    bench.pool.run(leave="_Batch")
    assert bench.batches == []
    bench.pool.run()
    assert bench.batches == [["a"], ["b", "c"]]


def test_a_child_begins_when_its_parents_are_done(bench: Bench) -> None:
    bench.stream.records |= {"s1": ["a", "b"], "s2": ["c"]}
    bench.stream.parents["s2"] = ("s1",)
    poller = bench.poller(batch_size=1)
    poller.notice()
    bench.pool.run()
    assert bench.batches == [["a"], ["b"]]  # more may come into an open shard
    bench.stream.closed.add("s1")
    poller.notice()
    bench.pool.run()
    assert bench.batches == [["a"], ["b"], ["c"]]
    assert bench.checkpoints.finished == {"s1"}


def test_a_throttled_call_comes_again(bench: Bench) -> None:
    def answer(_: list[str]) -> InvokeResult:
        raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")

    bench.answer = answer
    bench.stream.records["s1"].append("a")
    poller = bench.poller(retries=0)
    poller.notice()
    bench.pool.run()
    assert bench.scheduler.pending() == 1
    assert bench.checkpoints.of == {"s1": 0}
    bench.answer = lambda _: done()
    bench.scheduler.advance(2)
    bench.pool.run()
    assert bench.batches == [["a"], ["a"]]
    assert poller.last_result == "OK"


@pytest.mark.parametrize("refusing", [False, True])
def test_what_is_given_up_is_told_if_it_can_be(bench: Bench, refusing: bool) -> None:
    bench.refusing = refusing
    bench.answer = lambda texts: done(b"{}", "Unhandled") if "a" in texts else done()
    bench.stream.records["s1"] += ["a", "b"]
    bench.poller(retries=0, batch_size=1).notice()
    bench.pool.run()
    assert bench.batches == [["a"], ["b"]]
    told = [record["KinesisBatchInfo"]["startSequenceNumber"] for record in bench.sent]
    assert told == ([] if refusing else ["1"])


@pytest.mark.parametrize("why", [FunctionGone("f"), HostStopped()])
def test_it_stops_where_nothing_can_run(bench: Bench, why: Exception) -> None:
    def answer(_: list[str]) -> InvokeResult:
        raise why

    bench.answer = answer
    bench.stream.records["s1"] += ["a", "b"]
    poller = bench.poller(batch_size=1)
    poller.notice()
    bench.pool.run()
    bench.stream.records["s1"].append("c")
    poller.notice()
    bench.pool.run()
    assert bench.batches == [["a"]]
    assert bench.scheduler.pending() == 0


def test_a_stream_that_went_ends_it(bench: Bench) -> None:
    poller = bench.poller()
    bench.stream.gone = True
    poller.notice()
    bench.pool.run()
    assert poller.last_result.startswith("PROBLEM")
    assert bench.pool.jobs == []
