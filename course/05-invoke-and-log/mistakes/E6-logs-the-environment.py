# hint: Search your log for `API_KEY` and for `AWS_SECRET_ACCESS_KEY`.
%%writefile audit.py
import json
import os


def log(level, context, **facts):
    if level == "INFO" and os.environ.get("LOG_LEVEL") == "ERROR":
        return
    everything = {"level": level, "request_id": context.aws_request_id, "environment": dict(os.environ)}
    print(json.dumps({**everything, **facts}))


def lambda_handler(event, context):
    symbol = event.get("symbol")
    if not symbol:
        log("ERROR", context, reason="the event has no symbol")
        raise ValueError("the event has no symbol")
    log("INFO", context, symbol=symbol)
    return {"symbol": symbol}
