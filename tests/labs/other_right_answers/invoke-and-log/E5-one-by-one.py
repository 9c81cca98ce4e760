def consume_orders(event, context):
    orders = boto3.resource("dynamodb").Table("orders")

    def failed(record):
        try:
            book(orders, record["body"])
        except (ValueError, KeyError, TypeError):
            return True
        return False

    failures = [{"itemIdentifier": record["messageId"]} for record in event["Records"] if failed(record)]
    return {"batchItemFailures": failures} if failures else None


labkit.deploy("order-consumer", consume_orders, timeout=10)
for mapping in functions.list_event_source_mappings(FunctionName="order-consumer")["EventSourceMappings"]:
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
functions.create_event_source_mapping(
    FunctionName="order-consumer",
    EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders",
    FunctionResponseTypes=["ReportBatchItemFailures"],
    BatchSize=10,
    MaximumBatchingWindowInSeconds=1,
)
