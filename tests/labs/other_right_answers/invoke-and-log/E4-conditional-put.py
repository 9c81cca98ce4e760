def book_trade(event, context):
    client = boto3.client("dynamodb")
    item = {
        "id": {"S": event["trade"]},
        "symbol": {"S": event["symbol"]},
        "shares": {"N": str(event["shares"])},
        "price": {"N": str(price_of(event["symbol"]))},
    }
    try:
        client.put_item(TableName="bookings", Item=item, ConditionExpression="attribute_not_exists(id)")
    except client.exceptions.ConditionalCheckFailedException:
        print("booked already")


labkit.deploy("book-trade", book_trade, timeout=10)
FAILED = "arn:aws:sqs:us-east-1:123456789012:failed-trades"
functions.put_function_event_invoke_config(
    FunctionName="book-trade",
    MaximumRetryAttempts=2,
    MaximumEventAgeInSeconds=3600,
    DestinationConfig={"OnFailure": {"Destination": FAILED}},
)
