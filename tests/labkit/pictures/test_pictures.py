"""Every picture: well-formed, accessible, safe, and the same facts in the drawing and in its text twin."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import pytest

from labkit.pictures import (
    Picture,
    bill,
    event_story,
    function_box,
    kit_map,
    life_lines,
    versions,
    ways_to_call,
)

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(1)</script>\"'&\x00\x1b[31m"
T = 1_780_000_000.0

CONFIGURATION = {
    "FunctionName": "price-checker",
    "Version": "$LATEST",
    "Handler": "price_checker.lambda_handler",
    "CodeSize": 312,
    "CodeSha256": "h7sdfgkjhsdfgkjhsdf==",
    "Runtime": "python3.13",
    "MemorySize": 128,
    "Timeout": 3,
    "EphemeralStorage": {"Size": 512},
    "Role": "arn:aws:iam::123456789012:role/service/labkit",
    "Environment": {"Variables": {"PRICES": "top secret", "MODE": "x"}},
}
BILL = {
    "currency": "USD",
    "as_of": "2026-11-01",
    "total": 0.00500685,
    "lines": [
        {
            "service": "s3",
            "usage": "PUT requests",
            "quantity": 1000,
            "unit": "request",
            "price": 0.005,
            "per": 1000,
            "cost": 0.005,
        },
        {
            "service": "lambda",
            "usage": "requests",
            "quantity": 3,
            "unit": "request",
            "price": 2e-07,
            "cost": 6e-07,
        },
    ],
}


def _span(kind: str, start: float, end: float | None, status: str = "ok") -> dict[str, object]:
    return {
        "kind": kind,
        "start": T + start,
        "end": None if end is None else T + end,
        "request_id": "r",
        "status": status,
    }


FULL_BILL = {
    **BILL,
    "free_tier": True,
    "lines": [
        {**BILL["lines"][0], "free": 0.0},  # type: ignore[index, dict-item]
        {
            "service": "AWS Lambda",
            "usage": "Duration, INIT included",
            "quantity": 6e9 + 5e5,
            "unit": "GB-seconds",
            "price": 0.0000166667,
            "per": 1,
            "free": 400_000.0,
            "cost": 99_900.0,
        },
        {**BILL["lines"][1], "quantity": 3.0, "free": 3.0, "cost": 0.0},  # type: ignore[index, dict-item]
    ],
    "functions": [
        {"function": "report", "cost": 0.5, "lines": []},
        {"function": "price", "cost": 2.0, "lines": []},
    ],
    "total": 99_900.005,
}


ENVIRONMENTS = [
    {
        "id": "a",
        "function": "counter",
        "version": "$LATEST",
        "state": "shutdown",
        "max_memory_mb": 40,
        "spans": [
            _span("init", 0, 0.012),
            _span("invoke", 0.012, 0.02),
            _span("idle", 0.02, 600.02),
            _span("shutdown", 600.02, None),
        ],
    },
    {
        "id": "b",
        "function": "counter",
        "version": "1",
        "state": "idle",
        "max_memory_mb": 40,
        "spans": [
            _span("init", 1800, 1800.012),
            _span("invoke", 1800.012, 1803.012, "timeout"),
            _span("idle", 1803.012, None),
        ],
    },
    {
        "id": "c",
        "function": "other",
        "version": "$LATEST",
        "state": "busy",
        "max_memory_mb": 40,
        "spans": [_span("invoke", 1801, None)],
    },
]


def _burst(count: int) -> list[dict[str, object]]:
    """So many environments, one call each, begun 10 ms apart; number 51 fails; gone after ten minutes."""
    return [
        {
            "id": f"e{n}",
            "function": "burst",
            "version": "1",
            "state": "shutdown",
            "type": "on-demand",
            "spans": [
                _span("init", n / 100, n / 100 + 0.2),
                _span("invoke", n / 100 + 0.2, n / 100 + 2.2, "error" if n == 50 else "ok"),
                _span("idle", n / 100 + 2.2, n / 100 + 602.2),
                _span("shutdown", n / 100 + 602.2, None),
            ],
        }
        for n in range(count)
    ]


VERSIONS = [
    {"Version": number, "Runtime": "python3.13", "MemorySize": 128, "CodeSha256": "h7sdfgkj"}
    for number in ("1", "$LATEST", "2")
]
ALIASES = [
    {"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}},
    {"Name": "beta", "FunctionVersion": "2"},
]
QUEUE, TOPIC = "arn:aws:sqs:us-east-1:123456789012:failures", "arn:aws:sns:us-east-1:123456789012:alerts"
STORY = {
    "request_id": "0f3a6c1e-1111-2222-3333-444444444444",
    "function": "book-order",
    "received": T,
    "attempts": [
        {"started": T, "ended": T + 0.25, "outcome": "error", "error": "PriceFeedDown"},
        {"started": T + 60.25, "ended": T + 60.5, "outcome": "throttled"},
        {"started": T + 61.5, "ended": T + 64.5, "outcome": "error", "error": "Sandbox.Timedout"},
    ],
    "outcome": "RetriesExhausted",
    "delivered": [
        {"what": "record", "to": QUEUE, "when": T + 64.5},
        {"what": "event", "to": TOPIC, "when": T + 64.5, "error": "Topic does not exist"},
    ],
}
PICTURES: dict[str, Callable[[], Picture]] = {
    "kit_map": kit_map,
    "ways_to_call": ways_to_call,
    "function_box": lambda: function_box(CONFIGURATION),
    "function_box, bare": lambda: function_box({"FunctionName": "f"}),
    "function_box, nasty": lambda: function_box({**CONFIGURATION, "FunctionName": NASTY, "Handler": NASTY}),
    "life_lines": lambda: life_lines(ENVIRONMENTS),
    "life_lines, one function": lambda: life_lines(ENVIRONMENTS, "counter"),
    "life_lines, a burst": lambda: life_lines(_burst(200), throttles=[{"when": T, "function": NASTY}]),
    "life_lines, none": lambda: life_lines([]),
    "life_lines, nasty": lambda: life_lines([{**ENVIRONMENTS[0], "function": NASTY}], NASTY),
    "versions": lambda: versions("pricer", VERSIONS, ALIASES),
    "versions, none published": lambda: versions("pricer", VERSIONS[1:2], []),
    "versions, nasty": lambda: versions(NASTY, VERSIONS, [{**ALIASES[0], "Name": NASTY}]),
    "event_story": lambda: event_story(STORY),
    "event_story, just sent": lambda: event_story(
        {**STORY, "attempts": [], "delivered": [], "outcome": None},
    ),
    "event_story, nasty": lambda: event_story({**STORY, "function": NASTY, "outcome": NASTY}),
    "event_story, refused often": lambda: event_story({**STORY, "attempts": STORY["attempts"] * 30}),  # type: ignore[operator]
    "bill": lambda: bill(BILL),
    "bill, everything": lambda: bill(FULL_BILL),
    "bill, empty": lambda: bill({"currency": "USD", "as_of": "2026-11-01", "lines": [], "total": 0}),
    "bill, nasty": lambda: bill({**BILL, "lines": [{**BILL["lines"][0], "usage": NASTY}]}),  # type: ignore[index]
}


@pytest.fixture(params=PICTURES, ids=list(PICTURES))
def picture(request: pytest.FixtureRequest) -> Picture:
    return PICTURES[request.param]()


def facts_drawn(svg: str) -> list[str]:
    root = ET.fromstring(svg)
    return [
        group.findtext(f"{SVG}title") or "" for group in root.iter(f"{SVG}g") if group.get("class") == "fact"
    ]


def facts_written(text: str) -> list[str]:
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]


def test_the_drawing_and_the_text_twin_state_the_same_facts(picture: Picture) -> None:
    assert facts_drawn(picture.svg) == [fact.replace("\x00", "\ufffd") for fact in drawable(picture.text)]


def drawable(text: str) -> Iterator[str]:
    """The text twin keeps every character; XML can't hold control characters."""
    return (re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", fact) for fact in facts_written(text))


def test_each_fact_shows_something(picture: Picture) -> None:
    root = ET.fromstring(picture.svg)
    for group in root.iter(f"{SVG}g"):
        assert [child for child in group if child.tag != f"{SVG}title"], ET.tostring(group)


def test_a_screen_reader_gets_a_title_and_a_description(picture: Picture) -> None:
    root = ET.fromstring(picture.svg)
    assert root.get("role") == "img"
    names = (root.get("aria-labelledby") or "").split()
    texts = {element.get("id"): element.text for element in root.iter() if element.get("id") in names}
    assert len(texts) == 2
    assert all(texts.values())
    assert picture.text.splitlines()[0]


def test_ink_follows_the_theme(picture: Picture) -> None:
    root = ET.fromstring(picture.svg)
    for element in root.iter(f"{SVG}text"):
        assert element.get("fill") == "currentColor"
    for element in root.iter(f"{SVG}rect"):
        fill = element.get("fill") or ""
        assert fill.startswith("url(") or float(element.get("fill-opacity") or 1) <= 0.5


def test_nothing_runs_and_nothing_is_fetched(picture: Picture) -> None:
    root = ET.fromstring(picture.svg)
    assert not list(root.iter(f"{SVG}script"))
    assert "<script" not in picture._repr_html_()
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name.endswith("href")]
    assert "http" not in picture.svg.replace("http://www.w3.org/2000/svg", "")


