def book_trade(event, context):
    bookings = boto3.resource("dynamodb").Table("bookings")
    if "Item" in bookings.get_item(Key={"id": event["trade"]}):
        return
    row = {key: event[key] for key in ("symbol", "shares")}
    bookings.put_item(Item={"id": event["trade"], "price": price_of(event["symbol"]), **row})


labkit.deploy("book-trade", book_trade, timeout=10)
FAILED = "arn:aws:sqs:us-east-1:123456789012:failed-trades"
functions.put_function_event_invoke_config(
    FunctionName="book-trade", Qualifier="$LATEST", DestinationConfig={"OnFailure": {"Destination": FAILED}}
)
