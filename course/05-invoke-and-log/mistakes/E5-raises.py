# hint: Which nine were paid for twice?
def consume_orders(event, context):
    orders = boto3.resource("dynamodb").Table("orders")
    for record in event["Records"]:
        book(orders, record["body"])


labkit.deploy("order-consumer", consume_orders, timeout=10)
mapping = functions.create_event_source_mapping(
    FunctionName="order-consumer",
    EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders",
    FunctionResponseTypes=["ReportBatchItemFailures"],
)
