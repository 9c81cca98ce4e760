# hint: Print `error.response`. Which part is one word, made for programs?
def error_code(**request):
    import boto3
    from botocore.exceptions import ClientError

    try:
        boto3.client("s3").get_object(**request)
    except ClientError as error:
        return str(error).split()[3]
    return "no error"


labkit.submit(error_code, "E4")
