"""A state machine's definition as facts to draw: what each state does, and which state follows when.

Reads definitions leniently: a picture is wanted most where a definition is still wrong.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SIGNS = {
    "GreaterThanEquals": "≥",
    "LessThanEquals": "≤",
    "GreaterThan": ">",
    "LessThan": "<",
    "Equals": "=",
    "Matches": "like",
}
_FAMILIES = ("String", "Numeric", "Boolean", "Timestamp")


@dataclass(frozen=True, slots=True)
class Transition:
    """`target` may follow `source`. `kind` is next, rule, default or catch; `labels` say when."""

    source: str
    target: str
    kind: str
    labels: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """All labels as the end of a sentence; nothing for a plain Next."""
        if self.kind == "catch":
            return f"on error {', '.join(self.labels)}"
        if self.kind == "rule":
            return "when " + " or ".join(self.labels)
        return "otherwise" if self.kind == "default" else ""


def states_of(part: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The states of a machine, a branch or an item processor, by name."""
    states = part.get("States")
    if not isinstance(states, Mapping):
        return {}
    return {str(name): state for name, state in states.items() if isinstance(state, Mapping)}


def inner_parts(state: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The graphs inside a Parallel or a Map, each with its heading."""
    if state.get("Type") == "Parallel":
        branches = state.get("Branches")
        found = branches if isinstance(branches, Sequence) and not isinstance(branches, str) else ()
        return [
            (f"branch {number}", branch)
            for number, branch in enumerate(found, start=1)
            if isinstance(branch, Mapping)
        ]
    if state.get("Type") == "Map":
        processor = state.get("ItemProcessor", state.get("Iterator"))
        heading = "for each item, in an execution of its own" if runs_apart(state) else "for each item"
        return [(heading, processor)] if isinstance(processor, Mapping) else []
    return []


def runs_apart(state: Mapping[str, Any]) -> bool:
    """Whether a state is a distributed Map, whose items run in executions of their own."""
    processor = state.get("ItemProcessor") if state.get("Type") == "Map" else None
    config = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    return isinstance(config, Mapping) and config.get("Mode") == "DISTRIBUTED"


def transitions(name: str, state: Mapping[str, Any]) -> list[Transition]:
    """What may follow a state; rules with the same target are one transition with several labels."""
    found: dict[tuple[str, str], list[str]] = {}

    def add(target: Any, kind: str, label: str | None = None) -> None:
        if isinstance(target, str):
            labels = found.setdefault((target, kind), [])
            if label is not None:
                labels.append(label)

    if state.get("Type") == "Choice":
        for rule in _mappings(state.get("Choices")):
            add(rule.get("Next"), "rule", rule_text(rule))
        add(state.get("Default"), "default", "otherwise")
    else:
        add(state.get("Next"), "next")
    for catcher in _mappings(state.get("Catch")):
        errors = catcher.get("ErrorEquals")
        named = errors if isinstance(errors, list) else []
        add(catcher.get("Next"), "catch", ", ".join(str(error) for error in named) or "?")
    return [Transition(name, target, kind, tuple(labels)) for (target, kind), labels in found.items()]


def ends_here(state: Mapping[str, Any]) -> bool:
    """Whether the way can end with this state."""
    return state.get("End") is True or str(state.get("Type")) in {"Succeed", "Fail"}


def rule_text(rule: Mapping[str, Any], nested: bool = False) -> str:
    """A Choice rule as one reads it: `$.price > 100 and not $.sold = true`."""
    if "Condition" in rule:
        return str(rule["Condition"]).strip().removeprefix("{%").removesuffix("%}").strip()
    for word in ("And", "Or"):
        if word in rule:
            text = f" {word.lower()} ".join(rule_text(part, True) for part in _mappings(rule[word]))
            return f"({text})" if nested else text
    if isinstance(rule.get("Not"), Mapping):
        return f"not {rule_text(rule['Not'], True)}"
    variable = str(rule.get("Variable", "?"))
    for key, value in rule.items():
        if key.startswith("Is"):
            what = {"Present": "present", "Null": "null"}.get(key[2:], f"a {key[2:].lower()}")
            return f"{variable} {'is' if value is True else 'is not'} {what}"
        sign = _sign(key)
        if sign:
            shown = str(value) if key.endswith("Path") else json.dumps(value, ensure_ascii=False)
            return f"{variable} {sign} {shown}"
    return variable


def detail(state: Mapping[str, Any]) -> str:
    """What a state does in a few words: a Task's service, a Wait's length, a Map's concurrency."""
    kind = state.get("Type")
    if kind == "Task":
        return resource_text(str(state.get("Resource", "")))
    if kind == "Wait":
        return _wait_text(state)
    if kind == "Fail":
        return str(state.get("Error", state.get("ErrorPath", "")))
    if kind == "Parallel":
        return f"{len(inner_parts(state))} branches"
    if kind == "Map":
        most = state.get("MaxConcurrency", state.get("MaxConcurrencyPath"))
        words = ["distributed"] if runs_apart(state) else []
        words += [f"at most {most} at once"] if most else []
        return ", ".join(words)
    return ""


def retries(state: Mapping[str, Any]) -> str:
    """The retriers of a state, in words; nothing if it has none."""
    words = []
    for retrier in _mappings(state.get("Retry")):
        errors = retrier.get("ErrorEquals")
        named = ", ".join(str(error) for error in errors) if isinstance(errors, list) else "?"
        words.append(f"up to {retrier.get('MaxAttempts', 3)} times on {named}")
    return "; ".join(words)


def resource_text(resource: str) -> str:
    """A Task's resource without what is the same everywhere: `dynamodb putItem`, `lambda price-checker`."""
    if ":function:" in resource:
        return f"lambda {resource.split(':function:', 1)[1]}"
    if ":activity:" in resource:
        return f"activity {resource.split(':activity:', 1)[1]}"
    if ":states:::" in resource:
        words = resource.split(":states:::", 1)[1]
        words, _, pattern = words.partition(".")
        service = words.removeprefix("aws-sdk:").replace(":", " ")
        return f"{service} (waits for {_PATTERNS.get(pattern, pattern)})" if pattern else service
    return resource


_PATTERNS = {"sync": "its end", "sync:2": "its end", "waitForTaskToken": "a token"}


def _wait_text(state: Mapping[str, Any]) -> str:
    from labkit.pictures.cloud_time import length

    amount = state.get("Seconds")
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        return length(amount)
    if amount is not None:
        return str(amount)
    if "SecondsPath" in state:
        return f"{state['SecondsPath']} seconds"
    return f"until {state.get('Timestamp', state.get('TimestampPath', '?'))}"


def _sign(key: str) -> str:
    for family in _FAMILIES:
        if key.startswith(family):
            return _SIGNS.get(key[len(family) :].removesuffix("Path"), "")
    return ""


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))
