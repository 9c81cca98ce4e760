# hint: Call your function with a good bucket and a wrong key. Is the error still the same one?
def error_code(**request):
    import boto3
    from botocore.exceptions import ClientError

    try:
        boto3.client("s3").get_object(**request)
    except ClientError:
        return "NoSuchBucket"
    return "no error"


labkit.submit(error_code, "E4")
