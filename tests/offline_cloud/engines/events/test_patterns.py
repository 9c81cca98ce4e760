"""Event patterns: what fits, what does not, what is no pattern."""

import json

import pytest

from offline_cloud.engines.events import PatternError, compile_pattern

TRADE = {
    "source": "tradewind.desk",
    "detail": {
        "symbol": "TRDW",
        "price": 101.5,
        "shares": 300,
        "urgent": True,
        "note": None,
        "tags": ["bond", "EU"],
        "host": "10.0.3.7",
        "legs": [{"side": "buy", "venue": "X"}, {"side": "sell", "venue": "Y"}],
    },
}


def fits(detail):
    return compile_pattern({"detail": detail}).matches(TRADE)


@pytest.mark.parametrize(
    "detail",
    [
        {"symbol": ["ACME", "TRDW"]},
        {"price": [101.5]},
        {"shares": [3.0e2]},
        {"urgent": [True]},
        {"note": [None]},
        {"tags": ["EU"]},
        {"symbol": [{"prefix": "TR"}]},
        {"symbol": [{"prefix": {"equals-ignore-case": "tr"}}]},
        {"symbol": [{"suffix": "DW"}]},
        {"symbol": [{"suffix": {"equals-ignore-case": "dw"}}]},
        {"symbol": [{"equals-ignore-case": "trdw"}]},
        {"symbol": [{"wildcard": "T*W"}]},
        {"symbol": [{"wildcard": "*"}]},
        {"symbol": [{"anything-but": "ACME"}]},
        {"symbol": [{"anything-but": ["ACME", "NOPE"]}]},
        {"symbol": [{"anything-but": {"prefix": "AC"}}]},
        {"symbol": [{"anything-but": {"suffix": ["ME", "PE"]}}]},
        {"symbol": [{"anything-but": {"wildcard": "A*"}}]},
        {"symbol": [{"anything-but": {"equals-ignore-case": ["acme"]}}]},
        {"price": [{"numeric": [">", 100, "<=", 101.5]}]},
        {"price": [{"numeric": ["=", 101.5]}]},
        {"price": [{"anything-but": [1, 2]}]},
        {"host": [{"cidr": "10.0.0.0/16"}]},
        {"symbol": [{"exists": True}]},
        {"note": [{"exists": True}]},
        {"missing": [{"exists": False}]},
        {"missing": {"deeper": [{"exists": False}]}},
        {"symbol": ["ACME", {"prefix": "T"}]},
        {"legs": {"side": ["sell"], "venue": ["Y"]}},
        {"$or": [{"price": [1]}, {"shares": [{"numeric": [">", 200]}]}]},
        {"symbol": ["TRDW"], "$or": [{"price": [101.5]}, {"price": [7]}]},
    ],
)
def test_fits(detail):
    assert fits(detail)


@pytest.mark.parametrize(
    "detail",
    [
        {"symbol": ["trdw"]},
        {"price": ["101.5"]},
        {"urgent": [1]},
        {"shares": [True]},
        {"note": ["null"]},
        {"tags": [["bond", "EU"]][0][:0] or ["US"]},
        {"symbol": [{"prefix": "tr"}]},
        {"symbol": [{"wildcard": "T*D"}]},
        {"symbol": [{"anything-but": "TRDW"}]},
        {"missing": [{"anything-but": "TRDW"}]},
        {"symbol": [{"anything-but": {"prefix": "T"}}]},
        {"price": [{"numeric": ["<", 100]}]},
        {"symbol": [{"numeric": [">", 0]}]},
        {"urgent": [{"numeric": [">", 0]}]},
        {"host": [{"cidr": "10.1.0.0/16"}]},
        {"symbol": [{"exists": False}]},
        {"missing": [{"exists": True}]},
        {"missing": ["x"]},
        {"legs": {"side": ["buy"], "venue": ["Y"]}},
        {"$or": [{"price": [1]}, {"shares": [1]}]},
        {"symbol": ["ACME"], "$or": [{"price": [101.5]}, {"price": [7]}]},
    ],
)
def test_does_not_fit(detail):
    assert not fits(detail)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{", "no JSON"),
        ("[]", "not an object"),
        ({}, "Empty objects"),
        ({"a": []}, "Empty arrays are not allowed: a"),
        ({"a": "b"}, '"a" must be an object or an array'),
        ({"a": {"b": 3}}, '"b" must be an object or an array: a'),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string: a"),
        ({"a": [{"nope": 1}]}, "Unrecognized match type nope: a"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "Only one key"),
        ({"a": [{"numeric": [">"]}]}, "numeric takes"),
        ({"a": [{"numeric": ["~", 1]}]}, "Unrecognized numeric range operator: ~"),
        ({"a": [{"numeric": [">", 5, "<", 1]}]}, "not empty"),
        ({"a": [{"exists": "yes"}]}, "either true or false"),
        ({"a": [{"cidr": "10.0.0.0/99"}]}, "Malformed CIDR"),
        ({"a": [{"wildcard": "a**b"}]}, "Consecutive wildcard"),
        ({"a": [{"wildcard": "a\\b"}]}, "Invalid escape character at pos 1"),
        ({"a": [{"anything-but": {"numeric": [">", 1]}}]}, "Unsupported anything-but"),
        ({"$or": [{"a": [1]}]}, "two patterns or more"),
        ({"a": [["b"]]}, "A list in a list"),
    ],
)
def test_is_no_pattern(pattern, said):
    with pytest.raises(PatternError, match=said.replace("(", r"\(")):
        compile_pattern(pattern)


def test_a_text_is_read_as_json():
    assert compile_pattern(json.dumps({"source": ["tradewind.desk"]})).matches(TRADE)


def test_an_escaped_star_is_a_star():
    pattern = compile_pattern({"a": [{"wildcard": "1\\*2*"}]})
    assert pattern.matches({"a": "1*2 and more"})
    assert not pattern.matches({"a": "1x2"})
