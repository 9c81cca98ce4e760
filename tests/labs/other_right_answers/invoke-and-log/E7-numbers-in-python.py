def slowest(group, start, end):
    query = 'parse @message "price of * took * ms" as symbol, took | filter took > 0 | display symbol, took | limit 10000'
    times = {}
    for row in rows(query, group, start, end):
        times.setdefault(row["symbol"], []).append(float(row["took"]))
    if times:
        ms, symbol = max((sum(taken) / len(taken), symbol) for symbol, taken in times.items())
        return {"symbol": symbol, "ms": round(ms)}
    return None


labkit.submit(slowest, "E7")
