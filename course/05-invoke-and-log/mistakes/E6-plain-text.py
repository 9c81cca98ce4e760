# hint: How would you search for all errors of one symbol in this log?
%%writefile audit.py
import json
import os


def log(level, context, **facts):
    if level == "INFO" and os.environ.get("LOG_LEVEL") == "ERROR":
        return
    print({"level": level, "request_id": context.aws_request_id, **facts})


def lambda_handler(event, context):
    symbol = event.get("symbol")
    if not symbol:
        log("ERROR", context, reason="the event has no symbol")
        raise ValueError("the event has no symbol")
    log("INFO", context, symbol=symbol)
    return {"symbol": symbol}
