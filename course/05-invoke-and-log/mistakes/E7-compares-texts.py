# hint: Is the duration a number yet?
def slowest(group, start, end):
    query = """
    parse @message "price of * took * ms" as symbol, took
    | filter ispresent(took)
    | stats avg(took) as ms by symbol
    """
    found = rows(query, group, start, end)
    if not found:
        return None
    row = max(found, key=lambda row: row["ms"])
    return {"symbol": row["symbol"], "ms": float(row["ms"])}


labkit.submit(slowest, "E7")
