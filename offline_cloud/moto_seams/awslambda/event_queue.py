"""Asynchronous invocations: taken in at once, run off a queue, tried again, and reported where they went.

What comes next is decided by `engines.asynchronous_invocation`; here it is done: threads that run functions,
timers on the cloud's clock, messages to destinations.

Rule 1: an event counts as an activity while it runs. Between two attempts it is a WAIT timer.
Rule 2: each attempt looks the function up again, so a repaired function or a moved alias counts.
Rule 3: `WORKERS` events run at once, and more while those only wait (a handler that sleeps): what runs at
once is bounded by Lambda's concurrency, not by threads.
Rule 4: a destination that can't be reached loses its record, as on AWS; the story of the event says so.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from offline_cloud.engines import asynchronous_invocation as engine
from offline_cloud.engines.asynchronous_invocation import Again, Attempt, Drop, EventSettings
from offline_cloud.function_host import HostStopped, LoopStopped, Throttled, lineage
from offline_cloud.moto_seams.awslambda.errors import LambdaError
from offline_cloud.scheduler import Activity, TimerKind
from offline_cloud.service_calls import ServiceCalls

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend
    from offline_cloud.scheduler import Scheduler
    from offline_cloud.server import CloudContext

WORKERS = 64
"""Events that run at once, not counting those whose handler waits."""
LARGE, CHUNK = 256 * 1024, 64 * 1024
"""Bytes of an event that one request pays for, and what each further request pays for."""
_REMEMBERED = 1_000
_logger = logging.getLogger(__name__)


@dataclass
class _Event:
    """One event on its way. `arn` was invoked; `story` is what is told of it."""

    backend: OfflineLambdaBackend
    name: str
    arn: str
    payload: bytes
    request_id: str
    client_context: str | None
    received: float
    story: dict[str, Any]
    trace: str
    attempts: int = 0
    throttled: int = 0
    last: Attempt | None = None

    @property
    def qualifier(self) -> str:
        """What was invoked: a version, an alias, or `$LATEST`."""
        return self.qualified_arn.split(":")[7]

    @property
    def qualified_arn(self) -> str:
        """The ARN that was invoked, with its qualifier."""
        return self.arn if self.arn.count(":") > 6 else f"{self.arn}:$LATEST"


class _Work(Activity):
    """What a worker does. While it only waits, another may begin: time can't move before all have begun."""

    __slots__ = ("_queue",)

    def __init__(self, queue: EventQueue, scheduler: Scheduler, label: str) -> None:
        super().__init__(scheduler, label)
        self._queue = queue

    def pause(self) -> None:
        """It only waits now."""
        if not self._paused:
            super().pause()
            self._queue._waits(+1)

    def resume(self) -> None:
        """It goes on."""
        if self._paused:
            self._queue._waits(-1)
            super().resume()


