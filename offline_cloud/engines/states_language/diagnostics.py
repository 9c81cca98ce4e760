"""What is wrong with a state machine's definition, in AWS's words and in plain ones.

Codes are those of ValidateStateMachineDefinition's reference page, and two that it doesn't list but the
service answers (INVALID_JSONATA_EXPRESSION, UNSUPPORTED_JSONATA_EXPRESSION). For every finding:

- `message` is AWS's sentence where it is known; `advice` is ours and says what to do next.
- `location` is AWS's form: `/States/Pay/Choices[0]/Next`; None for the machine as a whole.
- An ERROR keeps a machine from being created; a WARNING never does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, Literal

from offline_cloud.engines.states_language.state_fields import QueryLanguage

INVALID_JSON: Final = "INVALID_JSON_DESCRIPTION"
MISSING_DEFINITION: Final = "MISSING_DESCRIPTION"
SCHEMA: Final = "SCHEMA_VALIDATION_FAILED"
MISSING_END_STATE: Final = "MISSING_END_STATE"
MISSING_TARGET: Final = "MISSING_TRANSITION_TARGET"
DUPLICATE_STATE: Final = "DUPLICATE_STATE_NAME"
INVALID_STATE_NAME: Final = "INVALID_STATE_NAME"
DUPLICATE_LABEL: Final = "DUPLICATE_LABEL_NAME"
INVALID_LABEL: Final = "INVALID_LABEL_NAME"
TOO_DEEP: Final = "TOO_DEEPLY_NESTED"
INVALID_JSONATA: Final = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED_JSONATA: Final = "UNSUPPORTED_JSONATA_EXPRESSION"
NO_DOLLAR: Final = "NO_DOLLAR"
NO_PATH: Final = "NO_PATH"
RESULT_IS_STATIC: Final = "PASS_RESULT_IS_STATIC"

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a definition."""

    severity: Severity
    code: str
    message: str
    location: str | None
    advice: str

    def summary(self) -> str:
        """The finding as CreateStateMachine writes it: the code, the sentence and where; null for nowhere."""
        return f"{self.code}: {self.message} at {self.location or 'null'}"


@dataclass(slots=True)
class Findings:
    """All that was found so far, in the order in which it was found."""

    found: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, location: str | None, advice: str) -> None:
        """Note what keeps the machine from being created."""
        self.found.append(Diagnostic("ERROR", code, message, location, advice))

    def warning(self, code: str, message: str, location: str | None, advice: str) -> None:
        """Note what AWS lets pass but is hardly meant."""
        self.found.append(Diagnostic("WARNING", code, message, location, advice))

    def schema(self, message: str, location: str, advice: str) -> None:
        """Note a field that is wrong in itself: the commonest finding."""
        self.found.append(Diagnostic("ERROR", SCHEMA, message, location, advice))

    def missing(self, fields: Iterable[str], location: str, advice: str | None = None) -> None:
        """Note fields that must be there and are not."""
        names = ", ".join(fields)
        self.schema(f"These fields are required: [{names}]", location, advice or f"Add {names} here.")

    def unsupported(self, name: str, location: str, known: Iterable[str], where: str) -> None:
        """Note a field that `where` ("a Pass state") doesn't have, and the one that was probably meant."""
        owner = f"{where[:1].upper()}{where[1:]}"
        advice = (
            did_you_mean(name, known)
            or f"{owner} has no field {name}: remove it, or move it where it belongs."
        )
        self.schema(f"Field '{name}' is not supported", location, advice)

    def wrong_type(self, expected: str, location: str, advice: str) -> None:
        """Note a value of another JSON type than `expected`, in AWS's word: STRING, INTEGER and so on."""
        self.schema(f"Expected value of type [{expected}]", location, advice)

    def one_of(self, values: Iterable[str], given: object, location: str) -> None:
        """Note a value outside the few that its field may have."""
        allowed = list(values)
        guess = did_you_mean(given, allowed) if isinstance(given, str) else None
        self.schema(
            f"Value should be one of the following: [{', '.join(allowed)}]",
            location,
            guess or f"Write one of {', '.join(allowed)}.",
        )

    def too_few(self, location: str, advice: str) -> None:
        """Note a list or an object that is empty and must not be."""
        self.schema("Minimum number of items is 1", location, advice)

    def exactly_one(self, names: Sequence[str], location: str, advice: str) -> None:
        """Note that none, or more than one, of `names` is there."""
        self.schema(f"Exactly one of these fields is required: [{', '.join(names)}]", location, advice)

    def exclusive(self, names: Sequence[str], location: str) -> None:
        """Note that several of `names` are there and at most one may be."""
        self.schema(
            f"Only one of these fields is allowed: [{', '.join(names)}]",
            location,
            f"Keep one of {' and '.join(names)} and remove the other.",
        )


@dataclass(frozen=True, slots=True)
class Place:
    """An object of the definition that is being checked: where it is and what holds there.

    `catcher` says that `$states.errorOutput` exists here.
    """

    findings: Findings
    location: str
    language: QueryLanguage
    catcher: bool = False

    def inside(self, step: str) -> "Place":
        """The place that `step` ("/Retry[0]") leads to from here."""
        return Place(self.findings, self.location + step, self.language, self.catcher)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Ask about the name that `word` is probably a slip of; None if none is near.

    Looks past capitals first, since field names of the language are case-sensitive.
    """
    names = [name for name in known if name != word]
    folded = word.casefold()
    near = [name for name in names if name.casefold() == folded] or get_close_matches(word, names, 1, 0.7)
    return f"Did you mean {near[0]}?" if near else None


def definition_error(findings: Iterable[Diagnostic]) -> str:
    """Put the errors among `findings` into the one sentence of AWS's InvalidDefinition exception."""
    errors = ", ".join(finding.summary() for finding in findings if finding.severity == "ERROR")
    return f"Invalid State Machine Definition: '{errors}'"
