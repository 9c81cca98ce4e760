"""A driver for tests: performs effects at once, keeps timers, and lets the time jump to the next one."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from offline_cloud.engines.states_language.definition import Machine, compile_machine
from offline_cloud.engines.states_language.effects import (
    CancelTask,
    CancelTimer,
    Continue,
    Effect,
    Ended,
    ReadItems,
    SetTimer,
    StartChild,
    StartTask,
    StopChild,
    WriteResults,
)
from offline_cloud.engines.states_language.execution import Execution

ROLE = "arn:aws:iam::123456789012:role/r"
ACCOUNT = "arn:aws:states:us-east-1:123456789012"
JSON = dict[str, Any]

#: What a task comes to: a value, a Failed, or None if it stays open.
Outcome = Any


class Failed:
    """A task's failure."""

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        self.error = error
        self.cause = cause


class Open:
    """A task that nobody answers."""


Tasks = Callable[[StartTask], Outcome]


def new_execution(machine: Machine, data: Any, **options: Any) -> Execution:
    numbers = iter(range(10**9))
    settings: JSON = {
        "arn": f"{ACCOUNT}:execution:m:e",
        "name": "e",
        "role_arn": ROLE,
        "machine_arn": f"{ACCOUNT}:stateMachine:m",
        "machine_name": "m",
        "input": data,
        "start": 0.0,
        "uuid": lambda: f"uuid-{next(numbers)}",
        "random": random.Random(1),
        "token": lambda: f"token-{next(numbers)}",
        **options,
    }
    return Execution(machine, **settings)


class Play:
    """One execution and what it asked for; `now` moves only by `jump`."""

    def __init__(
        self,
        definition: Mapping[str, Any] | Machine,
        data: Any = None,
        tasks: Tasks | Mapping[str, Outcome] | None = None,
        items: list[Any] | None = None,
        **options: Any,
    ) -> None:
        machine = definition if isinstance(definition, Machine) else compile_machine(definition)
        self.execution = new_execution(machine, {} if data is None else data, **options)
        self.tasks = tasks
        self.items = [] if items is None else items
        self.now = 0.0
        self.timers: dict[int, SetTimer] = {}
        self.open: dict[int, StartTask] = {}
        self.asked: list[Effect] = []
        self.perform(self.execution.start(0.0))

    # ---- driving -----------------------------------------------------------------------------------

    def perform(self, effects: list[Effect]) -> None:
        waiting = list(effects)
        while waiting:
            effect = waiting.pop(0)
            self.asked.append(effect)
            waiting += self._performed(effect)

    def _performed(self, effect: Effect) -> list[Effect]:
        run = self.execution
        match effect:
            case SetTimer():
                self.timers[effect.key] = effect
            case CancelTimer():
                self.timers.pop(effect.key, None)
            case CancelTask():
                self.open.pop(effect.key, None)
            case StartTask():
                return self._task(effect)
            case StartChild():
                return self._child(effect)
            case ReadItems():
                return run.items_read(effect.key, self.items, self.now)
            case WriteResults():
                return run.results_written(effect.key, {"Bucket": "b", "Key": "k"}, self.now)
            case Continue():
                return run.go_on(self.now)
            case StopChild() | Ended() | _:
                pass
        return []

    def _task(self, effect: StartTask) -> list[Effect]:
        outcome: Outcome = effect.parameters
        if callable(self.tasks):
            outcome = self.tasks(effect)
        elif self.tasks is not None:
            outcome = self.tasks[effect.state]
        if isinstance(outcome, Open):
            self.open[effect.key] = effect
            return []
        if isinstance(outcome, Failed):
            return self.execution.task_failed(effect.key, outcome.error, outcome.cause, self.now)
        return self.execution.task_succeeded(effect.key, outcome, self.now)

    def _child(self, effect: StartChild) -> list[Effect]:
        child = Play(effect.machine, effect.input, self.tasks, self.items).settle().execution
        return self.execution.child_ended(
            effect.key, child.status, child.output, child.error, child.cause, self.now
        )

    def jump(self) -> bool:
        """To the next timer; False if there is none."""
        if not self.timers:
            return False
        timer = min(self.timers.values(), key=lambda each: (each.when, each.key))
        del self.timers[timer.key]
        self.now = max(self.now, timer.when)
        self.perform(self.execution.timer_fired(timer.key, self.now))
        return True

    def settle(self) -> "Play":
        """Jump until the execution has ended."""
        while self.execution.status == "RUNNING" and self.jump():
            pass
        return self

    # ---- looking -----------------------------------------------------------------------------------

    @property
    def output(self) -> Any:
        assert self.execution.status == "SUCCEEDED", (self.execution.error, self.execution.cause)
        return self.execution.output

    @property
    def failure(self) -> tuple[str | None, str | None]:
        assert self.execution.status == "FAILED", self.execution.status
        return self.execution.error, self.execution.cause

    @property
    def events(self) -> list[JSON]:
        return self.execution.history.events()

    @property
    def types(self) -> list[str]:
        return self.execution.history.types()

    @property
    def chain(self) -> list[str]:
        """Events as `id<previous type`."""
        return [f"{each['id']}<{each['previousEventId']} {each['type']}" for each in self.events]

    def details(self, event_type: str) -> list[JSON]:
        """The details of all events of a type."""
        return [
            next((value for name, value in each.items() if name.endswith("Details")), {})
            for each in self.events
            if each["type"] == event_type
        ]


def task_key(play: Play) -> int:
    """The key of the only open task."""
    (key,) = play.open
    return key
