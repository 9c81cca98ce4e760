"""Workers outside: activities, task tokens, heartbeats."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

from .conftest import PASS, Machines, task


class Workers(Machines):
    """A live cloud, and workers in threads of their own."""

    def __init__(self, cloud: Cloud, pool: ThreadPoolExecutor) -> None:
        super().__init__(cloud)
        session: Any = cloud.session()
        self.poller = session.client("stepfunctions")
        self.pool = pool

    def activity(self) -> str:
        arn: str = self.sfn.create_activity(name=f"activity-{self.name()}")["activityArn"]
        return arn

    def fetch(self, activity: str, worker: str = "w") -> dict[str, Any]:
        said: dict[str, Any] = self.poller.get_activity_task(activityArn=activity, workerName=worker)
        return said

    def fetch_later(self, activity: str, worker: str = "w") -> Future[dict[str, Any]]:
        """Begin to poll, and come back when the request waits."""
        before = self.timers()
        waiting = self.pool.submit(self.fetch, activity, worker)
        while self.timers() == before:
            time.sleep(0.002)
        return waiting

    def timers(self) -> int:
        count: int = self.cloud._call("GET", "clock")["timers"]
        return count


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Cloud.start(seed=9) as cloud, ThreadPoolExecutor(4) as pool:
        yield Workers(cloud, pool)


def refused(code: str, call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_activities_are_kept(workers: Workers) -> None:
    arn = workers.sfn.create_activity(name="kept")["activityArn"]
    assert workers.sfn.create_activity(name="kept")["activityArn"] == arn
    assert workers.sfn.describe_activity(activityArn=arn)["name"] == "kept"
    assert arn in [each["activityArn"] for each in workers.sfn.list_activities()["activities"]]
    workers.sfn.delete_activity(activityArn=arn)
    said = refused("ActivityDoesNotExist", workers.sfn.describe_activity, activityArn=arn)
    assert said == f"Activity Does Not Exist: '{arn}'"


def test_a_worker_fetches_a_task_and_answers(workers: Workers) -> None:
    activity = workers.activity()
    execution = workers.start(task(activity), {"a": 1})
    fetched = workers.fetch(activity, "anna")
    assert fetched["input"] == '{"a":1}'
    workers.sfn.send_task_success(taskToken=fetched["taskToken"], output='{"b": 2}')
    assert json.loads(workers.ended(execution)["output"]) == {"b": 2}
    events = workers.sfn.get_execution_history(executionArn=execution)["events"]
    started = next(event for event in events if event["type"] == "ActivityStarted")
    assert started["activityStartedEventDetails"] == {"workerName": "anna"}


def test_a_worker_that_waits_is_woken(workers: Workers) -> None:
    activity = workers.activity()
    waiting = workers.fetch_later(activity)
    execution = workers.start(task(activity), {"a": 1})
    token = waiting.result(timeout=10)["taskToken"]
    workers.sfn.send_task_failure(taskToken=token, error="Broken", cause="because")
    said = workers.ended(execution)
    assert (said["error"], said["cause"]) == ("Broken", "because")


def test_a_task_goes_to_one_worker(workers: Workers) -> None:
    activity = workers.activity()
    polls = [workers.fetch_later(activity), workers.fetch_later(activity)]
    executions = [workers.start(task(activity), {"n": number}) for number in range(2)]
    fetched = [poll.result(timeout=10) for poll in polls]
    assert [json.loads(each["input"])["n"] for each in fetched] == [0, 1]  # who waits longest is first
    for each in fetched:
        workers.sfn.send_task_success(taskToken=each["taskToken"], output="1")
    assert all(workers.ended(execution)["status"] == "SUCCEEDED" for execution in executions)


def test_a_poll_ends_after_a_minute_of_cloud_time(workers: Workers) -> None:
    waiting = workers.fetch_later(workers.activity())
    workers.cloud.clock.advance(seconds=58)
    assert not waiting.done()
    workers.cloud.clock.advance(seconds=3)
    assert waiting.result(timeout=10).get("taskToken") is None


def test_a_token_is_good_for_one_answer(workers: Workers) -> None:
    activity = workers.activity()
    workers.start(task(activity))
    token = workers.fetch(activity)["taskToken"]
    said = refused("InvalidOutput", workers.sfn.send_task_success, taskToken=token, output="no json")
    assert said.startswith("Invalid Output: '")
    workers.sfn.send_task_success(taskToken=token, output="1")
    for call, rest in (
        (workers.sfn.send_task_success, {"output": "1"}),
        (workers.sfn.send_task_failure, {}),
        (workers.sfn.send_task_heartbeat, {}),
    ):
        said = refused("TaskTimedOut", call, taskToken=token, **rest)
        assert said == "Task Timed Out: 'Provided task does not exist anymore'"
    assert refused("InvalidToken", workers.sfn.send_task_heartbeat, taskToken="x") == (
        "Invalid Token: 'Invalid token'"
    )


def test_heartbeats_keep_a_task_alive(workers: Workers) -> None:
    activity = workers.activity()
    execution = workers.start(task(activity, HeartbeatSeconds=30))
    token = workers.fetch(activity)["taskToken"]
    for _ in range(3):
        workers.cloud.clock.advance(seconds=20)
        workers.sfn.send_task_heartbeat(taskToken=token)
    workers.cloud.clock.settle()  # nobody's deadline is jumped over
    assert workers.sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
    workers.cloud.clock.advance(seconds=31)
    assert workers.ended(execution)["error"] == "States.Timeout"
    refused("TaskTimedOut", workers.sfn.send_task_success, taskToken=token, output="1")


def test_a_heartbeat_expires_while_another_execution_sleeps(workers: Workers) -> None:
    activity = workers.activity()
    beats = workers.start(task(activity, HeartbeatSeconds=60))
    workers.fetch(activity)
    sleeps = workers.start({"W": {"Type": "Wait", "Seconds": 90, "End": True}})
    workers.cloud.clock.settle()
    assert workers.sfn.describe_execution(executionArn=sleeps)["status"] == "RUNNING"
    workers.cloud.clock.advance(seconds=61)
    assert workers.ended(beats)["status"] == "FAILED"
    workers.cloud.clock.settle()
    assert workers.ended(sleeps)["status"] == "SUCCEEDED"


def test_a_task_that_nobody_fetches_times_out(workers: Workers) -> None:
    activity = workers.activity()
    execution = workers.start(task(activity, TimeoutSeconds=300))
    workers.cloud.clock.advance(seconds=301)
    assert workers.ended(execution)["error"] == "States.Timeout"
    waiting = workers.fetch_later(activity)  # it is not handed out any more
    workers.cloud.clock.advance(seconds=61)
    assert waiting.result(timeout=10).get("taskToken") is None


def test_a_callback_comes_by_a_queue(workers: Workers) -> None:
    sqs = workers.cloud.client("sqs")
    queue = sqs.create_queue(QueueName="callbacks")["QueueUrl"]
    send = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}}
    execution = workers.start(task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=send))
    workers.waits_for(1, "TaskSubmitted", execution)
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    token = json.loads(message["Body"])["token"]
    workers.sfn.send_task_success(taskToken=token, output='"yes"')
    assert workers.ended(execution)["output"] == '"yes"'
    assert workers.types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_a_callback_whose_job_is_refused(workers: Workers) -> None:
    send = {"QueueUrl": "http://localhost/123456789012/not-there", "MessageBody": {"t.$": "$$.Task.Token"}}
    said = workers.run(task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=send))
    assert said["error"] == "SQS.QueueDoesNotExistException"
    assert "TaskSubmitFailed" in workers.types(said["executionArn"])


def test_an_activity_that_is_gone_fails_the_task(workers: Workers) -> None:
    activity = workers.activity()
    machine = workers.create(task(activity))
    workers.sfn.delete_activity(activityArn=activity)
    execution = workers.sfn.start_execution(stateMachineArn=machine)["executionArn"]
    assert workers.ended(execution)["status"] == "FAILED"
    assert workers.types(execution)[3] == "ActivityScheduleFailed"
    assert workers.run({"A": PASS})["status"] == "SUCCEEDED"
