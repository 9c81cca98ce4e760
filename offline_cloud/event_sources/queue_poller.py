"""The poller of an event source mapping from an SQS queue to a function.

Source: Lambda developer guide, "Using Lambda with Amazon SQS".

Rule 1: it never polls in vain: the queue says when a message came, and a timer when one is visible again. So
the cloud is quiet while there is nothing to do.
Rule 2: a message is deleted when the function has answered for it, or when no filter wants it. Any other one
is left, and the queue shows it again after its visibility timeout, or moves it to its dead-letter queue.
Rule 3: a message that keeps coming back pulls time forward for its first receives only (`PATIENCE`). Without
a dead-letter queue it would come back for days.
Rule 4: a batch that is throttled is tried again until its messages' visibility timeout is over; no other is
fetched meanwhile. A function's own error is not tried again here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from offline_cloud.engines.events import Pattern
from offline_cloud.event_sources.function_gone import FunctionGone
from offline_cloud.function_host import HostStopped, InvokeResult, LoopStopped, Throttled, lineage
from offline_cloud.scheduler import Timer, TimerKind

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.service_calls import ServiceCalls
    from offline_cloud.work_pool import WorkPool

BATCHES_AT_FIRST = 5
BATCHES_MORE_PER_SECOND = 5
MOST_BATCHES = 1_250
"""Batches of a queue that run at the same time: five at first; while messages wait, 300 more each minute."""
PATIENCE = 12
_LONGEST_RECEIVE = 10
_LONGEST_BACK_OFF = 60.0
_NEVER = float("inf")
_log = logging.getLogger(__name__)


class Queue(Protocol):
    """What the poller looks at without asking the service."""

    visibility_timeout: Any
    """Seconds."""

    def receivable(self) -> int:
        """Messages that can be received now."""

    def next_changes(self, receives: int) -> tuple[float, float]:
        """When a hidden message becomes visible that was received fewer than so often, and another one.

        Epoch seconds; infinity if there is none.
        """


@dataclass(frozen=True)
class Mapping:
    """The settings of a mapping; `filters` is empty when every message is wanted, `window` is in seconds."""

    uuid: str
    queue_arn: str
    batch_size: int
    window: float
    filters: tuple[Pattern, ...]
    partial_response: bool
    most_at_once: int | None = None

    def concurrency(self, busy_for: float) -> int:
        """Batches that may run at the same time when messages have been waiting for so many seconds."""
        grown = BATCHES_AT_FIRST + int(busy_for * BATCHES_MORE_PER_SECOND)
        return min(grown, self.most_at_once or MOST_BATCHES)


class QueuePoller:
    """Feeds one function from one queue.

    `invoke` runs it with an event and the trace header that it follows from, or raises what the host raises.
    """

    def __init__(
        self,
        context: CloudContext,
        mapping: Mapping,
        queue: Queue,
        *,
        calls: ServiceCalls,
        pool: WorkPool,
        invoke: Callable[[bytes, str], InvokeResult],
    ) -> None:
        self.mapping = mapping
        self.last_result = "No records processed"
        self._context = context
        self._queue = queue
        self._pool = pool
        self._invoke = invoke
        self._lock = threading.Lock()
        self._running = 0
        self._throttled = 0
        self._first_seen: float | None = None
        self._busy_since = float("inf")
        self._timers: dict[TimerKind, Timer] = {}
        self._stopped = False
        _, _, _, region, account, name = mapping.queue_arn.split(":")
        self._client = calls.client("sqs", region)
        self._url = f"{context.endpoint}/{account}/{name}"

    def notice(self) -> None:
        """Something may be in the queue. Any thread may say so; nothing is done on it."""
        with self._lock:
            if self._stopped or self._throttled:
                return
            now = self._context.clock.now()
            if self._running >= self.mapping.concurrency(max(0.0, now - self._busy_since)):
                self._look_for_more(now)
                return  # who runs looks again when it is done
            waiting = self._queue.receivable()
            if waiting == 0:
                self._first_seen = None
                if self._running == 0:
                    self._busy_since = float("inf")
                self._arm(*self._queue.next_changes(PATIENCE))
                return
            self._busy_since = min(self._busy_since, now)
            self._first_seen = self._first_seen if self._first_seen is not None else now
            due = self._first_seen + self.mapping.window
            if waiting < self.mapping.batch_size and now < due:
                self._arm(due)
                return
            self._first_seen = None
            self._running += 1
        self._pool.submit(f"messages of {self._url}", self._work)

    def stop(self) -> None:
        """Don't fetch any more; a batch that runs comes to its end."""
        with self._lock:
            self._stopped = True
            self._arm()

    # ------------------------------------------------------------------ timers, with the lock held

    def _arm(self, patient: float = _NEVER, impatient: float = _NEVER) -> None:
        """Look again at these moments; time is moved on to the first of them only."""
        for kind, when in ((TimerKind.WAIT, patient), (TimerKind.LIMIT, impatient)):
            timer = self._timers.get(kind)
            if timer is not None and timer.when == when:
                continue
            if timer is not None:
                self._timers.pop(kind).cancel()
            if when != _NEVER:
                self._timers[kind] = self._context.scheduler.call_at(
                    when, partial(self._fired, kind), kind=kind, label="a queue"
                )

    def _look_for_more(self, now: float) -> None:
        """All batches that may run do; in a second there may be more of them."""
        full = self._running >= (self.mapping.most_at_once or MOST_BATCHES)
        if not full and TimerKind.LIMIT not in self._timers and self._queue.receivable():
            self._arm(impatient=now + 1.0)

    def _fired(self, kind: TimerKind) -> None:
        with self._lock:
            self._timers.pop(kind, None)
        self.notice()

    # ------------------------------------------------------------------ a batch, on a thread of the pool

    def _work(self) -> None:
        self._carefully(self._fetch)

    def _carefully(self, job: Callable[[], bool]) -> None:
        """Do this for a batch, whatever happens; it says whether the batch is put off."""
        put_off = False
        try:
            put_off = job()
        except HostStopped:
            return
        except FunctionGone:
            self.last_result = "PROBLEM: The function was not found."
            self.stop()
        except ClientError as error:  # the queue was deleted
            self.last_result = f"PROBLEM: {error.response['Error']['Message']}"
            self.stop()
        except Exception:
            _log.exception("a batch of %s failed", self._url)
        finally:
            with self._lock:
                self._running -= not put_off
        self.notice()

    def _fetch(self) -> bool:
        until = self._context.clock.now() + float(self._queue.visibility_timeout)
        messages = self._receive()
        if not messages:
            return False
        self.notice()  # there may be enough for another batch beside this one
        wanted = [message for message in messages if self._is_wanted(message)]
        self._delete([message for message in messages if message not in wanted])
        return bool(wanted) and self._run(wanted, until, 0)

    def _again(self, messages: list[dict[str, Any]], until: float, tries: int) -> None:
        with self._lock:
            self._throttled -= 1
        self._carefully(lambda: not self._stopped and self._run(messages, until, tries))

    def _put_off(self, messages: list[dict[str, Any]], until: float, tries: int) -> bool:
        """Try a batch later if there is time left; whether there is."""
        when = self._context.clock.now() + min(2.0**tries, _LONGEST_BACK_OFF)
        if when >= until or self._stopped:
            return False
        with self._lock:
            self._throttled += 1
        again = partial(self._again, messages, until, tries + 1)
        label = f"messages of {self._url}"
        self._context.scheduler.call_at(
            when, lambda: self._pool.submit(label, again), kind=TimerKind.WAIT, label=label
        )
        return True

    def _receive(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < self.mapping.batch_size:
            reply = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(_LONGEST_RECEIVE, self.mapping.batch_size - len(found)),
                WaitTimeSeconds=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            if not reply.get("Messages"):
                break
            found += reply["Messages"]
        return found

    def _run(self, wanted: list[dict[str, Any]], until: float, tries: int) -> bool:
        """Run the function with a batch; whether it is put off."""
        event = {"Records": [_record(message, self.mapping.queue_arn) for message in wanted]}
        try:
            traces = [message["Attributes"].get("AWSTraceHeader", "") for message in wanted]
            result = self._invoke(json.dumps(event).encode(), lineage.deepest(traces))
        except LoopStopped:
            self.last_result = "PROBLEM: Function call failed: a recursive loop was detected."
            return False
        except Throttled:
            self.last_result = "PROBLEM: Function call failed: Rate Exceeded."
            return self._put_off(wanted, until, tries)
        if result.function_error:
            self.last_result = "PROBLEM: Function call failed"
            return False
        failed = failed_messages(result.payload, wanted) if self.mapping.partial_response else set()
        self.last_result = "OK" if not failed else "PROBLEM: Function reported partial batch failures"
        self._delete([message for message in wanted if message["MessageId"] not in failed])
        return False

    def _is_wanted(self, message: dict[str, Any]) -> bool:
        if not self.mapping.filters:
            return True
        fields = _record(message, self.mapping.queue_arn)
        with contextlib.suppress(ValueError):  # plain text stays what it is
            fields["body"] = json.loads(message["Body"])
        return any(pattern.matches(fields) for pattern in self.mapping.filters)

    def _delete(self, messages: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(messages), _LONGEST_RECEIVE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + _LONGEST_RECEIVE])
            ]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)


def failed_messages(payload: bytes, messages: Sequence[dict[str, Any]]) -> set[str]:
    """The ids of the messages that a function's partial batch response names.

    All of them where the response is not one: bad JSON, an item without identifier, an unknown identifier.
    """
    known = {message["MessageId"] for message in messages}
    try:
        answer = json.loads(payload) if payload else None
    except ValueError:
        return known
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return set() if answer is None or isinstance(answer, dict) else known
    if not isinstance(failures, list):
        return known
    named = {item.get("itemIdentifier") if isinstance(item, dict) else None for item in failures}
    return named if named <= known else known  # type: ignore[return-value]


def _record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """A message as a function sees it."""
    attributes = {
        name: {
            **({"stringValue": given["StringValue"]} if "StringValue" in given else {}),
            **({"binaryValue": _text(given["BinaryValue"])} if "BinaryValue" in given else {}),
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": given["DataType"],
        }
        for name, given in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
