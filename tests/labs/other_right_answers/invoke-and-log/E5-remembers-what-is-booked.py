def consume_orders(event, context):
    orders = boto3.resource("dynamodb").Table("orders")
    answer = {"batchItemFailures": []}
    for record in event["Records"]:
        try:
            book(orders, record["body"])
        except BaseException as problem:
            print(json.dumps({"bad": record["messageId"], "why": repr(problem)}))
            answer["batchItemFailures"].append(dict(itemIdentifier=record["messageId"]))
    return answer


labkit.deploy("order-consumer", consume_orders, timeout=20)
found = functions.list_event_source_mappings(FunctionName="order-consumer")["EventSourceMappings"]
if not found:
    functions.create_event_source_mapping(
        FunctionName="order-consumer", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders"
    )
(mapping,) = functions.list_event_source_mappings(FunctionName="order-consumer")["EventSourceMappings"]
functions.update_event_source_mapping(
    UUID=mapping["UUID"], BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"]
)
