"""Graph, steps and Gantt: true to a history, readable at every size, safe, and the same in their text."""

import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.pictures import Picture, gantt, machine, steps
from labkit.pictures.execution_story import read_story

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(1)</script>\"'&\x00\x1b[31m"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:"
Recording = tuple[list[dict[str, Any]], dict[str, Any]]
ANY = ["States.ALL"]

STOCK: dict[str, Any] = {
    "StartAt": "FetchPrice",
    "States": {
        "FetchPrice": {
            "Type": "Task",
            "Resource": FUNCTION + "stock-price",
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ANY, "Next": "Apologise"}],
            "Next": "BuyOrSell",
        },
        "BuyOrSell": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.price", "NumericGreaterThan": 100, "Next": "Sell"},
                {"Variable": "$.price", "NumericLessThanEquals": 50, "Next": "Buy"},
            ],
            "Default": "WaitADay",
        },
        "WaitADay": {"Type": "Wait", "Seconds": 86400, "Next": "FetchPrice"},
        "Sell": {
            "Type": "Task",
            "Resource": FUNCTION + "sell",
            "Catch": [{"ErrorEquals": ANY, "Next": "Apologise"}],
            "End": True,
        },
        "Buy": {"Type": "Task", "Resource": FUNCTION + "buy", "End": True},
        "Apologise": {"Type": "Fail", "Error": "NoPrice", "Cause": "sorry"},
    },
}
SHOP: dict[str, Any] = {
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Parallel",
            "ResultPath": "$.checks",
            "Branches": [
                {
                    "StartAt": "Credit",
                    "States": {
                        "Credit": {"Type": "Task", "Resource": FUNCTION + "credit", "Next": "Note"},
                        "Note": {"Type": "Pass", "End": True},
                    },
                },
                {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 5, "End": True}}},
            ],
            "Next": "EachItem",
        },
        "EachItem": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 10,
            "ItemProcessor": {
                "StartAt": "Reserve",
                "States": {
                    "Reserve": {"Type": "Task", "Resource": FUNCTION + "reserve", "Next": "Cool"},
                    "Cool": {"Type": "Wait", "Seconds": 2, "End": True},
                },
            },
            "Catch": [{"ErrorEquals": ANY, "Next": "Sorry"}],
            "End": True,
        },
        "Sorry": {"Type": "Pass", "End": True},
    },
}


def chain(states: int, *, branching: bool = False) -> dict[str, Any]:
    """A machine of many states: a plain chain, or with choices, catchers and loops."""
    names = [f"Step{number:02d}{'ProcessTheRecord' if number % 7 == 3 else ''}" for number in range(states)]
    made: dict[str, Any] = {}
    for number, name in enumerate(names[:-1]):
        after = names[number + 1]
        made[name] = {"Type": "Pass", "Next": after}
        if branching and number % 6 == 2:
            back = names[max(number - 5, 0)] if number % 4 == 0 else names[min(number + 3, states - 1)]
            made[name] = {
                "Type": "Choice",
                "Choices": [
                    {
                        "Variable": "$.order.kind",
                        "StringEquals": "a long text",
                        "Next": names[min(number + 2, states - 1)],
                    },
                    {"Variable": "$.n", "NumericGreaterThan": number, "Next": back},
                ],
                "Default": after,
            }
        elif branching and number % 5 == 1:
            made[name] = {
                "Type": "Task",
                "Resource": FUNCTION + "work",
                "Next": after,
                "Catch": [{"ErrorEquals": ANY, "Next": names[-1]}],
            }
    made[names[-1]] = {"Type": "Succeed"}
    return {"StartAt": names[0], "States": made}


def fan(rules: int) -> dict[str, Any]:
    handlers = [f"HandleKind{number}" for number in range(rules)]
    choices = [{"Variable": "$.k", "StringEquals": name, "Next": name} for name in handlers]
    states: dict[str, Any] = {"Which": {"Type": "Choice", "Choices": choices, "Default": "Together"}}
    states |= {name: {"Type": "Pass", "Next": "Together"} for name in handlers}
    return {"StartAt": "Which", "States": {**states, "Together": {"Type": "Pass", "End": True}}}


def selling(state: str, attempt: int) -> Any:
    """The price service is down twice, then the price rises; on Sundays nobody sells."""
    if state == "FetchPrice":
        down = (0.3, "PriceServiceDown", '{"errorMessage": "no answer"}')
        return down if attempt < 3 else (0.2, {"price": 80 if attempt == 3 else 123})
    return (0.4, "MarketClosed", "it is Sunday")


@pytest.fixture(scope="module")
def sunday(run: Callable[..., Recording]) -> Recording:
    return run(STOCK, {"symbol": "AMZN"}, selling)


