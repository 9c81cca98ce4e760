"""Every known way to cheat a grader, against every graded lab: no points, no leak, in time, nothing left.

A cheat is what a learner could hand in instead of an answer: the lab's untouched notebook with cells put in.
The classes are those by which known graders fall: see "Grade in CI" of the site.
"""

from __future__ import annotations

import ast
import itertools
import os
import re
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader import Limits, Status, grade, to_json, to_junit
from grader.learner import LearnerLimits
from offline_cloud.isolation import probe

ROOT = Path(__file__).parents[3]
COURSE = sorted(path.parent.name.split("-", 1)[1] for path in (ROOT / "course").glob("*/lab.md"))
CELL_SECONDS = 4.0
NOTEBOOK_SECONDS = 60.0
CHEATING = "cheating"
MARK = "labkit-attack-daemon"

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Cheat:
    """`first` follows the first code cell; `each` stands before the last cell of every exercise.

    A cheat that does not end its cell must run without an error, or it would prove nothing.
    """

    name: str
    first: str = ""
    each: str = ""
    ends: bool = False
    edit: Callable[[Notebook], None] | None = None


def _nothing_but_points(notebook: Notebook) -> None:
    notebook["metadata"]["labkit"]["points"] = 100
    for cell in notebook["cells"]:
        cell["metadata"]["points"] = 100
        cell["metadata"]["nbgrader"] = {"grade": True, "points": 100, "schema_version": 3, "solution": True}


def _no_cells_of_exercises(notebook: Notebook) -> None:
    def names_one(cell: Notebook) -> bool:
        tags = cell["metadata"].get("tags", [])
        return any(tag.startswith("E") for tag in tags) or bool(re.search(r'"E\d"', str(cell["source"])))

    notebook["cells"] = [cell for cell in notebook["cells"] if not names_one(cell)]
    notebook["cells"].append({"cell_type": "code", "source": "1", "metadata": {}, "outputs": []})


