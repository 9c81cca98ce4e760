# hint: Nobody calls for a whole night. Which environment serves the first call of the morning?
def count_cold(calls, duration, idle):
    cold = 0
    free_from = []
    for now in calls:
        ready = [second for second in free_from if second <= now]
        if ready:
            free_from.remove(ready[0])
        else:
            cold += 1
        free_from.append(now + duration)
    return cold


labkit.submit(count_cold, "E1")
