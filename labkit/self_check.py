"""A self-check of the kit: start a cloud, deploy a function, call it, end the cloud."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass

LOG_LINES = 8
CODE = """\
def lambda_handler(event, context):
    return {"doubled": 2 * event["number"]}
"""


@dataclass(frozen=True)
class SelfCheck:
    """What the self-check saw: whether all went well, a sentence, and how long the steps took (seconds)."""

    ok: bool
    sentence: str
    cloud_seconds: float = 0.0
    function_seconds: float = 0.0


def self_check() -> SelfCheck:
    """Run it. Never raises: what goes wrong is in the sentence."""
    from labkit.deployment import deploy, package_code
    from offline_cloud import Cloud

    begun = time.monotonic()
    try:
        cloud = Cloud.start(clock="live")
    except Exception as error:
        return SelfCheck(False, f"The cloud did not start ({error}): `labkit doctor` says what is missing.")
    try:
        ready = time.monotonic()
        package = package_code(CODE, "lambda_handler")
        deploy(cloud, "self-check", package, timeout=10, memory=128, runtime="python3.13", environment=None)
        reply = cloud.client("lambda").invoke(
            FunctionName="self-check", Payload=json.dumps({"number": 21}), LogType="Tail"
        )
        answer = json.load(reply["Payload"])
        done = time.monotonic()
    except Exception as error:
        return SelfCheck(
            False, f"The cloud started, but a function did not run ({error}): see `labkit doctor`."
        )
    finally:
        cloud.stop()
    if answer != {"doubled": 42}:
        log = base64.b64decode(reply.get("LogResult", "")).decode(errors="replace").strip()
        lines = "".join(f"\n    {line}" for line in log.split("\n")[-LOG_LINES:])
        return SelfCheck(False, f"A function was called, but answered {answer!r}. The end of its log:{lines}")
    times = f"cloud ready in {ready - begun:.1f} s, a function answered {done - ready:.1f} s later"
    return SelfCheck(True, f"Self-check passed: {times}.", ready - begun, done - ready)
