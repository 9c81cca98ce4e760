"""State machines from start to end: the engine by itself, and through boto3 beside moto's interpreter.

Milliseconds from StartExecution until DescribeExecution first says SUCCEEDED, asked without a pause between.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from benchmarks.rows import Row
from benchmarks.servers import Server, memory_mb, offline_cloud, plain_moto, process_tree

ROLE = "arn:aws:iam::123456789012:role/bench"
CLIENTS = 16


def run(*, quick: bool = False) -> list[Row]:
    """The engine's own speed first; then what a client sees, the two servers in turn."""
    rounds = 3 if quick else 9
    with offline_cloud("--clock", "skip") as cloud, plain_moto(executes_state_machines=True) as moto:
        ours, theirs = _Side(cloud), _Side(moto)
        rows = []
        for name, definition, given, goals in _machines():
            mine, other = ours.prepare(name, definition, given), theirs.prepare(name, definition, given)
            pairs = [(mine(), other()) for _ in range(rounds)]
            rows.append(
                Row(
                    name,
                    statistics.median(ms for ms, _ in pairs),
                    statistics.median(ms for _, ms in pairs),
                    **goals,
                )
            )
        per_second = [(ours.burst(), theirs.burst()) for _ in range(2 if quick else 4)]
        rows.append(
            Row(
                f"one of 100 executions, {CLIENTS} clients",
                statistics.median(1000 / mine for mine, _ in per_second),
                statistics.median(1000 / other for _, other in per_second),
                goal_ours=1000 / 300,
                note="300 a second is 3.3 ms for each",
            )
        )
        rows += _large_map(ours, theirs, 2_000 if quick else 10_000)
        rows += [_one_day(ours), *_waiting(ours, 200 if quick else 1000)]
    return [*_engine_alone(10_000 if quick else 50_000), *rows]


def _machines() -> list[tuple[str, dict[str, Any], Any, dict[str, float]]]:
    loop = {
        "StartAt": "Count",
        "States": {
            "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More?"},
            "More?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 1000, "Next": "Count"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    over = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": _chain(1), "End": True}
    map_of = {"StartAt": "Map", "States": {"Map": over}}
    return [
        ("10 Pass states", _chain(10), {}, {"goal_ours": 4.0}),
        ("200 Pass states", _chain(200), {}, {"goal_ratio": 1 / 20}),
        ("a loop of 2,000 transitions", loop, {"n": 0}, {"goal_ratio": 1 / 20}),
        ("Map of 100", map_of, {"items": list(range(100))}, {"goal_ours": 8.0}),
        ("Map of 1,000", map_of, {"items": list(range(1000))}, {"goal_ratio": 1 / 10}),
    ]


def _chain(length: int) -> dict[str, Any]:
    states: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(length - 1)}
    return {"StartAt": "S0", "States": {**states, f"S{length - 1}": {"Type": "Pass", "End": True}}}


class _Side:
    """One of the two servers."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.states: Any = boto3.client(
            "stepfunctions",
            endpoint_url=server.endpoint,
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            config=Config(max_pool_connections=CLIENTS, inject_host_prefix=False),
        )
        self._names = (f"run-{number}" for number in itertools.count())
        self._taken = threading.Lock()

    def machine(self, name: str, definition: dict[str, Any]) -> str:
        """The ARN of a new machine."""
        made = self.states.create_state_machine(
            name="".join(letter if letter.isalnum() else "-" for letter in name),
            definition=json.dumps(definition),
            roleArn=ROLE,
        )
        return str(made["stateMachineArn"])

    def prepare(self, name: str, definition: dict[str, Any], given: Any) -> Callable[[], float]:
        """A function that executes it once, in milliseconds; tried twice, so that nothing is cold."""
        arn, text = self.machine(name, definition), json.dumps(given)
        for _ in range(2):
            self.execute(arn, text)
        return lambda: self.execute(arn, text)

    def execute(self, machine: str, given: str) -> float:
        """Milliseconds from the start to the first SUCCEEDED."""
        with self._taken:
            name = next(self._names)
        began = time.perf_counter()
        started = self.states.start_execution(stateMachineArn=machine, name=name, input=given)
        while (status := self.status(started["executionArn"])) == "RUNNING":
            pass
        if status != "SUCCEEDED":
            raise AssertionError(f"{machine} ended {status}")
        return (time.perf_counter() - began) * 1000

    def status(self, execution: str) -> str:
        """The execution's status."""
        return str(self.states.describe_execution(executionArn=execution)["status"])

    def burst(self) -> float:
        """Executions a second, 100 of them by several clients at once, of a machine of ten states."""
        arn = self.machine(f"burst {next(self._names)}", _chain(10))
        with ThreadPoolExecutor(CLIENTS) as pool:
            began = time.perf_counter()
            list(pool.map(lambda _: self.execute(arn, "{}"), range(100)))
            return 100 / (time.perf_counter() - began)


