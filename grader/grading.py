"""Grade submissions: notebook by notebook, each in a sandbox and a cloud of its own.

    one submission:  read -> learner's process + cloud + checking process -> cell by cell, checks after the
                     last cell of an exercise -> report

Rule 1: the learner's code, the cloud, and the checks are in three processes; this one only leads them.
Rule 2: every file gives a report, whatever it is, and one that can't be graded keeps no other from it.
Rule 3: when grading ends, however it does, no process of it is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from grader import check_process, learner
from grader.course import Course, LabSource
from grader.learner import LearnerLimits
from grader.notebook_run import NotebookRun, Templates
from grader.results import ExerciseResult, Report, Status
from grader.submission import Submission, Unreadable, read_submission
from offline_cloud.forkserver import ForkServer
from offline_cloud.nursery import Nursery

OnProgress = Callable[[int, int, Report], None]


@dataclass(frozen=True)
class Limits:
    """Real seconds: for the cells of one exercise (and for any other cell), and for a whole notebook."""

    exercise_seconds: float = 10.0
    submission_seconds: float = 90.0
    learner: LearnerLimits = field(default_factory=LearnerLimits)


def grade(
    files: Sequence[Path | str],
    course: Course,
    *,
    lab: str | None = None,
    jobs: int = 1,
    seed: int | Sequence[int] | None = None,
    only: Sequence[Collection[str] | None] | None = None,
    on_progress: OnProgress | None = None,
    limits: Limits | None = None,
    warm: Warm | None = None,
) -> list[Report]:
    """Grade notebooks; the reports come in the order of `files`.

    `lab` overrides the lab that a notebook names; `seed` (or one for each file) is what the inputs of the
    checks are drawn from, by default the notebook's own code; `only` (exercises or None for each
    file): judge nothing else, and don't run what stands below them; `jobs` at a time;
    `on_progress(done, total, report)` after each; `warm`, to use the same warm processes for several calls.
    """
    paths = [Path(file) for file in files]
    seeds = [seed] * len(paths) if seed is None or isinstance(seed, int) else list(seed)
    alone = [None] * len(paths) if only is None else list(only)
    for given, what in ((seeds, "seeds"), (alone, "exercises")):
        if len(given) != len(paths):
            raise ValueError(f"{len(given)} {what} for {len(paths)} files: give one for each.")
    reports: dict[int, Report] = {}
    with ExitStack() as owned:
        warm = warm or owned.enter_context(Warm())
        pool = owned.enter_context(ThreadPoolExecutor(max(1, min(jobs, len(paths)))))
        one = _Grading(course, lab, warm, limits or Limits())
        begun = {
            pool.submit(one, path, seed, exercise): number
            for number, (path, seed, exercise) in enumerate(zip(paths, seeds, alone, strict=True))
        }
        try:
            for done, finished in enumerate(as_completed(begun), 1):
                report = finished.result()
                reports[begun[finished]] = report
                if on_progress is not None:
                    on_progress(done, len(paths), report)
        except BaseException:
            for waiting in begun:
                waiting.cancel()
            warm.close()  # ends what is running, so that the pool has nothing to wait for
            raise
    return [reports[number] for number in range(len(paths))]


class Warm:
    """The warm processes that submissions are forked from, started when the first one needs them.

    Warming takes a second or two; use it as a context manager around several calls of `grade`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._templates: Templates | None = None
        self._closed = False

    def templates(self) -> Templates:
        """The three of them; they warm up at the same time."""
        with self._lock:
            if self._closed:
                raise RuntimeError("grading has been ended.")
            if self._templates is None:
                self._templates = Templates(
                    Nursery.start(), ForkServer(learner.PRELOADED), ForkServer(check_process.PRELOADED)
                )
            return self._templates

    def close(self) -> None:
        """End them, and everything that came from them."""
        with self._lock:
            self._closed = True
            templates, self._templates = self._templates, None
        if templates is not None:
            for part in (templates.learners, templates.checkers, templates.clouds):
                part.close()

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Grading:
    """What the submissions of one call have in common; call it with a file and its seed."""

    def __init__(self, course: Course, lab: str | None, warm: Warm, limits: Limits) -> None:
        self._course, self._lab = course, lab
        self._warm, self._limits = warm, limits

    def __call__(self, path: Path, seed: int | None, only: Collection[str] | None = None) -> Report:
        name = path.as_posix()
        try:
            submission = read_submission(path)
            lab = _lab_of(submission, self._course, self._lab)
        except Unreadable as reason:
            return _not_graded(name, _asked_for(self._course, self._lab), str(reason))
        chosen = submission.seed if seed is None else seed
        try:
            run = NotebookRun(submission, lab, chosen, self._warm.templates(), self._limits, only=only)
            return run.report(name)
        except Exception as error:
            said = f"grading failed, which is no fault of the submission: {type(error).__name__}: {error}"
            return _not_graded(name, lab, said)


def _asked_for(course: Course, slug: str | None) -> LabSource | None:
    return course.lab(slug) if slug is not None else None


def _lab_of(submission: Submission, course: Course, slug: str | None) -> LabSource:
    known = ", ".join(lab.slug for lab in course.labs)
    named = slug or submission.lab
    if named is None:
        raise Unreadable(f"it does not say which lab it is for: name it with --lab ({known}).")
    try:
        return course.lab(named)
    except KeyError:
        if slug is not None:
            raise
        raise Unreadable(
            f"it is for the lab “{named[:60]}”, and this course has no such lab: it has {known}. "
            "Name the right one with --lab, or grade it with its own course."
        ) from None


def _not_graded(name: str, lab: LabSource | None, problem: str) -> Report:
    """Nothing could be judged: no points, and every exercise of the lab, if it is known, says so."""
    exercises = tuple(
        ExerciseResult(item.id, item.title, Status.COULD_NOT_RUN, item.points, 0)
        for item in (lab.exercises if lab else ())
    )
    return Report(
        submission=name,
        lab=lab.slug if lab else None,
        status=Status.COULD_NOT_RUN,
        points=lab.points if lab else 0,
        earned=0,
        exercises=exercises,
        problems=(problem,),
    )
