"""Filter patterns: which messages each of the four kinds lets through, and what is refused.

The semantics are those of the CloudWatch Logs user guide, "Filter pattern syntax".
"""

from __future__ import annotations

import json

import pytest

from offline_cloud.engines.logs.filter_pattern import InvalidPattern, PatternKind, compile_pattern

LINES = (
    "[ERROR] order O-1 refused: no money",
    "[ERROR] order O-2 timed out",
    "[WARN] order O-3 is slow",
    "[INFO] order O-4 done",
    "error in small letters",
)
ORDER = json.dumps(
    {
        "level": "ERROR",
        "status": 404,
        "ratio": 0.5,
        "retry": True,
        "done": False,
        "cause": None,
        "text": "12",
        "ip": "10.1.2.3",
        "user": {"id": 7, "mail": "ada@example.com"},
        "lines": [{"symbol": "TRDW", "shares": 5}, {"symbol": "ACME", "shares": 500}],
        "tags": ["new", "large"],
        "grid": [[1, 2], [3, 4]],
        "trace.id": "t-1",
        "trace-id": "t-2",
    }
)
ACCESS = '10.0.0.7 - ada [28/Nov/2026:07:00:00 +0000] "GET /price/TRDW HTTP/1.1" 404 812'


def numbers(pattern: str) -> list[int]:
    """The places of the lines that match, from 1."""
    return [at for at, line in enumerate(LINES, 1) if compile_pattern(pattern).matches(line)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", [1, 2, 3, 4, 5]),
        ('" "', [1, 2, 3, 4, 5]),
        ("ERROR", [1, 2]),
        ("ERR", [1, 2]),
        ("error", [5]),
        ("ERROR refused", [1]),
        ("refused ERROR", [1]),
        ("ERROR -refused", [2]),
        ("-ERROR", [3, 4, 5]),
        ("-ERROR -WARN", [4, 5]),
        ("?WARN ?INFO", [3, 4]),
        ("? WARN ? INFO", [3, 4]),
        ("?WARN ?INFO ERROR", [1, 2]),  # beside an other term those with ? count for nothing
        ("?WARN -ERROR", [3, 4, 5]),
        ('"order O-3"', [3]),
        ('"timed out" ERROR', [2]),
        ('-"timed out" ERROR', [1]),
        ("%O-[23]%", [2, 3]),
        (r"%^\[WARN\]%", [3]),
        ("%money$|slow$%", [1, 3]),
        (r"%O-\d d%", [4]),
        (r"%\x5BINFO%", [4]),
        ("-%O-[23]%", [1, 4, 5]),
        ("?%O-1% ?%O-4%", [1, 4]),
    ],
)
def test_terms(pattern: str, expected: list[int]) -> None:
    assert numbers(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "order-1",
        "[ERROR] order",
        '"not closed',
        "%(a|b)%",
        "%wow!%",
        "%größe%",
        "%[a%",
        "-",
        "a:b",
    ],
)
def test_what_is_no_term_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ('$.level = "ERROR"', True),
        ("$.level = ERROR", True),
        ('$.level = "error"', False),
        ('$.level != "INFO"', True),
        ('$.level = "ERR*"', True),
        ('$.level = "*ROR"', True),
        ('$.level = "*RRO*"', True),
        ('$.level = "E*R"', False),
        ('$.level = "*"', True),
        ("$.ip != 123.123.*", True),
        ("$.ip = 10.1.*", True),
        ("$.status = 404", True),
        ("$.status = 4*", True),
        ("$.status > 403", True),
        ("$.status >= 404", True),
        ("$.status < 404", False),
        ("$.status <= 404", True),
        ("$.status != 500", True),
        ("$.status = 4.04e2", True),
        ("$.ratio < 0.75", True),
        ("$.ratio > -1", True),
        ("$.text > 9", True),
        ("$.user.id = 7", True),
        ('$.user.mail = "*@example.com"', True),
        ('$.user = "*"', False),  # an object is never equal to anything
        ('$.user != "x"', False),
        ('$.lines[1].symbol = "ACME"', True),
        ("$.lines[1].shares > 100", True),
        ('$.lines[2].symbol = "ACME"', False),
        ("$.lines[*].shares > 100", True),
        ("$.lines[*].shares > 1000", False),
        ('$.tags[*] = "large"', True),
        ('$.tags[0] = "large"', False),
        ('$.* = "ERROR"', True),
        ("$.grid[1][0] = 3", True),
        ("$.['trace.id'] = \"t-1\"", True),
        ('$.trace-id = "t-2"', True),
        ("$.cause IS NULL", True),
        ("$.level IS NULL", False),
        ("$.missing IS NULL", False),
        ("$.retry IS TRUE", True),
        ("$.retry IS FALSE", False),
        ("$.done IS FALSE", True),
        ("$.missing NOT EXISTS", True),
        ("$.cause NOT EXISTS", False),
        ("$.user.name NOT EXISTS", True),
        ('$.missing != "x"', False),  # of what is not there nothing holds
        ("$.missing != 5", False),
        ("$.level = %^ERR%", True),
        ("$.level != %^ERR%", False),
        (r"$.ip = %10\.[0-9]\.2\.3%", True),
        ('$.level = "ERROR" && $.status = 500', False),
        ('$.level = "INFO" || $.status = 404', True),
        ('$.level = "ERROR" || $.status = 1 && $.status = 2', True),  # && binds closer
        ('($.level = "ERROR" || $.status = 1) && $.status = 2', False),
        ('(($.level = "ERROR") && ($.user.id = 7))', True),
    ],
)
def test_json(condition: str, matches: bool) -> None:
    assert compile_pattern("{ " + condition + " }").matches(ORDER) is matches
    assert compile_pattern("{" + condition + "}").matches(ORDER) is matches


