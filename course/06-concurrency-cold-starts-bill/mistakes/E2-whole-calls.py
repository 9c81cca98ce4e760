# hint: 10 calls come in three seconds, and 9 find a place. How many are throttled *per second*?
def load(rate, seconds, limit):
    c = rate * seconds
    return {"concurrency": c, "throttled_per_second": max(0, int(rate - limit / seconds))}


labkit.submit(load, "E2")
print(load(rate=10, seconds=3, limit=20))
