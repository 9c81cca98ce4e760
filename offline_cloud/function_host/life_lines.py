"""The life of each execution environment in cloud time: init (or restore), invoke, idle, shutdown.

Rule: spans of one environment touch and never overlap; a span is open (`end` is None) only while it is the
last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ON_DEMAND, PROVISIONED, SNAP_START = "on-demand", "provisioned-concurrency", "snap-start"
"""How an environment came to be: AWS's words, those of AWS_LAMBDA_INITIALIZATION_TYPE."""
KEPT = 2_000
"""Spans kept per environment: the oldest go first, so that a busy environment does not grow for ever."""


@dataclass
class Span:
    """A stretch of an environment's life: init, restore, invoke, idle or shutdown.

    `status` of an init, a restore or an invoke, `request_id` of an invoke.
    """

    kind: str
    start: float
    end: float | None = None
    request_id: str | None = None
    status: str | None = None


@dataclass
class LifeLine:
    """What `GET /_cloud/environments` tells of one environment."""

    id: str
    function: str
    version: str
    memory_mb: int
    type: str = ON_DEMAND
    spans: list[Span] = field(default_factory=list)
    max_memory_mb: int = 0

    def begin(self, kind: str, now: float, request_id: str | None = None) -> None:
        """End the open span, if there is one, and open the next."""
        self.finish(now)
        self.spans.append(Span(kind, now, None, request_id))
        if len(self.spans) > KEPT:
            del self.spans[: len(self.spans) - KEPT]

    def finish(self, now: float, status: str | None = None) -> None:
        """End the open span; a status that is already there stays."""
        if self.spans and self.spans[-1].end is None:
            span = self.spans[-1]
            span.end = max(now, span.start)
            span.status = span.status or status

    @property
    def state(self) -> str:
        """init, busy, idle or shutdown."""
        if not self.spans:
            return "init"
        return {"init": "init", "restore": "init", "invoke": "busy", "idle": "idle", "shutdown": "shutdown"}[
            self.spans[-1].kind
        ]

    def as_json(self) -> dict[str, Any]:
        """The shape that the control API promises; times in epoch seconds of cloud time."""
        return {
            "id": self.id,
            "function": self.function,
            "version": self.version,
            "type": self.type,
            "state": self.state,
            "spans": [vars(span).copy() for span in self.spans],
            "max_memory_mb": self.max_memory_mb,
            "memory_mb": self.memory_mb,
        }
