"""One HTTP request and one HTTP answer, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["HttpAnswer", "HttpRequest"]


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came in.

    `path` and `query` are raw: percent-encoded, the query without `?`. `headers` have lower-case names and
    are in the order of the request, one entry for each line.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    protocol: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """All values of a field, joined by commas; None if there is none."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None


@dataclass(frozen=True)
class HttpAnswer:
    """An answer: status, header fields in their order, body."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
