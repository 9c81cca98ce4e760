def error_code(**request):
    import re

    import boto3

    try:
        boto3.client("s3").get_object(**request)
    except Exception as error:
        return re.search(r"[(](\w+)[)]", str(error)).group(1)
    return "no error"


labkit.submit(error_code, "E4")
