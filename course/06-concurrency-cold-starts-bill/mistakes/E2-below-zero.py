# hint: Half of the places are free. How many calls are throttled then?
def load(rate, seconds, limit):
    return {"concurrency": rate * seconds, "throttled_per_second": rate - limit / seconds}


labkit.submit(load, "E2")
