# hint: What can be provisioned?
def open_market(event, context):
    functions = boto3.client("lambda")
    functions.put_provisioned_concurrency_config(
        FunctionName="prices", Qualifier="$LATEST", ProvisionedConcurrentExecutions=4
    )


def close_market(event, context):
    functions = boto3.client("lambda")
    functions.delete_provisioned_concurrency_config(FunctionName="prices", Qualifier="$LATEST")


labkit.deploy("open-market", open_market, timeout=30)
labkit.deploy("close-market", close_market, timeout=30)
