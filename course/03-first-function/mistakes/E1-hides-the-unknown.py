# hint: Ask for a symbol that does not exist. Can the caller tell this answer from a real price?
%%writefile price_checker.py
import json
import os

PRICES = json.loads(os.environ["PRICES"])


def lambda_handler(event, context):
    symbol = event["symbol"]
    return {"symbol": symbol, "stock_price": PRICES.get(symbol)}
