for key, hours in (("before.txt", 1), ("after.txt", 0)):
    s3.put_object(Bucket="tradewind-archive", Key=key, Body=key.encode())
    if hours:
        cloud.clock.advance(hours=hours)
stamps = [
    s3.get_object(Bucket="tradewind-archive", Key=key)["LastModified"].timestamp()
    for key in ("before.txt", "after.txt")
]
labkit.answer("E3", stamps[1] - stamps[0])
