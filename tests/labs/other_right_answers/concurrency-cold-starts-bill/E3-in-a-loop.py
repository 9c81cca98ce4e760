def stop(name):
    lambdas = boto3.client("lambda")
    lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    return lambdas.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"]


for name, places in {"reports": 5, "checkout": 6}.items():
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=places)
labkit.submit(stop, "E3")
