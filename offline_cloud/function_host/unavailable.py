"""Functions that can be created here but not run: said in the answer to Invoke, by name.

The limits page of the site lists them; AWS itself would run every one.
"""

from __future__ import annotations

from offline_cloud.function_host.function_version import FunctionVersion

PYTHON = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
"""Runtime identifiers that run here, all of them on the Python that runs this cloud."""
ERROR_TYPE = "Offline.NotAvailable"
LIMITS = "docs/reference/limits.md"


def refusal(function: FunctionVersion) -> dict[str, str] | None:
    """The error payload for a function that cannot run here; None for one that can."""
    if function.package_type != "Zip":
        what = "functions from container images"
    elif function.runtime not in PYTHON:
        what = f"functions with the runtime {function.runtime}"
    else:
        return None
    return {
        "errorType": ERROR_TYPE,
        "errorMessage": (
            f"The offline cloud does not run {what} yet ({function.name}); AWS would. "
            f"Use one of {', '.join(PYTHON)} here. See {LIMITS}."
        ),
    }
