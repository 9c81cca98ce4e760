# hint: Which member of the payload has the name of the error?
import base64
import json
import re


def summary(StatusCode, Payload, FunctionError=None, LogResult=None):
    if StatusCode == 202:
        return {"kind": "queued"}
    value = json.loads(Payload)
    if FunctionError:
        found = {"kind": "failed", "error": value["errorMessage"]}
    else:
        found = {"kind": "answered", "value": value}
    if LogResult:
        log = base64.b64decode(LogResult).decode()
        found["billed_ms"] = int(re.search(r"Billed Duration: (\d+) ms", log)[1])
    return found


labkit.submit(summary, "E1")
