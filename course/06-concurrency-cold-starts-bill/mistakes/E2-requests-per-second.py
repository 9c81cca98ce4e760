# hint: If each takes 10 s?
def load(rate, seconds, limit):
    return {"concurrency": rate, "throttled_per_second": max(0, rate - limit)}


labkit.submit(load, "E2")
