# hint: Your function prints the code. What does it return after that?
def error_code(**request):
    import boto3
    from botocore.exceptions import ClientError

    try:
        boto3.client("s3").get_object(**request)
    except ClientError as error:
        print(error.response["Error"]["Code"])
    return "no error"


labkit.submit(error_code, "E4")
