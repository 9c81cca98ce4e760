"""Pages of log events, and the tokens that lead from one to the next.

Rule 1: a token is a place among the events (the time and number of one of them), so what comes in or expires
between two pages moves nothing.
Rule 2: a page has at most so many events and, beyond its first, at most a megabyte.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from offline_cloud.engines.logs.records import EVENT_ID_SHIFT, LogRecord
from offline_cloud.moto_seams.logs.errors import invalid_parameter
from offline_cloud.moto_seams.logs.streams import size

__all__ = ["PAGE", "matching_page", "stream_page"]

PAGE = 10_000
PAGE_BYTES = 1_048_576
_FILTER_TOKEN = re.compile(r"([fb]):(\d+):(\d+)")
_STREAM_TOKEN = re.compile(r"([fb])/(\d{56})/s")
_Place = tuple[int, int]


def matching_page(
    records: Sequence[LogRecord],
    matches: Callable[[str], bool],
    most: int,
    token: str | None,
    *,
    newest_first: bool,
) -> tuple[list[LogRecord], str | None]:
    """Of events in order: the next that match, and the next page's token; None if there is none."""
    if token:
        newest_first, after = _read_filter_token(token)
        records = (
            records[: bisect_left(records, after, key=_place)]
            if newest_first
            else records[bisect_right(records, after, key=_place) :]
        )
    page: list[LogRecord] = []
    weight = 0
    for record in reversed(records) if newest_first else records:
        if not matches(record.message):
            continue
        weight += size(record.message)
        if len(page) == most or (weight > PAGE_BYTES and page):
            timestamp, sequence = _place(page[-1])
            plain = f"{'b' if newest_first else 'f'}:{timestamp}:{sequence}"
            return page, b64encode(plain.encode()).decode()
        page.append(record)
    return page, None


def stream_page(
    records: Sequence[LogRecord], most: int, token: str | None, *, from_head: bool
) -> tuple[list[LogRecord], str, str]:
    """Of a stream's events in order: a page, the token backward, the token forward.

    At an end of the stream the page is empty, and the token that led there leads there again, as on AWS.
    """
    forward, first, last = from_head, 0, len(records)
    if token:
        forward, place = _read_stream_token(token)
        if forward:
            first = bisect_right(records, place, key=_place)
        else:
            last = bisect_left(records, place, key=_place)
    window = records[first:last]
    page = list(_light(window if forward else reversed(window), most))
    if not page:
        number = token[2:-2] if token else "0" * 56
        return [], f"b/{number}/s", f"f/{number}/s"
    if not forward:
        page.reverse()
    return page, f"b/{page[0].event_id}/s", f"f/{page[-1].event_id}/s"


def _light(records: Iterable[LogRecord], most: int) -> Iterable[LogRecord]:
    weight = 0
    for at, record in enumerate(records):
        weight += size(record.message)
        if at == most or (weight > PAGE_BYTES and at):
            return
        yield record


def _place(record: LogRecord) -> _Place:
    return record.timestamp, record.sequence


def _read_filter_token(token: str) -> tuple[bool, _Place]:
    try:
        found = _FILTER_TOKEN.fullmatch(b64decode(token, validate=True).decode())
    except ValueError:
        found = None
    if found is None:
        raise invalid_parameter("The specified nextToken is invalid.")
    return found[1] == "b", (int(found[2]), int(found[3]))


def _read_stream_token(token: str) -> tuple[bool, _Place]:
    found = _STREAM_TOKEN.fullmatch(token)
    if found is None:
        raise invalid_parameter("The specified nextToken is invalid.")
    number = int(found[2])
    return found[1] == "f", (number >> EVENT_ID_SHIFT, number & ((1 << EVENT_ID_SHIFT) - 1))
