# hint: Two calls at the same instant: how many environments?
def count_cold(calls, duration, idle):
    cold = 0
    free_from = None
    for now in calls:
        if free_from is None or now - free_from >= idle:
            cold += 1
        free_from = now + duration
    return cold


labkit.submit(count_cold, "E1")