def _large_map(ours: _Side, theirs: _Side, items: int) -> list[Row]:
    """A Map that is too large for one history, so it is distributed; each side runs it once."""
    processor = {**_chain(1), "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    over = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}
    # Only how many came out: all of them would be more than a state may hand on.
    over |= {"MaxConcurrency": 40, "ResultSelector": {"count.$": "States.ArrayLength($)"}}
    definition, given = {"StartAt": "Map", "States": {"Map": over}}, json.dumps({"items": list(range(items))})
    pids = process_tree(ours.server.process.pid)
    mine = ours.machine("large", definition)
    before = memory_mb(pids)
    took = ours.execute(mine, given)
    grown = (memory_mb(pids) - before) * 1024 / items
    other = theirs.execute(theirs.machine("large", definition), given)
    return [
        Row(f"Map of {items:,}, distributed", took, other, goal_ratio=1 / 10),
        Row(f"memory of one of {items:,} items", grown, unit="KB"),
    ]


def _one_day(side: _Side) -> Row:
    """A Wait of a day, on a clock that skips."""
    wait = {"StartAt": "Day", "States": {"Day": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    once = side.prepare("a Wait of one day", wait, {})
    return Row("a Wait of one day", statistics.median(once() for _ in range(5)))


def _waiting(side: _Side, count: int) -> list[Row]:
    """What executions weigh that wait for somebody outside, so that no clock skips them."""
    task = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:bench", "End": True}
    side.states.create_activity(name="bench")
    arn = side.machine("waiting", {"StartAt": "Ask", "States": {"Ask": task}})
    pids = process_tree(side.server.process.pid)
    for _ in range(20):
        side.states.start_execution(stateMachineArn=arn)
    before, threads = memory_mb(pids), _threads(pids)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: side.states.start_execution(stateMachineArn=arn), range(count)))
    _health(side.server)
    grown = (memory_mb(pids) - before) * 1024 / count
    more = _threads(pids) - threads
    return [
        Row(f"memory of one of {count} that wait", grown, unit="KB", goal_ours=20.0),
        Row(f"threads more while {count} wait", more, unit="threads", goal_ours=10.0),
    ]


def _threads(pids: list[int]) -> int:
    return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids)


def _health(server: Server) -> None:
    at = urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(at.hostname or "", at.port)
    connection.request("GET", "/_cloud/health")
    connection.getresponse().read()
    connection.close()


def _engine_alone(transitions: int) -> list[Row]:
    """Transitions of the engine without a server, history included."""
    from offline_cloud.engines.states_language.definition import compile_machine
    from offline_cloud.engines.states_language.execution import Execution

    machine = compile_machine(_chain(200))
    account = "us-east-1:123456789012"
    began = time.perf_counter()
    for _ in range(transitions // 200):
        execution = Execution(
            machine,
            arn=f"arn:aws:states:{account}:execution:bench:one",
            name="one",
            role_arn=ROLE,
            machine_arn=f"arn:aws:states:{account}:stateMachine:bench",
            machine_name="bench",
            input={},
            start=0.0,
            uuid=lambda: "id",
            random=random.Random(1),
            token=lambda: "token",
        )
        execution.start(0.0)
        while execution.status == "RUNNING":
            execution.go_on(0.0)
    microseconds = (time.perf_counter() - began) / transitions * 1e6
    return [Row("a transition, the engine alone", microseconds, unit="µs", goal_ours=50.0)]
