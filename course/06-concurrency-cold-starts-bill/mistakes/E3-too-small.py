# hint: How many people pay at once, and how many places did you reserve for `checkout`?
def stop(name):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=4)
functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=8)
labkit.submit(stop, "E3")
