"""What items weigh and what reading and writing them takes, by AWS's guide."""

from decimal import Decimal

import pytest

from offline_cloud.engines.item_capacity import item_size, read_units, write_units


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({}, 0),
        ({"id": {"S": "abc"}}, 5),
        ({"id": {"S": "ä€"}}, 2 + 2 + 3),
        ({"n": {"N": "0"}}, 1 + 2),
        ({"n": {"N": "27"}}, 1 + 2),
        ({"n": {"N": "-27"}}, 1 + 3),
        ({"n": {"N": "1000000"}}, 1 + 2),  # zeros at the ends take no room
        ({"n": {"N": "0.00123"}}, 1 + 3),
        ({"b": {"B": "aGVsbG8="}}, 1 + 5),
        ({"b": {"B": b"hello"}, "s": {"BS": [b"ab", b"c"]}}, 1 + 5 + 1 + 3),
        ({"t": {"BOOL": False}, "z": {"NULL": True}}, 4),
        ({"s": {"SS": ["ab", "c"]}}, 1 + 3),
        ({"l": {"L": []}}, 1 + 3),
        ({"l": {"L": [{"S": "ab"}, {"BOOL": True}]}}, 1 + 3 + (1 + 2) + (1 + 1)),
        ({"m": {"M": {"k": {"S": "ab"}}}}, 1 + 3 + (1 + 1 + 2)),
    ],
)
def test_an_item_weighs_its_names_and_values(item, size):
    assert item_size(item) == size


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (3 * 1024, 3)])
def test_a_write_takes_a_unit_for_each_kilobyte(size, units):
    assert write_units(size) == units
    assert write_units(size, transactional=True) == 2 * units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2), (8 * 1024, 2)])
def test_a_read_takes_a_unit_for_each_four_kilobytes_and_half_of_it_if_it_may_be_old(size, units):
    assert read_units(size, consistent=True) == units
    assert read_units(size, consistent=False) == Decimal(units) / 2
    assert read_units(size, consistent=False, transactional=True) == 2 * units
