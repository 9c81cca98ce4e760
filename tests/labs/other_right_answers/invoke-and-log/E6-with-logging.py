%%writefile audit.py
import json
import logging
import os

logger = logging.getLogger("audit")
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
logger.propagate = False
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("%(message)s"))
logger.addHandler(handler)


def lambda_handler(event, context):
    def log(level, **facts):
        line = {"level": logging.getLevelName(level), "request_id": context.aws_request_id, **facts}
        logger.log(level, json.dumps(line))

    if "symbol" not in event:
        log(logging.ERROR, reason="no symbol")
        raise ValueError("no symbol")
    log(logging.INFO, symbol=event["symbol"])
