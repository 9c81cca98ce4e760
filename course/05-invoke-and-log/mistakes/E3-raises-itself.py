# hint: What does your caller get when the other function fails?
import json

import boto3


def outcome(name, event):
    reply = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    payload = json.loads(reply["Payload"].read())
    if reply.get("FunctionError"):
        raise RuntimeError(payload["errorType"])
    return {"ok": True, "value": payload}


labkit.submit(outcome, "E3")