def test_two_pictures_on_a_page_do_not_share_ids(picture: Picture) -> None:
    other = kit_map() if picture.title != "Kit map" else bill(BILL)
    ids = set(re.findall(r' id="([^"]+)"', picture.svg))
    assert ids
    assert not ids & set(re.findall(r' id="([^"]+)"', other.svg))


def test_the_same_data_gives_the_same_bytes() -> None:
    for make in PICTURES.values():
        assert make() == make()


def test_what_is_drawn_lies_inside_the_frame(picture: Picture) -> None:
    root = ET.fromstring(picture.svg)
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x") or 0) + float(rect.get("width") or 0) <= width + 1
        assert float(rect.get("y") or 0) + float(rect.get("height") or 0) <= height + 1


def test_a_file_of_its_own_knows_light_and_dark() -> None:
    standalone = kit_map().standalone
    ET.fromstring(standalone)
    assert "prefers-color-scheme:dark" in standalone


def test_rich_and_plain_display() -> None:
    bundle = kit_map()._repr_mimebundle_()
    assert "<svg" in bundle["text/html"]
    assert bundle["text/plain"] == str(kit_map()) == kit_map().text


def test_function_box_never_shows_the_value_of_a_variable() -> None:
    drawn = function_box(CONFIGURATION)
    assert "PRICES" in drawn.text
    assert "top secret" not in drawn.text + drawn.svg


