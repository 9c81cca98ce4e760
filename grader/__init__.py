"""The grader: judges what a learner built by its behaviour, from outside.

A lab's `checks.py` imports `check`, `mistake`, `Failure` and `Lab` from here, and nothing else of it.
Names are loaded when they are used, so that the process in which a learner's notebook runs, which needs one
module of this package, has none of the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.checking import build_start_state, check_exercise
    from grader.checks import Check, Failure, LabChecks, Mistake, check, load_checks, mistake
    from grader.course import Course, CourseError, LabSource, find_course, load_course
    from grader.grading import Limits, Warm, grade
    from grader.junit import to_junit
    from grader.lab import Invocation, Lab
    from grader.report_json import report_schema, to_json
    from grader.results import CheckResult, ExerciseResult, Report, Status, exit_code
    from grader.terminal import print_report

__all__ = [
    "Check",
    "CheckResult",
    "Course",
    "CourseError",
    "ExerciseResult",
    "Failure",
    "Invocation",
    "Lab",
    "LabChecks",
    "LabSource",
    "Limits",
    "Mistake",
    "Report",
    "Status",
    "Warm",
    "build_start_state",
    "check",
    "check_exercise",
    "exit_code",
    "find_course",
    "grade",
    "load_checks",
    "load_course",
    "mistake",
    "print_report",
    "report_schema",
    "to_json",
    "to_junit",
]

_HOMES = {
    "checking": ("build_start_state", "check_exercise"),
    "checks": ("Check", "Failure", "LabChecks", "Mistake", "check", "load_checks", "mistake"),
    "course": ("Course", "CourseError", "LabSource", "find_course", "load_course"),
    "grading": ("Limits", "Warm", "grade"),
    "junit": ("to_junit",),
    "lab": ("Invocation", "Lab"),
    "report_json": ("report_schema", "to_json"),
    "results": ("CheckResult", "ExerciseResult", "Report", "Status", "exit_code"),
    "terminal": ("print_report",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'grader' has no attribute {name!r}")
    return getattr(import_module(f"grader.{_HOME_OF[name]}"), name)
