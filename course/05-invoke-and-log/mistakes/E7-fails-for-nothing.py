# hint: How many rows has the answer for a log without prices?
def slowest(group, start, end):
    query = """
    parse @message "price of * took * ms" as symbol, took
    | filter ispresent(took)
    | stats avg(took) as ms by symbol
    | sort ms desc
    | limit 1
    """
    found = rows(query, group, start, end)
    return {"symbol": found[0]["symbol"], "ms": float(found[0]["ms"])}


labkit.submit(slowest, "E7")
