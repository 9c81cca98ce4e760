s3.put_object(Bucket="tradewind-archive", Key="before.txt", Body=b"1")
cloud.clock.advance(minutes=60)
s3.put_object(Bucket="tradewind-archive", Key="after.txt", Body=b"2")
times = {item["Key"]: item["LastModified"] for item in s3.list_objects_v2(Bucket="tradewind-archive")["Contents"]}
labkit.answer("E3", int((times["after.txt"] - times["before.txt"]).total_seconds()))
