# hint: What did the broker ask: ever, or in this hour?
def slowest(group, start, end):
    query = """
    parse @message "price of * took * ms" as symbol, took
    | filter ispresent(took)
    | stats avg(took) as ms by symbol
    | sort ms desc
    | limit 1
    """
    found = rows(query, group, 0, 10**10)
    return {"symbol": found[0]["symbol"], "ms": float(found[0]["ms"])} if found else None


labkit.submit(slowest, "E7")
