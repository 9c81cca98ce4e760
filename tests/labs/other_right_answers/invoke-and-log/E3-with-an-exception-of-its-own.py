import json

import boto3


class Failed(Exception):
    pass


def call(name, event):
    reply = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    payload = json.loads(reply["Payload"].read())
    if "FunctionError" in reply:
        raise Failed(payload["errorType"])
    return payload


def outcome(name, event):
    try:
        return {"ok": True, "value": call(name, event)}
    except Failed as failure:
        return {"ok": False, "error": str(failure)}


labkit.submit(outcome, "E3")
