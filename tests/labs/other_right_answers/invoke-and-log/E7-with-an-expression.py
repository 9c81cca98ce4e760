def slowest(group, start, end):
    query = r"""
    filter @message like /^price of/
    | parse @message /price of (?<what>\S+) took (?<took>\d+) ms/
    | stats sum(took) / count(*) as mean by what
    | sort mean desc
    """
    for row in rows(query, group, start, end):
        return {"symbol": row["what"], "ms": float(row["mean"])}


labkit.submit(slowest, "E7")
