"""The process in which the checks of one submission run: apart from the learner's, and apart from the
grader's own, so that a check that hangs or crashes costs one exercise and no more.

Rule 1: no learner's code is ever in this process; it reaches the learner's work through the cloud only.
Rule 2: it is not dumpable, and its memory is open to nobody but root.
Rule 3: an exercise always has a result. Where none comes, it is could-not-run, with a reason.
"""

from __future__ import annotations

import contextlib
import gc
import select
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.channel import Channel, ChannelClosed
from grader.checking import build_start_state, judge
from grader.checks import load_checks
from grader.course import Exercise, LabSource, Minutes
from grader.front_matter import CourseError, Document
from grader.lab import EXERCISE_SECONDS, Connection
from grader.report_json import exercise_as_json, exercise_from_json
from grader.results import ExerciseResult, Status
from offline_cloud import Cloud, kernel
from offline_cloud.forkserver import Child, ForkServer

PRELOADED = ("grader.check_process", "offline_cloud.service_models")
_START_STATE_SECONDS = 60.0
# Checks and detectors share one budget; a call that has begun may take as long once more.
_ANSWER_SECONDS = 3 * EXERCISE_SECONDS
_END_SECONDS = 10.0


class CouldNotRun(Exception):
    """Something of ours failed; the text is for the report."""


class CheckProcess:
    """The grader's end."""

    def __init__(self, template: ForkServer, lab: LabSource, cloud: Cloud, seed: int) -> None:
        self._template, self._lab = template, lab
        exercises = [[item.id, item.title, item.points, item.minutes] for item in lab.exercises]
        self._argument = {
            "folder": str(lab.folder),
            "slug": lab.slug,
            "exercises": exercises,
            "endpoint": cloud.endpoint,
            "token": cloud.token,
            "seed": seed,
        }
        self._child: Child | None = None
        self._channel: Channel | None = None

    def build_start_state(self) -> None:
        """Run the lab's `start.py`. Raises `CouldNotRun`."""
        answer = self._ask({"do": "start"}, _START_STATE_SECONDS)
        if answer.get("error"):
            raise CouldNotRun(f"the lab's start state could not be built: {answer['error']}")

    def check(self, exercise: str) -> ExerciseResult:
        """Judge one exercise."""
        try:
            answer = self._ask({"do": "check", "exercise": exercise}, _ANSWER_SECONDS)
            if answer.get("error"):
                raise CouldNotRun(str(answer["error"]))
            return exercise_from_json(answer["result"])
        except CouldNotRun as reason:
            asked = self._lab.exercise(exercise)
            given = (exercise, asked.title, Status.COULD_NOT_RUN, asked.points, 0)
            return ExerciseResult(*given, error=str(reason))

    def close(self) -> None:
        """End it."""
        if self._child is not None and self._channel is not None:
            self._channel.close()
            self._child.kill()
            select.select([self._child.exit_descriptor], [], [], _END_SECONDS)
            self._child.close()
            self._child = self._channel = None

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        if self._channel is None:
            mine, theirs = socket.socketpair()
            self._channel = Channel(mine)
            with theirs:
                self._child = self._template.fork(
                    "grader.check_process:run", self._argument, [theirs.fileno()]
                )
        try:
            self._channel.send(request)
            answer = self._channel.receive(seconds)
        except ChannelClosed:
            self.close()
            raise CouldNotRun("the process that checks has ended unexpectedly.") from None
        if answer is None:
            self.close()
            raise CouldNotRun(f"no result after {seconds:.0f} s.")
        return answer


def run(argument: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """The process itself: answer requests until the channel closes."""
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    # It lives for seconds, and a collection would copy the pages that it shares with its template.
    gc.disable()
    channel = Channel(socket.socket(fileno=descriptors[0]))
    lab = _lab(argument)
    cloud = Cloud.attach(argument["endpoint"], argument["token"])
    connection = Connection(cloud)
    with contextlib.suppress(ChannelClosed):
        while (request := channel.receive()) is not None:
            try:
                if request["do"] == "start":
                    build_start_state(lab, cloud)
                    channel.send({})
                else:
                    loaded = load_checks(lab)
                    result = judge(lab, loaded, request["exercise"], connection, argument["seed"])
                    channel.send({"result": exercise_as_json(result, timings=True)})
            except ChannelClosed:
                raise
            except CourseError as error:
                channel.send({"error": str(error)})
            except Exception as error:
                channel.send({"error": f"{type(error).__name__}: {error}"})


def _lab(argument: Mapping[str, Any]) -> LabSource:
    """As much of the lab as checks need; its front matter was read once, by the grader."""
    nothing: tuple[str, ...] = ()
    return LabSource(
        folder=Path(argument["folder"]),
        slug=argument["slug"],
        title="",
        minutes=Minutes(),
        prerequisites=nothing,
        questions=nothing,
        objectives=(),
        keypoints=nothing,
        exercises=tuple(Exercise(*item) for item in argument["exercises"]),
        seed=nothing,
        facts=nothing,
        controls=nothing,
        files=nothing,
        document=Document(file=Path(argument["folder"]) / "lab.md", data={}, lines={}),
    )