def test_life_lines_tell_cold_starts_calls_and_how_they_ended() -> None:
    text = life_lines(ENVIRONMENTS, "counter").text
    assert "2 environments, 2 cold starts, 2 calls." in text
    assert "Environment 1 (counter, version $LATEST): idle at +20 ms for 10 min" in text
    assert "Environment 2 (counter, version 1): call (timeout) at +30 min for 3 s" in text
    assert "idle at +30 min 3 s still going on" in text
    assert "shut down at +10 min\n" in text
    assert "other" not in text


def test_a_cold_start_that_failed_says_so() -> None:
    environment = {**ENVIRONMENTS[0], "spans": [_span("init", 0, 0.5, "error")]}
    assert "cold start (error) at +0 ms for 500 ms" in life_lines([environment]).text


def test_life_lines_of_nothing_say_so() -> None:
    assert "nothing was called" in life_lines(ENVIRONMENTS, "unknown").text


def test_of_a_long_history_the_beginning_is_told_together() -> None:
    spans = [_span("invoke", n, n + 0.5, "error" if n == 3 else "ok") for n in range(60)]
    picture = life_lines([{**ENVIRONMENTS[0], "spans": spans}])
    assert "36 earlier calls, 1 of them failed, from +0 ms to +35.5 s" in picture.text
    assert facts_drawn(picture.svg) == facts_written(picture.text)
    assert len(facts_written(picture.text)) == 25


def test_many_environments_are_folded_but_for_the_first_and_those_with_trouble() -> None:
    picture = life_lines(_burst(200))
    facts = facts_written(picture.text)
    assert len(facts) < 40
    assert facts_drawn(picture.svg) == facts
    assert "Environment 51 (burst, version 1): call (error) at +700 ms for 2 s" in facts
    assert (
        "193 more environments of burst: 193 cold starts from +60 ms to +2 s, "
        "193 calls from +260 ms to +2.2 s; now 193 shutdown" in facts
    )
    assert "At most 200 environments alive at once, at +2 s" in facts
    assert "At most 200 environments working at once, at +2.2 s" in facts
    assert len(picture.svg) < 400_000


def test_a_folded_band_of_busy_environments_stays_small() -> None:
    lives = [
        {**one, "spans": [_span("invoke", n / 10, n / 10 + 0.05) for n in range(1000)]} for one in _burst(300)
    ]
    assert len(life_lines(lives).svg) < 3_000_000


