"""Checks of E5, be the validator: 20 definitions with one planted fault each, and 5 good ones.

All are variations of one machine whose every state is reached twice, so that a planted fault brings no other
fault along. The names are new in each submission.
"""

import json
from collections.abc import Callable
from typing import Any

from grader import Lab, check, mistake

from . import answer_of, word

HINTS = (
    "The check says what it has planted. Plant the same fault in a small definition of your own: what does "
    "lint say, and which line of it should have seen it?",
    "One function looks at one list of states, and calls itself for each branch and each ItemProcessor. "
    "Words are "
    "collected in a set; names in one list for the whole machine.",
    '`for branch in state.get("Branches", []): look(branch)`, and the same for `ItemProcessor`.',
)

Machine = dict[str, Any]
Fault = tuple[str, str, Callable[[Machine, "_Names"], object]]


class _Names:
    """New names for the eight states of a definition."""

    def __init__(self, lab: Lab) -> None:
        found: list[str] = []
        while len(found) < 9:
            name = word(lab)
            if name not in found:
                found.append(name)
        (
            self.start,
            self.work,
            self.nest,
            self.done,
            self.inner,
            self.left,
            self.right,
            self.ghost,
            self.more,
        ) = found


def _good(n: _Names, *, in_map: bool) -> Machine:
    rule = {"Variable": "$.n", "NumericEquals": 1}
    level = {
        "StartAt": n.inner,
        "States": {
            n.inner: {
                "Type": "Choice",
                "Choices": [{**rule, "Next": n.left}, {**rule, "Next": n.right}],
                "Default": n.right,
            },
            n.left: {"Type": "Pass", "Next": n.right},
            n.right: {"Type": "Pass", "End": True},
        },
    }
    nest: dict[str, Any] = {
        "Type": "Parallel",
        "Branches": [level],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": n.done}],
        "Next": n.done,
    }
    if in_map:
        del nest["Branches"]
        nest |= {"Type": "Map", "ItemProcessor": level}
    choices = [{**rule, "Next": target} for target in (n.work, n.nest)]
    states = {
        n.start: {"Type": "Choice", "Choices": choices, "Default": n.done},
        n.work: {"Type": "Pass", "Next": n.nest},
        n.nest: nest,
        n.done: {"Type": "Succeed"},
    }
    return {"StartAt": n.start, "States": states}


def _inside(machine: Machine, n: _Names) -> Machine:
    nest = machine["States"][n.nest]
    level: Machine = nest["ItemProcessor"] if "ItemProcessor" in nest else nest["Branches"][0]
    return level


def _top_faults() -> list[Fault]:
    """The word, what is planted, and what plants it."""

    def loop(m: Machine, n: _Names) -> None:
        m["States"][n.done] = {"Type": "Pass", "Next": n.start}

    return [
        ("next", "a Next of a Pass names no state", lambda m, n: m["States"][n.work].update(Next=n.ghost)),
        (
            "next",
            "the Default of a Choice names no state",
            lambda m, n: m["States"][n.start].update(Default=n.ghost),
        ),
        (
            "next",
            "a Next in a Catch names no state",
            lambda m, n: m["States"][n.nest]["Catch"][0].update(Next=n.ghost),
        ),
        (
            "next",
            "a Next in the Choices names no state",
            lambda m, n: m["States"][n.start]["Choices"][0].update(Next=n.ghost) or _keep(m, n),
        ),
        (
            "unreachable",
            "no arrow leads to a Pass",
            lambda m, n: m["States"].update({n.more: {"Type": "Pass", "Next": n.done}}),
        ),
        ("end", "a Pass has neither Next nor End", lambda m, n: m["States"][n.work].pop("Next")),
        ("terminal", "the last state goes back to the first", loop),
    ]


def _keep(machine: Machine, n: _Names) -> None:
    """Another arrow to the state that has just lost one."""
    machine["States"][n.start]["Choices"].append({"Variable": "$.n", "NumericEquals": 2, "Next": n.work})


def _inner_faults() -> list[Fault]:
    def inside(change: Callable[[dict[str, Any], _Names], object]) -> Callable[[Machine, _Names], object]:
        return lambda m, n: change(_inside(m, n)["States"], n)

    def same_name(m: Machine, n: _Names) -> None:
        level = _inside(m, n)
        level["States"][n.work] = level["States"].pop(n.left)
        level["States"][n.inner]["Choices"][0]["Next"] = n.work

    return [
        ("next", "a Next of a Pass names no state", inside(lambda s, n: s[n.left].update(Next=n.ghost))),
        (
            "next",
            "a Default names a state of the outer list",
            inside(lambda s, n: s[n.inner].update(Default=n.done)),
        ),
        (
            "unreachable",
            "no arrow leads to a Succeed",
            inside(lambda s, n: s.update({n.more: {"Type": "Succeed"}})),
        ),
        ("end", "a Pass has neither Next nor End", inside(lambda s, n: s[n.left].pop("Next"))),
        (
            "terminal",
            "the last state goes back to the first",
            inside(lambda s, n: s.update({n.right: {"Type": "Pass", "Next": n.inner}})),
        ),
        ("duplicate", "a state has the name of a state outside", same_name),
        ("duplicate", "a state has the name of a state outside", same_name),
        (
            "unreachable",
            "no arrow leads to a Pass",
            inside(lambda s, n: s.update({n.more: {"Type": "Pass", "End": True}})),
        ),
    ]


