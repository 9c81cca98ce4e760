# hint: Print the answer with `repr`. What is around the number?
def slowest(group, start, end):
    query = """
    parse @message "price of * took * ms" as symbol, took
    | filter ispresent(took)
    | stats avg(took) as ms by symbol
    | sort ms desc
    | limit 1
    """
    found = rows(query, group, start, end)
    return {"symbol": found[0]["symbol"], "ms": found[0]["ms"]} if found else None


labkit.submit(slowest, "E7")
