"""Checks Retry and Catch."""

from collections.abc import Mapping, Sequence
from typing import Any

from offline_cloud.engines.states_language.diagnostics import SCHEMA, Findings, Place, did_you_mean
from offline_cloud.engines.states_language.field_values import check_fields
from offline_cloud.engines.states_language.state_fields import CATCHER, ERRORS, RETRIER


def check_handlers(place: Place, state: Mapping[str, Any]) -> None:
    """Check the retriers and catchers of a Task, Parallel or Map state."""
    findings, location = place.findings, place.location
    retriers = state.get("Retry")
    if isinstance(retriers, list):
        for index, retrier in enumerate(retriers):
            where = f"{location}/Retry[{index}]"
            if not isinstance(retrier, dict):
                findings.wrong_type("OBJECT", where, 'A retrier is an object: {"ErrorEquals": [...], ...}.')
                continue
            check_fields(place.inside(f"/Retry[{index}]"), retrier, RETRIER, "a retrier")
            _check_delays(findings, retrier, where)
            _check_errors(findings, retrier, where, last=index == len(retriers) - 1)
    catchers = state.get("Catch")
    if isinstance(catchers, list):
        for index, catcher in enumerate(catchers):
            where = f"{location}/Catch[{index}]"
            if not isinstance(catcher, dict):
                findings.wrong_type(
                    "OBJECT", where, 'A catcher is an object: {"ErrorEquals": [...], "Next": ...}.'
                )
                continue
            check_fields(Place(findings, where, place.language, catcher=True), catcher, CATCHER, "a catcher")
            if "Next" not in catcher:
                findings.missing(["Next"], where, "Say where to go when the error is caught.")
            _check_errors(findings, catcher, where, last=index == len(catchers) - 1)


def _check_delays(findings: Findings, retrier: Mapping[str, Any], location: str) -> None:
    longest, first = retrier.get("MaxDelaySeconds"), retrier.get("IntervalSeconds", 1)
    if (
        isinstance(longest, int)
        and isinstance(first, int)
        and not isinstance(longest, bool)
        and "IntervalSeconds" in retrier
        and 1 <= longest <= first
    ):
        findings.schema(
            "'MaxDelaySeconds' must be greater than 'IntervalSeconds'",
            f"{location}/MaxDelaySeconds",
            f"The first wait is {first} s already: give MaxDelaySeconds more than that.",
        )


def _check_errors(findings: Findings, handler: Mapping[str, Any], location: str, *, last: bool) -> None:
    if "ErrorEquals" not in handler:
        findings.missing(["ErrorEquals"], location, 'Say which errors: "ErrorEquals": ["States.TaskFailed"].')
        return
    names = handler["ErrorEquals"]
    if not isinstance(names, list):
        return
    where = f"{location}/ErrorEquals"
    if not names:
        findings.too_few(where, "Name at least one error.")
    for index, name in enumerate(names):
        if not isinstance(name, str):
            findings.wrong_type("STRING", f"{where}[{index}]", "An error's name is text.")
        elif name.startswith("States.") and name not in ERRORS and not name.startswith("States.Http."):
            _unknown_error(findings, name, f"{where}[{index}]")
    _check_wildcard(findings, names, where, last)


def _unknown_error(findings: Findings, name: str, location: str) -> None:
    guess = did_you_mean(name, ERRORS)
    findings.warning(
        SCHEMA,
        f"Error name '{name}' is reserved, but Step Functions has no such error",
        location,
        guess or "Names that begin with States. are AWS's own: take one of its list, or a name of your own.",
    )


def _check_wildcard(findings: Findings, names: Sequence[Any], location: str, last: bool) -> None:
    if "States.ALL" in names and (len(names) > 1 or not last):
        findings.schema(
            "States.ALL must appear alone and at end of list",
            f"{location}[{names.index('States.ALL')}]",
            "States.ALL means every error: put it into an entry of its own, after all others."
            if len(names) > 1
            else "Entries are tried in order, and nothing after States.ALL would ever be: put it last.",
        )
