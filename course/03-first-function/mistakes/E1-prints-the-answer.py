# hint: Look at the payload: it is `null`. What did your handler return?
%%writefile price_checker.py
import json
import os

PRICES = json.loads(os.environ["PRICES"])


def lambda_handler(event, context):
    symbol = event["symbol"]
    print({"symbol": symbol, "stock_price": PRICES[symbol]})