@pytest.mark.parametrize(
    "message", ["level ERROR", "", '[{"level": "ERROR"}]', '{"level": "ERROR"', "{}", '"x"']
)
def test_a_message_that_is_no_such_object_does_not_match(message: str) -> None:
    assert not compile_pattern('{ $.level = "ERROR" }').matches(message)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ }",
        "{ $.level }",
        '{ level = "ERROR" }',
        '{ $ = "ERROR" }',
        '{ $.level = "ERROR }',
        '{ $.level = "ERROR"',
        '{ $.level = "ERROR" } x',
        '{ $.level > "ERROR" }',
        "{ $.level == 1 }",
        '{ $.level = "a" AND $.b = 1 }',
        '{ $.lines[*].parts[*] = "x" }',
        "{ $.a[*] = 1 && $.b[*] = 1 && $.c[*] = 1 && $.d[*] = 1 }",
        "{ $.a = %x% && $.b = %y% && $.c = %z% }",
        "{ $.a = %(x)% }",
        "{ $.level IS NOT NULL }",
        "{ $.level EXISTS }",
    ],
)
def test_what_is_no_json_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("[ip, id, user, time, request, status, bytes]", True),
        ("[ip, id, user, time, request, status = 404, bytes]", True),
        ("[ip, id, user, time, request, status = 4*, bytes]", True),
        ("[ip, id, user, time, request = *TRDW*, status, bytes > 800]", True),
        ("[ip, id, user, time, request = *ACME*, status, bytes]", False),
        ("[ip, id, user, time, request, status = 404 || status = 410, bytes]", True),
        ("[ip, id, user, time, request, status != 404, bytes]", False),
        ("[ip, id, user = ada && user != bob, time, request, status, bytes]", True),
        ("[ip, id, (user = bob || user = ada), ...]", True),
        ("[..., bytes = 812]", True),
        ("[..., status = 404, bytes]", True),
        ("[..., status = 500, bytes]", False),
        ("[ip = 10.*, ..., bytes]", True),
        (r"[ip = %^10\.0\.0\.[0-9]$%, ...]", True),
        ('[ip, id, user, time = "28/Nov/2026*", ...]', True),
        ("[,,,,,,]", True),
        ("[ip, user = ada, ...]", False),
        ("[a, b, c, d, e, f, g, h]", False),  # more names than fields
        ("[ip = 10.0.0.7]", False),  # the only field is the whole line
        ("[ip = 10.0.0.7, rest]", True),  # the last field is all that is left
    ],
)
def test_fields_of_a_line(pattern: str, matches: bool) -> None:
    assert compile_pattern(pattern).matches(ACCESS) is matches


def test_the_first_word_of_lines_of_any_length() -> None:
    lines = ["ERROR 7:00 no price", "WARN 7:01 slow", "INFO ok", "ERROR"]
    assert [compile_pattern("[w1 = ERROR, w2]").matches(line) for line in lines] == [
        True,
        False,
        False,
        False,
    ]
    either = compile_pattern("[w1 = ERROR || w1 = WARN, w2]")
    assert [either.matches(line) for line in lines] == [True, True, False, False]
    neither = compile_pattern("[w1 != ERROR && w1 != WARN, w2]")
    assert [neither.matches(line) for line in lines] == [False, False, True, False]


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user",
        "[ip user]",
        "[ip, ..., user, ...]",
        "[ip, ip]",
        "[ip =]",
        "[ip] x",
        "[status > high]",
        "[(ip]",
    ],
)
def test_what_is_no_list_of_fields_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)


def test_the_values_that_a_pattern_finds() -> None:
    line = compile_pattern("[ip, id, user, time, request, status, bytes]").read(ACCESS)
    assert line is not None
    assert line.values()["$request"] == "GET /price/TRDW HTTP/1.1"
    assert line.values()["$time"] == "28/Nov/2026:07:00:00 +0000"
    assert line.value("$bytes") == "812"
    assert line.value("$nothing") is None
    rest = compile_pattern("[ip, rest]").read(ACCESS)
    assert rest is not None
    assert rest.value("$rest") == ACCESS.partition(" ")[2]
    order = compile_pattern('{ $.level = "ERROR" && $.status = 404 }').read(ORDER)
    assert order is not None
    assert order.values() == {"$.level": "ERROR", "$.status": "404"}
    assert order.value("$.lines[1].shares") == "500"  # also what the pattern itself does not name
    assert order.value("$.user") is None


def test_kinds() -> None:
    patterns = {"": "everything", "a b": "terms", "[a]": "delimited", '{ $.a = "b" }': "json"}
    assert {text: compile_pattern(text).kind for text in patterns} == patterns
    assert [kind.value for kind in PatternKind] == ["everything", "terms", "delimited", "json"]


def test_a_deep_message_is_no_trouble() -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert not compile_pattern("{ $.b = 1 }").matches(deep)
