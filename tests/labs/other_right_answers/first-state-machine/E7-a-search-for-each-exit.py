import re


def slowest(rows):
    spent, best = {}, None
    for number, row in enumerate(rows):
        kind, what = re.fullmatch(r"(\w+)State(Entered|Exited)", row["type"]).groups()
        if kind in {"Parallel", "Map"} or what == "Entered":
            continue
        entered = next(r for r in reversed(rows[:number]) if r["name"] == row["name"])
        spent.setdefault(row["name"], []).append(row["at"] - entered["at"])
        if best is None or sum(spent[row["name"]]) > sum(spent[best]):
            best = row["name"]
    return best
