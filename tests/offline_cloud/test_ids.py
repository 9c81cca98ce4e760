"""The only source of chance: by its seed."""

from __future__ import annotations

import uuid

from offline_cloud.ids import Ids


def some(ids: Ids) -> list[str | float]:
    return [ids.uuid(), ids.hex(12), ids.hex(1), ids.random.random()]


def test_same_seed_same_calls_same_ids() -> None:
    assert some(Ids(4)) == some(Ids(4))
    assert some(Ids(4)) != some(Ids(5))


def test_a_reset_begins_again() -> None:
    ids = Ids(4)
    first = some(ids)
    assert some(ids) != first
    ids.reset()
    assert some(ids) == first


def test_their_form() -> None:
    ids = Ids(4)
    assert uuid.UUID(ids.uuid()).version == 4
    assert {len(ids.hex(5)) for _ in range(200)} == {5}