@pytest.fixture(scope="module")
def shopping(run: Callable[..., Recording]) -> Recording:
    return run(SHOP, {"items": list(range(100))}, lambda state, attempt: (0.1 + attempt % 7 / 10, {}))


@pytest.fixture(scope="module")
def shortage(run: Callable[..., Recording]) -> Recording:
    def task(state: str, attempt: int) -> Any:
        return (0.3, "SoldOut", "none left") if (state, attempt) == ("Reserve", 3) else (0.5, {})

    return run(SHOP, {"items": [1, 2, 3, 4, 5]}, task)


@pytest.fixture(scope="module")
def pictures(
    sunday: Recording, shopping: Recording, shortage: Recording, run: Callable[..., Recording]
) -> dict[str, Picture]:
    long = run(chain(60), {})
    return {
        "8 states": machine(STOCK, name="stock"),
        "8 states, run": machine(STOCK, *sunday, name="stock"),
        "shop": machine(SHOP, *shopping, name="shop"),
        "shop, short": machine(SHOP, *shortage, name="shop"),
        "25 states": machine(chain(25, branching=True)),
        "60 states": machine(chain(60, branching=True)),
        "60 in a row": machine(chain(60), *long),
        "16 ways": machine(fan(16)),
        "nasty": machine({"StartAt": NASTY, "States": {NASTY: {"Type": NASTY, "Next": NASTY, "End": True}}}),
        "empty": machine({}),
        "gantt": gantt(*sunday),
        "gantt, shop": gantt(*shopping),
        "gantt, short": gantt(*shortage),
        "gantt, 60": gantt(*long),
        "gantt, none": gantt([]),
    }


def facts_drawn(svg: str) -> list[str]:
    groups = [group for group in ET.fromstring(svg).iter(f"{SVG}g") if group.get("class") == "fact"]
    return [group.findtext(f"{SVG}title") or "" for group in groups]


def facts_written(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line.removeprefix("- ") for line in lines if line.startswith("- ")]


def test_drawing_and_text_state_the_same_facts(pictures: dict[str, Picture]) -> None:
    for name, picture in pictures.items():
        written = [
            re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", fact) for fact in facts_written(picture.text)
        ]
        assert facts_drawn(picture.svg) == written, name


def test_every_drawing_is_told_to_a_screen_reader_and_runs_nothing(pictures: dict[str, Picture]) -> None:
    for name, picture in pictures.items():
        root = ET.fromstring(picture.svg)
        labels = (root.get("aria-labelledby") or "").split()
        assert len([e for e in root.iter() if e.get("id") in labels and e.text]) == 2, name
        assert not list(root.iter(f"{SVG}script"))
        assert "http" not in picture.svg.replace("http://www.w3.org/2000/svg", "")
        for text in root.iter(f"{SVG}text"):
            assert text.get("fill") == "currentColor"


def test_boxes_stand_apart_and_inside_the_frame(pictures: dict[str, Picture]) -> None:
    for name, picture in pictures.items():
        root = ET.fromstring(picture.svg)
        _, _, width, height = map(float, (root.get("viewBox") or "").split())
        for rect in root.iter(f"{SVG}rect"):
            x, y, w, h = (float(rect.get(key) or 0) for key in ("x", "y", "width", "height"))
            assert x >= 0, name
            assert x + w <= width + 1, name
            assert y + h <= height + 1, name


def test_the_width_is_bounded_and_a_long_chain_is_folded(pictures: dict[str, Picture]) -> None:
    def size(name: str) -> tuple[float, float]:
        found = re.search(r'viewBox="0 0 (\d+) (\d+)"', pictures[name].svg)
        assert found
        return float(found[1]), float(found[2])

    assert max(size(name)[0] for name in pictures if name != "16 ways") <= 1040
    assert size("16 ways")[0] <= 1500
    assert size("60 in a row")[1] <= 1300


def test_the_graph_tells_ways_loops_and_catchers(pictures: dict[str, Picture]) -> None:
    text = pictures["8 states"].text
    assert "- FetchPrice (Task, lambda stock-price); retries up to 2 times on States.TaskFailed" in text
    assert "  - ↷ Apologise on error States.ALL" in text
    assert "  - → Sell when $.price > 100" in text
    assert "  - → WaitADay otherwise" in text
    assert "- WaitADay (Wait, 1 day)\n  - → FetchPrice" in text
    assert "not reached" not in text


def test_the_graph_tells_how_far_an_execution_came(pictures: dict[str, Picture]) -> None:
    text = pictures["8 states, run"].text
    assert "execution FAILED, 5 of 6 states reached, error NoPrice." in text
    assert "✔ succeeded 2 times, 2 retries" in text
    assert "- Sell (Task, lambda sell); ends here; ↷ caught an error (MarketClosed)" in text
    assert "  - ↷ Apologise on error States.ALL (taken)" in text
    assert "  - → WaitADay otherwise (taken)" in text
    assert "- Buy (Task, lambda buy); ends here; ○ not reached" in text


