"""Checks of E7, read a history."""

from typing import Any

from grader import Lab, check, mistake

from . import answer_of, word

HINTS = (
    "Print your sums by state. Which event pairs belong together?",
    "A state's time is from its Entered to its Exited, found by its name. Add the times of one name. "
    "Leave Parallel "
    "and Map out.",
    '`spent[name] = spent.get(name, 0) + row["at"] - entered[name]`',
)


def _visit(name: str, begin: float, seconds: float, kind: str = "Wait") -> list[dict[str, Any]]:
    return [
        {"type": f"{kind}StateEntered", "name": name, "at": begin},
        {"type": f"{kind}StateExited", "name": name, "at": begin + seconds},
    ]


def _in_order(*visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted((row for visit in visits for row in visit), key=lambda row: row["at"])


def _one_after_the_other(lab: Lab) -> tuple[list[dict[str, Any]], str]:
    names = [word(lab) + str(i) for i in range(5)]
    lengths = lab.random.sample(range(5, 90), 5)
    at, rows = 1000.0, []
    for name, seconds in zip(names, lengths, strict=True):
        rows += _visit(name, at, seconds, lab.random.choice(["Wait", "Task"]))
        at += seconds
    return rows, names[lengths.index(max(lengths))]


def _side_by_side(lab: Lab) -> tuple[list[dict[str, Any]], str]:
    """Three states of one Parallel; two end soon after each other, so that neighbours in the list mislead."""
    outer, short, middle, long = (word(lab) + str(i) for i in range(4))
    extra = lab.random.randint(1, 5)
    rows = _in_order(
        _visit(long, 2001, 40 + extra, "Task"),
        _visit(short, 2002, 30),
        _visit(middle, 2003, 39 + extra),
    )
    return [
        {"type": "ParallelStateEntered", "name": outer, "at": 2000},
        *rows,
        {"type": "ParallelStateExited", "name": outer, "at": 2043 + extra},
    ], long


def _again_and_again(lab: Lab) -> tuple[list[dict[str, Any]], str]:
    often, once = word(lab) + "1", word(lab) + "2"
    length = lab.random.randint(10, 20)
    rows, at = _visit(once, 3000, 2 * length), 3000.0 + 2 * length
    for _ in range(3):
        rows += _visit(often, at, length)
        at += length
    return rows, often


@check("E7", points=1, hints=HINTS)
def one_after_the_other(lab: Lab) -> None:
    """It finds the slowest of five states in a row."""
    rows, expected = _one_after_the_other(lab)
    lab.expect(answer_of(lab, "E7", {"rows": rows}), expected, where="slowest of a history")


@check("E7", points=1, hints=HINTS)
def side_by_side(lab: Lab) -> None:
    """It finds the slowest state inside a Parallel."""
    rows, expected = _side_by_side(lab)
    lab.expect(answer_of(lab, "E7", {"rows": rows}), expected, where="slowest of a history with a Parallel")


@check("E7", points=1, hints=HINTS)
def again_and_again(lab: Lab) -> None:
    """It adds up the visits of one state."""
    rows, expected = _again_and_again(lab)
    lab.expect(answer_of(lab, "E7", {"rows": rows}), expected, where="slowest of a history with a loop")


@mistake(
    "E7-counts-the-parallel",
    exercise="E7",
    hints=(
        "Your answer names a Parallel. Did it work, or did it wait for the states inside?",
        "The time of a Parallel is the time of what is inside. Who counts both, counts twice.",
        'Skip rows whose type begins with `"Parallel"` or `"Map"`.',
    ),
)
def counts_the_parallel(lab: Lab) -> bool | str:
    rows, _ = _side_by_side(lab)
    return answer_of(lab, "E7", {"rows": rows}) == rows[0]["name"] and "the answer is the Parallel"


@mistake(
    "E7-longest-visit",
    exercise="E7",
    hints=(
        "A state is entered three times. How much time did it take in all?",
        "The longest visit is not the most time. Add up the visits of one name.",
        "`spent.get(name, 0) + …` instead of only `…`.",
    ),
)
def longest_visit(lab: Lab) -> bool | str:
    rows, _ = _again_and_again(lab)
    return answer_of(lab, "E7", {"rows": rows}) == rows[0]["name"] and "the answer is the longest visit"


@mistake(
    "E7-neighbours",
    exercise="E7",
    hints=(
        "Which event pairs belong together?",
        "In a Parallel the next event may belong to another state. Look for the Exited event with the "
        "same name.",
        'Keep `entered[row["name"]]` until the Exited row of that name comes.',
    ),
)
def neighbours(lab: Lab) -> bool | str:
    rows, expected = _side_by_side(lab)
    flat, right = _one_after_the_other(lab)
    seen = answer_of(lab, "E7", {"rows": rows})
    return (
        seen not in (expected, rows[0]["name"])
        and answer_of(lab, "E7", {"rows": flat}) == right
        and "it pairs events that are neighbours"
    )
