%%writefile audit.py
import json
import os

ALLOWED = ("symbol", "shares")


def lambda_handler(event, context):
    line = {"level": "INFO", "request_id": context.aws_request_id}
    line |= {name: event[name] for name in ALLOWED if name in event}
    if "symbol" not in line:
        line |= {"level": "ERROR", "reason": "the event names no symbol"}
    if line["level"] == "ERROR" or os.environ.get("LOG_LEVEL", "INFO") != "ERROR":
        print(json.dumps(line, separators=(",", ":")))
    if line["level"] == "ERROR":
        raise ValueError(line["reason"])
