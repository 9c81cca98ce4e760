import re


def slowest(group, start, end):
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=start * 1000, endTime=end * 1000, filterPattern='"price of" took'
    )
    times = {}
    for page in pages:
        for event in page["events"]:
            if found := re.search(r"price of (\S+) took (\d+) ms", event["message"]):
                times.setdefault(found[1], []).append(int(found[2]))
    if not times:
        return None
    average = {symbol: sum(taken) / len(taken) for symbol, taken in times.items()}
    symbol = max(average, key=average.get)
    return {"symbol": symbol, "ms": average[symbol]}


labkit.submit(slowest, "E7")
