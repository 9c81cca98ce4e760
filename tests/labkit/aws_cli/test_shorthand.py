"""Shorthand syntax."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.aws_cli.errors import CommandError
from labkit.aws_cli.shorthand import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Key=value", {"Key": "value"}),
        ("A=1,B=2", {"A": "1", "B": "2"}),
        ("A=", {"A": ""}),
        ("Variables={A1=b,C2=d}", {"Variables": {"A1": "b", "C2": "d"}}),
        ("AllowMethods=GET,POST,MaxAge=5", {"AllowMethods": ["GET", "POST"], "MaxAge": "5"}),
        ("A=[x,y],B=[]", {"A": ["x", "y"], "B": []}),
        ("A=[{k=1},{k=2}]", {"A": [{"k": "1"}, {"k": "2"}]}),
        ('A="a,b=c",B=\'d "e"\'', {"A": "a,b=c", "B": 'd "e"'}),
        (r"A=a\,b", {"A": "a,b"}),
        ("AdditionalVersionWeights={1=0.1}", {"AdditionalVersionWeights": {"1": "0.1"}}),
        ("A={}", {"A": {}}),
        ("Url=https://x/y?z", {"Url": "https://x/y?z"}),
    ],
)
def test_what_it_stands_for(text: str, value: dict[str, Any]) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", "word", "A=1,word=", "A={b=1", "A=[x", 'A="open', "A={b=1}}"])
def test_what_is_none_says_where(text: str) -> None:
    if text == "A=1,word=":
        assert parse(text) == {"A": "1", "word": ""}
        return
    with pytest.raises(CommandError, match="Error parsing parameter: Expected") as caught:
        parse(text)
    assert str(caught.value).endswith("^")
