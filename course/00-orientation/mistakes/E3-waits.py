# hint: Look at `cloud.clock`: which call moves the clock without waiting?
import time


def time_of(key):
    return s3.head_object(Bucket="tradewind-archive", Key=key)["LastModified"]


s3.put_object(Bucket="tradewind-archive", Key="before.txt", Body=b"1")
time.sleep(0.2)
s3.put_object(Bucket="tradewind-archive", Key="after.txt", Body=b"2")
labkit.answer("E3", 3600)
