# hint: What did 202 promise you? Print the payload of that reply, with `repr`.
import base64
import json
import re


def summary(StatusCode, Payload, FunctionError=None, LogResult=None):
    value = json.loads(Payload)
    if StatusCode == 202:
        return {"kind": "queued"}
    found = {"kind": "answered", "value": value}
    if FunctionError:
        found = {"kind": "failed", "error": value["errorType"]}
    if LogResult:
        log = base64.b64decode(LogResult).decode()
        found["billed_ms"] = int(re.search(r"Billed Duration: (\d+) ms", log)[1])
    return found


labkit.submit(summary, "E1")
