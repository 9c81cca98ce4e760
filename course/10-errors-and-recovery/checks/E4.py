"""Checks of E4, a task that gives up in time."""

from typing import Any

from grader import Failure, Lab, check, mistake

from . import PREDICTION_HINTS, expect_guesses

HINTS = (
    "Who ends a task whose worker never comes, or comes and falls asleep?",
    "Two fields of the task: one limits the whole wait, one the time between two heartbeats. Then a "
    "catcher for "
    "both errors.",
    '`"TimeoutSeconds": 300`, and `"ErrorEquals": ["States.Timeout", …]` with `"Next": "GaveUp"`.',
)
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:ask-paper-desk"
DESK = "arn:aws:states:us-east-1:123456789012:activity:paper-desk"


def _start(lab: Lab) -> str:
    states = lab.client("stepfunctions")
    try:
        return str(states.start_execution(stateMachineArn=MACHINE, input="{}")["executionArn"])
    except states.exceptions.StateMachineDoesNotExist:
        raise Failure("a state machine with the name ask-paper-desk", "there is none") from None


def _where(lab: Lab, arn: str) -> Any:
    """RUNNING; GaveUp, or the last state, of an execution that succeeded; or its error."""
    seen = lab.execution(arn)
    if seen.status == "RUNNING":
        return "RUNNING"
    if seen.status == "SUCCEEDED":
        return "GaveUp" if "GaveUp" in seen.visited else seen.visited[-1]
    return seen.error or seen.status


def _fetch(lab: Lab, arn: str) -> str:
    """A worker fetches tasks until it has the one of this execution."""
    states = lab.client("stepfunctions")
    wanted = len(lab.execution(arn).moments("ActivityStarted"))
    token = ""
    for _ in range(12):
        token = states.get_activity_task(activityArn=DESK, workerName="grader").get("taskToken") or ""
        if not token or len(lab.execution(arn).moments("ActivityStarted")) > wanted:
            break
    return token


def _clear(lab: Lab, arn: str) -> None:
    """No task of a check is left to the next worker."""
    lab.client("stepfunctions").stop_execution(executionArn=arn)


@check("E4", points=1, hints=PREDICTION_HINTS)
def a_year_was_predicted(lab: Lab) -> None:
    """You predicted the status after 100 days, and after a year."""
    expect_guesses(lab, "E4", 2)


@check("E4", points=1, hints=HINTS)
def gives_up_when_nobody_comes(lab: Lab) -> None:
    """When no worker comes, the task is given up after 300 seconds, and not before."""
    arn = _start(lab)
    try:
        lab.clock.advance(seconds=295)
        lab.expect(_where(lab, arn), "RUNNING", "after 295 seconds without a worker")
        lab.clock.advance(seconds=10)
        lab.expect(_where(lab, arn), "GaveUp", "after 305 seconds without a worker")
    finally:
        _clear(lab, arn)


@check("E4", points=1, hints=HINTS, needs=("gives_up_when_nobody_comes",))
def gives_up_without_a_heartbeat(lab: Lab) -> None:
    """A worker who fetches the task and sends no heartbeat is given up after 60 seconds."""
    arn = _start(lab)
    lab.clock.settle()
    try:
        token = _fetch(lab, arn)
        lab.clock.advance(seconds=50)
        lab.client("stepfunctions").send_task_heartbeat(taskToken=token)
        lab.clock.advance(seconds=50)
        lab.expect(_where(lab, arn), "RUNNING", "50 seconds after a heartbeat")
        lab.clock.advance(seconds=20)
        lab.expect(_where(lab, arn), "GaveUp", "70 seconds after the last heartbeat")
    finally:
        _clear(lab, arn)


def _after(lab: Lab, seconds: int, *, fetched: bool = False) -> Any:
    arn = _start(lab)
    lab.clock.settle()
    try:
        if fetched:
            _fetch(lab, arn)
        lab.clock.advance(seconds=seconds)
        return _where(lab, arn)
    finally:
        _clear(lab, arn)


@mistake(
    "E4-no-timeout",
    exercise="E4",
    hints=(
        "Default wait: how long?",
        "Nobody limits the wait for a worker in your task. It lasts as long as the execution may: a year.",
        'In `Ask`: `"TimeoutSeconds": 300`',
    ),
)
def no_timeout(lab: Lab) -> bool | str:
    return _after(lab, 900) == "RUNNING" and "after 15 minutes the task still waits for a worker"


@mistake(
    "E4-not-caught",
    exercise="E4",
    hints=(
        "The task is given up. Which catcher takes that error?",
        "`States.TaskFailed` leaves out `States.Timeout`, and without a catcher the execution "
        "fails. Name the errors.",
        '`"Catch": [{"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "Next": "GaveUp"}]`',
    ),
)
def not_caught(lab: Lab) -> bool | str:
    return _after(lab, 310) == "States.Timeout" and "the execution fails with States.Timeout"


@mistake(
    "E4-no-heartbeat",
    exercise="E4",
    hints=(
        "A worker takes the task and falls asleep. When does your machine notice?",
        "`TimeoutSeconds` limits the whole task. A second field limits the silence between two heartbeats.",
        'In `Ask`: `"HeartbeatSeconds": 60`',
    ),
)
def no_heartbeat(lab: Lab) -> bool | str:
    slept = _after(lab, 120, fetched=True) == "RUNNING"
    return slept and _after(lab, 310) == "GaveUp" and "after two minutes of silence the task still runs"


@mistake(
    "E4-limit-of-the-machine",
    exercise="E4",
    hints=(
        "What ends after 300 seconds: the task or the whole machine?",
        "`TimeoutSeconds` beside `StartAt` limits the execution. It ends `TIMED_OUT`, and no catcher sees "
        "it. A limit in the task makes an error that the task's catcher takes.",
        'In `Ask`, beside `Resource`: `"TimeoutSeconds": 300`',
    ),
)
def limit_of_the_machine(lab: Lab) -> bool | str:
    arn = _start(lab)
    try:
        lab.clock.advance(seconds=310)
        return lab.execution(arn).status == "TIMED_OUT" and "the whole execution is TIMED_OUT"
    finally:
        _clear(lab, arn)
