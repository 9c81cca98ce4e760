# hint: Print `LogResult`. Is that the log?
import base64
import json
import re


def summary(StatusCode, Payload, FunctionError=None, LogResult=None):
    if StatusCode == 202:
        return {"kind": "queued"}
    value = json.loads(Payload)
    found = {"kind": "answered", "value": value}
    if FunctionError:
        found = {"kind": "failed", "error": value["errorType"]}
    if LogResult:
        found["billed_ms"] = int(re.search(r"Billed Duration: (\d+) ms", LogResult)[1])
    return found


labkit.submit(summary, "E1")
