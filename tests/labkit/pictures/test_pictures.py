"""Every picture: well-formed, accessible, safe, and the same facts in the drawing and in its text twin."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import pytest

from labkit.pictures import Picture, bill, function_box, kit_map, life_lines, versions

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

VERSIONS = [
    {"Version": number, "Runtime": "python3.13", "MemorySize": 128, "CodeSha256": "h7sdfgkj"}
    for number in ("1", "$LATEST", "2")
]
ALIASES = [
    {"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}},
    {"Name": "beta", "FunctionVersion": "2"},
]
PICTURES: dict[str, Callable[[], Picture]] = {
    "kit_map": kit_map,
    "function_box": lambda: function_box(CONFIGURATION),
    "function_box, bare": lambda: function_box({"FunctionName": "f"}),
    "function_box, nasty": lambda: function_box({**CONFIGURATION, "FunctionName": NASTY, "Handler": NASTY}),
    "life_lines": lambda: life_lines(ENVIRONMENTS),
    "life_lines, one function": lambda: life_lines(ENVIRONMENTS, "counter"),
    "life_lines, none": lambda: life_lines([]),
    "life_lines, nasty": lambda: life_lines([{**ENVIRONMENTS[0], "function": NASTY}], NASTY),
    "versions": lambda: versions("pricer", VERSIONS, ALIASES),
    "versions, none published": lambda: versions("pricer", VERSIONS[1:2], []),
    "versions, nasty": lambda: versions(NASTY, VERSIONS, [{**ALIASES[0], "Name": NASTY}]),
    "bill": lambda: bill(BILL),
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
    assert "Environment 2 (counter, version 1): call (timeout) at +30 min for 3.0 s" in text
    assert "idle at +30 min 3 s still going on" in text
    assert "shut down at +10 min\n" in text
    assert "other" not in text


def test_a_cold_start_that_failed_says_so() -> None:
    environment = {**ENVIRONMENTS[0], "spans": [_span("init", 0, 0.5, "error")]}
    assert "cold start (error) at +0 ms for 500 ms" in life_lines([environment]).text


def test_life_lines_of_nothing_say_so() -> None:
    assert "nothing was called" in life_lines(ENVIRONMENTS, "unknown").text


def test_a_long_history_is_cut_and_says_so() -> None:
    spans = [_span("invoke", n, n + 0.5) for n in range(60)]
    picture = life_lines([{**ENVIRONMENTS[0], "spans": spans}])
    assert "72 earlier moments are not drawn" in picture.text
    assert facts_drawn(picture.svg) == facts_written(picture.text)


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
