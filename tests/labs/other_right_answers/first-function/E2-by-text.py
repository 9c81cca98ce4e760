%%writefile event_inspector.py
import json


def lambda_handler(event, context):
    return {"type": str(type(event)).split("'")[1], "event": json.loads(json.dumps(event))}
