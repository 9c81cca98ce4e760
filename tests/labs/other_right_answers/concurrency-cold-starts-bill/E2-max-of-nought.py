def load(rate, seconds, limit):
    return {"concurrency": seconds * rate, "throttled_per_second": max(0, rate - limit / seconds)}


labkit.submit(load, "E2")
