"""Checks of E6, a loop that ends."""

from typing import Any

from grader import Lab, check, mistake

from . import ended, expect_seconds, lasts, seconds, succeeded

MACHINE = "report-poller"
HINTS = (
    "Print `$tries` in your mind for each round. Which rule fits in which round?",
    "The Choice has three ways out: ready, too many tries, wait and ask again. The last one is `Default`. "
    "The Wait leads back to `Ask`.",
    '`{"Condition": "{% $ready %}", …}`, then `{"Condition": "{% $tries >= 5 %}", …}`, then '
    '`"Default": "Wait a little"`.',
)


def _asked(execution: Any) -> int:
    return int(execution.visited.count("Ask"))


@check("E6", points=1, hints=HINTS)
def ready_at_once(lab: Lab) -> None:
    """A report that is ready at the first question is found without any wait."""
    seen = succeeded(lab, MACHINE, {"ready_at": 1})
    lab.expect(seen.output, {"tries": 1}, where="the output")
    expect_seconds(seen, 0, "an execution whose report is ready at the first question")


@check("E6", points=1, hints=HINTS)
def ready_later(lab: Lab) -> None:
    """A report that is ready later is found, with 30 seconds between two questions."""
    for ready_at in (2, lab.random.randint(3, 4)):
        seen = succeeded(lab, MACHINE, {"ready_at": ready_at})
        lab.expect(seen.output, {"tries": ready_at}, where="the output")
        expect_seconds(
            seen, 30 * (ready_at - 1), f"an execution whose report is ready at question {ready_at}"
        )


@check("E6", points=1, hints=HINTS)
def ready_at_the_fifth(lab: Lab) -> None:
    """A report that is ready at the fifth question is found too."""
    lab.expect(succeeded(lab, MACHINE, {"ready_at": 5}).output, {"tries": 5}, where="the output")


@check("E6", points=1, hints=HINTS)
def gives_up(lab: Lab) -> None:
    """After five questions without success the execution fails with Report.NotReady."""
    seen = ended(lab, MACHINE, {"ready_at": lab.random.randint(6, 99)})
    lab.expect(seen.status, "FAILED", where="the status of an execution whose report is not ready in time")
    lab.expect(seen.error, "Report.NotReady", where="its error")
    lab.expect(_asked(seen), 5, where="how often it asked")


@mistake(
    "E6-endless",
    exercise="E6",
    hints=(
        "What stops it? Look for the rule that counts.",
        "A loop needs a way out that does not depend on the report. `$tries` counts; compare it with 5. "
        "Without it "
        "the loop goes on until the history is full.",
        '`{"Condition": "{% $tries >= 5 %}", "Next": "Give up"}`',
    ),
)
def endless(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"ready_at": 12})
    return seen.status == "SUCCEEDED" and _asked(seen) == 12 and "it asked 12 times"


@mistake(
    "E6-one-try-less-or-more",
    exercise="E6",
    hints=(
        "Count the questions of an execution that gives up. How many are there?",
        "`Ask` counts before the Choice looks. At the Choice after the fifth question `$tries` is 5.",
        "`$tries >= 5`",
    ),
)
def one_try_less_or_more(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"ready_at": 99})
    return seen.error == "Report.NotReady" and _asked(seen) in (4, 6) and f"it asked {_asked(seen)} times"


@mistake(
    "E6-limit-before-ready",
    exercise="E6",
    hints=(
        "Let the report be ready at question 5. Which rule is looked at first?",
        "The first rule that fits wins. At question 5 both fit: it is ready, and it is the last try.",
        "Put the rule with `$ready` above the rule with `$tries`.",
    ),
)
def limit_before_ready(lab: Lab) -> bool | str:
    never = ended(lab, MACHINE, {"ready_at": 99})
    fifth = ended(lab, MACHINE, {"ready_at": 5})
    found = _asked(never) == 5 and fifth.error == "Report.NotReady"
    return found and "the report was ready at question 5, and the machine gave up"


@mistake(
    "E6-does-not-wait",
    exercise="E6",
    hints=(
        "How many seconds lie between two questions?",
        "A loop without a Wait asks as fast as it can, and each round costs transitions. Let `Default` "
        "lead to a "
        "Wait, and the Wait to `Ask`.",
        '`"Wait a little": {"Type": "Wait", "Seconds": 30, "Next": "Ask"}`',
    ),
)
def does_not_wait(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"ready_at": 3})
    return seen.status == "SUCCEEDED" and lasts(seen, 0) and f"three questions in {seconds(seen):.0f} s"


@mistake(
    "E6-waits-first",
    exercise="E6",
    hints=(
        "Let the report be ready at question 1. How long does it take?",
        "The brief asks at once. Only after an answer of no does the machine wait.",
        "`Begin` leads to `Ask`, not to the Wait.",
    ),
)
def waits_first(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"ready_at": 1})
    return seen.status == "SUCCEEDED" and lasts(seen, 30) and "it waited 30 s for a report that was ready"
