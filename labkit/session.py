"""The lab that is open in this notebook: its cloud, its source, and how far its hints have gone.

Invariant: one kernel has one lab open. Opening it again gives the same cloud; opening another lab ends the
first one's cloud. In a graded run (`LABKIT_CLOUD` is set) the cloud belongs to the grader, and no course is
in sight: nothing here may need one.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import LabkitError, refuse

if TYPE_CHECKING:
    from grader import ExerciseResult
    from grader.course import LabSource
    from offline_cloud import Cloud

GRADED_CLOUD = "LABKIT_CLOUD"
SEED = "LABKIT_SEED"


@dataclass
class Session:
    """An open lab. `lab` is None in a graded run. `refused`: what was not deployed just now."""

    slug: str
    cloud: Cloud
    lab: LabSource | None
    results: dict[str, ExerciseResult] = field(default_factory=dict)
    hints_given: dict[str, int] = field(default_factory=dict)
    refused: str = ""

    @property
    def graded(self) -> bool:
        """Whether the grader runs this notebook."""
        return self.lab is None

    @contextmanager
    def deploying(self, what: str) -> Iterator[None]:
        """Remember whether the last deployment was refused: a check after it sees the one before.

        What AWS refuses is told in AWS's words, as a `LabkitError`.
        """
        from botocore.exceptions import ClientError

        self.refused = what
        try:
            yield
        except ClientError as error:
            told = error.response["Error"]
            refuse(f"{what} is not deployed. AWS says {told['Code']}: {told['Message']}")
        self.refused = ""

    def require_exercise(self, exercise: str) -> None:
        """Refuse an exercise that the lab doesn't have."""
        if not isinstance(exercise, str):
            refuse(f'name the exercise as a text, such as "E1" (this was {exercise!r}).')
        if self.lab is None:
            return
        known = [item.id for item in self.lab.exercises]
        if exercise not in known:
            refuse(f"the lab {self.slug} has no exercise {exercise!r}: it has {', '.join(known)}.")


_current: Session | None = None
_programs: Path | None = None


def open_session(slug: str) -> Session:
    """Open a lab in this kernel, or give the session that already has it open. Raises `LabkitError`."""
    global _current
    if not isinstance(slug, str) or not slug:
        refuse('name the lab as a text, such as labkit.open("first-function").')
    if _current is not None and _current.slug == slug and _answers(_current.cloud):
        _use(_current.cloud)
        return _current
    if _current is not None:
        _current.cloud.stop()
        _current = None
    graded = os.environ.get(GRADED_CLOUD)
    session = _attach(slug, graded) if graded else _start(slug)
    _use(session.cloud)
    _current = session
    return session


def current() -> Session:
    """The open session. Raises `LabkitError` if there is none."""
    if _current is None:
        refuse('no lab is open: run the cell with labkit.open("…") first.')
    return _current


def close() -> None:
    """End the open lab's cloud, if there is one."""
    global _current
    if _current is not None:
        _current.cloud.stop()
        _current = None


def _attach(slug: str, graded: str) -> Session:
    from offline_cloud import Cloud

    given: dict[str, Any] = json.loads(graded)
    return Session(slug, Cloud.attach(given["endpoint"], given["token"]), None)


def _start(slug: str) -> Session:
    from grader.course import CourseError, find_course
    from offline_cloud import Cloud, CloudError

    try:
        lab = find_course().lab(slug)
    except KeyError as error:
        raise LabkitError(str(error.args[0])) from None
    except CourseError as error:
        raise LabkitError(f"the course can't be read. {error}") from None
    seed = os.environ.get(SEED)
    try:
        cloud = Cloud.start(clock="live", seed=int(seed) if seed else None, concurrency=lab.concurrency)
    except CloudError as error:
        raise LabkitError(str(error)) from None
    try:
        _build_start_state(lab, cloud)
    except BaseException:
        cloud.stop()
        raise
    return Session(slug, cloud, lab)


def _build_start_state(lab: LabSource, cloud: Cloud) -> None:
    from grader import build_start_state

    build_start_state(lab, cloud)


def _answers(cloud: Cloud) -> bool:
    """Whether the cloud's process is still there."""
    from offline_cloud import CloudError

    try:
        cloud.health()
    except CloudError:
        return False
    return True


def _folder_for_programs() -> Path:
    """A folder for the life of this process."""
    global _programs
    if _programs is None or not _programs.is_dir():
        from offline_cloud import scratch

        _programs = scratch.folder("labkit-bin-")
        atexit.register(scratch.remove, _programs)
    return _programs


def _use(cloud: Cloud) -> None:
    """Point this process, and what it starts, at the cloud; refuse every other address."""
    from labkit.aws_cli import shim
    from offline_cloud import guard

    os.environ.update(cloud.environment())
    shim.put_on_path(_folder_for_programs())
    guard.install()
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = None  # type: ignore[attr-defined]  # it may remember another endpoint