def test_the_graph_counts_iterations(pictures: dict[str, Picture]) -> None:
    assert "✔ succeeded, 100 items" in pictures["shop"].text
    assert "✔ succeeded 100 times" in pictures["shop"].text
    short = pictures["shop, short"].text
    assert re.search(
        r"EachItem \(Map, at most 10 at once\); ends here; ↷ caught an error, 5 items: .*1 failed", short
    )
    assert re.search(r"Reserve \(.*✘ 5 visits: 1 failed, 4 stopped \(SoldOut\)", short)


def test_a_definition_that_is_wrong_is_drawn_all_the_same() -> None:
    text = machine({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Gone"}, "B": 7, "C": {}}}).text
    assert "→ Gone (there is no such state)" in text
    assert "- C (?)" in text
    assert machine({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}).text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 9)
    | st.sampled_from(["A", "B", "C", "Pass", "Choice", "Map", "$.x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Type", "Next", "Choices", "Default", "Catch", "Branches", "States", "StartAt", "And"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCD"), JSON, max_size=4), st.sampled_from("ABX"))
def test_any_definition_can_be_drawn(states: dict[str, Any], first: str) -> None:
    ET.fromstring(machine({"StartAt": first, "States": states}).svg)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=60))
def test_any_graph_can_be_laid_out(pairs: list[tuple[int, int]]) -> None:
    states: dict[str, Any] = {f"S{number}": {"Type": "Choice", "Choices": []} for number in range(25)}
    for source, target in pairs:
        states[f"S{source}"]["Choices"].append({"Condition": "{% true %}", "Next": f"S{target}"})
    picture = machine({"StartAt": "S0", "States": states})
    assert len({fact for fact in facts_drawn(picture.svg) if "(Choice)" in fact}) == 25


def test_steps_tell_times_data_and_errors(sunday: Recording) -> None:
    text = steps(*sunday).text
    assert "7 steps, took 1 day" in text
    assert "1. ✔ FetchPrice (Task): succeeded, at +0 ms, 3.8 s, 2 retries" in text
    assert "✘ attempt 1 at +301 ms: PriceServiceDown: no answer → tried again" in text
    assert 'out: {"price": 80} (adds price: 80; removes symbol)' in text
    assert "3. ✔ WaitADay (Wait): succeeded, at +3.8 s, 1 day" in text
    assert "✘ attempt 1 at +1 day 4.4 s: MarketClosed: it is Sunday → caught" in text
    assert text.endswith("ended with the error NoPrice: sorry")


def test_steps_need_no_script_and_escape_what_is_a_learners(run: Callable[..., Recording]) -> None:
    made = {"StartAt": NASTY, "States": {NASTY: {"Type": "Fail", "Error": NASTY, "Cause": NASTY}}}
    html = steps(*run(made, {NASTY: NASTY})).html
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", html))
    assert tags <= {"div", "b", "span", "details", "summary", "pre", "code"}
    assert "&lt;script" in html
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", html)


def test_steps_of_many_iterations_are_counted(shopping: Recording, shortage: Recording) -> None:
    text = steps(*shopping).text
    assert "iteration 9: succeeded, 2 steps" in text
    assert "iteration 50" not in text
    assert "… 90 more iterations: 90 succeeded" in text
    assert "✘ iteration 2: failed, 1 step" in steps(*shortage).text


def test_the_gantt_has_a_lane_for_each_branch_and_folds_many(pictures: dict[str, Picture]) -> None:
    text = pictures["gantt, shop"].text
    assert "- branch 2 (✔ succeeded):" in text
    assert "Pause (Wait): ✔ succeeded, +0 ms for 5 s" in text
    assert "97 more iterations: 97 succeeded" in text
    assert "axis to scale" in text
    assert "97 more" in pictures["gantt, shop"].svg
    assert "iteration 2 (✘ failed)" in pictures["gantt, short"].text


def test_a_day_beside_milliseconds_is_not_to_scale(pictures: dict[str, Picture]) -> None:
    assert "not to scale" in pictures["gantt"].text
    assert "WaitADay (Wait): ✔ succeeded, +3.8 s for 1 day" in pictures["gantt"].text


def test_an_execution_that_runs_is_told_as_far_as_it_is(run: Callable[..., Recording]) -> None:
    events, described = run(STOCK, {}, selling, until=60.0)
    assert described["status"] == "RUNNING"
    assert "- WaitADay (Wait, 1 day); ▶ running" in machine(STOCK, events, described).text
    assert "3. ▶ WaitADay (Wait): running" in steps(events, described).text
    assert "WaitADay (Wait): ▶ running" in gantt(events, described).text


def written(*steps_: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A history in one line: each event follows the one before, a tenth of a second later."""
    return [
        {"timestamp": 100 + number / 10, "type": kind, "id": number, "previousEventId": number - 1, **details}
        for number, (kind, details) in enumerate(steps_, start=1)
    ]


def test_a_distributed_map_is_counted_by_its_map_run() -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED"},
        "StartAt": "X",
        "States": {"X": {"Type": "Pass"}},
    }
    definition = {"StartAt": "D", "States": {"D": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    events = written(
        ("ExecutionStarted", {}),
        ("MapStateEntered", {"stateEnteredEventDetails": {"name": "D", "input": "{}"}}),
        ("MapStateStarted", {"mapStateStartedEventDetails": {"length": 3}}),
        ("MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": "arn:run"}}),
        ("MapRunSucceeded", {}),
        ("MapStateSucceeded", {}),
        ("MapStateExited", {"stateExitedEventDetails": {"name": "D", "output": "[]"}}),
        ("ExecutionSucceeded", {}),
    )
    described = {"name": "r", "status": "SUCCEEDED", "mapRuns": {"arn:run": {"succeeded": 2, "failed": 1}}}
    text = machine(definition, events, described).text
    assert "✔ succeeded, 3 items: 2 succeeded, 1 failed" in text
    assert "for each item, in an execution of its own:\n    - X (Pass)\n" in f"{text}\n"
    assert "map run arn:run: 2 succeeded, 1 failed" in steps(events, described).text
    assert "retr" not in steps(events, described).text


def test_a_redriven_state_is_a_visit_of_its_own() -> None:
    tried = (
        ("TaskStateEntered", {"stateEnteredEventDetails": {"name": "T", "input": "{}"}}),
        ("TaskScheduled", {}),
        ("TaskFailed", {"taskFailedEventDetails": {"error": "Down", "cause": ""}}),
        ("ExecutionFailed", {"executionFailedEventDetails": {"error": "Down", "cause": ""}}),
    )
    events = written(("ExecutionStarted", {}), *tried, ("ExecutionRedriven", {}), *tried[:2])
    text = steps(events).text
    assert "1. ✘ T (Task): failed, at +100 ms, 300 ms" in text
    assert "2. ▶ T (Task): running, at +600 ms, so far 100 ms" in text


def test_a_loop_of_thousands_of_steps_is_told_by_its_ends() -> None:
    name = {"name": "A", "input": "{}", "output": "{}"}
    turn = [
        ("PassStateEntered", {"stateEnteredEventDetails": name}),
        ("PassStateExited", {"stateExitedEventDetails": name}),
    ]
    events = written(*turn * 3000)
    assert "… 2840 more steps" in steps(events).text
    assert "execution, 2600 not drawn" in gantt(events).text
    assert len(steps(events).html) < 300_000
    assert "(taken 2999 times)" in machine({"StartAt": "A", "States": {"A": {"Next": "A"}}}, events).text


def test_any_cut_of_a_history_can_be_read(shortage: Recording) -> None:
    events, _ = shortage
    for cut in range(0, len(events), 3):
        story = read_story(events[:cut])
        entered = [event for event in events[:cut] if event["type"].endswith("StateEntered")]
        assert len(story.visits) == len(entered)
    assert read_story(reversed(events)).status == "SUCCEEDED"


def test_the_same_history_gives_the_same_bytes(sunday: Recording) -> None:
    for draw in (gantt, steps):
        assert draw(*sunday) == draw(*sunday)
    assert machine(STOCK, *sunday) == machine(STOCK, *sunday)


OVERLAPS = """() => {
  const place = e => [e.textContent, e.getBoundingClientRect(), e.closest("svg")]
  const texts = [...document.querySelectorAll("svg text")].map(place)
  const meet = (a, b) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2
  const found = []
  texts.forEach(([text, a, svg], i) => {
    const frame = svg.getBoundingClientRect()
    if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom + 1)
      found.push("outside: " + text)
    for (const [other, b, of] of texts.slice(i + 1))
      if (of === svg && meet(a, b)) found.push(text + " / " + other)
  })
  return found
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        known = ("chromium", "chromium-browser", "google-chrome")
        program = next(filter(None, map(shutil.which, known)), playwright.chromium.executable_path)
        if not Path(program).exists():
            pytest.skip("there is no Chromium here; on Debian: apt install chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(viewport={"width": 900, "height": 700})
        browser.close()


@pytest.mark.browser
def test_no_text_meets_another_in_a_real_browser(page: Any, pictures: dict[str, Picture]) -> None:
    shown = "".join(picture._repr_html_() for picture in pictures.values())
    page.set_content(f"<body style='font-family:sans-serif'>{shown}</body>")
    assert page.evaluate(OVERLAPS) == []
