# hint: Read `errorType` and `errorMessage` in the payload. Did your handler run at all?
%%writefile price_checker.py
import json
import os

PRICES = json.loads(os.environ["PRICES"])


def handler(event, context):
    symbol = event["symbol"]
    return {"symbol": symbol, "stock_price": PRICES[symbol]}