def test_refused_calls_provisioned_and_restored_environments_are_told() -> None:
    provisioned = {**_burst(1)[0], "type": "provisioned-concurrency"}
    restored = {**_burst(1)[0], "type": "snap-start", "spans": [_span("restore", 1, 1.1)]}
    throttles = [
        {"when": T + n, "function": "burst", "version": "1", "reason": "CallerRateLimitExceeded"}
        for n in (1, 2, 3)
    ]
    text = life_lines([provisioned, restored], "burst", throttles).text
    assert "2 environments, 1 cold start, 1 restored snapshot, 1 call, 3 calls refused." in text
    assert "3 calls of burst were refused (CallerRateLimitExceeded) from +1 s to +3 s" in text
    assert "Environment 1 (burst, version 1, provisioned): initialised ahead of calls at +0 ms" in text
    assert "Environment 2 (burst, version 1, SnapStart): restored from a snapshot at +1 s for 100 ms" in text


def test_versions_tell_the_shares_of_an_alias() -> None:
    text = versions("pricer", VERSIONS, ALIASES).text
    assert "- A call to pricer goes 100% to $LATEST" in text
    assert "- A call to pricer:live goes 90% to 1, 10% to 2" in text
    assert "- Version 1: frozen, code h7sdfgkj, python3.13, 128 MB" in text


def test_bill_writes_small_sums_without_exponent() -> None:
    text = bill(BILL).text
    assert "lambda: requests: 3 request, USD 0.0000002 for 1 = USD 0.0000006" in text
    assert "s3: PUT requests: 1,000 request, USD 0.005 for 1,000 = USD 0.005" in text
    assert "Total: USD 0.00500685" in text


def test_bill_says_what_it_does_not_count() -> None:
    assert "Not counted: data transfer." in bill({**BILL, "not_metered": ["data transfer"]}).text


def test_bill_tells_shares_free_amounts_tiers_and_functions() -> None:
    drawn = bill(FULL_BILL)
    assert "- AWS Lambda: USD 99900, 100% of the total" in drawn.text
    assert (
        "- AWS Lambda: Duration, INIT included: 6,000,500,000 GB-seconds, 400,000 of them free, "
        "USD 0.0000166667 for 1, less in the cheaper tiers = USD 99900" in drawn.text
    )
    assert "- lambda: requests: 3 request, all of them free, USD 0.0000002 for 1 = USD 0" in drawn.text
    assert drawn.text.index("Function price: USD 2") < drawn.text.index("Function report: USD 0.5")
    assert "free amounts taken off" in drawn.text


def test_bill_has_a_table_and_its_figures_for_programs() -> None:
    drawn = bill(FULL_BILL)
    table = ET.fromstring(re.search("<table.*</table>", drawn._repr_html_())[0])  # type: ignore[index]
    rows = [[cell.text or "" for cell in row] for row in table.iter("tr")]
    assert rows[0] == ["Service", "Usage", "Quantity", "Price", "Free", "Cost"]
    assert rows[2][2:] == ["6,000,500,000 GB-seconds", "0.0000166667 for 1", "400,000", "99900"]
    assert drawn.total == 99_900.005
    assert [line["unit"] for line in drawn.lines] == ["request", "GB-seconds", "request"]
    assert [one["function"] for one in drawn.functions] == ["report", "price"]
    assert NASTY not in bill({**BILL, "lines": [{**BILL["lines"][0], "usage": NASTY}]})._repr_html_()  # type: ignore[index]


def test_an_event_is_told_from_its_arrival_to_its_end() -> None:
    assert facts_written(event_story(STORY).text) == [
        "At +0 ms the event is accepted (202)",
        "Attempt 1 at +0 ms fails (PriceFeedDown) after 250 ms",
        "It waits 1 min in the queue",
        "Attempt 2 at +1 min is refused (429)",
        "It waits 1 s in the queue",
        "Attempt 3 at +1 min 2 s fails (Sandbox.Timedout) after 3 s",
        "At +1 min 4 s record of the invocation goes to SQS failures",
        "At +1 min 4 s the event itself goes to SNS alerts, which fails: Topic does not exist",
        "End after 1 min 4 s: RetriesExhausted, no retry is left",
    ]


def test_an_event_on_its_way_says_how_to_see_more() -> None:
    text = event_story({**STORY, "outcome": None, "delivered": []}).text
    assert "It is still on its way: move the clock" in text


def test_of_many_attempts_the_first_and_the_last_are_drawn() -> None:
    text = event_story({**STORY, "attempts": STORY["attempts"] * 30}).text  # type: ignore[operator]
    assert re.search(r"81 more attempts in .*, 27 of them refused \(429\)", text)
    assert "Attempt 90 " in text
