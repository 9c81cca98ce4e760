"""moto's Logs backend with a short way in for functions: no HTTP, one call for an invocation's events."""

from __future__ import annotations

from moto.logs.models import LogsBackend


class OfflineLogsBackend(LogsBackend):
    """CloudWatch Logs of one account and region."""

    def append(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Write events (epoch milliseconds, message), making group and stream if they are not there (any
        more).
        """
        if not events:
            return
        self.ensure_log_group(group)
        self.ensure_log_stream(group, stream)
        self.groups[group].put_log_events(
            stream, [{"timestamp": milliseconds, "message": message} for milliseconds, message in events]
        )
