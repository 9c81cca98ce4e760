# hint: After your `stop`, how many calls may run at once?
def stop(name):
    boto3.client("lambda").delete_function_concurrency(FunctionName=name)


functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=6)
functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=8)
labkit.submit(stop, "E3")
