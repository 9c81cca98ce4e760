import json

import boto3


def outcome(name, event):
    reply = boto3.client("lambda").invoke(
        FunctionName=name, InvocationType="RequestResponse", Payload=json.dumps(event)
    )
    failed = "x-amz-function-error" in reply["ResponseMetadata"]["HTTPHeaders"]
    text = reply["Payload"].read().decode()
    return {"ok": False, "error": json.loads(text)["errorType"]} if failed else {"ok": True, "value": json.loads(text)}


labkit.submit(outcome, "E3")