class EventQueue:
    """One queue for all functions of a cloud; workers start when there is work for them."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._calls = ServiceCalls(context, "lambda")
        self._items: queue.SimpleQueue[tuple[_Event, Activity]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._workers = 0
        self._free = 0
        self._waiting = 0
        self._asleep = 0
        self._stories: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)

    def put(
        self,
        function: OfflineFunction,
        arn: str | None,
        payload: bytes,
        request_id: str | None = None,
        client_context: str | None = None,
    ) -> None:
        """Take in an event. The cloud counts as busy until it has run."""
        identifier = request_id or self._context.ids.uuid()
        now = self._context.clock.now()
        if len(payload) > LARGE:
            chunks = -(-(len(payload) - LARGE) // CHUNK)
            self._context.ledger.count("lambda-requests", chunks, now, function.function_name)
        story: dict[str, Any] = {
            "request_id": identifier,
            "function": function.function_name,
            "received": now,
            "attempts": [],
            "outcome": None,
            "delivered": [],
        }
        event = _Event(
            function.backend,
            function.function_name,
            arn or function.own_arn,
            payload,
            identifier,
            client_context,
            now,
            story,
            lineage.current() or self._context.function_host.new_trace(identifier),
        )
        self._stories.append(story)
        self._measure(event, "AsyncEventsReceived")
        self._enqueue(event)

    def stories(self) -> list[dict[str, Any]]:
        """What became of the last events, in the order in which they came.

        `request_id`, `function`, `received`, `attempts` (`started`, `ended`, `outcome`: ok, error or
        throttled, and the `error`'s type), `outcome` (None while it is on its way) and `delivered` (`what`:
        record or event, `to`, `when`, and `error` if that failed); times in epoch seconds of cloud time.
        """
        return list(self._stories)

    def reset(self) -> None:
        """Forget everything."""
        self._stories.clear()

    # ------------------------------------------------------------------ threads

    def _enqueue(self, event: _Event) -> None:
        activity = self._context.scheduler.activity(f"event for {event.name}").begin()
        self._items.put((event, activity))
        with self._lock:
            self._waiting += 1
            self._hire()

    def _hire(self) -> None:
        """Start a worker if there is work for one, with the lock held."""
        if self._free < self._waiting and self._workers - self._asleep < WORKERS:
            self._workers += 1
            self._free += 1
            threading.Thread(target=self._work, name="lambda-events", daemon=True).start()

    def _waits(self, change: int) -> None:
        with self._lock:
            self._asleep += change
            self._hire()

    def _dismissed(self) -> bool:
        """Whether a worker that is done goes: there are many, and nothing is left."""
        with self._lock:
            if self._workers > WORKERS and self._waiting <= self._free:
                self._workers -= 1
                return True
            self._free += 1
            return False

    def _work(self) -> None:
        while True:
            event, handed = self._items.get()
            with self._lock:
                self._free -= 1
                self._waiting -= 1
            with _Work(self, self._context.scheduler, handed.label) as activity:
                handed.end()
                try:
                    self._attempt(event, activity)
                except HostStopped:
                    event.story["outcome"] = "Reset"
                except Exception:
                    _logger.exception("The event %s for %s could not be run", event.request_id, event.arn)
            if self._dismissed():
                return

    # ------------------------------------------------------------------ an event

    def _attempt(self, event: _Event, activity: Activity) -> None:
        clock = self._context.clock
        try:
            function, _ = event.backend.resolve(event.arn, None)
        except LambdaError:
            event.story["outcome"] = "FunctionDeleted"
            return
        settings = event.backend.event_settings(function, event.qualifier)
        if event.backend.reserved(function) == 0:
            self._finish(event, function, settings, engine.SWITCHED_OFF)
            return
        started = clock.now()
        self._measure(event, "AsyncEventAge", (started - event.received) * 1000)
        try:
            result = self._context.function_host.invoke(
                function.as_version,
                event.payload,
                request_id=event.request_id,
                arn=event.arn,
                client_context=event.client_context,
                trace=event.trace,
                activity=activity,
            )
        except LoopStopped:
            self._finish(event, function, settings, engine.LOOP)
            return
        except Throttled:
            event.throttled += 1
            self._tell_attempt(event, started, "throttled")
            decision = engine.after_throttle(event.throttled, event.received, clock.now(), settings)
        else:
            event.attempts += 1
            event.throttled = 0
            event.last = Attempt(result.executed_version, result.function_error, result.payload)
            self._tell_attempt(event, started, "error" if result.function_error else "ok")
            if not result.function_error:
                self._finish(event, function, settings, engine.SUCCESS)
                return
            decision = engine.after_failure(event.attempts, event.received, clock.now(), settings)
        self._go_on(event, decision)

    def _tell_attempt(self, event: _Event, started: float, outcome: str) -> None:
        told = {"started": started, "ended": self._context.clock.now(), "outcome": outcome}
        if outcome == "error":
            told["error"] = _error_type(event.last)
        event.story["attempts"].append(told)

    def _go_on(self, event: _Event, decision: Again | Drop) -> None:
        if isinstance(decision, Again):
            self._at(decision.when, lambda: self._enqueue(event), f"retry of an event for {event.name}")
        elif decision.when <= self._context.clock.now():
            self._give_up(event, decision.condition)
        else:
            self._at(
                decision.when,
                lambda: self._off_the_scheduler(event, decision.condition),
                f"age of an event for {event.name}",
            )

    def _at(self, when: float, what: Any, label: str) -> None:
        self._context.scheduler.call_at(when, what, kind=TimerKind.WAIT, label=label)

    def _off_the_scheduler(self, event: _Event, condition: str) -> None:
        """A timer must not block, and a delivery may."""
        activity = self._context.scheduler.activity("an event is given up").begin()

        def work() -> None:
            with self._context.scheduler.activity("an event is given up"):
                activity.end()
                self._give_up(event, condition)

        threading.Thread(target=work, name="lambda-event-dropped", daemon=True).start()

    def _give_up(self, event: _Event, condition: str) -> None:
        try:
            function, _ = event.backend.resolve(event.arn, None)
        except LambdaError:
            event.story["outcome"] = "FunctionDeleted"
            return
        self._finish(event, function, event.backend.event_settings(function, event.qualifier), condition)

    def _finish(
        self, event: _Event, function: OfflineFunction, settings: EventSettings, condition: str
    ) -> None:
        succeeded = condition == engine.SUCCESS
        if not succeeded:
            self._measure(event, "AsyncEventsDropped")
        destination = settings.on_success if succeeded else settings.on_failure
        if destination:
            record = engine.invocation_record(
                when=self._context.clock.now(),
                request_id=event.request_id,
                arn=event.qualified_arn,
                condition=condition,
                attempts=event.attempts,
                payload=event.payload,
                last=event.last,
            )
            send = partial(self._send_record, destination, record, succeeded)
            follows, _ = lineage.followed(event.trace, function.own_arn)
            with lineage.of(follows):
                self._deliver(event, destination, send, "DestinationDeliveryFailures")
        dead_letters = function.dead_letter_arn
        if dead_letters and not succeeded:
            self._deliver(
                event, dead_letters, partial(self._send_event, dead_letters, event), "DeadLetterErrors"
            )
        event.story["outcome"] = condition

    def _measure(self, event: _Event, name: str, value: float = 1.0) -> None:
        self._context.function_host.metrics.told(event.arn, name, value, self._context.clock.now())

    def _deliver(self, event: _Event, to: str, send: Any, failure: str) -> None:
        what = "event" if failure == "DeadLetterErrors" else "record"
        told: dict[str, Any] = {"what": what, "to": to, "when": self._context.clock.now()}
        try:
            send()
        except (ClientError, BotoCoreError, KeyError) as error:
            told["error"] = str(error)
            self._measure(event, failure)
        event.story["delivered"].append(told)

    def _send_record(self, to: str, record: dict[str, Any], succeeded: bool) -> None:
        service, region, text = to.split(":")[2], to.split(":")[3] or self._context.region, json.dumps(record)
        client = self._calls.client(service, region)
        function_arn: str = record["requestContext"]["functionArn"]
        match service:
            case "sqs":
                client.send_message(QueueUrl=_queue_url(client, to), MessageBody=text)
            case "sns":
                client.publish(TopicArn=to, Message=text)
            case "lambda":
                client.invoke(FunctionName=to, InvocationType="Event", Payload=text)
            case "events":
                result = "Success" if succeeded else "Failure"
                entry = {
                    "Source": "lambda",
                    "DetailType": f"Lambda Function Invocation Result - {result}",
                    "Resources": [to, function_arn],
                    "Detail": text,
                    "EventBusName": to,
                }
                client.put_events(Entries=[entry])
            case "s3":
                now = datetime.fromtimestamp(self._context.clock.now(), UTC)
                name, moment = function_arn.split(":")[6], f"{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}"
                key = f"aws/lambda/async/{name}/{moment}-{self._context.ids.uuid()}"
                client.put_object(Bucket=to.split(":")[5], Key=key, Body=text.encode())

    def _send_event(self, to: str, event: _Event) -> None:
        service, region = to.split(":")[2:4]
        client = self._calls.client(service, region)
        message = _error_message(event.last)
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": event.request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": "200" if event.last else "429"},
            "ErrorMessage": {"DataType": "String", "StringValue": message[:1024] or "none"},
        }
        text = event.payload.decode("utf-8", "replace")
        if service == "sqs":
            queue_url = _queue_url(client, to)
            client.send_message(QueueUrl=queue_url, MessageBody=text, MessageAttributes=attributes)
        else:
            client.publish(TopicArn=to, Message=text, MessageAttributes=attributes)


def _queue_url(client: Any, arn: str) -> str:
    account, name = arn.split(":")[4:6]
    return str(client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"])


def _error_type(last: Attempt | None) -> str:
    """What the runtime calls the error of an attempt."""
    try:
        told = json.loads(last.payload) if last else None
    except ValueError:
        told = None
    return str(told.get("errorType") or "error") if isinstance(told, dict) else "error"


def _error_message(last: Attempt | None) -> str:
    if last is None:
        return "Rate Exceeded."
    try:
        told = json.loads(last.payload)
    except ValueError:
        return ""
    return str(told.get("errorMessage", "")) if isinstance(told, dict) else ""
