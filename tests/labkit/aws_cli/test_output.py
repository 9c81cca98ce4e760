"""Answers as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.aws_cli.errors import CommandError
from labkit.aws_cli.output import plain, printed, queried


def test_times_and_bytes() -> None:
    value = {"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "data": b"hi"}
    assert plain(value) == {"at": "2026-01-02T03:04:05+00:00", "data": "aGk="}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, "None"),
        (True, "True"),
        (["a", "b"], "a\tb"),
        ([["a", "b"], ["c", "d"]], "a\tb\nc\td"),
        ({"B": 1, "A": "x", "C": {"D": 2}}, "x\t1\nC\t2"),
        ({"List": [{"A": 1}, {"A": 2}], "Words": ["x", "y"]}, "LIST\t1\nLIST\t2\nWORDS\tx\nWORDS\ty"),
        ([], ""),
    ],
)
def test_text(value: Any, text: str) -> None:
    assert printed(value, "text", "Op") == text


def test_json_and_yaml() -> None:
    assert printed({"a": [1, "é"]}, "json", "Op") == '{\n    "a": [\n        1,\n        "é"\n    ]\n}'
    assert printed({"b": 1, "a": [1]}, "yaml", "Op") == "b: 1\na:\n- 1"


def test_a_table_of_records_has_columns() -> None:
    assert printed([{"A": 1, "B": "x"}, {"A": 22, "B": "y"}], "table", "List").splitlines() == [
        "----------",
        "|  List  |",
        "+----+---+",
        "| A  | B |",
        "+----+---+",
        "| 1  | x |",
        "| 22 | y |",
        "+----+---+",
    ]


def test_a_table_of_one_record_stands_upright() -> None:
    lines = printed({"Name": "f", "Size": 3, "Inner": {"Deep": True}}, "table", "Get").splitlines()
    assert "| Name | f |" in lines
    assert "| Size | 3 |" in lines
    assert any(line.strip("| ") == "Inner" for line in lines)
    assert len({len(line) for line in lines[:6]}) == 1, "the frame is straight"


def test_a_query() -> None:
    assert queried("a[].b", {"a": [{"b": 1}, {"b": 2}]}) == [1, 2]
    with pytest.raises(CommandError, match="Bad value for --query a\\["):
        queried("a[", {})
