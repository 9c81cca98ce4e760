# hint: Your answer names a Parallel. Did it work, or did it wait for the states inside?
def slowest(rows):
    spent, entered = {}, {}
    for row in rows:
        if row["type"].endswith("Entered"):
            entered[row["name"]] = row["at"]
        else:
            spent[row["name"]] = spent.get(row["name"], 0) + row["at"] - entered[row["name"]]
    return max(spent, key=spent.get)
