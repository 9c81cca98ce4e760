# hint: Look at the quotation marks in the payload. Is the price a number?
%%writefile price_checker.py
import json
import os

PRICES = json.loads(os.environ["PRICES"])


def lambda_handler(event, context):
    symbol = event["symbol"]
    return {"symbol": symbol, "stock_price": f"{PRICES[symbol]:.2f}"}
