"""Life lines: spans touch, never overlap, and only the last may be open."""

from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.function_host.life_lines import KEPT, LifeLine


def test_a_life() -> None:
    life = LifeLine("e1", "f", "$LATEST", 128)
    assert life.state == "init"
    life.begin("init", 10.0)
    life.finish(10.5, "ok")
    life.begin("invoke", 10.5, "r1")
    assert life.state == "busy"
    life.finish(12.0, "timeout")
    life.begin("idle", 12.0)
    assert life.state == "idle"
    life.begin("shutdown", 612.0)
    life.finish(612.0)
    shown = life.as_json()
    assert shown["state"] == "shutdown"
    assert [(span["kind"], span["start"], span["end"], span["status"]) for span in shown["spans"]] == [
        ("init", 10.0, 10.5, "ok"),
        ("invoke", 10.5, 12.0, "timeout"),
        ("idle", 12.0, 612.0, None),
        ("shutdown", 612.0, 612.0, None),
    ]
    assert shown["spans"][1]["request_id"] == "r1"


@given(st.lists(st.tuples(st.sampled_from(["init", "invoke", "idle"]), st.floats(0, 100)), max_size=20))
def test_spans_touch_and_only_the_last_is_open(steps: list[tuple[str, float]]) -> None:
    life, now = LifeLine("e", "f", "1", 128), 0.0
    for kind, later in steps:
        now += later
        life.begin(kind, now)
    assert all(a.end == b.start for a, b in zip(life.spans, life.spans[1:], strict=False))
    assert all(span.end is not None for span in life.spans[:-1])


def test_a_long_life_is_cut_at_its_beginning() -> None:
    life = LifeLine("e", "f", "1", 128)
    for at in range(KEPT + 5):
        life.begin("invoke", float(at))
    assert len(life.spans) == KEPT
    assert life.spans[-1].start == KEPT + 4
