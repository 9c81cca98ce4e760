%%writefile price_checker.py
import json
import os


def lambda_handler(event, context):
    prices = json.loads(os.environ["PRICES"])
    return dict(symbol=event["symbol"], stock_price=prices[event["symbol"]])
