"""The poller of an event source mapping from a stream (Kinesis, DynamoDB) to a function.

What happens to records is decided by `engines.event_sources`; here it is done: reading shards, calling the
function, timers, records of discarded batches.

Rule 1: it never polls in vain: the stream says when a record came, a timer when a batch is due.
Rule 2: it reads and takes nothing away: who else reads the stream finds every record.
Rule 3: a shard that came of others by a split or a merge begins when those are done: keys keep their order.
Rule 4: where it stands in each shard outlives it: a mapping that is switched off and on, or changed, goes on
there. A batch that runs meanwhile ends before the next poller begins.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from offline_cloud.engines.event_sources import (
    EXPIRED,
    Discard,
    Lane,
    Outcome,
    Run,
    StreamRecord,
    StreamSettings,
    Wait,
    discard_record,
    first_failure,
    stream_event,
    window_state,
)
from offline_cloud.engines.events import Pattern
from offline_cloud.event_sources.function_gone import FunctionGone
from offline_cloud.function_host import HostStopped, InvokeResult, Throttled
from offline_cloud.scheduler import Timer, TimerKind

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.service_calls import ServiceCalls
    from offline_cloud.work_pool import WorkPool

__all__ = ["Checkpoints", "Shard", "Stream", "StreamMapping", "StreamPoller"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as it is now: `last` is the position of its newest record, `closed` if none will follow."""

    id: str
    parents: tuple[str, ...]
    closed: bool
    last: int


class Stream(Protocol):
    """A stream to read from. Raises `LookupError` when it is gone."""

    def shards(self) -> list[Shard]:
        """All shards, parents first."""

    def read(self, shard: str, after: int) -> list[StreamRecord]:
        """The records of a shard behind a position."""

    def filtered(self, record: StreamRecord) -> Mapping[str, Any]:
        """The record as filter patterns see it."""


@dataclass(frozen=True)
class StreamMapping:
    """The settings of a mapping; `filters` is empty when every record is wanted."""

    uuid: str
    source_arn: str
    function_arn: str
    settings: StreamSettings
    filters: tuple[Pattern, ...] = ()
    partial_response: bool = False
    parallel: int = 1
    on_failure: str | None = None


@dataclass
class _ShardState:
    lanes: list[Lane]
    read: int
    closed: bool = False
    parents: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return self.closed and all(lane.idle for lane in self.lanes)


@dataclass
class Checkpoints:
    """Up to which position each shard is done; a shard that is not named begins at `start` of its own."""

    of: dict[str, int] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)


