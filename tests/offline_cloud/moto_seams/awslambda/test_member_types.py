"""Members of the wrong JSON type, refused in the words of AWS's own framework."""

from typing import Any

import pytest

from offline_cloud.moto_seams.awslambda.errors import LambdaError
from offline_cloud.moto_seams.awslambda.member_types import check_types

GOOD: dict[str, Any] = {
    "FunctionName": "f",
    "Timeout": 3,
    "MemorySize": 128,
    "Publish": True,
    "Environment": {"Variables": {"TABLE": "orders"}},
    "EphemeralStorage": {"Size": 512},
    "Layers": ["arn"],
    "Description": None,
    "SomethingNew": 5,
}


def test_the_right_types_pass() -> None:
    check_types(GOOD)
    check_types({})
    check_types({"MemorySize": 128.0})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Timeout": "3"}, "STRING_VALUE can not be converted to an Integer"),
        ({"MemorySize": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"MemorySize": [128]}, "Start of list found where not expected"),
        ({"Handler": 5}, "NUMBER_VALUE can not be converted to a String"),
        ({"Role": {"Ref": "Role"}}, "Start of structure or map found where not expected."),
        ({"Publish": "yes"}, "STRING_VALUE can not be converted to a Boolean"),
        ({"Environment": {"Variables": {"LIMIT": 5}}}, "NUMBER_VALUE can not be converted to a String"),
        ({"Environment": {"Variables": ["A=1"]}}, "Expected map or null"),
        ({"Environment": "A=1"}, "Expected map or null"),
        ({"Layers": "arn"}, "Expected list or null"),
        ({"Layers": [{}]}, "Start of structure or map found where not expected."),
        ({"EphemeralStorage": {"Size": "1024"}}, "STRING_VALUE can not be converted to an Integer"),
    ],
)
def test_the_wrong_ones_do_not(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(LambdaError) as caught:
        check_types({**GOOD, **changes})
    refused = caught.value
    assert (refused.error_type, refused.message, refused.code) == ("SerializationException", message, 400)
