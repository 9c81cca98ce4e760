"""One submission, from its first cell to its report.

Rule 1: points come from checks alone. A cell's error, output or ending is told to the learner, and earns or
costs nothing by itself; only an exercise whose cell had to be ended (time, memory, kernel gone) has failed.
Rule 2: an exercise of the lab that the notebook doesn't name is missing: no points, and a line that says so.
Rule 3: a kernel that is gone is started again. The cells that belong to no exercise run once more, so that
imports and the open lab are there for what follows.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from grader.check_process import CheckProcess, CouldNotRun
from grader.course import LabSource
from grader.forwarder import Forwarder
from grader.learner import CellOutcome, Ending, LearnerProcess
from grader.results import ExerciseResult, Report, Status, overall
from grader.submission import CodeCell, Submission

if TYPE_CHECKING:
    from grader.grading import Limits
    from offline_cloud import Cloud
    from offline_cloud.forkserver import ForkServer
    from offline_cloud.nursery import Nursery

MOST_RESTARTS = 5
_ENDED = (Ending.TIMEOUT, Ending.DIED, Ending.MEMORY)


@dataclass(frozen=True)
class Templates:
    """The warm processes: of clouds, of learners' notebooks, of checks."""

    clouds: Nursery
    learners: ForkServer
    checkers: ForkServer