def _planted(lab: Lab, faults: list[Fault]) -> list[tuple[str, str, str]]:
    """The word, what was planted, and the text of a definition for each; Parallel and Map take turns."""
    found = []
    for number, (expected, what, plant) in enumerate(faults):
        names = _Names(lab)
        machine = _good(names, in_map=number % 2 == 1)
        plant(machine, names)
        found.append((expected, what, json.dumps(machine)))
    return found


def _planted_inside(lab: Lab) -> list[tuple[str, str, str]]:
    return [
        (expected, f"in {('a Parallel', 'a Map')[number % 2]} {what}", text)
        for number, (expected, what, text) in enumerate(_planted(lab, _inner_faults()))
    ]


def _text_faults(lab: Lab) -> list[tuple[str, str, str]]:
    """Five faults that only the text has: three commas, two equal keys in one list."""
    found = []
    for number in range(5):
        names = _Names(lab)
        text = json.dumps(_good(names, in_map=False))
        if number < 3:
            mark = ("}}", "}]", "}}")[number]
            where = lab.random.choice([i for i in range(len(text) - 1) if text.startswith(mark, i)])
            told = f"a comma stands before {mark[1]}"
            found.append(("json", told, f"{text[: where + 1]},{text[where + 1 :]}"))
        else:
            name = (names.done, names.right)[number - 3]
            double = text.replace(f'"{name}": {{', f'"{name}": {{"Type": "Succeed"}}, "{name}": {{', 1)
            found.append(("duplicate", "two states of one list have the same name", double))
    return found


def _finds(lab: Lab, planted: list[tuple[str, str, str]]) -> None:
    for expected, what, text in planted:
        seen = answer_of(lab, "E5", {"asl": text})
        lab.expect(seen, [expected], where=f"lint of a definition where {what}")


def _missed(lab: Lab, planted: list[tuple[str, str, str]], word_: str) -> int:
    """How many of the faults with this word are not found."""
    return sum(
        word_ not in (answer_of(lab, "E5", {"asl": text}) or [])
        for expected, _, text in planted
        if expected == word_
    )


@check("E5", points=1, hints=HINTS)
def finds_faults_at_the_top(lab: Lab) -> None:
    """lint finds seven faults in the outer list of states."""
    _finds(lab, _planted(lab, _top_faults()))


@check("E5", points=1, hints=HINTS)
def finds_faults_inside(lab: Lab) -> None:
    """lint finds eight faults inside a Parallel or a Map."""
    _finds(lab, _planted_inside(lab))


@check("E5", points=1, hints=HINTS)
def finds_faults_in_the_text(lab: Lab) -> None:
    """lint finds five faults of the text: commas and equal keys."""
    _finds(lab, _text_faults(lab))


@check("E5", points=1, hints=HINTS)
def gives_no_false_alarm(lab: Lab) -> None:
    """lint says nothing about five good definitions."""
    for number in range(5):
        text = json.dumps(_good(_Names(lab), in_map=number % 2 == 1))
        seen = answer_of(lab, "E5", {"asl": text})
        lab.expect(seen, [], where="lint of a good definition with Choice, Pass, Succeed and states inside")


@mistake(
    "E5-top-level-only",
    exercise="E5",
    hints=(
        "States live in branches too. Does your function go there?",
        "A branch has a StartAt and States, as the machine has. The same function can look at both.",
        "Call it for each item of `Branches`, and for `ItemProcessor`.",
    ),
)
def top_level_only(lab: Lab) -> bool | str:
    top = _missed(lab, _planted(lab, _top_faults()), "unreachable")
    inner = _missed(lab, _planted(lab, _inner_faults()), "unreachable")
    return top == 0 and inner == 2 and "what is wrong inside a branch is not seen"


@mistake(
    "E5-false-alarm",
    exercise="E5",
    hints=(
        "A good definition gets a word. Which state types need neither Next nor End?",
        "Succeed and Fail are ends by themselves. A Choice goes on by its rules.",
        'Skip `"Choice"`, `"Succeed"` and `"Fail"` before you ask for `Next` or `End`.',
    ),
)
def false_alarm(lab: Lab) -> bool | str:
    seen = answer_of(lab, "E5", {"asl": json.dumps(_good(_Names(lab), in_map=False))})
    return isinstance(seen, list) and "end" in seen and "a good definition is blamed"


@mistake(
    "E5-last-key-wins",
    exercise="E5",
    hints=(
        "Two states have the same name in one list. What does `json.loads` make of it?",
        "A dict keeps the last of two equal keys, so the first is gone before you look.",
        "`json.loads(asl, object_pairs_hook=pairs)`: your function `pairs` gets a list of keys and values.",
    ),
)
def last_key_wins(lab: Lab) -> bool | str:
    text = _missed(lab, _text_faults(lab), "duplicate")
    inner = _missed(lab, _planted(lab, _inner_faults()), "duplicate")
    return text == 2 and inner == 0 and "equal keys in one list are not seen"
