"""Asynchronous invocations: taken in at once, run off a queue, their result thrown away.

What AWS does with a failed event (two retries, destinations, dead letters) is not there yet; the limits page
says so.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

from offline_cloud.function_host import HostStopped, Throttled
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction
    from offline_cloud.scheduler import Activity
    from offline_cloud.server import CloudContext

WORKERS = 64
THROTTLED_SECONDS = 1.0
"""Cloud time until a throttled event is tried again; it stays in the queue as long as it takes."""
_logger = logging.getLogger(__name__)
_Item = tuple["OfflineFunction", str, bytes, str, str | None, "Activity"]


class EventQueue:
    """One queue for all functions of a cloud; workers start when there is work for them."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._workers = 0
        self._free = 0
        self._waiting = 0

    def put(
        self,
        function: OfflineFunction,
        arn: str | None,
        payload: bytes,
        request_id: str | None = None,
        client_context: str | None = None,
    ) -> None:
        """Take in an event. The cloud counts as busy until it has run."""
        activity = self._context.scheduler.activity(f"event for {function.function_name}")
        activity.__enter__()
        identifier = request_id or self._context.ids.uuid()
        self._items.put((function, arn or function.own_arn, payload, identifier, client_context, activity))
        with self._lock:
            self._waiting += 1
            if self._free < self._waiting and self._workers < WORKERS:
                self._workers += 1
                threading.Thread(target=self._work, name="lambda-events", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._free += 1
            item = self._items.get()
            with self._lock:
                self._free -= 1
                self._waiting -= 1
            self._run(item)

    def _run(self, item: _Item) -> None:
        function, arn, payload, request_id, client_context, activity = item
        try:
            self._context.function_host.invoke(
                function.as_version,
                payload,
                request_id=request_id,
                arn=arn,
                client_context=client_context,
                activity=activity,
            )
        except Throttled:
            self._context.scheduler.call_later(
                THROTTLED_SECONDS,
                lambda: self.put(function, arn, payload, request_id, client_context),
                kind=TimerKind.WAIT,
                label=f"throttled event for {function.function_name}",
            )
        except HostStopped:
            pass
        except Exception:
            _logger.exception("The event %s for %s could not be run", request_id, arn)
        finally:
            activity.__exit__(None, None, None)
