# hint: What must stay unreserved?
def stop(name):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=6)
functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=12)
labkit.submit(stop, "E3")
