"""Judge one exercise: run its checks, recognise the mistake, choose the hints.

Rule 1: a check that raises `Failure` fails, and so does one that asks AWS for what isn't there: the learner
has it still to make, or has deleted it. Any other error of a check is a crash of ours (could-not-run).
Rule 2: what a hidden check saw or expected leaves this module in no form: not as a value, not in a message,
not in an error's text.
Rule 3: every check draws its inputs from a source of its own, seeded by submission, exercise and check, so
that one check's luck doesn't depend on another's.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.checks import Check, Failure, LabChecks, Mistake, load_checks
from grader.lab import EXERCISE_SECONDS, Connection, Deadline, Lab
from grader.results import NOT_GIVEN, CheckResult, ExerciseResult, Status

if TYPE_CHECKING:
    from grader.course import LabSource
    from offline_cloud import Cloud

LONGEST_TEXT = 600
# How AWS's services spell that something isn't there, such as NoSuchBucket or ResourceNotFoundException.
_ABSENT = re.compile(r"NotFound|NoSuch|DoesNotExist|NonExistent|^404$")
_connections: dict[tuple[str, str], Connection] = {}


def check_exercise(lab: LabSource, exercise: str, cloud: Cloud, seed: int | None = None) -> ExerciseResult:
    """Judge one exercise of `lab` in `cloud`, now. Without a seed the inputs are new each time.

    Raises `KeyError` for an exercise that the lab doesn't have, `CourseError` if its checks can't be read.
    """
    key = (cloud.endpoint, cloud.token)
    if key not in _connections:
        _connections.clear()
        _connections[key] = Connection(cloud)
    chosen = secrets.randbits(32) if seed is None else seed
    return judge(lab, load_checks(lab), exercise, _connections[key], chosen)


def judge(
    lab: LabSource,
    loaded: LabChecks,
    exercise_id: str,
    connection: Connection,
    seed: int,
    *,
    seconds: float = EXERCISE_SECONDS,
) -> ExerciseResult:
    """Judge one exercise with checks that are loaded already; `seconds` is the real time for all of them."""
    exercise = lab.exercise(exercise_id)
    checks, mistakes = loaded.of(exercise_id)
    deadline = time.monotonic() + seconds
    connection.seconds_in_functions = 0.0

    def given(name: str) -> Lab:
        rng = random.Random(f"{seed}/{lab.slug}/{exercise_id}/{name}")
        return Lab(connection, lab.slug, rng, deadline=deadline)

    results: list[CheckResult] = []
    crashes: list[str] = []
    for check in checks:
        missing = [need for need in check.needs if not _has_passed(results, need)]
        if missing:
            first = next(item for item in checks if item.name == missing[0])
            results.append(_result(check, Status.COULD_NOT_RUN, where=f"first: {first.description}"))
            continue
        result, crash = _run(check, given(check.name), connection)
        results.append(result)
        if crash:
            crashes.append(crash)
    if not checks:
        crashes.append(f"{exercise_id} has no check.")
    if crashes:
        status = Status.COULD_NOT_RUN
    elif all(result.status is Status.PASSED for result in results):
        status = Status.PASSED
    else:
        status = Status.FAILED
    recognised: Mistake | None = None
    evidence, hints = "", tuple[str, ...]()
    if status is not Status.PASSED:
        recognised, evidence, troubles = _recognise(mistakes, given)
        crashes += troubles
        hints = tuple(_hints(recognised, checks, results))
    return ExerciseResult(
        id=exercise_id,
        title=exercise.title,
        status=status,
        points=sum(result.points for result in results) if results else exercise.points,
        earned=sum(result.earned for result in results),
        checks=tuple(results),
        hints=hints,
        mistake=recognised.name if recognised else None,
        message=evidence,
        error="\n".join(crashes) or None,
    )


def build_start_state(lab: LabSource, cloud: Cloud) -> None:
    """Run the lab's `start.py` against a new cloud, and let a reset come back to the result."""
    if lab.start_file is not None:
        file = lab.start_file
        space: dict[str, Any] = {"__name__": "labkit_start", "__file__": str(file)}
        exec(compile(file.read_bytes(), str(file), "exec"), space)  # noqa: S102 - the course's own code
        space["start"](cloud.session())
    cloud.mark_start_state()


