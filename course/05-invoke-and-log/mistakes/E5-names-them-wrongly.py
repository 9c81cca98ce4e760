# hint: Look at the keys of your answer, letter by letter. What does Lambda do with an id that it doesn't know?
def consume_orders(event, context):
    orders = boto3.resource("dynamodb").Table("orders")
    failed = []
    for record in event["Records"]:
        try:
            book(orders, record["body"])
        except Exception:
            failed.append({"messageId": record["messageId"]})
    return {"batchItemFailures": failed}


labkit.deploy("order-consumer", consume_orders, timeout=10)
mapping = functions.create_event_source_mapping(
    FunctionName="order-consumer",
    EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders",
    FunctionResponseTypes=["ReportBatchItemFailures"],
)