class NotebookRun:
    """Runs one submission. `report` does all of it."""

    def __init__(
        self,
        submission: Submission,
        lab: LabSource,
        seed: int,
        templates: Templates,
        limits: Limits,
        *,
        only: Collection[str] | None = None,
    ) -> None:
        self._submission, self._lab, self._seed, self._only = submission, lab, seed, only
        self._templates, self._limits = templates, limits
        self._files = _files_of(lab)
        self._problems: list[str] = []
        self._stories: dict[str, list[tuple[CodeCell, CellOutcome]]] = {}
        self._spent: dict[str, float] = {}
        self._results: dict[str, ExerciseResult] = {}
        self._restarts = 0
        self._owned = ExitStack()
        self._learner: LearnerProcess | None = None
        self._cloud: Cloud | None = None

    def report(self, name: str) -> Report:
        """Run the notebook, check its exercises, and say what was found. Takes what it started down again."""
        began = time.monotonic()
        with self._owned:
            protections = self._start()
            self._deadline = time.monotonic() + self._limits.submission_seconds
            self._run_cells()
        self._tell_what_is_missing()
        exercises = tuple(self._results[item.id] for item in self._lab.exercises)
        return Report(
            submission=name,
            lab=self._lab.slug,
            status=overall(result.status for result in exercises),
            points=sum(result.points for result in exercises),
            earned=sum(result.earned for result in exercises),
            exercises=exercises,
            problems=tuple(dict.fromkeys(self._problems)),
            protections=protections,
            seed=self._seed,
            seconds=time.monotonic() - began,
        )

    def _start(self) -> dict[str, bool]:
        self._learner = learner = self._new_learner()
        with ExitStack() as door:
            listeners = []
            if learner.listener is not None:
                listeners.append(door.enter_context(socket.socket(fileno=learner.take_listener())))
            cloud = self._templates.clouds.cloud(
                clock="skip",
                seed=self._seed,
                grants=self._lab.controls,
                listeners=listeners,
                concurrency=self._lab.concurrency,
            )
        self._owned.callback(cloud.stop)
        self._cloud = cloud
        self._checks = CheckProcess(self._templates.checkers, self._lab, cloud, self._seed)
        self._owned.callback(self._checks.close)
        self._checks.build_start_state()
        learner.connect(cloud.endpoint, cloud.learner_token)
        return asdict(learner.held)

    def _run_cells(self) -> None:
        last = self._submission.last_cells()
        known = {item.id for item in self._lab.exercises if self._only is None or item.id in self._only}
        for index, cell in enumerate(self._submission.cells):
            if time.monotonic() > self._deadline:
                self._problems.append(
                    f"The notebook's {self._limits.submission_seconds:.0f} s were used up before cell "
                    f"{cell.number}: what comes after it did not run."
                )
                return
            outcome = self._run_cell(cell)
            for exercise in cell.exercises:
                self._stories.setdefault(exercise, []).append((cell, outcome))
            if not self._recover(index):
                return
            for exercise in [item for item, place in last.items() if place == index and item in known]:
                self._results[exercise] = self._judge(exercise)
            if self._only is not None and self._results.keys() >= known & last.keys():
                return

    def _run_cell(self, cell: CodeCell) -> CellOutcome:
        """Run a cell in what is left of its exercises' time."""
        assert self._learner is not None
        budget = self._limits.exercise_seconds
        left = min([budget - self._spent.get(item, 0.0) for item in cell.exercises] or [budget])
        began = time.monotonic()
        outcome = self._learner.run_cell(cell.source, max(0.1, min(left, self._deadline - began)))
        for exercise in cell.exercises:
            self._spent[exercise] = self._spent.get(exercise, 0.0) + time.monotonic() - began
        told = self._told(cell, outcome)
        if told and (outcome.ending in _ENDED or outcome.name == "SystemExit"):
            self._problems.append(told)
        return outcome

    def _recover(self, index: int) -> bool:
        """After a cell: if the kernel is gone, a new one. False if there is none any more."""
        assert self._learner is not None
        assert self._cloud is not None
        while not self._learner.alive:
            self._learner.close()
            if self._restarts == MOST_RESTARTS:
                self._problems.append(f"The kernel was lost {MOST_RESTARTS + 1} times: the rest did not run.")
                return False
            self._restarts += 1
            self._learner = learner = self._new_learner()
            if learner.listener is not None:
                door = Forwarder(socket.socket(fileno=learner.take_listener()), self._cloud.endpoint)
                self._owned.callback(door.close)
            learner.connect(self._cloud.endpoint, self._cloud.learner_token)
            for cell in self._submission.cells[:index]:
                seconds = min(self._limits.exercise_seconds, self._deadline - time.monotonic())
                if cell.exercises or seconds <= 0:
                    continue
                learner.run_cell(cell.source, seconds)
                if not learner.alive:
                    break
        return True

    def _judge(self, exercise: str) -> ExerciseResult:
        assert self._learner is not None
        stories = [(cell, outcome) for cell, outcome in self._stories[exercise] if outcome.ending in _ENDED]
        if stories:
            return self._without_checks(exercise, self._told(*stories[-1]))
        self._learner.stop()
        try:
            result = self._checks.check(exercise)
        finally:
            self._learner.resume()
        if result.status is Status.PASSED:
            return result
        said = [self._told(cell, outcome) for cell, outcome in self._stories[exercise]]
        message = "\n".join(dict.fromkeys(text for text in (result.message, *said) if text))
        return replace(result, message=message)

    def _tell_what_is_missing(self) -> None:
        named = self._submission.last_cells()
        for exercise in self._lab.exercises:
            if exercise.id in self._results:
                continue
            if exercise.id in named:
                message = "Its cells were not reached."
            else:
                message = (
                    f"No cell names {exercise.id}: its cell has the tag {exercise.id} in the lab's notebook."
                )
                self._problems.append(f"{exercise.id} is missing. {message}")
            self._results[exercise.id] = self._without_checks(exercise.id, message)

    def _without_checks(self, exercise: str, message: str) -> ExerciseResult:
        asked = self._lab.exercise(exercise)
        return ExerciseResult(exercise, asked.title, Status.FAILED, asked.points, 0, message=message)

    def _told(self, cell: CodeCell, outcome: CellOutcome) -> str:
        """How a cell ended, as a sentence for the learner; empty if there is nothing to say."""
        place = f"Cell {cell.number}" + (f" ({', '.join(cell.exercises)})" if cell.exercises else "")
        limits = self._limits
        match outcome.ending:
            case Ending.TIMEOUT:
                return (
                    f"{place} did not end within {limits.exercise_seconds:.0f} s and was stopped: "
                    "look for a loop that never ends."
                )
            case Ending.MEMORY:
                return f"{place} used more than {limits.learner.memory_mb} MB of memory and was ended."
            case Ending.DIED:
                return (
                    f"{place} ended the kernel (os._exit, a signal or a crash); a new one went on after it."
                )
            case Ending.ERROR if outcome.name == "SystemExit":
                return f"{place} ended itself with sys.exit() or exit(): what stands after it did not run."
            case Ending.ERROR:
                line = f", line {outcome.line}" if outcome.line else ""
                return f"{place}{line}: {outcome.name}: {outcome.message}".rstrip(": ")
        return ""

    def _new_learner(self) -> LearnerProcess:
        learner = LearnerProcess(self._templates.learners, self._lab.slug, self._files, self._limits.learner)
        self._owned.callback(learner.close)
        return learner


def _files_of(lab: LabSource) -> dict[str, bytes]:
    """What lies beside the notebook: the lab's own files, whatever the learner's folder held."""
    folder = lab.files_folder
    if not folder.is_dir():
        return {}
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


__all__ = ["CouldNotRun", "NotebookRun", "Templates"]
