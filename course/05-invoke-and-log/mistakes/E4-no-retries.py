# hint: How often did the function run? Which setting says so?
def book_trade(event, context):
    bookings = boto3.resource("dynamodb").Table("bookings")
    price = price_of(event["symbol"])
    row = {"id": event["trade"], "symbol": event["symbol"], "shares": event["shares"], "price": price}
    bookings.put_item(Item=row)


labkit.deploy("book-trade", book_trade, timeout=10)
FAILED = "arn:aws:sqs:us-east-1:123456789012:failed-trades"
settings = functions.put_function_event_invoke_config(
    FunctionName="book-trade",
    MaximumRetryAttempts=0,
    DestinationConfig={"OnFailure": {"Destination": FAILED}},
)