def _run(check: Check, lab: Lab, connection: Connection) -> tuple[CheckResult, str | None]:
    began = time.monotonic()
    crash: str | None = None
    try:
        check.function(lab)
    except Failure as failure:
        result = _failed(check, failure)
    except Deadline:
        if connection.seconds_in_functions > EXERCISE_SECONDS / 2:
            result = _result(check, Status.FAILED, where="your functions took too long to answer")
        else:
            crash = f"the check “{check.description}” took more than {EXERCISE_SECONDS:.0f} s."
            result = _result(check, Status.COULD_NOT_RUN)
    except Exception as error:
        if absent := _absence(error):
            return _timed(_failed(check, absent), time.monotonic() - began), None
        crash = f"the check “{check.description}” could not run: {_told(error, check.hidden)}"
        result = _result(check, Status.COULD_NOT_RUN)
    else:
        result = _result(check, Status.PASSED)
    return _timed(result, time.monotonic() - began), crash


def _absence(error: Exception) -> Failure | None:
    """The failure that it is when AWS says that something isn't there; None for every other error."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return None
    told = error.response.get("Error", {})
    if not _ABSENT.search(str(told.get("Code"))):
        return None
    return Failure(
        expected="that it is there",
        seen=f"{told.get('Code')}: {told.get('Message')}",
        where=f"{error.operation_name}. `cloud.reset()` brings back what the lab began with",
    )


def _failed(check: Check, failure: Failure) -> CheckResult:
    if check.hidden:
        return _result(check, Status.FAILED, where=_short(str(failure.where)))
    where = ", at ".join(str(part) for part in (failure.where, failure.path) if part)
    return _result(
        check,
        Status.FAILED,
        expected=_bounded(failure.expected),
        seen=_bounded(failure.seen),
        where=_short(where),
    )


def _result(check: Check, status: Status, **more: Any) -> CheckResult:
    earned = check.points if status is Status.PASSED else 0
    given = (check.name, check.description, status, check.points, earned)
    return CheckResult(*given, hidden=check.hidden, **more)


def _timed(result: CheckResult, seconds: float) -> CheckResult:
    return CheckResult(**{**vars(result), "seconds": seconds})


def _has_passed(results: Sequence[CheckResult], name: str) -> bool:
    return any(result.name == name and result.status is Status.PASSED for result in results)


def _recognise(mistakes: Sequence[Mistake], given: Any) -> tuple[Mistake | None, str, list[str]]:
    """The first known wrong answer that its detector recognises, and its evidence."""
    troubles: list[str] = []
    for mistake in mistakes:
        try:
            found = mistake.function(given(mistake.name))
        except (Failure, Deadline):
            continue
        except Exception as error:
            if _absence(error):
                continue
            troubles.append(
                f"the mistake {mistake.name} could not be looked for: {_told(error, hidden=True)}"
            )
            continue
        if found:
            return mistake, f"Recognised: {_short(found)}" if isinstance(found, str) else "", troubles
    return None, "", troubles


def _hints(
    recognised: Mistake | None, checks: Sequence[Check], results: Sequence[CheckResult]
) -> Sequence[str]:
    if recognised is not None and recognised.hints:
        return recognised.hints
    for check, result in zip(checks, results, strict=True):
        if result.status is not Status.PASSED and check.hints:
            return check.hints
    return ()


def _told(error: Exception, hidden: bool) -> str:
    """What crashed and where, for an author; of a hidden check the type and the place only."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame for frame in frames if "checks" in (Path(frame.filename).stem, Path(frame.filename).parent.name)
    ]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    name = type(error).__name__
    return f"{name}{place}" if hidden else _short(f"{name}: {error}") + place


def _bounded(value: Any) -> Any:
    """The value if JSON has it and it is short, else a text about it."""
    if value is NOT_GIVEN or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _short(value)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=True)
    except (TypeError, ValueError, RecursionError):
        return _short(f"{value}")
    return value if len(text) <= LONGEST_TEXT else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … ({len(text)} characters)"
