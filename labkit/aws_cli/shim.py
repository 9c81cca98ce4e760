"""The program `aws` on the path of a notebook, so that `!aws …` works without any installation.

If there is an AWS CLI of version 2 further along the path, the shim becomes that program. Version 1 is left
aside: it reads binary values in another way than the labs teach, and knows neither `--cli-binary-format` nor
`logs tail`.

The program is one archive, made of this package when this module is imported: a graded notebook runs where
the kit's own files can't be seen, and an archive without the rest of the kit starts quicker.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import offline_cloud.guard

__all__ = ["SHIM_FOLDER", "main", "put_on_path"]

SHIM_FOLDER = "LABKIT_AWS_SHIM"
"""Environment variable with the folder of the shim, so that the shim does not find itself."""


def _archive() -> bytes:
    """A zip that Python runs: this package, and what it needs of the kit."""
    from labkit import __version__

    here = Path(__file__).parent
    members = {f"labkit/aws_cli/{file.name}": file.read_text("utf-8") for file in sorted(here.glob("*.py"))}
    members |= {
        "__main__.py": "import sys\nfrom labkit.aws_cli.shim import main\nsys.exit(main())\n",
        "labkit/__init__.py": f"__version__ = {__version__!r}\n",
        "offline_cloud/__init__.py": "",
        "offline_cloud/guard.py": Path(offline_cloud.guard.__file__).read_text("utf-8"),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


# Inside the archive there is nothing to read, and nobody makes another.
_ARCHIVE = _archive() if Path(__file__).exists() else b""


def put_on_path(folder: Path) -> None:
    """Write the program into `folder`, and let this process and its children find it first."""
    program = folder / "aws"
    if not program.exists():
        archive = folder / "aws.pyz"
        archive.write_bytes(_ARCHIVE)
        program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -P '{archive}' \"$@\"\n", encoding="utf-8")
        program.chmod(0o755)
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if path[0] != str(folder):
        others = [each for each in path if each != os.environ.get(SHIM_FOLDER)]
        os.environ["PATH"] = os.pathsep.join([str(folder), *others])
    os.environ[SHIM_FOLDER] = str(folder)


def main() -> int:
    """Be the AWS CLI of version 2 if there is one, else ours."""
    if program := installed():
        os.execv(program, [program, *sys.argv[1:]])
    from labkit.aws_cli.command import main as ours

    return ours()


def installed() -> str | None:
    """The path of an AWS CLI of version 2 or later, None if there is none."""
    own = os.environ.get(SHIM_FOLDER, "")
    others = [each for each in os.environ.get("PATH", os.defpath).split(os.pathsep) if each != own]
    for folder in others:
        program = shutil.which("aws", path=folder)
        if program and _version(program, own) >= 2:
            return program
    return None


def _version(program: str, own: str) -> int:
    """The major version of an AWS CLI; asked once, then kept beside the shim."""
    stamp = Path(program).stat()
    kept = Path(own or ".") / f"version-{stamp.st_ino}-{int(stamp.st_mtime)}"
    if own and kept.exists():
        return int(kept.read_text())
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    found = re.match(r"aws-cli/(\d+)", said)
    version = int(found[1]) if found else 0
    if own:
        kept.write_text(str(version))
    return version
