"""Activities: tasks that workers outside fetch, each worker one, in the order of their scheduling."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.step_functions.arns import Home, page, parts
from offline_cloud.step_functions.faults import ApiError, activity_missing
from offline_cloud.step_functions.names import check_name
from offline_cloud.step_functions.state_machines import read_tags

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.waits import Wait, Waits

__all__ = ["Activities", "QueuedTask"]


@dataclass(slots=True, eq=False)
class QueuedTask:
    """A task that no worker has fetched yet; `fetched` is told the worker's name."""

    token: str
    input: Any
    fetched: Callable[[str | None], None]


@dataclass(slots=True, eq=False)
class _Poll:
    """A worker that waits for a task."""

    worker: str | None
    wait: Wait
    task: QueuedTask | None = None


@dataclass(slots=True)
class _Activity:
    arn: str
    name: str
    created: float
    encryption: Mapping[str, Any]
    tasks: deque[QueuedTask] = field(default_factory=deque)
    polls: deque[_Poll] = field(default_factory=deque)


class Activities:
    """All activities of a cloud. Everything but the waiting happens on the lane."""

    def __init__(self, context: CloudContext, waits: Waits, tags: dict[str, dict[str, str]]) -> None:
        self._context = context
        self._waits = waits
        self._tags = tags
        self.by_arn: dict[str, _Activity] = {}

    # ------------------------------------------------------------------ the API

    def create(self, home: Home, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateActivity; a second call changes nothing."""
        name = request["name"]
        check_name(name)
        encryption = request.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"}
        arn = home.arn("activity", name)
        activity = self.by_arn.get(arn)
        if activity is None:
            activity = self.by_arn[arn] = _Activity(arn, name, self._context.clock.now(), encryption)
            if tags := read_tags(request.get("tags") or ()):
                self._tags[arn] = tags
        elif activity.encryption != encryption:
            raise ApiError("ActivityAlreadyExists", f"Activity Already Exists: '{arn}'")
        return {"activityArn": arn, "creationDate": activity.created}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeActivity."""
        activity = self._find(request["activityArn"])
        return {
            "activityArn": activity.arn,
            "name": activity.name,
            "creationDate": activity.created,
            "encryptionConfiguration": activity.encryption,
        }

    def list(self, home: Home, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListActivities."""
        here = [each for arn, each in self.by_arn.items() if arn.startswith(home.prefix)]
        chosen, following = page(here, dict(request))
        listed = [
            {"activityArn": each.arn, "name": each.name, "creationDate": each.created} for each in chosen
        ]
        return {"activities": listed, **({"nextToken": following} if following else {})}

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteActivity; workers that wait for a task go away empty-handed."""
        parts(request["activityArn"], "activity")
        activity = self.by_arn.pop(request["activityArn"], None)
        self._tags.pop(request["activityArn"], None)
        if activity is not None:
            for poll in activity.polls:
                poll.wait.wake()
        return {}

    def begin_poll(self, request: Mapping[str, Any]) -> _Poll | QueuedTask:
        """The first half of GetActivityTask: a task, or a poll that waits for one."""
        activity = self._find(request["activityArn"])
        worker = request.get("workerName")
        if activity.tasks:
            task = activity.tasks.popleft()
            task.fetched(worker)
            return task
        poll = _Poll(worker, self._waits.make())
        activity.polls.append(poll)
        return poll

    def end_poll(self, request: Mapping[str, Any], poll: _Poll) -> None:
        """The wait is over, with or without a task."""
        activity = self.by_arn.get(request["activityArn"])
        if activity is not None and poll in activity.polls:
            activity.polls.remove(poll)

    # ------------------------------------------------------------------ the driver

    def schedule(self, arn: str, task: QueuedTask) -> bool:
        """Hand a task to who waits longest, or keep it; False if there is no such activity."""
        activity = self.by_arn.get(arn)
        if activity is None:
            return False
        if activity.polls:
            poll = activity.polls.popleft()
            poll.task = task
            task.fetched(poll.worker)
            poll.wait.wake()
        else:
            activity.tasks.append(task)
        return True

    def withdraw(self, arn: str, token: str) -> None:
        """Nobody needs to do this task any more."""
        activity = self.by_arn.get(arn)
        if activity is not None:
            activity.tasks = deque(task for task in activity.tasks if task.token != token)

    def _find(self, arn: str) -> _Activity:
        parts(arn, "activity")
        activity = self.by_arn.get(arn)
        if activity is None:
            raise activity_missing(arn)
        return activity


def handed_out(task: QueuedTask | None) -> dict[str, Any]:
    """The answer of GetActivityTask; without a task, boto3 shows no token."""
    return {} if task is None else {"taskToken": task.token, "input": json_text(task.input)}
