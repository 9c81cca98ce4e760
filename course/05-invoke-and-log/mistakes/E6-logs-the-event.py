# hint: Search your log for the token of your test event.
%%writefile audit.py
import json
import os


def log(level, context, **facts):
    if level == "INFO" and os.environ.get("LOG_LEVEL") == "ERROR":
        return
    print(json.dumps({"level": level, "request_id": context.aws_request_id, **facts}))


def lambda_handler(event, context):
    symbol = event.get("symbol")
    if not symbol:
        log("ERROR", context, reason=f"no symbol in {event}")
        raise ValueError("the event has no symbol")
    log("INFO", context, symbol=symbol)
    return {"symbol": symbol}
