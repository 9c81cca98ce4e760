# hint: Set `LOG_LEVEL` to `ERROR` and call it. What is still written?
%%writefile audit.py
import json
import os


def log(level, context, **facts):
    print(json.dumps({"level": level, "request_id": context.aws_request_id, **facts}))


def lambda_handler(event, context):
    symbol = event.get("symbol")
    if not symbol:
        log("ERROR", context, reason="the event has no symbol")
        raise ValueError("the event has no symbol")
    log("INFO", context, symbol=symbol)
    return {"symbol": symbol}
