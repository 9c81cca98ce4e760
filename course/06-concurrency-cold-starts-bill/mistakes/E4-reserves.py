# hint: You reserved places. Does a place have an environment in it?
def open_market(event, context):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName="prices", ReservedConcurrentExecutions=4)


def close_market(event, context):
    functions = boto3.client("lambda")
    functions.delete_function_concurrency(FunctionName="prices")


labkit.deploy("open-market", open_market, timeout=30)
labkit.deploy("close-market", close_market, timeout=30)
