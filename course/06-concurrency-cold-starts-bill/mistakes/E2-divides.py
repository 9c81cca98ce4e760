# hint: Calls get slower, and as many come as before. Are there more inside, or fewer?
def load(rate, seconds, limit):
    return {"concurrency": rate / seconds, "throttled_per_second": max(0, rate - limit / seconds)}


labkit.submit(load, "E2")
