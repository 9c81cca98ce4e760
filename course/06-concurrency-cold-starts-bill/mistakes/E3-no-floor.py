# hint: Reports have a cap now. What if the mails burst tomorrow?
def stop(name):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=10)
labkit.submit(stop, "E3")
