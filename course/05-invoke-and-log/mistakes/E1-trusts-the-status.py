# hint: Call a function that fails. What is its status?
import base64
import json
import re


def summary(StatusCode, Payload, FunctionError=None, LogResult=None):
    if StatusCode == 202:
        return {"kind": "queued"}
    found = {"kind": "answered", "value": json.loads(Payload)}
    if StatusCode != 200:
        found = {"kind": "failed", "error": json.loads(Payload)["errorType"]}
    if LogResult:
        log = base64.b64decode(LogResult).decode()
        found["billed_ms"] = int(re.search(r"Billed Duration: (\d+) ms", log)[1])
    return found


labkit.submit(summary, "E1")
