"""`labkit docs`: the site of the course, served here or built into `site/`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from labkit.errors import refuse


def run_docs(root: Path, *, build: bool, port: int) -> int:
    """Serve the site until interrupted, or build it strictly. Returns mkdocs' exit code."""
    if not (root / "mkdocs.yml").is_file():
        refuse(f"there is no mkdocs.yml in {root}: this course has no site.")
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        refuse(f"mkdocs-material is not installed: {sys.executable} -m pip install 'labkit[docs]'")
    command = [sys.executable, "-m", "mkdocs"]
    command += ["build", "--strict"] if build else ["serve", "--dev-addr", f"localhost:{port}"]
    process = subprocess.Popen(command, cwd=root)
    try:
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=10)
