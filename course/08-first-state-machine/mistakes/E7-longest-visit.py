# hint: A state is entered three times. How much time did it take in all?
def slowest(rows):
    spent, entered = {}, {}
    for row in rows:
        if row["type"].startswith(("Parallel", "Map")):
            continue
        if row["type"].endswith("Entered"):
            entered[row["name"]] = row["at"]
        else:
            spent[row["name"]] = max(spent.get(row["name"], 0), row["at"] - entered[row["name"]])
    return max(spent, key=spent.get)
