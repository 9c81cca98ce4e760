# hint: Change the environment variable and call again. Does the answer change?
%%writefile price_checker.py
PRICES = {"TRDW": 101.5, "ACME": 12.25}


def lambda_handler(event, context):
    symbol = event["symbol"]
    return {"symbol": symbol, "stock_price": PRICES[symbol]}
