def load(rate, seconds, limit):
    wanted = rate * seconds
    missing = wanted - limit if wanted > limit else 0
    return {"concurrency": wanted, "throttled_per_second": missing / seconds, "note": "missing places"}


labkit.submit(load, "E2")
