"""What Lambda's Python runtime has besides the standard library: boto3 with its dependencies, the runtime
client.

A handler must not find what happens to be installed on this machine: an `import requests` that is not in the
package fails here as it fails on AWS. So the environment's import path leads to one directory with links to
these packages.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

NAMES = (
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "runtime_client",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
)


def awslambdaric_is_here() -> bool:
    """Whether AWS's own runtime client is installed (it has wheels for Linux only)."""
    return all(importlib.util.find_spec(name) is not None for name in ("awslambdaric", "runtime_client"))


def link(directory: Path) -> Path:
    """Fill `directory` with links to the packages that are installed here; return it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o755)
    for name in NAMES:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            continue
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        target = directory / source.name
        if not target.is_symlink():
            target.symlink_to(source)
    return directory
