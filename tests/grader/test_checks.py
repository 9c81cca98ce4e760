"""Reading a lab's checks.py: every finding at once, nothing kept from one lab for another."""

from types import SimpleNamespace

import pytest

from grader import CourseError, check, load_checks

HEAD = "from grader import Failure, Lab, check, mistake\n"
GOOD = (
    HEAD
    + '''
@check("E1", points=2, hints=("a", "b", "c"))
def first(lab: Lab) -> None:
    """It is
    there."""

@check("E1", hidden=True, needs="first")
def second_one(lab): pass

@mistake("E1-wrong", exercise="E1", hints=("x", "y", "z"))
def wrong(lab): return True
'''
)


def lab(folder, source, exercises=("E1",)):
    file = folder / "checks.py"
    file.write_text(source)
    return SimpleNamespace(
        folder=folder, checks_files=(file,), exercises=[SimpleNamespace(id=name) for name in exercises]
    )


def findings(folder, source):
    with pytest.raises(CourseError) as caught:
        load_checks(lab(folder, source))
    return [(finding.line, finding.message) for finding in caught.value.findings]


def test_it_gives_what_the_file_declares(tmp_path):
    loaded = load_checks(lab(tmp_path, GOOD))
    first, second = loaded.checks
    assert (first.name, first.points, first.description, first.hints) == (
        "first",
        2,
        "It is there.",
        ("a", "b", "c"),
    )
    assert (second.description, second.hidden, second.needs) == ("second one", True, ("first",))
    assert [(one.name, one.exercise) for one in loaded.mistakes] == [("E1-wrong", "E1")]
    assert loaded.of("E2") == ((), ())


def test_a_changed_file_is_read_again(tmp_path):
    assert len(load_checks(lab(tmp_path, GOOD)).checks) == 2
    assert len(load_checks(lab(tmp_path, HEAD)).checks) == 0
    assert len(load_checks(lab(tmp_path, GOOD)).checks) == 2


def test_what_is_declared_elsewhere_goes_nowhere(tmp_path):
    check("E1")(lambda lab: None)
    assert load_checks(lab(tmp_path, HEAD)).checks == ()


def test_all_findings_at_once(tmp_path):
    source = HEAD + (
        '@check("E9", hints=("only one",))\ndef a(lab): pass\n'
        '@check("E1", points=-1, needs=("later",))\ndef b(lab): pass\n'
        '@check("E1")\ndef b(lab): pass\n'
    )
    found = findings(tmp_path, source)
    told = " ".join(message for _, message in found)
    for words in ("no exercise 'E9'", "1 hints", "below zero", "needs `later`", "same name"):
        assert words in told
    assert {line for line, _ in found} == {2, 4, 6}


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("def f(:\n", 1, "no Python"),
        ("import json\n\nraise ValueError('boom')\n", 3, "ValueError: boom"),
        ("import nowhere_to_be_found\n", 1, "ModuleNotFoundError"),
    ],
)
def test_a_file_that_can_not_be_imported(tmp_path, source, line, words):
    assert [(found, words in message) for found, message in findings(tmp_path, source)] == [(line, True)]


def test_no_file(tmp_path):
    with pytest.raises(CourseError, match="can't be read"):
        load_checks(SimpleNamespace(folder=tmp_path, checks_files=(tmp_path / "checks.py",), exercises=[]))


def test_a_folder_is_read_file_by_file_and_shares_what_init_defines(tmp_path):
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "__init__.py").write_text("from grader import Failure\ndef shared(lab): raise Failure(1, 2)\n")
    head = "from grader import check\nfrom . import shared\n"
    for name in ("E2", "E1"):
        (folder / f"{name}.py").write_text(
            f'{head}@check("{name}", hints=("a", "b", "c"))\ndef works(lab): shared(lab)\n'
        )
    files = tuple(folder / f"{name}.py" for name in ("__init__", "E1", "E2"))
    source = SimpleNamespace(
        folder=tmp_path, checks_files=files, exercises=[SimpleNamespace(id="E1"), SimpleNamespace(id="E2")]
    )
    assert [check.exercise for check in load_checks(source).checks] == ["E1", "E2"]
    (folder / "E2.py").write_text(head + '@check("E3")\ndef works(lab): pass\n')
    with pytest.raises(CourseError, match=r"E2\.py:3: `works`: the lab has no exercise 'E3'"):
        load_checks(source)
