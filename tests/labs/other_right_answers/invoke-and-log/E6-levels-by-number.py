%%writefile audit.py
import json
import os
import sys

LEVELS = {"DEBUG": 10, "INFO": 20, "ERROR": 40}


def lambda_handler(event, context):
    least = LEVELS.get(os.getenv("LOG_LEVEL", "INFO"), 20)

    def say(level, **more):
        if LEVELS[level] >= least:
            json.dump({"request_id": context.aws_request_id, "level": level, **more}, sys.stdout)
            print()

    try:
        symbol = event["symbol"]
    except KeyError:
        say("ERROR", reason="symbol is missing", keys=len(event))
        raise ValueError("symbol is missing") from None
    say("INFO", symbol=symbol, side="buy")
    return symbol
