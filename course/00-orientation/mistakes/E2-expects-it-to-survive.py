# hint: List the buckets again, now. Which state does a reset return to?
s3 = boto3.client("s3")
s3.create_bucket(Bucket="my-notes")
s3.put_object(Bucket="my-notes", Key="hello.txt", Body=b"hello")
names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
cloud.reset()
labkit.answer("E2", names)
