"""Reports in every form: JSON by its schema, JUnit XML, lines for a terminal, exit codes."""

import io
import json
from xml.etree import ElementTree as xml

import jsonschema
import pytest
from rich.console import Console

from grader import (
    CheckResult,
    ExerciseResult,
    Report,
    Status,
    exit_code,
    print_report,
    report_schema,
    to_json,
    to_junit,
)
from grader.report_json import exercise_as_json, exercise_from_json

EVIL = "<script>alert(1)</script> ]]> & \x1b]0;owned\x07 \x00 \ud800 [bold]x[/bold]"
CHECKS = (
    CheckResult("a", "It is.", Status.PASSED, 1, 1),
    CheckResult("b", "It does.", Status.FAILED, 1, 0, {"x": EVIL}, None, "there", seconds=1.25),
    CheckResult("c", "It holds.", Status.FAILED, 2, 0, where="the payload", hidden=True),
    CheckResult("d", "It stays.", Status.COULD_NOT_RUN, 1, 0, float("nan"), float("inf"), "first: It does."),
)
FAILED = ExerciseResult(
    "E1", "One", Status.FAILED, 5, 1, CHECKS, ("q?", "c", "p"), "E1-evil", f"Recognised: {EVIL}"
)
PASSED = ExerciseResult("E2", "Two", Status.PASSED, 1, 1, (CHECKS[0],))
CRASHED = ExerciseResult("E3", "Three", Status.COULD_NOT_RUN, 1, 0, error="the check could not run: KeyError")
REPORT = Report(
    EVIL,
    "trades",
    Status.FAILED,
    7,
    2,
    (FAILED, PASSED, CRASHED),
    (EVIL,),
    {"pid_ns": True, "seccomp": False},
    7,
)
EMPTY = Report("x.ipynb", None, Status.COULD_NOT_RUN, 0, 0, problems=("it is not JSON (line 1).",))


def printed(report, **console):
    out = io.StringIO()
    print_report(report, Console(file=out, width=400, **console))
    return out.getvalue()


@pytest.mark.parametrize("timings", [False, True])
def test_json_is_as_its_schema_says(timings):
    text = to_json([REPORT, EMPTY], timings=timings)
    document = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    jsonschema.Draft202012Validator(report_schema()).validate(document)
    text.encode()
    assert ("seconds" in text) == timings


def test_json_tells_null_from_nothing():
    found = json.loads(to_json([REPORT]))["reports"][0]["exercises"][0]["checks"]
    assert found[1]["seen"] is None
    assert "seen" not in found[2]
    assert "expected" not in found[0]


def test_a_result_survives_the_way_between_processes():
    for result in (FAILED, PASSED, CRASHED):
        sent = json.loads(json.dumps(exercise_as_json(result, timings=True)))
        came = exercise_from_json(sent)
        assert exercise_as_json(came, timings=True) == exercise_as_json(result, timings=True)
        assert came.checks == result.checks or result is FAILED  # NaN differs from itself


def test_junit_holds_nothing_raw():
    text = to_junit([REPORT, EMPTY])
    root = xml.fromstring(text)
    assert "<script>" not in text
    assert not {"\x00", "\x1b", "\x07"} & set(text)
    first, second = root.findall("testsuite")
    assert (first.get("tests"), first.get("failures"), first.get("errors")) == ("3", "1", "1")
    assert (second.get("tests"), second.get("errors")) == ("1", "1")
    assert "E1 One" in [case.get("name") for case in first.findall("testcase")]


def test_the_terminal_shows_the_reason_and_the_first_hint():
    text = printed(REPORT)
    for words in (
        "2 of 7 points",
        "E1 One: failed, 1 of 5 points",
        "seen: null",
        "where: there",
        "hint: q?",
        "could not run: the check could not run: KeyError",
        "Protections that held: pid_ns. Not here: seccomp.",
        "[bold]x[/bold]",
    ):
        assert words in text


def test_nothing_of_a_learner_steers_the_terminal():
    assert "\x1b" not in printed(REPORT)
    coloured = printed(REPORT, force_terminal=True, color_system="standard")
    assert "\x1b]0" not in coloured
    assert "\x07" not in coloured
    assert "\x1b[" in coloured


def test_values_stand_below_their_check():
    lines = printed(REPORT).splitlines()
    place = next(number for number, line in enumerate(lines) if "It does." in line)
    assert "expected" in lines[place + 1]
    assert "seen" in lines[place + 2]


def test_a_report_without_exercises():
    assert "it is not JSON (line 1)." in printed(EMPTY)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], 2),
        ([Status.PASSED], 0),
        ([Status.PASSED, Status.FAILED], 1),
        ([Status.FAILED, Status.COULD_NOT_RUN], 2),
    ],
)
def test_exit_codes(statuses, code):
    assert exit_code([Report("x", "y", status, 1, 0) for status in statuses]) == code
