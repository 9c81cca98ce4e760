"""Reports as JUnit XML: a suite per submission, a case per exercise.

Whatever is a learner's is escaped, and characters that XML can't hold are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as xml

from grader.results import ExerciseResult, Report, Status
from grader.terminal import exercise_lines

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(reports: Sequence[Report]) -> str:
    """One document for all reports. An exercise that failed is a failure, one that could not run an error."""
    root = xml.Element("testsuites", name="labkit")
    for report in reports:
        cases = report.exercises
        suite = xml.SubElement(
            root,
            "testsuite",
            name=_clean(f"{report.submission} ({report.lab or 'no lab'})"),
            tests=str(max(1, len(cases))),
            failures=str(sum(case.status is Status.FAILED for case in cases)),
            errors=str(sum(case.status is Status.COULD_NOT_RUN for case in cases) or int(not cases)),
        )
        properties = xml.SubElement(suite, "properties")
        values = {"points": report.points, "earned": report.earned, "seed": report.seed, **report.protections}
        for name, value in values.items():
            xml.SubElement(properties, "property", name=_clean(name), value=_clean(str(value)))
        for case in cases:
            _add_case(suite, report, case)
        if not cases:
            element = xml.SubElement(
                suite, "testcase", classname=_clean(report.submission), name="submission"
            )
            xml.SubElement(element, "error", message=_clean(" ".join(report.problems)))
        elif report.problems:
            xml.SubElement(suite, "system-err").text = _clean("\n".join(report.problems))
    xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: xml.Element, report: Report, case: ExerciseResult) -> None:
    name = f"{case.id} {case.title}".strip()
    element = xml.SubElement(suite, "testcase", classname=_clean(f"{report.lab}"), name=_clean(name))
    if case.status is Status.PASSED:
        return
    kind = "failure" if case.status is Status.FAILED else "error"
    told = xml.SubElement(element, kind, message=_clean(f"{case.earned} of {case.points} points"))
    told.text = _clean("\n".join(exercise_lines(case)))


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
