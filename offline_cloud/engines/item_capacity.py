"""What a DynamoDB item weighs, and how many request units reading or writing it takes.

Source: DynamoDB developer guide, "DynamoDB Item sizes and formats" and "DynamoDB read and write operations".
An item here is a mapping of attribute names to values in DynamoDB's JSON: `{"id": {"S": "a"}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

__all__ = ["INDEXING_OVERHEAD", "item_size", "read_units", "write_units"]

INDEXING_OVERHEAD = 100
"""Bytes that storage counts for each item besides its own."""
_READ_CHUNK, _WRITE_CHUNK = 4096, 1024
_COLLECTION, _ELEMENT = 3, 1


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item: names and values."""
    return sum(_text(name) + _value(value) for name, value in item.items())


def write_units(size: int, *, transactional: bool = False) -> int:
    """Units of one write; `size` is the larger of the item before and after. Nothing there counts as one."""
    return max(1, -(-size // _WRITE_CHUNK)) * (2 if transactional else 1)


def read_units(size: int, *, consistent: bool, transactional: bool = False) -> Decimal:
    """Units of one read of `size` bytes; an item that is not there takes as much as a small one."""
    chunks = Decimal(max(1, -(-size // _READ_CHUNK)))
    if transactional:
        return 2 * chunks
    return chunks if consistent else chunks / 2


def _value(value: Mapping[str, Any]) -> int:
    kind, content = next(iter(value.items()))
    if kind == "L":
        return _COLLECTION + sum(_ELEMENT + _value(one) for one in content)
    if kind == "M":
        return _COLLECTION + sum(_ELEMENT + _text(name) + _value(one) for name, one in content.items())
    if kind in {"SS", "NS", "BS"}:
        return sum(_SCALARS[kind[0]](one) for one in content)
    return _SCALARS[kind](content)


def _text(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _number(text: str) -> int:
    """About a byte for two significant digits, and one more; a minus sign is another."""
    sign = text.startswith("-")
    mantissa = text.lower().lstrip("+-").partition("e")[0].replace(".", "")
    digits = len(mantissa.strip("0")) or 1
    return (digits + 1) // 2 + 1 + sign


def _binary(content: str | bytes) -> int:
    """Bytes themselves, or bytes behind base64."""
    if isinstance(content, bytes):
        return len(content)
    return len(content) * 3 // 4 - content[-2:].count("=")


_SCALARS: Mapping[str, Callable[[Any], int]] = {
    "S": _text,
    "N": lambda content: _number(str(content)),
    "B": _binary,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
}
