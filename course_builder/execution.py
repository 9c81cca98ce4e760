"""Run a solution notebook in a real kernel against a real offline cloud, and keep what it shows."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course_builder.lab_cells import Cell
from grader.course import Course, LabSource
from grader.front_matter import Finding

Notebook = Any

SEED = 7
CELL_SECONDS = 60
# A kernel that talks over TCP warns unless it is encrypted.
_ENCRYPTED = {name: {"transport_encryption": "auto"} for name in ("KernelManager", "AsyncKernelManager")}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def execute(course: Course, lab: LabSource, notebook: Notebook, cells: tuple[Cell, ...]) -> list[Finding]:
    """Execute `notebook` in place, in a private folder with the lab's files; findings say which cell failed.

    The kernel sees the course by `LABKIT_COURSE` and seeds its cloud by `LABKIT_SEED`, so ids repeat.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="labkit-build-") as workspace:
        folder = Path(workspace) / "lab"
        if lab.files_folder.is_dir():
            shutil.copytree(lab.files_folder, folder)
        folder.mkdir(exist_ok=True)
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            record_timing=False,
            config=Config(_ENCRYPTED),
            resources={"metadata": {"path": str(folder)}},
        )
        with _kernel_environment(course, Path(workspace)):
            try:
                client.execute()
            except CellExecutionError as error:
                return [_failure(lab, notebook, cells, f"{error.ename}: {_COLOUR.sub('', error.evalue)}")]
            except CellTimeoutError:
                return [_failure(lab, notebook, cells, f"it ran for more than {CELL_SECONDS} s")]
            except DeadKernelError:
                return [_failure(lab, notebook, cells, "the kernel died")]
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [_tidy(output) for output in _joined(cell.outputs)]
    notebook.metadata["language_info"] = {"name": "python"}
    return []


@contextmanager
def _kernel_environment(course: Course, workspace: Path) -> Iterator[None]:
    """The environment that the kernel inherits: this course, a fixed seed, no own profile."""
    changes = {
        "LABKIT_COURSE": str(course.folder),
        "LABKIT_SEED": str(SEED),
        "IPYTHONDIR": str(workspace / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONHASHSEED": "0",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }
    before = {name: os.environ.get(name) for name in (*changes, "LABKIT_CLOUD")}
    os.environ.update(changes)
    os.environ.pop("LABKIT_CLOUD", None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _failure(lab: LabSource, notebook: Notebook, cells: tuple[Cell, ...], what: str) -> Finding:
    """A finding at the cell that ran last."""
    ran = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.get("execution_count")]
    from course_builder.notebooks import solved

    source = ran[-1].source if ran else ""
    line = next((cell.line for cell in cells if cell.kind == "code" and solved(cell) == source), None)
    message = f"the solution stops in this cell ({what}): mend it, or tag the cell `raises-exception`."
    return Finding(lab.lab_file, line, message)


def _joined(outputs: list[Any]) -> list[Any]:
    """Streams that arrived in pieces, made whole."""
    whole: list[Any] = []
    for output in outputs:
        if (
            whole
            and output.output_type == "stream" == whole[-1].output_type
            and output.name == whole[-1].name
        ):
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def _tidy(output: Any) -> Any:
    if output.output_type == "error":
        output.traceback = [_COLOUR.sub("", line) for line in output.traceback]
    return output
