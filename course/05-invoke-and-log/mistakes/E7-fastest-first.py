# hint: Print all rows without `limit`. Which is the first?
def slowest(group, start, end):
    query = """
    parse @message "price of * took * ms" as symbol, took
    | filter ispresent(took)
    | stats avg(took) as ms by symbol
    | sort ms
    | limit 1
    """
    found = rows(query, group, start, end)
    return {"symbol": found[0]["symbol"], "ms": float(found[0]["ms"])} if found else None


labkit.submit(slowest, "E7")
