import io

s3 = boto3.client("s3")
for name in ("one-bucket", "another-bucket"):
    s3.create_bucket(Bucket=name)
    s3.upload_fileobj(io.BytesIO(b"hello"), name, "hello.txt")
print(s3.list_buckets()["Buckets"])
cloud.reset()
names = tuple(bucket["Name"] for bucket in s3.list_buckets()["Buckets"])
labkit.answer("E2", names)
