def load(rate, seconds, limit):
    wanted = float(rate * seconds)
    share = min(1.0, limit / wanted)
    return {"concurrency": wanted, "throttled_per_second": rate * (1 - share)}


labkit.submit(load, "E2")
