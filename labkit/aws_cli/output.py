"""How an answer is printed: `--query` and `--output json|text|yaml|table`."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labkit.aws_cli.errors import CommandError

__all__ = ["FORMATS", "printed", "queried"]

_WIDTH = 140
FORMATS = ("json", "text", "table", "yaml")


def queried(query: str | None, answer: Any) -> Any:
    """What `--query` takes of an answer. Raises `CommandError` for what is no JMESPath."""
    import jmespath  # type: ignore[import-untyped]

    if query is None:
        return answer
    try:
        return jmespath.search(query, answer)
    except jmespath.exceptions.JMESPathError as error:
        raise CommandError(f"Bad value for --query {query}: {error}", 252) from error


def plain(value: Any) -> Any:
    """A value of JSON: times in ISO 8601, bytes in base64, as version 2 prints them."""
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value


def printed(value: Any, form: str, title: str) -> str:
    """The text for a value that went through `plain`; `title` is the operation's name."""
    if form == "json":
        return json.dumps(value, indent=4, ensure_ascii=False)
    if form == "yaml":
        import yaml

        text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
        return text.removesuffix("\n...\n").rstrip("\n")
    return "\n".join(_text(value)) if form == "text" else _table(value, title)


def _text(value: Any, name: str = "") -> list[str]:
    """Tab-separated lines: a record's own values, sorted by name, then one line for each nested record."""
    start = [name.upper()] if name else []
    if isinstance(value, list):
        if not any(isinstance(item, list | dict) for item in value):
            return ["\t".join([*start, *map(_cell, value)])] if value else []
        lines = []
        for item in value:
            lines += (
                _text(item, name) if isinstance(item, list | dict) else ["\t".join([*start, _cell(item)])]
            )
        return lines
    if isinstance(value, dict):
        cells = [_cell(value[key]) for key in sorted(value) if not isinstance(value[key], list | dict)]
        lines = ["\t".join([*start, *cells])] if cells else []
        for key in sorted(value):
            if isinstance(value[key], list | dict):
                lines += _named(value[key], key)
        return lines
    return [_cell(value)]


def _named(value: Any, name: str) -> list[str]:
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return [f"{name.upper()}\t{_cell(item)}" for item in value]
    return _text(value, name)


def _cell(value: Any) -> str:
    return str(value)


def _table(value: Any, title: str) -> str:
    """A table with a frame; what is nested gets a table of its own below. One record stands upright."""
    lines: list[str] = []
    todo: list[tuple[str, Any]] = [(title, value)]
    while todo:
        name, shown = todo.pop(0)
        records = shown if isinstance(shown, list) else [shown]
        if not records or not all(isinstance(record, dict) for record in records):
            lines += _framed(name, [record if isinstance(record, list) else [record] for record in records])
            continue
        columns = sorted({key for one in records for key in one if not isinstance(one[key], dict | list)})
        rows = [[_cell(one.get(column, "")) for column in columns] for one in records]
        if len(rows) == 1 or len("".join(max(rows, key=lambda row: len("".join(row))))) > _WIDTH:
            for row in rows if columns else []:
                lines += _framed(name, [list(pair) for pair in zip(columns, row, strict=True)])
        elif columns:
            lines += _framed(name, [columns, *rows], head=True)
        nested = [(key, one[key]) for one in records for key in sorted(one)]
        todo[:0] = [(key, each) for key, each in nested if isinstance(each, dict | list) and each]
    return "\n".join(lines)


def _framed(title: str, rows: list[list[Any]], *, head: bool = False) -> list[str]:
    """Rows of cells in a frame, the title above."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=1)
    cells = [row + [""] * (count - len(row)) for row in cells]
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(count)]
    widths[-1] += max(0, len(title) - sum(widths) - 3 * (count - 1))
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    inside = len(rule) - 2
    lines = ["-" * len(rule), f"|{title.center(inside)}|", rule]
    for number, row in enumerate(cells):
        padded = (f" {cell.ljust(width)} " for cell, width in zip(row, widths, strict=True))
        lines.append("|" + "|".join(padded) + "|")
        if head and number == 0:
            lines.append(rule)
    return [*lines, rule]