class StreamPoller:
    """Feeds one function from one stream. `invoke` runs it with an event, or raises what the host raises."""

    def __init__(
        self,
        context: CloudContext,
        mapping: StreamMapping,
        stream: Stream,
        checkpoints: Checkpoints,
        *,
        calls: ServiceCalls,
        pool: WorkPool,
        invoke: Callable[[bytes], InvokeResult],
        after: StreamPoller | None = None,
    ) -> None:
        self.mapping = mapping
        self.last_result = "No records processed"
        self._context = context
        self._stream = stream
        self._checkpoints = checkpoints
        self._calls = calls
        self._pool = pool
        self._invoke = invoke
        self._before = after
        self._next: StreamPoller | None = None
        self._lock = threading.Lock()
        self._states: dict[str, _ShardState] = {}
        self._timers: list[Timer] = []
        self._looking = False
        self._look_again = False
        self._running = 0
        self._stopped = False
        if after is not None:
            after._next = self

    def notice(self) -> None:
        """There may be something to do. Any thread may say so; nothing is done on it."""
        with self._lock:
            if self._stopped:
                return
            self._look_again = True
            if self._looking:
                return
            self._looking = True
        self._pool.submit(f"records of {self.mapping.source_arn}", self._look)

    def stop(self) -> None:
        """Take no more records; a batch that runs comes to its end."""
        with self._lock:
            self._stopped = True
            self._disarm()

    @property
    def busy(self) -> bool:
        """Whether a batch is with the function, or records are being looked for."""
        with self._lock:
            return self._running > 0 or self._looking

    # ------------------------------------------------------------------ what there is to do

    def _look(self) -> None:
        try:
            while True:
                with self._lock:
                    if not self._look_again or self._stopped:
                        self._looking = False
                        break
                    self._look_again = False
                before = self._before
                if before is not None and before.busy:
                    continue  # it wakes us when it is done
                self._before = None
                try:
                    self._read()
                except LookupError:
                    self._give_up("PROBLEM: The event source was not found.")
                    continue
                self._step()
        except BaseException:
            with self._lock:
                self._looking = False
            raise
        self._tell_next()

    def _tell_next(self) -> None:
        following = self._next
        if following is not None and not self.busy:
            following.notice()

    def _read(self) -> None:
        now = self._context.clock.now()
        for shard in self._stream.shards():
            state = self._states.get(shard.id)
            if state is None:
                if shard.id in self._checkpoints.finished:
                    continue
                lanes = [Lane(self.mapping.settings) for _ in range(self.mapping.parallel)]
                state = _ShardState(lanes, self._checkpoints.of.get(shard.id, 0), parents=shard.parents)
                self._states[shard.id] = state
            parents = [self._states.get(parent) for parent in shard.parents]
            if any(parent is not None and not parent.done for parent in parents):
                continue
            records = self._stream.read(shard.id, state.read)
            if records:
                state.read = records[-1].position
            state.closed = shard.closed
            with self._lock:
                for record in records:
                    if self._wants(record):
                        state.lanes[_lane_of(record.order, len(state.lanes))].offer([record], now)
                self._keep_place(shard.id, state)

    def _wants(self, record: StreamRecord) -> bool:
        if not self.mapping.filters:
            return True
        fields = self._stream.filtered(record)
        return any(pattern.matches(fields) for pattern in self.mapping.filters)

    def _step(self) -> None:
        given_up: list[tuple[str, Discard]] = []
        with self._lock:
            if self._stopped:
                return
            now = self._context.clock.now()
            waits: list[Wait] = []
            for shard, state in self._states.items():
                for lane in state.lanes:
                    while isinstance(step := lane.next(now), Discard):
                        given_up.append((shard, step))
                    if isinstance(step, Run):
                        self._running += 1
                        self._pool.submit(f"records of {shard}", _Batch(self, shard, lane, step))
                    elif isinstance(step, Wait):
                        waits.append(step)
                self._keep_place(shard, state)
            self._arm(waits)
        for shard, discard in given_up:
            self._report(shard, discard, None)

    def _keep_place(self, shard: str, state: _ShardState) -> None:
        undone = [place for lane in state.lanes if (place := lane.first_open()) is not None]
        self._checkpoints.of[shard] = min(undone) - 1 if undone else state.read
        if state.done and shard not in self._checkpoints.finished:
            self._checkpoints.finished.add(shard)
            self._look_again = True  # its children may begin

    def _arm(self, waits: Sequence[Wait]) -> None:
        self._disarm()
        for patient, kind in ((True, TimerKind.WAIT), (False, TimerKind.LIMIT)):
            moments = [wait.until for wait in waits if wait.patient is patient]
            if moments:
                timer = self._context.scheduler.call_at(
                    min(moments), self.notice, kind=kind, label=f"records of {self.mapping.source_arn}"
                )
                self._timers.append(timer)

    def _disarm(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _give_up(self, why: str) -> None:
        self.last_result = why
        self.stop()

    # ------------------------------------------------------------------ a batch, on a thread of the pool

    def _work(self, shard: str, lane: Lane, run: Run) -> None:
        outcome, response = Outcome(throttled=True), None
        try:
            outcome, response = self._call(shard, run)
        except HostStopped:
            self.stop()
        except FunctionGone:
            self._give_up("PROBLEM: The function was not found.")
        except Exception:
            _log.exception("a batch of %s failed", self.mapping.source_arn)
        finally:
            with self._lock:
                given_up = lane.done(outcome, self._context.clock.now())
                self._keep_place(shard, self._states[shard])
        try:
            if given_up is not None:
                self._report(shard, given_up, response)
        finally:
            with self._lock:
                self._running -= 1
        self.notice()
        self._tell_next()

    def _call(self, shard: str, run: Run) -> tuple[Outcome, dict[str, Any] | None]:
        mapping = self.mapping
        event = stream_event(
            run.records,
            shard=shard,
            arn=mapping.source_arn,
            window=run.window,
            state=run.state,
            final=run.final,
            early=run.early,
        )
        now = self._context.clock.now()
        try:
            result = self._invoke(json.dumps(event).encode())
        except Throttled:
            self.last_result = "PROBLEM: Function call failed: Rate Exceeded."
            return Outcome(throttled=True), None
        if run.records:  # how old the last one was when the function got it
            age = (now - run.records[-1].when) * 1000
            self._context.function_host.metrics.told(mapping.function_arn, "IteratorAge", age, now)
        response: dict[str, Any] = {
            "statusCode": result.status,
            "executedVersion": result.executed_version,
            "functionError": result.function_error,
        }
        if result.function_error:
            self.last_result = "PROBLEM: Function call failed"
            return Outcome(failed_from=0), response
        del response["functionError"]
        state = window_state(result.payload) if run.window is not None else None
        if run.window is not None and state is None and not run.final:
            self.last_result = "PROBLEM: Function response has no state"
            return Outcome(failed_from=0), response
        failed = first_failure(result.payload, run.records) if mapping.partial_response else None
        if failed is not None and run.records:
            self.last_result = "PROBLEM: Function reported partial batch failures"
            return Outcome(failed_from=failed, partial=True, state=state), response
        self.last_result = "OK"
        return Outcome(state=state), response

    # ------------------------------------------------------------------ discarded batches

    def _report(self, shard: str, discard: Discard, response: Mapping[str, Any] | None) -> None:
        to = self.mapping.on_failure
        if to is None or discard.condition == EXPIRED:
            return
        record = discard_record(
            discard.records,
            condition=discard.condition,
            invokes=discard.invokes,
            request_id=self._context.ids.uuid(),
            function_arn=self.mapping.function_arn,
            shard=shard,
            arn=self.mapping.source_arn,
            now=self._context.clock.now(),
            response=response,
        )
        try:
            self._send(to, shard, record, discard)
        except (ClientError, BotoCoreError) as error:
            _log.warning("A discarded batch of %s did not reach %s: %s", self.mapping.uuid, to, error)

    def _send(self, to: str, shard: str, record: dict[str, Any], discard: Discard) -> None:
        _, _, service, region, account, name = to.split(":", 5)
        client = self._calls.client(service, region or self._context.region)
        if service == "sqs":
            url = f"{self._context.endpoint}/{account}/{name}"
            client.send_message(QueueUrl=url, MessageBody=json.dumps(record))
        elif service == "sns":
            client.publish(TopicArn=to, Message=json.dumps(record))
        else:
            event = stream_event(discard.records, shard=shard, arn=self.mapping.source_arn)
            now = datetime.fromtimestamp(self._context.clock.now(), UTC)
            moment = f"{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}"
            key = f"aws/lambda/{self.mapping.uuid}/{shard}/{moment}-{self._context.ids.uuid()}"
            body = json.dumps({**record, "payload": json.dumps(event)})
            client.put_object(Bucket=name, Key=key, Body=body.encode())


@dataclass(frozen=True, slots=True)
class _Batch:
    """A job of the pool."""

    poller: StreamPoller
    shard: str
    lane: Lane
    run: Run

    def __call__(self) -> None:
        self.poller._work(self.shard, self.lane, self.run)


def _lane_of(order: str, lanes: int) -> int:
    """The lane of a key, always the same."""
    if lanes == 1:
        return 0
    return int.from_bytes(hashlib.md5(order.encode(), usedforsecurity=False).digest()[:4]) % lanes
