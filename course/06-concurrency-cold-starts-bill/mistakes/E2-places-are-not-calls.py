# hint: The load wants 30 places and has 20. Are 10 calls *per second* throttled, if each takes 3 seconds?
def load(rate, seconds, limit):
    concurrency = rate * seconds
    return {"concurrency": concurrency, "throttled_per_second": max(0, concurrency - limit)}


labkit.submit(load, "E2")
