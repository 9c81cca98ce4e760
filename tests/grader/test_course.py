"""Reading a course: what it gives, and every finding at once with its line."""

import datetime
from pathlib import Path

import pytest

from grader.course import find_course, load_course
from grader.front_matter import CourseError, read_front_matter, read_yaml

COURSE = "title: Trades\nstory: A broker.\nlabs:\n  - 00-first\n"
LAB = """\
---
labkit:
  slug: first
  title: The first
  minutes: {recall: 1, teach: 2, exercises: 5, wrap: 1}
  prerequisites: []
  questions: ["Why?"]
  objectives:
    - {id: O1, verb: write, text: a function, exercises: [E1]}
  keypoints: [So it is.]
  exercises:
    - {id: E1, title: One, points: 2, minutes: 5}
  seed: [I1]
  facts: [F1]
  controls: [clock]
---

# The first

Text.
"""


def course_in(folder: Path, course: str = COURSE, lab: str = LAB) -> Path:
    (folder / "course" / "00-first").mkdir(parents=True)
    (folder / "course" / "course.yml").write_text(course)
    (folder / "course" / "facts.yml").write_text("F1: {text: A fact., as_of: 2026-11-01, source: here}\n")
    (folder / "course" / "00-first" / "lab.md").write_text(lab)
    (folder / "course" / "00-first" / "checks.py").write_text("")
    return folder


def said(folder: Path) -> list[str]:
    with pytest.raises(CourseError) as caught:
        load_course(folder)
    return [str(found).removeprefix(f"{folder.resolve()}/") for found in caught.value.findings]


def test_a_course_is_read(tmp_path):
    course = load_course(course_in(tmp_path))
    lab = course.lab("first")
    assert lab is course.lab("00-first")
    assert (course.title, course.root, lab.points, lab.minutes.total) == ("Trades", tmp_path.resolve(), 2, 9)
    assert lab.exercise("E1").title == "One"
    assert lab.objectives[0].exercises == ("E1",)
    assert lab.controls == ("clock",)
    assert lab.start_file is None
    assert course.facts[0].as_of == datetime.date(2026, 11, 1)
    assert lab.document.body.startswith("# The first")
    assert lab.document.body_line == 18


def test_an_unknown_lab_or_exercise_names_those_that_there_are(tmp_path):
    course = load_course(course_in(tmp_path))
    with pytest.raises(KeyError, match="it has first"):
        course.lab("second")
    with pytest.raises(KeyError, match="it has E1"):
        course.lab("first").exercise("E2")


def test_a_course_is_found_from_anywhere_inside(tmp_path, monkeypatch):
    course_in(tmp_path)
    (tmp_path / "labs" / "00-first").mkdir(parents=True)
    monkeypatch.delenv("LABKIT_COURSE", raising=False)
    for place in ("labs/00-first", "course/00-first", "course", "."):
        assert find_course(tmp_path / place).title == "Trades"
    monkeypatch.setenv("LABKIT_COURSE", str(tmp_path))
    assert find_course(Path("/")).title == "Trades"
    monkeypatch.setenv("LABKIT_COURSE", str(tmp_path / "labs"))
    with pytest.raises(CourseError, match=r"course\.yml: the file is not there"):
        find_course()


def test_every_finding_is_reported_at_once_with_its_line(tmp_path):
    lab = LAB.replace("slug: first", "slug: First One").replace("points: 2", "points: 0")
    lab = lab.replace("  title: The first\n", "  titel: The first\n").replace("seed: [I1]", "seed: [1, X]")
    lab = lab.replace("controls: [clock]", "controls: [time]").replace("minutes: 5}", "minutes: five}")
    found = said(course_in(tmp_path, lab=lab))
    assert [line.split(": ")[0] for line in found] == [
        "course/00-first/lab.md:2",
        "course/00-first/lab.md:3",
        "course/00-first/lab.md:4",
        "course/00-first/lab.md:12",
        "course/00-first/lab.md:12",
        "course/00-first/lab.md:13",
        "course/00-first/lab.md:13",
        "course/00-first/lab.md:15",
    ]
    assert "`labkit.title` is missing: add it (a text)." in found[0]
    assert "`First One` is no slug" in found[1]
    assert "`labkit.titel` means nothing here" in found[2]


@pytest.mark.parametrize(
    ("course", "lab", "expected"),
    [
        (COURSE, "# No front matter", "course/00-first/lab.md:1: no front matter"),
        (COURSE, "---\nlabkit:\n  slug: first\n", "course/00-first/lab.md:1: the front matter never ends"),
        (COURSE, "---\nlabkit: {slug: a: b}\n---\n", "course/00-first/lab.md:2: not valid YAML"),
        (COURSE, "---\n- a\n---\n", "course/00-first/lab.md:2: expected `key: value` lines"),
        ("title: x\nlabs: [00-first, 01-gone]\n", LAB, "course/course.yml:2: there is no folder `01-gone`"),
        ("title: x\nlabs: []\n", LAB, "course/course.yml:2: `00-first` is not in `labs`"),
        (COURSE, LAB.replace("sites: []", "sites: [zero]"), "lab.md:6: the prerequisite `zero`"),
        (COURSE, LAB.replace("slug: first", "slug: other"), "lab.md:3: the folder `00-first`"),
        (COURSE + "story2: x\n", LAB, "course/course.yml:5: `story2` means nothing"),
    ],
)  # fmt: skip
def test_findings_say_where_and_what(tmp_path, course, lab, expected):
    assert any(expected in line for line in said(course_in(tmp_path, course, lab))), said(tmp_path)


def test_a_lab_may_have_a_small_account(tmp_path):
    lab = LAB.replace("controls: [clock]", "controls: [clock]\n  concurrency: 20")
    assert load_course(course_in(tmp_path / "small", lab=lab)).labs[0].concurrency == 20
    assert load_course(course_in(tmp_path / "usual")).labs[0].concurrency is None
    with pytest.raises(CourseError, match="concurrency"):
        load_course(course_in(tmp_path / "none", lab=lab.replace("concurrency: 20", "concurrency: 0")))


def test_a_lab_needs_checks(tmp_path):
    (course_in(tmp_path) / "course" / "00-first" / "checks.py").unlink()
    assert "there is no `checks.py` beside it" in said(tmp_path)[0]


def test_windows_line_ends_and_odd_files(tmp_path):
    file = tmp_path / "lab.md"
    file.write_bytes(b"---\r\na: 1\r\n---\r\n# T\r\n")
    document = read_front_matter(file)
    assert (document.data, document.body) == ({"a": 1}, "# T\n")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CourseError, match="not UTF-8"):
        read_yaml(file)
    with pytest.raises(CourseError, match="can't be read"):
        read_yaml(tmp_path)
