# hint: May an *answer* have a key `errorType`? Who decides what is in the payload?
import base64
import json
import re


def summary(StatusCode, Payload, FunctionError=None, LogResult=None):
    if StatusCode == 202:
        return {"kind": "queued"}
    value = json.loads(Payload)
    found = {"kind": "answered", "value": value}
    if isinstance(value, dict) and "errorType" in value:
        found = {"kind": "failed", "error": value["errorType"]}
    if LogResult:
        log = base64.b64decode(LogResult).decode()
        found["billed_ms"] = int(re.search(r"Billed Duration: (\d+) ms", log)[1])
    return found


labkit.submit(summary, "E1")
