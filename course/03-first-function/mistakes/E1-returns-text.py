# hint: Print the payload with `type(...)`. Who turns the answer into JSON?
%%writefile price_checker.py
import json
import os

PRICES = json.loads(os.environ["PRICES"])


def lambda_handler(event, context):
    symbol = event["symbol"]
    return json.dumps({"symbol": symbol, "stock_price": PRICES[symbol]})
