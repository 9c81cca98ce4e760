"""Checks where the states of one machine lead: to states that exist, to all of them, and to an end.

"Not reachable" is to AWS a state that no StartAt, Next, Default or Catch names: of a chain that hangs in the
air it reports the first state only. A ring of states that name only each other gets a warning here.
Whether there is an end is asked of the whole machine only, not of a branch or a Map's processor, and if there
is none AWS doesn't go on to look for unreachable states.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from offline_cloud.engines.states_language.diagnostics import (
    MISSING_END_STATE,
    MISSING_TARGET,
    Findings,
    did_you_mean,
)


def check_transitions(
    findings: Findings,
    states: Mapping[str, Any],
    start: str | None,
    location: str,
    *,
    elsewhere: Mapping[str, str],
    top: bool,
) -> None:
    """Check one machine's transitions.

    `start` is its StartAt if that is text, `location` the place of the machine ("" for the top one),
    `elsewhere` the place of every state of the definition by name, for a hint to who leads into another
    machine.
    """
    if start is not None and start not in states:
        _missing(findings, start, states, elsewhere, f"{location}/StartAt")
    named = {start}
    edges: dict[str, list[str]] = {}
    for name, state in states.items():
        edges[name] = targets = []
        if not isinstance(state, dict):
            continue
        for target, where in _targets(state):
            named.add(target)
            targets.append(target)
            if target not in states:
                _missing(findings, target, states, elsewhere, f"{location}/States/{name}{where}")
    if top and all(_goes_on(state) for state in states.values()):
        findings.error(
            MISSING_END_STATE,
            "Workflow has no terminal state",
            None,
            'An execution would never end: give one state "End": true, or add a Succeed or Fail state.',
        )
        return
    reached = _reached(start, edges)
    for name in states:
        where = f"{location}/States/{name}"
        if name not in named and start is not None:
            findings.error(
                MISSING_TARGET,
                f'State "{name}" is not reachable.',
                where,
                f"No state leads to {name}: point a Next, a Default or a Catch at it, or remove it.",
            )
        elif name not in reached and start in states:
            findings.warning(
                MISSING_TARGET,
                f'State "{name}" is not reachable.',
                where,
                f"No way from StartAt leads to {name}: only states that are themselves never reached do.",
            )


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every state that a state names, and where in it."""
    for name in ("Next", "Default"):
        if isinstance(target := state.get(name), str):
            yield target, f"/{name}"
    for name in ("Choices", "Catch"):
        entries = state.get(name)
        if isinstance(entries, list):
            for index, entry in enumerate(entries):
                if isinstance(entry, dict) and isinstance(target := entry.get("Next"), str):
                    yield target, f"/{name}[{index}]/Next"


def _missing(
    findings: Findings, target: str, states: Mapping[str, Any], elsewhere: Mapping[str, str], location: str
) -> None:
    if place := elsewhere.get(target):
        advice = f"{target} is in another machine ({place}): a state leads only to states beside it."
    else:
        advice = did_you_mean(target, states) or f"There is no state {target}: add it, or name another one."
    # AWS says 'Next' here even of StartAt and Default.
    findings.error(MISSING_TARGET, f"Missing 'Next' target: {target}", location, advice)


def _goes_on(state: Any) -> bool:
    """Whether a state is no end; one that says neither has a finding of its own and may be meant as one."""
    if not isinstance(state, dict) or state.get("Type") in ("Succeed", "Fail") or state.get("End") is True:
        return False
    return any(name in state for name in ("Next", "Default", "Choices"))


def _reached(start: str | None, edges: Mapping[str, list[str]]) -> set[str]:
    pending = [start] if start in edges else []
    reached: set[str] = set()
    while pending:
        name = pending.pop()
        if name is not None and name not in reached:
            reached.add(name)
            pending.extend(target for target in edges[name] if target in edges)
    return reached
