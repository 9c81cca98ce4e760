"""Logs Insights: each command on events of our own, and what AWS's user guide says of it."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from offline_cloud.engines.logs.query import compile_query
from offline_cloud.engines.logs.query_errors import MalformedQuery, UnsupportedCommand
from offline_cloud.engines.logs.query_values import order_key
from offline_cloud.engines.logs.records import LogRecord

START = 1_795_849_200_000  # 2026-11-28 07:00:00.000
REQUEST = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
REPORT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 95.50 ms\tBilled Duration: 96 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 40 MB\tInit Duration: 20.25 ms\t\n"
)
ORDERS = [
    {"level": "INFO", "symbol": "TRDW", "shares": 5, "who": {"name": "ada"}, "tags": ["a", "b"]},
    {"level": "INFO", "symbol": "ACME", "shares": 100, "who": {"name": "bob"}, "tags": []},
    {"level": "ERROR", "symbol": "TRDW", "shares": 9, "reason": "no price"},
    {"level": "INFO", "symbol": "ZORG", "shares": 30, "who": {"name": "ada"}, "paid": True},
    {"level": "ERROR", "symbol": "ACME", "shares": 20, "reason": "no money"},
]
PRICES = [
    f"price of {symbol} took {ms} ms"
    for symbol, ms in (("TRDW", 95), ("ACME", 410), ("TRDW", 9), ("ACME", 380))
]


def run(
    query: str, messages: Iterable[object] = ORDERS, *, apart: int = 60_000, limit: int | None = None
) -> list[dict[str, str]]:
    """The rows of a query over messages that came `apart` milliseconds after one another, without @ptr."""
    texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    records = [
        LogRecord(START + at * apart, START + at * apart + 5, text, f"s{at % 2}", at)
        for at, text in enumerate(texts)
    ]
    result = compile_query(query, START).run([("123456789012:/aws/lambda/orders", records)], limit)
    return [{name: value for name, value in row if name != "@ptr"} for row in result.rows]


def values(query: str, messages: Iterable[object] = ORDERS) -> list[str]:
    """The only column of a query, row by row."""
    return [next(iter(row.values()), "") for row in run(query, messages)]


def test_the_newest_comes_first_with_time_and_message() -> None:
    rows = run("filter shares > 0")
    assert list(rows[0]) == ["@timestamp", "@message"]
    assert rows[0]["@timestamp"] == "2026-11-28 07:04:00.000"
    assert json.loads(rows[-1]["@message"])["symbol"] == "TRDW"


def test_fields_shows_what_there_is() -> None:
    rows = run("fields symbol, who.name, tags.1, reason, @logStream, @log | sort @timestamp asc")
    assert rows[0] == {
        "symbol": "TRDW",
        "who.name": "ada",
        "tags.1": "b",
        "@logStream": "s0",
        "@log": "123456789012:/aws/lambda/orders",
    }
    assert rows[2] == {
        "symbol": "TRDW",
        "reason": "no price",
        "@logStream": "s0",
        "@log": "123456789012:/aws/lambda/orders",
    }


def test_each_event_has_a_pointer_and_a_group_of_them_none() -> None:
    record = LogRecord(START, START, "x", "s", 1)
    groups = [("1:g", [record])]
    assert [name for name, _ in compile_query("fields @message", START).run(groups).rows[0]] == [
        "@message",
        "@ptr",
    ]
    assert [name for name, _ in compile_query("stats count(*)", START).run(groups).rows[0]] == ["count(*)"]


def test_what_was_read_is_counted() -> None:
    records = [LogRecord(START + at, START, text, "s", at) for at, text in enumerate(["a", "bb", "cc"])]
    result = compile_query('filter @message like "c" | limit 1', START).run([("1:g", records)])
    assert (result.scanned, result.matched, result.bytes_scanned) == (3, 1, 5)


@pytest.mark.parametrize(
    ("condition", "symbols"),
    [
        ("shares > 20", "ACME ZORG"),
        ("shares >= 20 and level = 'INFO'", "ACME ZORG"),
        ('level = "ERROR" or shares = 5', "TRDW TRDW ACME"),
        ("level != 'INFO'", "TRDW ACME"),
        ("not level = 'INFO'", "TRDW ACME"),
        ("not (level = 'INFO' or shares < 15)", "ACME"),
        ("shares between 1", None),
        ("symbol in ['ACME', 'ZORG']", "ACME ZORG ACME"),
        ("symbol not in ['ACME', 'ZORG']", "TRDW TRDW"),
        ("shares in [5, 9]", "TRDW TRDW"),
        ("symbol like /^[TZ]/", "TRDW TRDW ZORG"),
        ("symbol like 'CM'", "ACME ACME"),
        ("symbol not like /C/", "TRDW TRDW ZORG"),
        ("symbol =~ /(?i)acme/", "ACME ACME"),
        ("@message like /no (price|money)/", "TRDW ACME"),
        ("ispresent(reason)", "TRDW ACME"),
        ("not ispresent(who.name)", "TRDW ACME"),
        ("who.name = 'ada'", "TRDW ZORG"),
        ("reason != 'no price'", "ACME"),  # of what is missing nothing holds
        ("paid = 1", "ZORG"),
        ("shares + 1 > 30 and shares / 2 < 40", "ZORG"),
        ("shares % 2 = 1", "TRDW TRDW"),
        ("strlen(symbol) = 4 and shares ^ 2 > 500 and shares < 50", "ZORG"),
        ("strcontains(reason, 'money')", "ACME"),
        ("@logStream = 's1'", "ACME ZORG"),
    ],
)
def test_filter(condition: str, symbols: str | None) -> None:
    query = f"filter {condition} | sort @timestamp asc | display symbol"
    if symbols is None:
        with pytest.raises(MalformedQuery):
            compile_query(query, START)
    else:
        assert " ".join(values(query)) == symbols


def test_parse_with_stars() -> None:
    query = 'parse @message "price of * took * ms" as symbol, ms | sort @timestamp asc | display symbol, ms'
    rows = run(query, [*PRICES, "something else"])
    assert rows == [
        {"symbol": "TRDW", "ms": "95"},
        {"symbol": "ACME", "ms": "410"},
        {"symbol": "TRDW", "ms": "9"},
        {"symbol": "ACME", "ms": "380"},
        {},
    ]


def test_parse_of_another_field_and_with_an_expression() -> None:
    assert run("filter ispresent(reason) | parse reason 'no *' as lack | sort lack | display lack") == [
        {"lack": "money"},
        {"lack": "price"},
    ]
    query = (
        r"parse @message /price of (?<symbol>\w+) took (?<ms>\d+)/"
        " | filter ms > 100 | sort ms | display symbol, ms"
    )
    assert run(query, PRICES) == [{"symbol": "ACME", "ms": "380"}, {"symbol": "ACME", "ms": "410"}]
    assert values(r"parse @message /took (\d+)/ as ms | sort ms | limit 1 | display ms", PRICES) == ["9"]


@pytest.mark.parametrize(
    "query",
    [
        'parse @message "no star" as a',
        'parse @message "* and *" as a',
        "parse @message /no group/",
        'parse @message "*"',
    ],
)
def test_parse_that_extracts_nothing_is_refused(query: str) -> None:
    with pytest.raises(MalformedQuery):
        compile_query(query, START)


def test_stats_by_a_field_makes_one_row_of_each() -> None:
    query = (
        "stats count(*) as n, sum(shares) as total, avg(shares) as mean, min(shares), max(shares) by symbol"
        " | sort symbol"
    )
    assert run(query) == [
        {"symbol": "ACME", "n": "2", "total": "120", "mean": "60", "min(shares)": "20", "max(shares)": "100"},
        {"symbol": "TRDW", "n": "2", "total": "14", "mean": "7", "min(shares)": "5", "max(shares)": "9"},
        {"symbol": "ZORG", "n": "1", "total": "30", "mean": "30", "min(shares)": "30", "max(shares)": "30"},
    ]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("count(*)", "5"),
        ("count()", "5"),
        ("count(reason)", "2"),
        ("count_distinct(symbol)", "3"),
        ("avg(shares)", "32.8"),
        ("sum(shares) / count(*)", "32.8"),
        ("pct(shares, 50)", "20"),
        ("pct(shares, 99)", "100"),
        ("percentile(shares, 20)", "5"),
        ("median(shares)", "20"),
        ("stddev(shares)", "38.8162"),
        ("min(symbol)", "ACME"),
        ("max(symbol)", "ZORG"),
        ("earliest(symbol)", "TRDW"),
        ("latest(symbol)", "ACME"),
        ("sortsFirst(symbol)", "ACME"),
        ("sortsLast(symbol)", "ZORG"),
        ("max(shares) - min(shares)", "95"),
        ("sum(reason)", ""),
    ],
)
def test_aggregations(aggregation: str, expected: str) -> None:
    assert values(f"stats {aggregation}") == [expected]


def test_bins_of_time_the_newest_first() -> None:
    rows = run("stats count(*) as n by bin(2m)")
    assert rows == [
        {"bin(2m)": "2026-11-28 07:04:00.000", "n": "1"},
        {"bin(2m)": "2026-11-28 07:02:00.000", "n": "2"},
        {"bin(2m)": "2026-11-28 07:00:00.000", "n": "2"},
    ]
    by_both = run("stats sum(shares) as total by bin(1h) as hour, level | sort level")
    assert by_both == [
        {"hour": "2026-11-28 07:00:00.000", "level": "ERROR", "total": "29"},
        {"hour": "2026-11-28 07:00:00.000", "level": "INFO", "total": "135"},
    ]


def test_stats_of_stats() -> None:
    query = "stats sum(shares) as total by symbol | stats max(total) as most, count(*) as symbols"
    assert run(query) == [{"most": "120", "symbols": "3"}]
    with pytest.raises(MalformedQuery, match="at most 2 stats"):
        compile_query("stats count(*) as a | stats max(a) as b | stats max(b)", START)


def test_behind_stats_only_its_names_are_known() -> None:
    assert run("stats count(*) as n by symbol | filter n > 1 | sort symbol | display symbol") == [
        {"symbol": "ACME"},
        {"symbol": "TRDW"},
    ]
    with pytest.raises(MalformedQuery, match="Unknown symbols found in or after stats: shares"):
        compile_query("stats count(*) as n by symbol | sort shares", START)


def test_an_empty_log_has_no_rows() -> None:
    assert run("stats count(*) by symbol", []) == []
    assert run("filter shares > 1000 | stats avg(shares) by symbol") == []


def test_sort_knows_numbers() -> None:
    query = 'parse @message "took * ms" as ms | sort ms {} | display ms'
    assert values(query.format("desc"), PRICES) == ["410", "380", "95", "9"]
    assert values(query.format(""), PRICES) == ["9", "95", "380", "410"]
    assert values("sort symbol asc, shares desc | display shares") == ["100", "20", "9", "5", "30"]


def test_natural_order_of_texts() -> None:
    in_order: list[str | None] = [
        None,
        "#",
        "0#",
        "5A",
        "111A",
        "@",
        "A",
        "a2",
        "a01",
        "b",
        "-3",
        "0",
        "2.5",
        "10",
    ]
    for turn in range(len(in_order)):
        assert sorted(in_order[turn:] + in_order[:turn], key=order_key) == in_order


def test_limits() -> None:
    assert len(run("fields symbol | limit 2")) == 2
    assert len(run("fields symbol", limit=3)) == 3
    many = [str(number) for number in range(10_050)]
    assert len(run("fields @message", many, apart=1)) == 10_000
    assert len(run("fields @message | limit 10040", many, apart=1)) == 10_040
    with pytest.raises(MalformedQuery):
        compile_query("limit 0", START)


def test_dedup_keeps_the_first_of_each() -> None:
    assert values("fields symbol | dedup symbol") == ["ACME", "ZORG", "TRDW"]
    assert values("sort shares asc | dedup symbol | display shares") == ["5", "20", "30"]
    assert len(run("fields reason | dedup reason")) == 5  # what has no reason stays


def test_display_has_the_last_word() -> None:
    assert run("fields symbol, shares | filter shares = 5 | display shares") == [{"shares": "5"}]
    assert run("fields symbol | display shares | filter shares = 5 | display symbol, shares") == [
        {"symbol": "TRDW", "shares": "5"}
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("shares * 2 + 1", "11"),
        ("shares - 10", "-5"),
        ("-shares", "-5"),
        ("shares / 2", "2.5"),
        ("shares / 0", ""),
        ("2 ^ 3 ^ 2", "512"),
        ("(1 + 2) * 3", "9"),
        ("abs(-5)", "5"),
        ("ceil(2.1)", "3"),
        ("floor(2.9)", "2"),
        ("greatest(1, shares, 3)", "5"),
        ("least(1, shares)", "1"),
        ("sqrt(16)", "4"),
        ("strlen(symbol)", "4"),
        ("toupper('ab')", "AB"),
        ("tolower(symbol)", "trdw"),
        ("concat(symbol, '-', shares)", "TRDW-5"),
        ("substr(symbol, 1, 2)", "RD"),
        ("substr(symbol, 2)", "DW"),
        ("replace(symbol, 'TR', 'X')", "XDW"),
        ("trim('  a ')", "a"),
        ("ltrim('xxa', 'x')", "a"),
        ("coalesce(nothing, reason, symbol)", "TRDW"),
        ("ispresent(reason)", "0"),
        ("isempty(reason)", "1"),
        ("isblank('  ')", "1"),
        ("strcontains(symbol, 'RD')", "1"),
        ("isValidIp('10.0.0.1')", "1"),
        ("isIpv4InSubnet('10.0.0.1', '10.0.0.0/24')", "1"),
        ("datefloor(@timestamp, 1h)", "2026-11-28 07:00:00.000"),
        ("dateceil(@timestamp, 1d)", "2026-11-29 00:00:00.000"),
        ("toMillis(@timestamp)", str(START)),
        ("fromMillis(0)", "1970-01-01 00:00:00.000"),
    ],
)
def test_functions(expression: str, expected: str) -> None:
    assert values(f"fields {expression} as it | display it", ORDERS[:1]) == [expected]


def test_lambda_lines_have_fields_of_their_own() -> None:
    messages = [
        f"START RequestId: {REQUEST} Version: $LATEST\n",
        "hello\n",
        f"END RequestId: {REQUEST}\n",
        REPORT,
    ]
    query = (
        "filter @type = 'REPORT' | fields @requestId, @duration, @billedDuration,"
        " @memorySize / 1000 / 1000 as mb, @maxMemoryUsed, @initDuration"
    )
    assert run(query, messages) == [
        {
            "@requestId": REQUEST,
            "@duration": "95.5",
            "@billedDuration": "96.0",
            "mb": "128",
            "@maxMemoryUsed": "4.0E7",
            "@initDuration": "20.25",
        }
    ]
    assert run("stats count(*) as n by @type | sort n desc, @type | limit 2", messages)[0]["n"] == "1"
    assert run("stats avg(@duration), max(@duration)", messages) == [
        {"avg(@duration)": "95.5", "max(@duration)": "95.5"}
    ]


def test_a_line_of_json_behind_other_words() -> None:
    assert values("fields symbol", ['[INFO] 2026-11-28T07:00:00.000Z {"symbol": "TRDW"} done']) == ["TRDW"]


def test_spelling() -> None:
    query = (
        "FILTER level = 'ERROR'\n| STATS count(*) AS n BY symbol # by symbol\n| SORT n DESC, symbol | LIMIT 1"
    )
    assert run(query) == [{"symbol": "ACME", "n": "1"}]
    assert values("fields `who`.`name` as owner | filter owner = 'bob' | display owner") == ["bob"]
    assert run("| fields symbol | head 1") == [{"symbol": "ACME"}]
    assert values("fields symbol | tail 1") == ["TRDW"]


def test_unnest_makes_a_row_of_each_item() -> None:
    assert values("fields jsonParse(@message) as all | unnest all.tags into tag | display tag") == ["a", "b"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "symbol",
        "fields",
        "fields symbol |",
        "fields symbol shares",
        "filter",
        "filter level = ",
        "filter level = 'ERROR",
        "filter level like ERROR",
        "filter @message like /(/",
        "stats by symbol",
        "stats count(*",
        "stats nosuch(shares)",
        "stats sum(*)",
        "stats pct(shares)",
        "stats pct(shares, 101)",
        "stats count(*) by bin(5)",
        "fields sum(shares)",
        "fields nosuch(shares)",
        "fields strlen()",
        "sort",
        "limit two",
        "limit -1",
        "dedup",
        "fields " + "(" * 200 + "1" + ")" * 200,
        "fields " + "a, " * 4_000 + "b",
    ],
)
def test_what_is_no_query_is_refused(query: str) -> None:
    with pytest.raises(MalformedQuery):
        compile_query(query, START)


def test_the_place_of_what_is_wrong() -> None:
    with pytest.raises(MalformedQuery) as caught:
        compile_query("fields symbol | wher shares > 1", START)
    assert (caught.value.start, caught.value.end) == (16, 20)
    assert "line 1 and position 17" in caught.value.message


@pytest.mark.parametrize("command", ["pattern @message", "diff", "anomaly"])
def test_what_only_aws_has_is_said(command: str) -> None:
    with pytest.raises(UnsupportedCommand):
        compile_query(f"fields @message | {command}", START)
