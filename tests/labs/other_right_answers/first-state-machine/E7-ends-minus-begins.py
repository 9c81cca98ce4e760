def slowest(rows):
    spent = {}
    for row in rows:
        if row["type"].startswith(("Parallel", "Map")):
            continue
        sign = -1 if row["type"].endswith("Entered") else 1
        spent[row["name"]] = spent.get(row["name"], 0) + sign * row["at"]
    return max(spent, key=spent.get)
