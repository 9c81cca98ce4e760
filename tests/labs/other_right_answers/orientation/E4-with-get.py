def error_code(**request):
    import boto3
    import botocore.exceptions

    try:
        boto3.resource("s3").Object(request.pop("Bucket"), request.pop("Key")).get(**request)
    except botocore.exceptions.ClientError as error:
        return error.response.get("Error", {}).get("Code", "unknown")
    return "no error"


labkit.submit(error_code, "E4")
