def open_market(event, context):
    functions = boto3.client("lambda")
    alias = functions.get_alias(FunctionName="prices", Name="live")["AliasArn"]
    function, _, qualifier = alias.rpartition(":")
    return functions.put_provisioned_concurrency_config(
        FunctionName=function, Qualifier=qualifier, ProvisionedConcurrentExecutions=4
    )["Status"]


def close_market(event, context):
    functions = boto3.client("lambda")
    functions.delete_provisioned_concurrency_config(FunctionName="prices", Qualifier="live")


labkit.deploy("open-market", open_market, timeout=30)
labkit.deploy("close-market", close_market, timeout=30)
