# hint: Two deliveries of one event: which id has each row?
def book_trade(event, context):
    bookings = boto3.resource("dynamodb").Table("bookings")
    price = price_of(event["symbol"])
    row = {"id": context.aws_request_id, "symbol": event["symbol"], "shares": event["shares"], "price": price}
    bookings.put_item(Item=row)


labkit.deploy("book-trade", book_trade, timeout=10)
FAILED = "arn:aws:sqs:us-east-1:123456789012:failed-trades"
settings = functions.put_function_event_invoke_config(
    FunctionName="book-trade", DestinationConfig={"OnFailure": {"Destination": FAILED}}
)
