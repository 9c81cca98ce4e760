def error_code(**request):
    import boto3

    s3 = boto3.client("s3")
    code = "no error"
    try:
        s3.get_object(**request)
    except s3.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
    print("a line for the log")
    return code


labkit.submit(error_code, "E4")
