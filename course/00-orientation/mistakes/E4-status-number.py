# hint: Compare the two failed calls. Does the number tell which of the two went wrong?
def error_code(**request):
    import boto3
    from botocore.exceptions import ClientError

    try:
        boto3.client("s3").get_object(**request)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
    return "no error"


labkit.submit(error_code, "E4")
