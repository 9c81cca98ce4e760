"""Executions to draw: run by the real engine in a world of no real time, or written down by hand."""

import heapq
import itertools
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from offline_cloud.engines.states_language.definition import compile_machine
from offline_cloud.engines.states_language.effects import Continue, SetTimer, StartTask
from offline_cloud.engines.states_language.execution import Execution

START = 1_780_000_000.0
ARN = "arn:aws:states:eu-central-1:123456789012:execution:machine:run-1"
# What a task does: how long it takes (s), and its output or the error and cause that it fails with.
Answer = tuple[float, Any] | tuple[float, str, str]
Recording = tuple[list[dict[str, Any]], dict[str, Any]]


def run(
    definition: Mapping[str, Any],
    given: Any,
    task: Callable[[str, int], Answer] = lambda state, attempt: (0.05, {"by": state}),
    until: float | None = None,
) -> Recording:
    """Run a machine to its end, or `until` seconds; `task(state, attempt)` answers, attempts from 1."""
    execution = Execution(
        compile_machine(definition),
        arn=ARN,
        name="run-1",
        role_arn="arn:aws:iam::123456789012:role/r",
        machine_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:machine",
        machine_name="machine",
        input=given,
        start=START,
        uuid=lambda: "00000000-0000-4000-8000-000000000000",
        random=random.Random(1),
        token=lambda: "token",
    )
    order = itertools.count()
    agenda: list[tuple[float, int, Callable[[float], Any]]] = []
    attempts: dict[str, int] = {}

    def later(when: float, call: Callable[[float], Any]) -> None:
        heapq.heappush(agenda, (when, next(order), call))

    def started(key: int, name: str) -> Callable[[float], Any]:
        def call(now: float) -> Any:
            attempts[name] = attempts.get(name, 0) + 1
            took, *answer = task(name, attempts[name])
            effects = execution.task_started(key, now)
            if len(answer) == 1:
                later(now + took, lambda then: execution.task_succeeded(key, answer[0], then))
            else:
                later(now + took, lambda then: execution.task_failed(key, answer[0], answer[1], then))
            return effects

        return call

    def fired(key: int) -> Callable[[float], Any]:
        return lambda now: execution.timer_fired(key, now)

    later(START, execution.start)
    while agenda:
        now, _, call = heapq.heappop(agenda)
        if until is not None and now > START + until:
            break
        for effect in call(now):
            if isinstance(effect, SetTimer):
                later(effect.when, fired(effect.key))
            elif isinstance(effect, StartTask):
                later(now + 0.001, started(effect.key, effect.state))
            elif isinstance(effect, Continue):
                later(now, execution.go_on)
    described: dict[str, Any] = {"name": "run-1", "status": execution.status, "startDate": START}
    if execution.status != "RUNNING":
        described["stopDate"] = execution.stop_date
    if execution.error is not None:
        described |= {"error": execution.error, "cause": execution.cause}
    return execution.history.events(), described


@pytest.fixture(scope="session", name="run")
def running() -> Callable[..., Recording]:
    return run
