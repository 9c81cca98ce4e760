# hint: What stands in front of your JSON?
%%writefile audit.py
import json
import logging
import os

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))


def lambda_handler(event, context):
    line = {"request_id": context.aws_request_id}
    if not event.get("symbol"):
        logger.error(json.dumps({"level": "ERROR", "reason": "the event has no symbol", **line}))
        raise ValueError("the event has no symbol")
    logger.info(json.dumps({"level": "INFO", "symbol": event["symbol"], **line}))
