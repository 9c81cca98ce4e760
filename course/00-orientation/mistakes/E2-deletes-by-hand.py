# hint: Look at the four steps again. Which call brings the whole cloud back to its start?
s3 = boto3.client("s3")
s3.create_bucket(Bucket="my-notes")
s3.put_object(Bucket="my-notes", Key="hello.txt", Body=b"hello")
s3.delete_object(Bucket="my-notes", Key="hello.txt")
s3.delete_bucket(Bucket="my-notes")
names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
labkit.answer("E2", names)
