"""Functions that can be created here but not run: said in the answer to Invoke, by name.

The limits page of the site lists them; AWS itself would run every one.
"""

from __future__ import annotations

import shutil
from functools import cache

from offline_cloud.function_host.function_version import FunctionVersion

PYTHON = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
"""Runtime identifiers that run here, all of them on the Python that runs this cloud."""
CUSTOM = ("provided.al2", "provided.al2023")
"""Runtime identifiers of functions that bring their own `bootstrap`."""
NODE = ("nodejs20.x", "nodejs22.x", "nodejs24.x")
"""Runtime identifiers that run on the `node` of this machine, whatever its version is, if there is one."""
ERROR_TYPE = "Offline.NotAvailable"
LIMITS = "docs/reference/limits.md"


def refusal(function: FunctionVersion) -> dict[str, str] | None:
    """The error payload for a function that cannot run here; None for one that can."""
    if function.package_type != "Zip":
        what = "functions from container images"
    elif function.runtime in NODE and node() is None:
        what = f"functions with the runtime {function.runtime} without an installed `node`"
    elif function.runtime not in (*PYTHON, *NODE, *CUSTOM):
        what = f"functions with the runtime {function.runtime}"
    else:
        return None
    return {
        "errorType": ERROR_TYPE,
        "errorMessage": (
            f"The offline cloud does not run {what} yet ({function.name}); AWS would. "
            f"Use one of {', '.join((*PYTHON, *CUSTOM))} here. See {LIMITS}."
        ),
    }


@cache
def node() -> str | None:
    """Where this machine's Node.js is; None without one."""
    return shutil.which("node")
