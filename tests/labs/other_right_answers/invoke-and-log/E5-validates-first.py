def consume_orders(event, context):
    orders = boto3.resource("dynamodb").Table("orders")
    bad = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            good = isinstance(order, dict) and {"order", "shares"} <= set(order)
        except ValueError:
            good = False
        if good:
            book(orders, record["body"])
        else:
            bad.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in bad]}


labkit.deploy("order-consumer", consume_orders, timeout=10)
for mapping in functions.list_event_source_mappings(FunctionName="order-consumer")["EventSourceMappings"]:
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
functions.create_event_source_mapping(
    FunctionName="order-consumer",
    EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders",
    FunctionResponseTypes=["ReportBatchItemFailures"],
    BatchSize=10,
)
