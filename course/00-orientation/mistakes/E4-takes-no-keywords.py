# hint: Read the first line of your function. How does the check hand over `Bucket` and `Key`?
def error_code(request):
    import boto3
    from botocore.exceptions import ClientError

    try:
        boto3.client("s3").get_object(**request)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


labkit.submit(error_code, "E4")