CHEATS = [
    Cheat(
        "patches-the-runner",
        first="""
import builtins, json, sys, types
import labkit
for name in ("check", "hint"):
    setattr(labkit, name, lambda *a, **k: "passed")
for name, module in list(sys.modules.items()):
    if name.startswith(("grader", "course_builder", "unittest")):
        for key, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType):
                setattr(module, key, lambda *a, **k: True)
json.loads = lambda *a, **k: {"status": "passed", "earned": 100, "points": 100}
builtins.AssertionError = type("Nothing", (Exception,), {})
""",
    ),
    Cheat(
        "rewrites-later-cells",
        first="""
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
no_error = type("Result", (), {"error_before_exec": None, "error_in_exec": None})
type(shell).run_cell = lambda *a, **k: no_error()
""",
    ),
    Cheat(
        "equal-to-everything",
        first="""
def always(*a, **k):
    class Equal(dict):
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __hash__(self): return 0
        def __getitem__(self, key): return self
        def __contains__(self, key): return True
    return Equal()
""",
        each="""
labkit.submit(always, "{exercise}")
""",
    ),
    Cheat(
        "answers-an-equal-object",
        ends=True,  # labkit refuses it
        first="""
class Equal(dict):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __len__(self): return 1
""",
        each="""
labkit.answer("{exercise}", Equal())
""",
    ),
    Cheat(
        "reads-the-checks",
        first="""
import gc, os
found = []
for base, folders, names in os.walk("/"):
    if base == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys", "usr", "lib", "lib64")]
    if base.endswith("site-packages"):
        folders[:] = []
    found += [os.path.join(base, name) for name in names if name in ("checks.py", "lab.md", "course.yml")]
    found += [base] if base.endswith("-first-function/checks") else []
for thing in gc.get_objects():
    if "/checks" in getattr(getattr(thing, "__code__", None), "co_filename", "").rpartition(".py")[0]:
        found.append(repr(thing)[:80])
for process in filter(str.isdigit, os.listdir("/proc")):
    for name in ("cmdline", "environ"):
        try:
            text = open(f"/proc/{process}/{name}", "rb").read()
        except OSError:
            continue
        if b"grade" in text and b"learner" not in text or b"GRADER_SECRET" in text:
            found.append(text[:100])
needle = "NEEDLE"[::-1].encode()
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        maps = open(f"/proc/{process}/maps").read().splitlines()
        memory = open(f"/proc/{process}/mem", "rb", 0)
    except OSError:
        continue
    for line in maps:
        span, rights = line.split()[:2]
        low, high = (int(part, 16) for part in span.split("-"))
        if not rights.startswith("rw") or high - low > 1 << 28:
            continue
        try:
            memory.seek(low)
            data = memory.read(high - low)
        except (OSError, ValueError, OverflowError):
            continue
        place = data.find(needle)
        while place >= 0:
            # Never joined to the needle here: this cell's own memory must not look like a check.
            if data[place + len(needle) : place + len(needle) + 10] == b"(lab: Lab)":
                found.append(f"memory of {process}")
            place = data.find(needle, place + 1)
assert not found, "FOUND " + str(found)
""",
    ),
    Cheat(
        "writes-the-marks",
        first="""
import json, os, struct
marks = {"status": "passed", "earned": 100, "points": 100, "result": {"status": "passed", "earned": 100}}
for name in ("report.json", "results.json", "gradebook.db", "/tmp/report.json", "../report.json"):
    try:
        open(name, "w").write(json.dumps(marks))
    except OSError:
        pass
for number in range(3, 64):
    data = json.dumps({"cell": 2, "error": None, **marks}).encode()
    try:
        os.write(number, struct.pack("!I", len(data)) + data)
    except OSError:
        pass
""",
    ),
    Cheat(
        "garbage-on-the-channel",
        ends=True,
        each="""
import os
for number in range(3, 64):
    try:
        os.write(number, b"\\xff" * 100)
    except OSError:
        pass
""",
    ),
    Cheat(
        "modules-beside-the-notebook",
        first="""
for name in ("grader", "json", "boto3", "sitecustomize", "usercustomize", "conftest", "checks", "labkit"):
    open(f"{name}.py", "w").write("import sys\\nclass Lab: pass\\ndef check(*a, **k): return lambda f: f\\n")
import importlib, sys
sys.modules.pop("grader", None)
import grader
""",
    ),
    Cheat("ends-the-kernel", ends=True, each="import os\nos._exit(0)"),
    Cheat("kills-the-kernel", ends=True, each="import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    Cheat("kills-everybody", ends=True, first="import os, signal\nos.kill(-1, signal.SIGKILL)"),
    Cheat("crashes-the-kernel", ends=True, first="import ctypes\nctypes.string_at(0)"),
    Cheat(
        "takes-all-memory",
        ends=True,
        each="hoard = []\nwhile True: hoard.append(bytearray(20_000_000))",
    ),
    Cheat("exits", ends=True, each="import sys\nsys.exit(0)"),
    Cheat(
        "starts-hundreds",
        first="""
import os, time
for _ in range(500):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        break
""",
    ),
    Cheat(
        "leaves-a-daemon",
        first=f"""
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "{MARK}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(300)", "{MARK}"])
    os._exit(0)
!nohup {{sys.executable}} -c "import time; time.sleep(300)" {MARK} >/dev/null 2>&1 &
""",
    ),
    Cheat(
        "looks-outside",
        first="""
import os, socket, subprocess, sys
secrets = [name for name in os.environ if "SECRET" in name.upper() and name != "AWS_SECRET_ACCESS_KEY"]
assert not secrets, f"FOUND {secrets}"
code = '''
import socket
for address in (("127.0.0.1", PORT), ("1.1.1.1", 53), ("169.254.169.254", 80)):
    try:
        socket.create_connection(address, 0.3)
    except OSError:
        continue
    print("reached", address)
'''
said = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True).stdout
assert not said, "FOUND " + said
""",
    ),
    Cheat(
        "hands-in-a-pickle",
        first="""
import pickle
class Boom:
    def __reduce__(self): return (exec, ("import os; os.system('touch /tmp/labkit-pickle-was-run')",))
data = pickle.dumps(Boom())
""",
        each="""
import boto3
boto3.client("ssm").put_parameter(
    Name="/labkit/SLUG/{exercise}/answer", Value=data.decode("latin-1"), Type="String", Overwrite=True)
""",
    ),
    Cheat(
        "brings-a-script",
        ends=True,
        each="""
labkit.answer("{exercise}", {{"<script>alert(1)</script>": "\\x1b]0;owned\\x07 ]]> & \\u202e"}})
print("<script>alert(1)</script>")
raise ValueError("<script>alert(1)</script> \\x1b[31m")
""",
    ),
    Cheat(
        "leaves-word-for-the-next-one",
        first="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.shmget(4711, 4096, 0o1666), libc.msgget(4711, 0o1666), libc.memfd_create(b"x", 0)]
assert made == [-1, -1, -1], f"FOUND {made}"
""",
    ),
    Cheat("gives-itself-points", edit=_nothing_but_points),
    Cheat("has-no-exercises", edit=_no_cells_of_exercises),
    Cheat(
        "drives-the-control-api",
        first="""
import json, os, urllib.request
given = json.loads(os.environ["LABKIT_CLOUD"])
opened = []
for token in (given["token"], "", "owner", given["token"][::-1]):
    for method, path, body in (("GET", "journal", None), ("POST", "start-state", b"{}")):
        request = urllib.request.Request(given["endpoint"] + "/_cloud/" + path, data=body, method=method)
        request.add_header("X-Cloud-Token", token)
        try:
            opened.append(urllib.request.urlopen(request, timeout=5).read()[:50])
        except OSError:
            pass
assert not opened, f"FOUND {opened}"
""",
    ),
    Cheat(
        "deletes-what-the-checks-need",
        each="""
import boto3
dynamodb, s3 = boto3.client("dynamodb"), boto3.resource("s3")
for name in dynamodb.list_tables()["TableNames"]:
    dynamodb.delete_table(TableName=name)
for bucket in s3.buckets.all():
    bucket.objects.all().delete()
    bucket.delete()
""",
    ),
    Cheat(
        "forges-the-journal",
        each="""
import json, os, urllib.request
endpoint = json.loads(os.environ["LABKIT_CLOUD"])["endpoint"]
for path in ("/_cloud/journal", "/_cloud/journal?since=0"):
    request = urllib.request.Request(endpoint + path, data=json.dumps([{{"service": "s3"}}]).encode())
    try:
        urllib.request.urlopen(request, timeout=5)
    except OSError:
        pass
from botocore.config import Config
boto3.client("s3", config=Config(user_agent_extra="labkit-grader-0")).list_buckets()
""",
    ),
]
LOOPS = [
    Cheat("loops-for-ever", ends=True, each="while True: pass"),
    Cheat(
        "loops-and-does-not-listen",
        ends=True,
        each="import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    ),
]
ALL = [*CHEATS, *LOOPS]


def _cheated(workshop: Any, slug: str, cheat: Cheat, port: int, needle: str) -> Notebook:
    """The lab's notebook as its learner gets it, with the cheat in it."""
    notebook = workshop.starter(slug)
    _add(notebook, workshop, slug, cheat, port=port, needle=needle)
    return notebook


def _add(notebook: Notebook, workshop: Any, slug: str, cheat: Cheat, *, port: int, needle: str) -> None:
    def filled(source: str) -> str:
        for word, value in (("PORT", str(port)), ("SLUG", slug), ("NEEDLE", needle[::-1])):
            source = source.replace(word, value)
        return source

    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if cheat.each:
        for exercise in workshop.lab(slug).exercises:
            naming = [cell for cell in code if exercise.id in cell["metadata"].get("tags", [])]
            source = filled(
                cheat.each.replace("{exercise}", exercise.id).replace("{{", "{").replace("}}", "}")
            )
            cells.insert(cells.index(naming[-1]), workshop.cell(source, exercise.id, CHEATING))
    if cheat.first:
        # Under the first exercise's name, so that its error would stand in the report.
        cells.insert(cells.index(code[0]) + 1, workshop.cell(filled(cheat.first), "E1", CHEATING))
    if cheat.edit:
        cheat.edit(notebook)


def _first_hidden(files: Sequence[Path]) -> str:
    """`def name` of the first hidden check; of a lab without one, of a function of its checks."""
    functions = [*itertools.chain.from_iterable(map(_hidden, files)), *_functions(files[-1])]
    return f"def {functions[0].name}"


def _functions(file: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def _hidden(file: Path) -> list[ast.FunctionDef]:
    def is_hidden(function: ast.FunctionDef) -> bool:
        calls = [one for one in function.decorator_list if isinstance(one, ast.Call)]
        words = [word for call in calls for word in call.keywords]
        return any(word.arg == "hidden" and getattr(word.value, "value", False) for word in words)

    return [function for function in _functions(file) if is_hidden(function)]


@pytest.fixture(scope="module")
def reports(workshop, tmp_path_factory, warm):
    """slug -> cheat's name -> report; each lab's cheats are graded in one go, when first asked for."""
    known: dict[str, dict[str, Any]] = {}
    notebooks: dict[str, dict[str, Notebook]] = {}

    def of(slug: str) -> dict[str, Any]:
        if slug not in known:
            folder = tmp_path_factory.mktemp(slug)
            needle = _first_hidden(workshop.lab(slug).checks_files)
            with socket.create_server(("127.0.0.1", 0)) as outside:
                port = outside.getsockname()[1]
                named = [(cheat.name, _cheated(workshop, slug, cheat, port, needle)) for cheat in ALL]
                files = workshop.write(folder, named)
                learner = LearnerLimits(memory_mb=400)
                usual = Limits(submission_seconds=NOTEBOOK_SECONDS, learner=learner)
                short = Limits(CELL_SECONDS / 4, NOTEBOOK_SECONDS, learner)
                course, many = workshop.course(slug), len(CHEATS)
                found = grade(files[:many], course, jobs=2, seed=1, limits=usual, warm=warm)
                found += grade(files[many:], course, jobs=2, seed=1, limits=short, warm=warm)
            known[slug] = dict(zip((cheat.name for cheat in ALL), found, strict=True))
            notebooks[slug] = dict(named)
        return known[slug]

    of.notebooks = notebooks
    return of


@pytest.fixture(scope="module")
def slug():
    """A small lab that exists to be attacked: each cheat by itself."""
    return "attacked"


@pytest.mark.parametrize("lab", COURSE)
def test_all_at_once_they_earn_nothing_in_any_lab(lab, workshop, warm, tmp_path):
    notebook = workshop.starter(lab)
    with socket.create_server(("127.0.0.1", 0)) as outside:
        for cheat in CHEATS:
            # One of them leaves a checks.py for another to find.
            if not cheat.ends and not cheat.edit and cheat.name != "modules-beside-the-notebook":
                hidden = _first_hidden(workshop.lab(lab).checks_files)
                port = outside.getsockname()[1]
                _add(notebook, workshop, lab, cheat, port=port, needle=hidden)
        files = workshop.write(tmp_path, [(lab, notebook)])
        (report,) = grade(files, workshop.course(lab), seed=1, warm=warm)
    assert report.earned == 0
    assert report.points == workshop.lab(lab).points
    written = to_json([report]) + to_junit([report])
    if probe().mount_ns and probe().network_ns:
        assert "FOUND" not in written
    assert "CANARY" not in written


@pytest.mark.parametrize("cheat", [cheat.name for cheat in ALL])
def test_it_earns_nothing_and_says_nothing(cheat, slug, reports, workshop):
    report = reports(slug)[cheat]
    assert report.earned == 0
    assert report.status is Status.FAILED, report.problems
    assert report.points == workshop.lab(slug).points
    assert len(report.exercises) == len(workshop.lab(slug).exercises)
    written = to_json([report]) + to_junit([report])
    if probe().mount_ns and probe().network_ns:
        assert "FOUND" not in written
    assert "CANARY" not in written


@pytest.mark.parametrize("cheat", [cheat.name for cheat in CHEATS if not cheat.ends])
def test_the_cheat_itself_runs(cheat, slug, reports):
    report = reports(slug)[cheat]
    cells = reports.notebooks[slug][cheat]["cells"]
    for number, cell in enumerate(cells, 1):
        if CHEATING in cell["metadata"].get("tags", []):
            said = "\n".join([*report.problems, *(result.message for result in report.exercises)])
            assert f"Cell {number} " not in said, said


def test_no_line_of_a_hidden_check_gets_out(slug, reports, workshop):
    written = to_json(list(reports(slug).values()))
    for file in workshop.lab(slug).checks_files:
        source = file.read_text(encoding="utf-8")
        for function in _hidden(file):
            for node in function.body[1:]:
                for line in (ast.get_source_segment(source, node) or "").splitlines():
                    assert len(line.strip()) < 30 or line.strip() not in written


def test_hidden_checks_show_no_value(slug, reports):
    for report in reports(slug).values():
        for plain in (check for exercise in report.exercises for check in exercise.checks):
            if plain.hidden:
                assert "expected" not in to_json([report]).partition(f'"{plain.name}"')[2].partition("}")[0]


def test_every_one_ends_in_time(slug, reports):
    slack = 60  # warming up, checking, and a machine with other things to do
    for report in reports(slug).values():
        assert report.seconds < NOTEBOOK_SECONDS + slack


def test_what_had_to_be_stopped_is_named(slug, reports, workshop):
    first = workshop.lab(slug).exercises[0].id
    for cheat, words in (
        ("loops-for-ever", "did not end within"),
        ("loops-and-does-not-listen", "did not end within"),
        ("takes-all-memory", "MB of memory"),
        ("ends-the-kernel", "ended the kernel"),
        ("kills-the-kernel", "ended the kernel"),
        ("exits", "sys.exit"),
    ):
        problems = reports(slug)[cheat].problems
        assert any(words in problem and first in problem for problem in problems), (cheat, problems)
    missing = [line for line in reports(slug)["has-no-exercises"].problems if "is missing" in line]
    assert len(missing) == len(workshop.lab(slug).exercises)


def test_the_memory_limit_spares_an_innocent_next_exercise(slug, reports):
    for cheat in ("ends-the-kernel", "takes-all-memory"):
        assert all(result.status is not Status.COULD_NOT_RUN for result in reports(slug)[cheat].exercises)


def test_no_process_is_left(slug, reports):
    reports(slug)
    assert _processes_that_say(MARK) == []
    assert not Path("/tmp/labkit-pickle-was-run").exists()


def test_scripts_are_escaped(slug, reports):
    written = to_junit([reports(slug)["brings-a-script"]])
    assert "<script>" not in written
    assert "\x1b" not in written


def test_the_report_names_the_protections(slug, reports):
    held = reports(slug)["exits"].protections
    expected = probe()
    for name in ("user_ns", "mount_ns", "network_ns", "no_new_privs", "rlimits"):
        assert held[name] == getattr(expected, name), name


def _processes_that_say(word: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        try:
            said = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in said and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found
