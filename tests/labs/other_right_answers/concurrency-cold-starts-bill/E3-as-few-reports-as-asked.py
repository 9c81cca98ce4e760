def stop(name):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=7)
functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=3)
labkit.submit(stop, "E3")
