"""The environment variables of a function's process: AWS's own, the learner's, and what leads to this cloud.

Source: Lambda developer guide, "Defined runtime environment variables".
"""

from __future__ import annotations

from offline_cloud.function_host.function_version import FunctionVersion
from offline_cloud.function_host.life_lines import SNAP_START

RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""Names that CreateFunction and UpdateFunctionConfiguration refuse."""

_DEFAULTS = {
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": (
        "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
    ),
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "PYTHONPATH": "/var/runtime",
    "TZ": ":UTC",
}


def environment_variables(
    function: FunctionVersion,
    *,
    access_key: str,
    secret_key: str,
    session_token: str,
    log_stream: str,
    runtime_api: str,
    endpoint: str,
    initialization: str = "on-demand",
) -> dict[str, str]:
    """All variables of one environment. The learner's may replace defaults (PATH, TZ, …), never reserved
    ones.
    """
    reserved = {
        "_HANDLER": function.handler,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": function.region,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_SESSION_TOKEN": session_token,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": "/var/task",
    }
    # What no AWS account has: the way to this cloud, for every SDK and the CLI.
    here = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if initialization == SNAP_START:
        # A snapshot has no log stream: these two are not there.
        del reserved["AWS_LAMBDA_LOG_GROUP_NAME"], reserved["AWS_LAMBDA_LOG_STREAM_NAME"]
    return {**_DEFAULTS, **_of_node(function.runtime), **function.environment, **reserved, **here}


def _of_node(runtime: str) -> dict[str, str]:
    """Where `require` looks besides the package; layers have their modules there."""
    if not runtime.startswith("nodejs"):
        return {}
    version = runtime.removesuffix(".x").removeprefix("nodejs")
    places = (f"/opt/nodejs/node{version}/node_modules", "/opt/nodejs/node_modules")
    return {"NODE_PATH": ":".join((*places, "/var/runtime/node_modules", "/var/runtime", "/var/task"))}
