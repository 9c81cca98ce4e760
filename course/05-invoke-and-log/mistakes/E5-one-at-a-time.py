# hint: How many calls do you pay for ten orders?
def consume_orders(event, context):
    orders = boto3.resource("dynamodb").Table("orders")
    for record in event["Records"]:
        book(orders, record["body"])


labkit.deploy("order-consumer", consume_orders, timeout=10)
for mapping in functions.list_event_source_mappings(FunctionName="order-consumer")["EventSourceMappings"]:
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
mapping = functions.create_event_source_mapping(
    FunctionName="order-consumer",
    EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders",
    BatchSize=1,
)
