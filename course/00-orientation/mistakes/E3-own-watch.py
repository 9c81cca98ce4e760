# hint: Read the time where the objects are. Whose clock did you read?
import time

started = time.time()
s3.put_object(Bucket="tradewind-archive", Key="before.txt", Body=b"1")
cloud.clock.advance(hours=1)
s3.put_object(Bucket="tradewind-archive", Key="after.txt", Body=b"2")
labkit.answer("E3", round(time.time() - started))
