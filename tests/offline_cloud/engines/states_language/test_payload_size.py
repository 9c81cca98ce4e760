"""The limit on data is in bytes of UTF-8, and texts are compact."""

from typing import Any

import pytest

from offline_cloud.engines.states_language.payload_size import MAX_BYTES, exceeds_limit, json_text


@pytest.mark.parametrize(
    ("value", "over"),
    [
        (None, False),
        (1, False),
        ("", False),
        ([], False),
        ("x" * (MAX_BYTES - 2), False),
        ("x" * (MAX_BYTES - 1), True),
        ("ü" * (MAX_BYTES // 2 - 1), False),
        ("ü" * (MAX_BYTES // 2), True),
        ("😀" * (MAX_BYTES // 4), True),
        ({"a": "x" * (MAX_BYTES - 8)}, False),
        ({"a": "x" * (MAX_BYTES - 7)}, True),
    ],
)
def test_what_is_over_the_limit(value: Any, over: bool) -> None:
    assert exceeds_limit(value) is over


def test_texts_are_compact_and_keep_letters() -> None:
    assert json_text({"a": [1, 1.5, None, "ü"]}) == '{"a":[1,1.5,null,"ü"]}'
