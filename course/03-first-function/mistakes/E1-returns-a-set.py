# hint: Read `errorType`: `Runtime.MarshalError`. What types has JSON?
%%writefile price_checker.py
import json
import os

PRICES = json.loads(os.environ["PRICES"])


def lambda_handler(event, context):
    symbol = event["symbol"]
    return {symbol, PRICES[symbol]}
