"""Reports as JSON, as `report.schema.json` describes them, and back.

Invariant: keys come in a fixed order, numbers are whole, and there is no clock reading but `seconds`, which
is there only if timings are asked for. So the same submission and seed give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from grader.results import NOT_GIVEN, CheckResult, ExerciseResult, Report, Status

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "�")


def to_json(reports: Sequence[Report], timings: bool = False) -> str:
    """One JSON document with all reports: `{"schema_version", "reports"}`."""
    document = {
        "schema_version": Report.schema_version,
        "reports": [report_as_json(report, timings) for report in reports],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).translate(_SURROGATES) + "\n"


def report_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of that document."""
    schema: dict[str, Any] = json.loads(files("grader").joinpath("report.schema.json").read_text("utf-8"))
    return schema


def report_as_json(report: Report, timings: bool = False) -> dict[str, Any]:
    """One report as plain data."""
    plain: dict[str, Any] = {
        "submission": report.submission,
        "lab": report.lab,
        "status": str(report.status),
        "points": report.points,
        "earned": report.earned,
        "seed": report.seed,
        "problems": list(report.problems),
        "protections": dict(report.protections),
        "exercises": [exercise_as_json(result, timings) for result in report.exercises],
    }
    return {**plain, "seconds": round(report.seconds, 3)} if timings else plain


def exercise_as_json(result: ExerciseResult, timings: bool = False) -> dict[str, Any]:
    """One exercise's result as plain data."""
    return {
        "id": result.id,
        "title": result.title,
        "status": str(result.status),
        "points": result.points,
        "earned": result.earned,
        "message": result.message,
        "mistake": result.mistake,
        "hints": list(result.hints),
        "error": result.error,
        "checks": [_check_as_json(check, timings) for check in result.checks],
    }


def exercise_from_json(plain: Mapping[str, Any]) -> ExerciseResult:
    """The opposite of `exercise_as_json`."""
    checks = tuple(CheckResult(**{**check, "status": Status(check["status"])}) for check in plain["checks"])
    given = {**plain, "status": Status(plain["status"]), "checks": checks, "hints": tuple(plain["hints"])}
    return ExerciseResult(**given)


def _check_as_json(check: CheckResult, timings: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": check.name,
        "description": check.description,
        "status": str(check.status),
        "points": check.points,
        "earned": check.earned,
        "hidden": check.hidden,
        "where": check.where,
    }
    for name, value in (("expected", check.expected), ("seen", check.seen)):
        if value is not NOT_GIVEN:
            plain[name] = _strict(value)
    return {**plain, "seconds": round(check.seconds, 3)} if timings else plain


def _strict(value: Any) -> Any:
    """JSON has no NaN and no infinity: as text then."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return json.dumps(value, default=str, ensure_ascii=False)
    return value
