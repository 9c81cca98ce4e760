"""The events that one invocation writes to its log stream: the platform's lines, and the function's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cloud.function_host.platform_log import PlatformLog
from offline_cloud.function_host.telemetry import LogRecord

if TYPE_CHECKING:
    from offline_cloud.clock import Clock

__all__ = ["InvocationLog", "renamed"]


class InvocationLog:
    """The events of one invocation in order; times never go back, so that sorting by time keeps the order."""

    def __init__(self, clock: Clock, names: dict[str, str], words: PlatformLog) -> None:
        self.events: list[tuple[int, str]] = []
        self._names = names
        self._lets_through = words.lets_through
        self.tail_from = 0
        """The first event of LogResult: all but the line with which an environment begins."""
        self._clock = clock
        self._last = 0

    def platform(self, messages: list[str]) -> None:
        """Lines of the service itself, now."""
        for message in messages:
            self._add(message, None)

    def written(self, records: list[LogRecord]) -> None:
        """What the runtime wrote."""
        for record in records:
            if self._lets_through(record.message):
                self._add(renamed(record.message, self._names), record.milliseconds)

    def _add(self, message: str, milliseconds: int | None) -> None:
        now = int(self._clock.now() * 1000)
        self._last = max(self._last, min(milliseconds or now, now))
        self.events.append((self._last, message))


def renamed(text: str, names: dict[str, str]) -> str:
    """A text with the paths that AWS would name."""
    for real, shown in names.items():
        text = text.replace(real, shown)
    return text
