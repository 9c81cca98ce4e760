import heapq


def count_cold(calls, duration, idle):
    busy, warm, cold = [], [], 0
    for now in calls:
        while busy and busy[0] <= now:
            warm.append(heapq.heappop(busy))
        warm = [since for since in warm if since > now - idle]
        if warm:
            warm.pop()
        else:
            cold += 1
        heapq.heappush(busy, now + duration)
    return cold


labkit.submit(count_cold, "E1")
