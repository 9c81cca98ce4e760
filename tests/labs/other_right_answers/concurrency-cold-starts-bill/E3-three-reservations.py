def stop(name):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=6)
functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=4)
functions.put_function_concurrency(FunctionName="mail", ReservedConcurrentExecutions=4)
labkit.submit(stop, "E3")
