# hint: May an honest answer have a key `errorType`?
import json

import boto3


def outcome(name, event):
    reply = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    payload = json.loads(reply["Payload"].read())
    if isinstance(payload, dict) and "errorType" in payload:
        return {"ok": False, "error": payload["errorType"]}
    return {"ok": True, "value": payload}


labkit.submit(outcome, "E3")
