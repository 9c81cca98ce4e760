# hint: How many of the calls at nine found an environment ready, and how many waited four seconds?
def open_market(event, context):
    functions = boto3.client("lambda")
    functions.put_provisioned_concurrency_config(
        FunctionName="prices", Qualifier="live", ProvisionedConcurrentExecutions=2
    )


def close_market(event, context):
    functions = boto3.client("lambda")
    functions.delete_provisioned_concurrency_config(FunctionName="prices", Qualifier="live")


labkit.deploy("open-market", open_market, timeout=30)
labkit.deploy("close-market", close_market, timeout=30)
