# hint: `checkout` is safe. Who takes the places of `mail`?
def stop(name):
    functions = boto3.client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=6)
labkit.submit(stop, "E3")
