"""Which functions an invocation follows from: trace headers in, trace headers out."""

from __future__ import annotations

import threading

from offline_cloud.function_host import lineage

ROOT = "Root=1-67890abc-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
ONE, OTHER = (f"arn:aws:lambda:us-east-1:123456789012:function:{name}" for name in ("one", "other"))


def test_a_chain_counts_each_function_for_itself() -> None:
    trace, seen = ROOT, []
    for arn in (ONE, OTHER, ONE, OTHER, ONE):
        trace, before = lineage.followed(trace, arn)
        seen.append(before)
    assert seen == [0, 0, 1, 1, 2]
    head, _, chain = trace.partition(";Lineage=")
    assert head == ROOT
    assert [each.split(":")[1] for each in chain.split("|")] == ["2", "1"]


def test_a_header_of_somebody_elses_making_is_no_chain() -> None:
    assert lineage.followed(f"{ROOT};Lineage=nonsense|a:b", ONE)[1] == 0


def test_the_deepest_of_a_batch() -> None:
    short, _ = lineage.followed(ROOT, ONE)
    long, _ = lineage.followed(short, ONE)
    assert lineage.deepest(["", short, long, ROOT]) == long
    assert lineage.deepest([]) == ""


def test_a_thread_works_for_one_invocation_at_a_time() -> None:
    elsewhere: list[str] = []
    with lineage.of("a"):
        with lineage.of("b"):
            assert lineage.current() == "b"
        assert lineage.current() == "a"
        thread = threading.Thread(target=lambda: elsewhere.append(lineage.current()))
        thread.start()
        thread.join()
    assert (elsewhere, lineage.current()) == ([""], "")
