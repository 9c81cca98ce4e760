"""Innocent oddities keep full points, in every graded lab: the work counts, not how the notebook looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader import Status, grade

ROOT = Path(__file__).parents[3]
SLUGS = ["attacked", "orientation", "first-function"]

Notebook = dict[str, Any]


def _code(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _text(cell: Notebook) -> str:
    return "".join(cell["source"])


def untouched(notebook: Notebook, cell: Any) -> None:
    """As it comes from the author."""


def warnings_on_stderr(notebook: Notebook, cell: Any) -> None:
    loud = cell("import sys, warnings, logging\nwarnings.warn('old', DeprecationWarning)\n"
                "print('error: failed! Traceback', file=sys.stderr)\nlogging.error('E1 failed')")  # fmt: skip
    for place in range(len(notebook["cells"]), 0, -3):
        notebook["cells"].insert(place, loud)


def extra_cells(notebook: Notebook, cell: Any) -> None:
    for source in ("2 + 2", "undefined_name", "", "# only a comment", "%time pass", "!echo hi", "def f(:"):
        notebook["cells"].insert(1, cell(source, "mine"))
        notebook["cells"].append(cell(source))
    notebook["cells"].insert(0, {"cell_type": "markdown", "source": "E1 E2", "metadata": {"tags": ["E1"]}})
    notebook["cells"].append({"cell_type": "raw", "source": "raw", "metadata": {}})


def windows_line_ends(notebook: Notebook, cell: Any) -> None:
    for one in notebook["cells"]:
        one["source"] = _text(one).replace("\n", "\r\n")


def sources_as_lists(notebook: Notebook, cell: Any) -> None:
    for one in notebook["cells"]:
        one["source"] = _text(one).splitlines(keepends=True)


def outputs_left_in(notebook: Notebook, cell: Any) -> None:
    for one in _code(notebook):
        one["execution_count"] = 99
        one["outputs"] = [
            {"output_type": "stream", "name": "stderr", "text": "Traceback\n" * 500},
            {"output_type": "display_data", "data": {"text/html": "<script>1</script>"}, "metadata": {}},
            {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["\x1b[31mE"]},
        ]


def metadata_lost(notebook: Notebook, cell: Any) -> None:
    notebook["metadata"] = {}
    for one in notebook["cells"]:
        one.pop("id", None)
        one["metadata"] = {"tags": one["metadata"].get("tags", [])}


def roles_lost(notebook: Notebook, cell: Any) -> None:
    for one in notebook["cells"]:
        one["metadata"] = {
            "tags": [tag for tag in one["metadata"].get("tags", []) if re.fullmatch(r"E\d+", tag)]
        }


def check_cells_deleted(notebook: Notebook, cell: Any) -> None:
    notebook["cells"] = [one for one in notebook["cells"] if "labkit.check(" not in _text(one)]


def hints_and_checks_everywhere(notebook: Notebook, cell: Any) -> None:
    for one in _code(notebook)[1:]:
        if not _text(one).startswith("%%"):
            one["source"] = _text(one) + "\nprint('done')\n"


def saved_with_a_mark_and_no_last_line(notebook: Notebook, cell: Any) -> None:
    for one in notebook["cells"]:
        one["source"] = _text(one).rstrip("\n")


ODDITIES: list[Callable[[Notebook, Any], None]] = [
    untouched,
    warnings_on_stderr,
    extra_cells,
    windows_line_ends,
    sources_as_lists,
    outputs_left_in,
    metadata_lost,
    roles_lost,
    check_cells_deleted,
    hints_and_checks_everywhere,
    saved_with_a_mark_and_no_last_line,
]


@pytest.fixture(params=SLUGS, scope="module")
def slug(request):
    return request.param


@pytest.fixture(scope="module")
def reports(slug, workshop, tmp_path_factory, warm):
    named = []
    for oddity in ODDITIES:
        notebook = workshop.solution(slug)
        oddity(notebook, workshop.cell)
        named.append((oddity.__name__, notebook))
    files = workshop.write(tmp_path_factory.mktemp(slug), named)
    found = grade(files, workshop.course(slug), jobs=2, warm=warm)
    return dict(zip((name for name, _ in named), found, strict=True))


@pytest.mark.parametrize("oddity", [oddity.__name__ for oddity in ODDITIES])
def test_it_keeps_full_points(oddity, reports):
    report = reports[oddity]
    why = [(one.id, one.message, one.error) for one in report.exercises if one.status is not Status.PASSED]
    assert report.earned == report.points, (why, report.problems)
    assert report.status is Status.PASSED


SETUP = 'import boto3\nimport labkit\ncloud = labkit.open("attacked")'
E1 = ('def double(number):\n    return 2 * number\nlabkit.submit(double, "E1")', "E1")
E2 = ('import boto3\nlabkit.answer("E2", {"word": "harbour"})', "E2")
E3_FILE = ("%%writefile reverser.py\ndef lambda_handler(event, context):\n    return event[::-1]\n", "E3")
E3 = 'labkit.deploy("reverser", "reverser.py")'
VARIANTS = {
    "reordered": (SETUP, E3_FILE, E3, 'labkit.check("E3")', E2, E1),
    "renamed": (
        SETUP.replace("cloud", "wolke"),
        (E1[0].replace("double", "twice").replace("(number)", "(number=0)"), "E1"),
        E2,
        E3_FILE,
        E3,
        'labkit.check("E3")',
    ),
    "without-tags": (SETUP, E1[0], E2[0], E3_FILE[0], E3, 'labkit.check("E3")'),
    "split-and-copied": (
        SETUP,
        ("def double(number):\n    return None", "E1"),
        E1,
        ('labkit.submit(double, "E1")', "E1"),
        E2,
        E2,
        E3_FILE,
        (E3, "E3"),
    ),
    "waits-for-a-coroutine": (
        SETUP,
        ("import asyncio\nawait asyncio.sleep(0)\n" + E1[0], "E1"),
        E2,
        E3_FILE,
        (E3, "E3"),
    ),
    "uses-the-shell": (
        SETUP,
        E1,
        ("words = !echo harbour\nlabkit.answer('E2', {'word': words[0]})", "E2"),
        ("%%bash\nprintf 'def lambda_handler(e, c):\\n    return e[::-1]\\n' > reverser.py", "E3"),
        (E3, "E3"),
    ),
    "does-not-open-the-lab-first": (
        "import boto3\nword = boto3.client('s3').get_object(Bucket='attacked', Key='word.txt')",
        SETUP,
        E1,
        ("labkit.answer('E2', {'word': word['Body'].read().decode()})", "E2"),
        E3_FILE,
        (E3, "E3"),
    ),
    "a-function-that-warns": (
        SETUP,
        (
            "def double(number):\n    import sys, warnings\n    warnings.warn('old')\n"
            "    print('Traceback: error', file=sys.stderr)\n    return number + number\n"
            'labkit.submit(double, "E1")',
            "E1",
        ),
        E2,
        E3_FILE,
        (E3, "E3"),
    ),
}


@pytest.fixture(scope="module")
def variants(workshop, tmp_path_factory, warm):
    files = workshop.write(
        tmp_path_factory.mktemp("variants"), ((name, workshop.of(*cells)) for name, cells in VARIANTS.items())
    )
    return dict(zip(VARIANTS, grade(files, workshop.course("attacked"), jobs=2, warm=warm), strict=True))


@pytest.mark.parametrize("variant", VARIANTS)
def test_another_way_to_write_it_keeps_full_points(variant, variants):
    report = variants[variant]
    assert (report.earned, report.status) == (7, Status.PASSED), report
