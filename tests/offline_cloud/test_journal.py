"""The journal: order, numbers, marks, and reading late what was written cheaply."""

from __future__ import annotations

from typing import Any

from offline_cloud.journal import Call, Journal


def call(number: int) -> Call:
    return Call(
        time=float(number),
        service="s3",
        method="PUT",
        url=f"/b/{number}",
        headers={},
        body=b"body",
        principal="AKIA",
        region="us-east-1",
        source="client",
        user_agent="test",
        request_id=str(number),
        status=200,
    )


class Describing:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(
        self, service: str, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[str, dict[str, Any] | None]:
        self.asked += 1
        return "PutObject", {"Key": url, "size": len(body)}


def test_entries_are_numbered_in_their_order_and_read_from_anywhere() -> None:
    journal = Journal(Describing())
    for number in range(3):
        journal.record(call(number))
    entries = journal.entries()
    assert [entry["n"] for entry in entries] == [0, 1, 2]
    assert journal.entries(since=1) == entries[1:]
    assert journal.entries(since=99) == []
    assert entries[2]["time"] == "1970-01-01T00:00:02.000+00:00"


def test_an_entry_is_worked_out_once_and_only_when_read() -> None:
    describing = Describing()
    journal = Journal(describing)
    journal.record(call(1))
    assert describing.asked == 0
    assert journal.entries()[0]["parameters"] == {"Key": "/b/1", "size": 4}
    assert journal.entries()[0]["operation"] == "PutObject"
    assert describing.asked == 1


def test_a_mark_stands_between_the_calls() -> None:
    journal = Journal(Describing())
    journal.record(call(1))
    journal.mark("Reset", 5.0)
    journal.record(call(2))
    assert [(entry["service"], entry["operation"]) for entry in journal.entries()] == [
        ("s3", "PutObject"),
        ("_cloud", "Reset"),
        ("s3", "PutObject"),
    ]
