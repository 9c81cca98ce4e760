def open_market(event, context):
    functions = boto3.client("lambda")
    version = functions.get_alias(FunctionName="prices", Name="live")["FunctionVersion"]
    functions.put_provisioned_concurrency_config(
        FunctionName="prices", Qualifier=version, ProvisionedConcurrentExecutions=4
    )


def close_market(event, context):
    functions = boto3.client("lambda")
    found = functions.list_provisioned_concurrency_configs(FunctionName="prices")
    for one in found["ProvisionedConcurrencyConfigs"]:
        qualifier = one["FunctionArn"].split(":")[-1]
        functions.delete_provisioned_concurrency_config(FunctionName="prices", Qualifier=qualifier)


labkit.deploy("open-market", open_market, timeout=30)
labkit.deploy("close-market", close_market, timeout=30)
