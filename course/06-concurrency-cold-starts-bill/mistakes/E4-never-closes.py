# hint: It is midnight. How many environments are waiting for customers, and who pays?
def open_market(event, context):
    functions = boto3.client("lambda")
    functions.put_provisioned_concurrency_config(
        FunctionName="prices", Qualifier="live", ProvisionedConcurrentExecutions=4
    )


def close_market(event, context):
    functions = boto3.client("lambda")
    functions.put_provisioned_concurrency_config(
        FunctionName="prices", Qualifier="live", ProvisionedConcurrentExecutions=1
    )


labkit.deploy("open-market", open_market, timeout=30)
labkit.deploy("close-market", close_market, timeout=30)
