# hint: A call takes 100 seconds. From when on is its environment idle?
def count_cold(calls, duration, idle):
    cold = 0
    last = []
    for now in calls:
        last = [second for second in last if now - second < idle]
        ready = [second for second in last if second + duration <= now]
        if ready:
            last.remove(max(ready))
        else:
            cold += 1
        last.append(now)
    return cold


labkit.submit(count_cold, "E1")
