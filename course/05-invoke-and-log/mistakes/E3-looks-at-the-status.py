# hint: Print `StatusCode` of a function that fails.
import json

import boto3


def outcome(name, event):
    reply = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    payload = json.loads(reply["Payload"].read())
    if reply["StatusCode"] != 200:
        return {"ok": False, "error": payload["errorType"]}
    return {"ok": True, "value": payload}


labkit.submit(outcome, "E3")
