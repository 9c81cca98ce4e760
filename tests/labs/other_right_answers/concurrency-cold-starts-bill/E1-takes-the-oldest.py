def count_cold(calls, duration, idle):
    cold = 0
    free_from = []
    for now in calls:
        free_from = sorted(second for second in free_from if now - second < idle)
        if free_from and free_from[0] <= now:
            free_from.pop(0)
        else:
            cold += 1
        free_from.append(now + duration)
    return cold


labkit.submit(count_cold, "E1")
