def count_cold(calls, duration, idle):
    environments = []
    for now in calls:
        free = [one for one in environments if one["free"] <= now < one["free"] + idle]
        chosen = max(free, key=lambda one: one["free"], default=None)
        if chosen is None:
            chosen = {}
            environments.append(chosen)
        chosen["free"] = now + duration
    return len(environments)


labkit.submit(count_cold, "E1")
