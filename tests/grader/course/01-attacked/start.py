"""The state in which the lab begins: a bucket with one word."""

import boto3


def start(session: boto3.Session) -> None:
    """Build the bucket `attacked` with `word.txt`."""
    client = session.client("s3")
    client.create_bucket(Bucket="attacked")
    client.put_object(Bucket="attacked", Key="word.txt", Body=b"harbour")
