"""Lambda, for real: functions run in processes of their own, under AWS's own runtime client.

    host                 which environment serves an invocation, how many there are, what they used
    environment          one execution environment: initialisation, invocations, end, log
    session · sleeps     its runtime process and all channels to it; a handler's sleeps as timers of the cloud
    runtime_api          the Lambda Runtime API, sans-IO · telemetry: the log pipe, sans-IO · log_lines: AWS's
    lines launcher             how a runtime process is started · packages: what is unpacked for it
    environment_process  the code that runs in that process · cloud_time: its clock · bootstrap: a client of
    ours

The names below are loaded when they are asked for: a runtime process imports this package too, and must not
load the rest of the cloud.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offline_cloud.function_host.function_version import (
        FunctionVersion,
        HostStopped,
        InvokeResult,
        LoopStopped,
        Throttled,
    )
    from offline_cloud.function_host.host import FunctionHost

__all__ = ["FunctionHost", "FunctionVersion", "HostStopped", "InvokeResult", "LoopStopped", "Throttled"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "host" if name == "FunctionHost" else "function_version"
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
