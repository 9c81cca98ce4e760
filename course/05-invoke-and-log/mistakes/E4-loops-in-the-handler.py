# hint: How often did one run ask the feed? Who already tries again?
import time


def book_trade(event, context):
    bookings = boto3.resource("dynamodb").Table("bookings")
    for attempt in range(3):
        try:
            price = price_of(event["symbol"])
            break
        except RuntimeError:
            if attempt == 2:
                raise
            time.sleep(1)
    row = {"id": event["trade"], "symbol": event["symbol"], "shares": event["shares"], "price": price}
    bookings.put_item(Item=row)


labkit.deploy("book-trade", book_trade, timeout=10)
FAILED = "arn:aws:sqs:us-east-1:123456789012:failed-trades"
settings = functions.put_function_event_invoke_config(
    FunctionName="book-trade", DestinationConfig={"OnFailure": {"Destination": FAILED}}
)
