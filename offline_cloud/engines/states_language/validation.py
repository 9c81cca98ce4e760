"""Validates a state machine's definition: every finding at once, in AWS's order of care.

First what is wrong with fields (in the order of the text), then where states lead. A finding never hides
another one, but for what would only repeat it. Nothing here raises, whatever JSON it is given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from offline_cloud.engines.states_language.choice_rules import check_choices
from offline_cloud.engines.states_language.definition_text import (
    MAX_JSON_DEPTH,
    RepeatedKeys,
    is_deeper,
    note_depth,
    read_definition,
)
from offline_cloud.engines.states_language.diagnostics import (
    DUPLICATE_STATE,
    INVALID_STATE_NAME,
    SCHEMA,
    TOO_DEEP,
    Diagnostic,
    Findings,
    Place,
)
from offline_cloud.engines.states_language.error_handlers import check_handlers
from offline_cloud.engines.states_language.field_values import check_fields
from offline_cloud.engines.states_language.map_rules import check_map, processor_of, runs_express
from offline_cloud.engines.states_language.resources import ServiceCatalogue
from offline_cloud.engines.states_language.state_fields import (
    BRANCH,
    EXCLUSIVE,
    MACHINE,
    MAX_NAME,
    PROCESSOR,
    REQUIRED,
    STATES,
    WAIT_FORMS,
    Fields,
    QueryLanguage,
)
from offline_cloud.engines.states_language.task_rules import check_task
from offline_cloud.engines.states_language.transitions import check_transitions
from offline_cloud.engines.states_language.variable_scopes import check_scopes

MachineType = Literal["STANDARD", "EXPRESS"]

# AWS has a limit (its code is TOO_DEEPLY_NESTED) and doesn't document it.
MAX_NESTED_MACHINES: Final = 32
_NESTING: Final = ("Parallel", "Map")


def validate(
    definition: str | Mapping[str, Any],
    *,
    machine_type: MachineType = "STANDARD",
    catalogue: ServiceCatalogue | None = None,
) -> list[Diagnostic]:
    """Say all that is wrong with a definition, given as text or as the value of its JSON.

    Returns no findings, or warnings only, for a machine that can be created. `catalogue` is what the cloud at
    hand knows of services; without it every service and action of the SDK is taken to exist. Never raises.
    """
    findings = Findings()
    value = read_definition(definition, findings) if isinstance(definition, str) else definition
    if findings.found:
        return findings.found
    if not isinstance(value, dict):
        findings.error(
            SCHEMA, "Expected value of type [OBJECT]", "/", 'A definition is an object: {"StartAt": ...}.'
        )
    elif is_deeper(value, MAX_JSON_DEPTH):
        note_depth(findings)
    else:
        _Validation(findings, _language(value, "JSONPath"), catalogue).run(value, machine_type == "EXPRESS")
    return findings.found


def validate_state(
    definition: str | Mapping[str, Any],
    *,
    machine_type: MachineType = "STANDARD",
    catalogue: ServiceCatalogue | None = None,
) -> list[Diagnostic]:
    """Say all that is wrong with one state on its own, as TestState takes it; it may lead anywhere."""
    findings = Findings()
    value = read_definition(definition, findings) if isinstance(definition, str) else definition
    if findings.found:
        return findings.found
    if isinstance(value, dict) and is_deeper(value, MAX_JSON_DEPTH):
        note_depth(findings)
    else:
        language = _language(value, "JSONPath") if isinstance(value, dict) else "JSONPath"
        _Validation(findings, language, catalogue).run_state(value, machine_type == "EXPRESS")
    return findings.found


def _language(node: Mapping[str, Any], inherited: QueryLanguage) -> QueryLanguage:
    """The query language of a machine or a state: whatever is not exactly JSONPath counts as JSONata."""
    if "QueryLanguage" not in node:
        return inherited
    return "JSONPath" if node["QueryLanguage"] == "JSONPath" else "JSONata"


def _inner_machines(state: Mapping[str, Any]) -> Iterator[tuple[Any, str, tuple[Fields, str]]]:
    """The machines inside a state: each with its place in the state, its fields and its name in advice."""
    match state.get("Type"):
        case "Parallel":
            branches = state.get("Branches")
            for index, branch in enumerate(branches if isinstance(branches, list) else ()):
                yield branch, f"/Branches[{index}]", (BRANCH, "a branch")
        case "Map":
            if processor := processor_of(state):
                name, inner = processor
                yield inner, f"/{name}", (PROCESSOR, name)


@dataclass(frozen=True, slots=True)
class _Depth:
    """How many machines there are around one, and whether it runs as an Express one."""

    machines: int
    express: bool


@dataclass(slots=True)
class _Validation:
    """One run over one definition."""

    findings: Findings
    language: QueryLanguage
    catalogue: ServiceCatalogue | None
    transitions: Findings = field(default_factory=Findings)
    places: dict[str, str] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)

    def run(self, machine: Mapping[str, Any], express: bool) -> None:
        self._collect_names(machine, "", 0)
        version = machine.get("Version", "1.0")
        if isinstance(version, str) and version != "1.0":
            self.findings.warning(
                SCHEMA,
                f"Version '{version}' is not known",
                "/Version",
                'The language has one version, "1.0".',
            )
        self._check_machine(machine, "", (MACHINE, "a state machine"), _Depth(0, express))
        check_scopes(self.findings, machine)
        self.findings.found += self.transitions.found

    def run_state(self, state: Any, express: bool) -> None:
        self._check_state("state", state, "", _Depth(0, express))
        self.findings.found += self.transitions.found

    def _collect_names(self, machine: Any, location: str, depth: int) -> None:
        """Note each state's place; a name stands once in the whole definition."""
        states = machine.get("States") if isinstance(machine, dict) else None
        if not isinstance(states, dict) or depth > MAX_NESTED_MACHINES:
            return
        repeated = states.repeated if isinstance(states, RepeatedKeys) else ()
        for name, state in states.items():
            where = f"{location}/States/{name}"
            if name in self.places or name in repeated:
                first = self.places.get(name)
                self.findings.error(
                    DUPLICATE_STATE,
                    f"Duplicate State name: {name}",
                    where,
                    f"{name} is the name of {first} too: a name stands once in the whole definition."
                    if first
                    else f"{name} stands more than once in States and only the last counts: rename one.",
                )
            self.places.setdefault(name, where)
            if isinstance(state, dict) and state.get("Type") in _NESTING:
                for inner, step, _ in _inner_machines(state):
                    self._collect_names(inner, where + step, depth + 1)

    def _check_machine(self, machine: Any, location: str, kind: tuple[Fields, str], depth: _Depth) -> None:
        findings = self.findings
        fields, where = kind
        if not isinstance(machine, dict):
            findings.wrong_type(
                "OBJECT", location, f'{where} is an object: {{"StartAt": ..., "States": ...}}.'
            )
            return
        if depth.machines > MAX_NESTED_MACHINES:
            findings.error(
                TOO_DEEP,
                "The states are too deeply nested.",
                location,
                "Move inner machines out and start them by states:startExecution.",
            )
            return
        check_fields(Place(findings, location, self.language), machine, fields, where)
        if lacking := [name for name in ("StartAt", "States") if name not in machine]:
            findings.missing(lacking, location or "/")
        states = machine.get("States")
        if not isinstance(states, dict):
            return
        if not states:
            findings.too_few(f"{location}/States", "Add at least one state.")
            return
        for name, state in states.items():
            self._check_state(name, state, f"{location}/States/{name}", depth)
        start = machine.get("StartAt")
        check_transitions(
            self.transitions,
            states,
            start if isinstance(start, str) else None,
            location,
            elsewhere=self.places,
            top=not location,
        )

    def _check_state(self, name: str, state: Any, location: str, depth: _Depth) -> None:
        findings = self.findings
        if not 0 < len(name) <= MAX_NAME:
            wrong = f"exceeds the {MAX_NAME}-character limit allowed by the service" if name else "is empty"
            findings.error(
                INVALID_STATE_NAME,
                f"Invalid State name: State '{name}' {wrong}",
                location,
                f"A state's name has 1 to {MAX_NAME} characters; this one has {len(name)}.",
            )
        if not isinstance(state, dict):
            findings.wrong_type("OBJECT", location, 'A state is an object: {"Type": "Pass", ...}.')
            return
        kind = self._check_type(state, location)
        if kind is None:
            return
        language = _language(state, self.language)
        downgraded = self.language == "JSONata" and language == "JSONPath"
        if downgraded:
            findings.schema(
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                location,
                "Set QueryLanguage to JSONata in the states that should have it, not in the machine.",
            )
        place = Place(findings, location, language)
        check_fields(place, state, STATES[kind], f"a {kind} state", other_language=not downgraded)
        if lacking := [each for each in REQUIRED.get(kind, ()) if each not in state]:
            findings.missing(lacking, location)
        if language == "JSONPath":
            for pair in EXCLUSIVE.get(kind, ()):
                if pair[0] in state and pair[1] in state:
                    findings.exclusive(pair, location)
        if "Next" in STATES[kind]:
            _check_way_on(place, state)
        self._check_kind(kind, place, state, depth)

    def _check_type(self, state: Mapping[str, Any], location: str) -> str | None:
        """A state's Type; None, with a finding, if it has none that is known."""
        kind = state.get("Type")
        if isinstance(kind, str) and kind in STATES:
            return kind
        advice = f"Say what kind of state it is: one of {', '.join(STATES)}."
        if "Type" not in state:
            self.findings.missing(["Type"], location, advice)
        elif isinstance(kind, str):
            self.findings.one_of(STATES, kind, f"{location}/Type")
        else:
            self.findings.wrong_type("STRING", f"{location}/Type", advice)
        return None

    def _check_kind(self, kind: str, place: Place, state: Mapping[str, Any], depth: _Depth) -> None:
        """Check what is a state type's own, then the machines inside the state."""
        express = depth.express
        match kind:
            case "Task":
                check_task(place, state, express=express, catalogue=self.catalogue)
            case "Choice":
                check_choices(place, state)
            case "Wait":
                _check_wait(place, state)
            case "Parallel" if state.get("Branches") == []:
                self.findings.too_few(f"{place.location}/Branches", "Add at least one branch.")
            case "Map":
                check_map(place, state, express=express, labels=self.labels)
                express = runs_express(state, express)
        if "Retry" in STATES[kind]:
            check_handlers(place, state)
        if kind not in _NESTING:
            return
        for inner, step, inner_kind in _inner_machines(state):
            self._check_machine(inner, place.location + step, inner_kind, _Depth(depth.machines + 1, express))


def _check_way_on(place: Place, state: Mapping[str, Any]) -> None:
    ends = state.get("End")
    if "Next" in state and ends is True:
        advice = "A state either leads on or ends: keep Next, or keep End."
    elif "Next" not in state and (ends is None or ends is False):
        advice = 'Say where the state leads ("Next": "..."), or that the machine ends here ("End": true).'
    else:
        return
    place.findings.exactly_one(("Next", "End"), place.location, advice)


def _check_wait(place: Place, state: Mapping[str, Any]) -> None:
    fields = STATES["Wait"]
    forms = [name for name in WAIT_FORMS if fields[name].language in (None, place.language)]
    if sum(name in state for name in forms) != 1:
        advice = f"Say how long to wait, by one of {', '.join(forms)}."
        place.findings.exactly_one(forms, place.location, advice)
