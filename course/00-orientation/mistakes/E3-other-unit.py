# hint: Compare your number with the question. Which unit does it ask for?
def time_of(key):
    return s3.head_object(Bucket="tradewind-archive", Key=key)["LastModified"]


s3.put_object(Bucket="tradewind-archive", Key="before.txt", Body=b"1")
cloud.clock.advance(hours=1)
s3.put_object(Bucket="tradewind-archive", Key="after.txt", Body=b"2")
labkit.answer("E3", (time_of("after.txt") - time_of("before.txt")).total_seconds() / 60)
