"""Queries of Logs Insights: started, running, done.

Rule 1: a query takes a moment of cloud time, so a program that doesn't ask again gets no rows, here as on
AWS. Its end is a WAIT timer: whoever lets the cloud settle gets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.logs.query import QueryResult
from offline_cloud.moto_seams.logs.errors import invalid_parameter, not_found
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["Queries", "StartedQuery"]

SECONDS = 0.1
"""Cloud time from the start of a query to its end; a rule of this kit."""
PAGE = 10_000
_ENDED = ("Complete", "Cancelled")


@dataclass
class StartedQuery:
    """One query: what was asked of which groups, and what came out."""

    id: str
    text: str
    groups: tuple[str, ...]
    created: float
    ends: float
    result: QueryResult
    groups_scanned: int
    cancelled: bool = False

    def status(self, now: float) -> str:
        """AWS's word for how it stands."""
        if self.cancelled:
            return "Cancelled"
        return "Complete" if now >= self.ends else "Running"

    def described(self, now: float) -> dict[str, Any]:
        """The query as DescribeQueries shows it."""
        return {
            "queryLanguage": "CWLI",
            "queryId": self.id,
            "queryString": self.text,
            "status": self.status(now),
            "createTime": int(self.created * 1000),
            "logGroupName": self.groups[0],
        }

    def results(self, now: float, start: int, most: int) -> dict[str, Any]:
        """A page of its rows, as GetQueryResults shows it."""
        status = self.status(now)
        result = self.result
        done = status == "Complete"
        rows = result.rows[start : start + most] if done else []
        answer: dict[str, Any] = {
            "queryLanguage": "CWLI",
            "results": [[{"field": name, "value": value} for name, value in row] for row in rows],
            "statistics": {
                "recordsMatched": float(result.matched if done else 0),
                "recordsScanned": float(result.scanned if done else 0),
                "estimatedRecordsSkipped": 0.0,
                "bytesScanned": float(result.bytes_scanned if done else 0),
                "estimatedBytesSkipped": 0.0,
                "logGroupsScanned": float(self.groups_scanned if done else 0),
            },
            "status": status,
        }
        if done and start + most < len(result.rows):
            answer["nextToken"] = f"{self.id}:{start + most}"
        return answer


@dataclass
class Queries:
    """The queries of one account and Region."""

    context: CloudContext
    _queries: dict[str, StartedQuery] = field(default_factory=dict)

    def start(self, text: str, groups: Iterable[str], result: QueryResult) -> str:
        """Remember a query; its id."""
        now = self.context.clock.now()
        named = tuple(groups)
        query = StartedQuery(self.context.ids.uuid(), text, named, now, now + SECONDS, result, len(named))
        self._queries[query.id] = query
        self.context.scheduler.call_at(query.ends, _nothing, kind=TimerKind.WAIT, label="a query of logs")
        return query.id

    def stop(self, identifier: str) -> None:
        """StopQuery."""
        query = self.get(identifier)
        status = query.status(self.context.clock.now())
        if status in _ENDED:
            raise invalid_parameter(f"The specified query is not running. Its status is {status}.")
        query.cancelled = True

    def get(self, identifier: str) -> StartedQuery:
        """A query, or an error."""
        query = self._queries.get(identifier)
        if query is None:
            raise not_found(f"The specified query {identifier} does not exist.")
        return query

    def results(self, identifier: str, token: str | None, most: int | None) -> dict[str, Any]:
        """GetQueryResults."""
        query = self.get(identifier)
        start = 0
        if token:
            of, _, at = token.rpartition(":")
            if of != identifier or not at.isdigit():
                raise invalid_parameter("The specified nextToken is invalid.")
            start = int(at)
        return query.results(self.context.clock.now(), start, min(most or PAGE, PAGE))

    def describe(
        self, group: str | None, status: str | None, most: int, token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """DescribeQueries: the newest first, and the token of the next page."""
        now = self.context.clock.now()
        found = [
            query.described(now)
            for query in reversed(self._queries.values())
            if (group is None or group in query.groups) and (status is None or query.status(now) == status)
        ]
        start = int(token) if token and token.isdigit() else 0
        return found[start : start + most], str(start + most) if start + most < len(found) else None


def _nothing() -> None:
    """Time has come so far: that is all."""
