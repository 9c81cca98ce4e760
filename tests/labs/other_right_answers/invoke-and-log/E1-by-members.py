import base64
import json


def summary(StatusCode, Payload, FunctionError=None, LogResult=None):
    if not Payload:
        return {"kind": "queued"}
    value = json.loads(Payload)
    billed = {}
    for part in base64.b64decode(LogResult or "").decode().split("\t"):
        if part.startswith("Billed Duration: "):
            billed = {"billed_ms": int(part.split()[2])}
    if FunctionError is not None:
        return {"kind": "failed", "error": value["errorType"], **billed}
    return {"kind": "answered", "value": value, **billed}


labkit.submit(summary, "E1")
