# hint: A second call comes when the first is over. Is its environment used again?
def count_cold(calls, duration, idle):
    return len(calls)


labkit.submit(count_cold, "E1")
